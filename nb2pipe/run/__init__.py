"""Runs a project's stages fast on one machine: the products, notebooks and freshness of `ploomber build`, paid for once.

A process that has the libraries loaded forks for each stage; a fresh IPython shell in the fork does what a kernel would
do (see docs/decisions/0009-run.md).
"""
