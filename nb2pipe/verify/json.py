"""A report for machines. `version` goes up when a field changes its meaning or goes; new fields may come."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from nb2pipe.verify.model import Finding, Report, StageReport, Tally


def render_json(report: Report) -> str:
    """The report as JSON text."""
    return json.dumps(report_data(report), indent=2, ensure_ascii=False)


def report_data(report: Report) -> dict[str, Any]:
    """The report as JSON holds it."""
    return {
        "version": 1,
        "notebook": report.notebook,
        "project": report.project,
        "verdict": report.verdict,
        "exit_code": report.exit_code,
        "runs": report.runs,
        "seconds": dict(report.seconds),
        "first": _finding(report.first) if report.first is not None else None,
        "stages": [_stage(stage) for stage in report.stages],
        "notes": list(report.notes),
        "failure": dataclasses.asdict(report.failure) if report.failure is not None else None,
    }


def _stage(stage: StageReport) -> dict[str, Any]:
    return {
        "name": stage.name,
        "title": stage.title,
        "verdict": stage.verdict,
        "cells": list(stage.cells),
        "outputs": _tally(stage.outputs),
        "files": _tally(stage.files),
        "values": _tally(stage.values),
        "findings": [_finding(finding) for finding in stage.findings],
    }


def _tally(tally: Tally) -> dict[str, int]:
    return {"same": tally.same, **dataclasses.asdict(tally)}


def _finding(finding: Finding) -> dict[str, Any]:
    return dataclasses.asdict(finding)
