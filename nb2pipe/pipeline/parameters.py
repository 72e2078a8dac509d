"""The `parameters` cell: literal assignments become parameters, the rest is code that all stages share."""

from __future__ import annotations

import ast
import io
import math
import tokenize
from collections.abc import Sequence
from dataclasses import replace

from nb2pipe.dataflow.facts import PARAMETERS, SHARED, ProgramCell
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.pipeline.model import JsonValue, Parameter

_RESERVED = frozenset({"product", "upstream", "self", "resources_"})


def split_parameters(
    program: Sequence[ProgramCell],
) -> tuple[tuple[Parameter, ...], tuple[ProgramCell, ...], tuple[Diagnostic, ...]]:
    """Takes parameters out of the cells that are tagged so.

    Returns:
        The parameters, the program in which only their assignments are left in the parameters' pseudo-stage (first) and
        the cells' other statements are shared code, and notes about the latter.
    """
    parameters: dict[str, Parameter] = {}
    literal: list[ProgramCell] = []
    rest: list[ProgramCell] = []
    diagnostics: list[Diagnostic] = []
    for part in program:
        if part.stage != PARAMETERS:
            rest.append(part)
            continue
        comments = _comments(part.python.text)
        constant: list[ast.stmt] = []
        computed: list[ast.stmt] = []
        for statement in part.tree.body:
            found = _parameter(statement, part, comments)
            if found is None:
                computed.append(statement)
                if not isinstance(statement, (ast.Import, ast.ImportFrom, ast.Expr)):
                    span = Span(part.cell.number, statement.lineno, statement.col_offset + 1, statement.end_lineno or 0)
                    message = "the value is computed, so it is code and not a parameter"
                    diagnostics.append(Diagnostic("NB313", message, span, "not a JSON literal"))
            elif found.name in _RESERVED:
                message = f"`{found.name}` cannot be a parameter: Ploomber uses this name itself"
                diagnostics.append(Diagnostic("NB312", message, found.span, "", "give it another name", (), found.name))
            else:
                parameters.pop(found.name, None)
                parameters[found.name] = found
                constant.append(statement)
        literal.append(replace(part, tree=ast.Module(constant, [])))
        if computed:
            rest.append(replace(part, stage=SHARED, tree=ast.Module(computed, [])))
    return tuple(parameters.values()), (*literal, *rest), tuple(diagnostics)


def _parameter(statement: ast.stmt, part: ProgramCell, comments: dict[int, str]) -> Parameter | None:
    annotation = ""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
        annotation = ast.unparse(statement.annotation)
    else:
        return None
    if not isinstance(target, ast.Name):
        return None
    try:
        literal = ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError):
        return None
    if not _is_json(literal):
        return None
    source = ast.get_source_segment(part.python.text, value) or repr(literal)
    span = Span(part.cell.number, statement.lineno, statement.col_offset + 1, statement.end_lineno or 0)
    return Parameter(target.id, literal, source, span, comments.get(statement.end_lineno or 0, ""), annotation)


def _is_json(value: object) -> bool:
    if value is None or isinstance(value, (bool, int, str)):
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(_is_json(v) for v in value)
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_json(v) for k, v in value.items())
    return False


def _comments(text: str) -> dict[int, str]:
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and token.line[: token.start[1]].strip():
                found[token.start[0]] = token.string.lstrip("#").strip()
    except (tokenize.TokenError, IndentationError):
        pass
    return found


def literal_of(value: JsonValue) -> str:
    """A value as Python writes it."""
    return repr(value)
