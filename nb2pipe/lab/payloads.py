"""Checks payloads against their JSON schema; `schemas.json` is the one place that says what they look like."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).with_name("schemas.json")


class PayloadError(Exception):
    """A payload does not fit its schema; the message says where and why."""


def check_payload(data: Any, name: str) -> None:
    """Checks a payload.

    Args:
        data: As JSON gives it.
        name: Of the schema, such as `AnalyzeRequest`.

    Raises:
        PayloadError: It does not fit.
    """
    error = next(_validator(name).iter_errors(data), None)
    if error is not None:
        place = "".join(f"[{part!r}]" for part in error.absolute_path) or "the body"
        raise PayloadError(f"{place} does not fit {name}: {error.message[:300]}")


@functools.cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator

    schemas = json.loads(SCHEMAS.read_text(encoding="utf-8"))
    return Draft202012Validator({**schemas, "$ref": f"#/$defs/{name}"})
