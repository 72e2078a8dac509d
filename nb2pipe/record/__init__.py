"""Runs a notebook in its own kernel and describes what each stage computes and shows: tests/data/ of a project."""

from __future__ import annotations

from nb2pipe.record.project import Record, record_project
from nb2pipe.record.run import Subject

__all__ = ["Record", "Subject", "record_project"]
