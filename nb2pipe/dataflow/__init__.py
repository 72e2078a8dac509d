"""`Notebook` to facts: definitions, uses, mutations, aliases, effects, and which definition reaches which use.

The analysis is an abstract interpretation of the notebook's cells in order. It never runs the notebook's code. Where it
does not know, it assumes the worst and the pipeline runs less in parallel.
"""
