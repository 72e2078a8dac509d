"""Runs a notebook in its own kernel and describes what each stage computes and shows: tests/data/ of a project."""

from __future__ import annotations

from nb2pipe.record.project import Record, record_project, with_types
from nb2pipe.record.run import Subject
from nb2pipe.record.sharpen import note_assumed, sharpest, watched_variables

__all__ = ["Record", "Subject", "note_assumed", "record_project", "sharpest", "watched_variables", "with_types"]
