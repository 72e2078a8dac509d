"""The grammar of tags: what each tag of a cell says, and which tags look like misspelt ones.

The table is in docs (architecture, "Tags"); Kale's grammar is that of
`kale/processors/constants.py` in https://github.com/kubeflow/kale, SAME's tags are `same_step_N`
(https://sameproject.ml).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.layout import Hint, Role
from nb2pipe.notebook.model import Cell
from nb2pipe.notebook.names import MAX_BYTES, stage_identifier

#: Tags that stand for a role by themselves; where a cell has several, the first of `_PRECEDENCE`
#: counts.
_ROLES = {
    "skip": Role.SKIP,
    "parameters": Role.PARAMETERS,
    "pipeline-parameters": Role.PARAMETERS,
    "imports": Role.IMPORTS,
    "functions": Role.FUNCTIONS,
}
_PRECEDENCE = (Role.SKIP, Role.PARAMETERS, Role.IMPORTS, Role.FUNCTIONS)
_METRICS = frozenset({"metrics", "pipeline-metrics"})
_WORDS = frozenset(_ROLES) | _METRICS

_STAGE_PREFIXES = ("stage", "step", "block")
_AFTER_PREFIXES = ("after", "prev")
_HINTS = ("image", "limit", "secret", "cache", "label", "annotation", "parquet")
_PREFIXES = (*_STAGE_PREFIXES, *_AFTER_PREFIXES, *_HINTS)
_SAME_STEP = re.compile(r"same_step_(\d+)")

#: Words that people write for a tag, too far from it for `_one_edit`.
_MEANT = {
    "import": "imports",
    "function": "functions",
    "func": "functions",
    "funcs": "functions",
    "param": "parameters",
    "params": "parameters",
    "parameter": "parameters",
    "pipeline-parameter": "pipeline-parameters",
    "pipeline-params": "pipeline-parameters",
    "pipeline-metric": "pipeline-metrics",
    "metric": "metrics",
    "skipped": "skip",
    "stage": "stage:NAME",
}
#: Prefixes whose misspelling is looked for; the short ones are too near to other words.
_NEAR_PREFIXES = ("stage", "block", "after")
_NEAR_HINTS = ("limit", "label", "annotation")
#: Words that are one letter away from a prefix and mean something else.
_OTHER_WORDS = frozenset({"alter", "black", "clock", "stake", "stale", "state"})


@dataclass(frozen=True, slots=True)
class CellTags:
    """What the tags of a cell say.

    Attributes:
        stages: Texts after `stage:` and its like, each once, in order.
        after: Texts after `after:` and `prev:`, in order.
        role: The role that a tag gives, or nothing.
        metrics: It is tagged `metrics`.
        raises: It is tagged `raises-exception`.
        hints: For engines.
        diagnostics: Near misses (NB304) and names that cannot be used (NB303).
    """

    stages: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    role: Role | None = None
    metrics: bool = False
    raises: bool = False
    hints: tuple[Hint, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def parse_tags(cell: Cell) -> CellTags:
    """Reads the tags of a cell; those of other tools say nothing.

    Args:
        cell: The cell.

    Returns:
        What they say. `block:` and `step:` without a name say nothing, as in Kale.
    """
    span = Span(cell.number)
    stages: list[str] = []
    after: list[str] = []
    hints: list[Hint] = []
    diagnostics: list[Diagnostic] = []
    words = [tag.strip() for tag in cell.tags]
    for word in words:
        prefix, colon, rest = word.partition(":")
        rest = rest.strip()
        if same := _SAME_STEP.fullmatch(word):
            stages.append(f"step_{same[1]}")
        elif colon and prefix in _STAGE_PREFIXES:
            texts, found = _stage_texts(word, prefix, rest, span)
            stages += texts
            diagnostics += found
        elif colon and prefix in _AFTER_PREFIXES:
            after += _names(rest) if prefix == "prev" else [rest]
        elif colon and prefix in _HINTS:
            hints += _hint(prefix, rest, span)
            diagnostics += _check_hint(word, prefix, rest, span)
        elif meant := near_miss(word):
            help_text = f"write `{meant}`, or leave the tag if it is meant for another tool"
            message = f"the tag `{word}` says nothing to nb2pipe"
            diagnostics.append(Diagnostic("NB304", message, span, f"did you mean `{meant}`?", help_text))
    roles = {_ROLES[word] for word in words if word in _ROLES}
    return CellTags(
        stages=tuple(dict.fromkeys(stages)),
        after=tuple(dict.fromkeys(after)),
        role=next((role for role in _PRECEDENCE if role in roles), None),
        metrics=not _METRICS.isdisjoint(words),
        raises="raises-exception" in words,
        hints=tuple(dict.fromkeys(hints)),
        diagnostics=tuple(diagnostics),
    )


def near_miss(tag: str) -> str:
    """The tag that a misspelt one was meant to be.

    Args:
        tag: A tag.

    Returns:
        What was likely meant, or an empty text where the tag is right or belongs to another tool.
    """
    lower = tag.strip().lower()
    if tag in _WORDS or _SAME_STEP.fullmatch(tag):
        return ""
    word = lower.rstrip(":").replace("_", "-")
    if word in _WORDS:
        return word
    if lower in _MEANT:
        return _MEANT[lower]
    for known in sorted(_WORDS):
        if _is_near(word, known):
            return known
    return _near_prefix(tag, lower)


def _near_prefix(tag: str, lower: str) -> str:
    """`stage clean`, `Stage:clean`, `stage : x`, `stage-clean`, `stge:clean`."""
    match = re.match(r"(stage|step)([-_])(\w.*)$|([a-z]+)(\s*[:=]\s*|\s+)(\S.*)$", lower, re.DOTALL)
    if match is None:
        return ""
    word, separator = match[1] or match[4], match[2] or match[5]
    rest = tag.strip()[match.start(3) if match[1] else match.start(6) :]
    if word in _PREFIXES:
        right = tag.strip().startswith(f"{word}:")
        needs_colon = word in _HINTS or word == "block"
        return "" if right or (needs_colon and ":" not in separator) else f"{word}:{rest}"
    if ":" not in separator or word in _OTHER_WORDS:
        return ""
    pairs = "=" in rest or ":" in rest
    known = (*_NEAR_PREFIXES, *(_NEAR_HINTS if pairs else ()))
    return next((f"{prefix}:{rest}" for prefix in known if _is_near(word, prefix)), "")


def _stage_texts(word: str, prefix: str, rest: str, span: Span) -> tuple[list[str], list[Diagnostic]]:
    if not rest and prefix != "stage":
        return [], []
    good: list[str] = []
    bad: list[Diagnostic] = []
    for text in _names(rest) if prefix == "block" else [rest]:
        if problem := name_problem(text):
            bad.append(
                Diagnostic(
                    "NB303",
                    f"the tag `{_printable(word)}` names no usable stage: {problem}",
                    span,
                    help="use letters, digits and underscores, such as `stage:clean`",
                    name=_printable(text),
                )
            )
        else:
            good.append(text)
    return good, bad


def name_problem(text: str) -> str:
    """Why a text cannot be a stage's name, or an empty text where it can."""
    if not text:
        return "the name is empty"
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        return "it holds a character that cannot be printed"
    if "/" in text or "\\" in text or text in (".", ".."):
        return "it is a path, and a stage's name becomes the name of a file"
    name = stage_identifier(text)
    if not name:
        return "it has no letter or digit"
    if len(name.encode()) > MAX_BYTES:
        return f"it is longer than {MAX_BYTES} bytes, and becomes the name of a file"
    return ""


def _hint(kind: str, rest: str, span: Span) -> list[Hint]:
    """`limit:cpu=2` and Kale's `limit:cpu:2`; `image:`, `cache:` and `parquet:` have a value and no key."""
    if not rest:
        return []
    if kind in ("image", "cache", "parquet"):
        return [Hint(kind, "", rest, span)]
    match = re.match(r"([^:=]+)[:=](.*)$", rest, re.DOTALL)
    key, value = (match[1].strip(), match[2].strip()) if match else (rest, "")
    if not value and kind != "secret":
        return []
    return [Hint(kind, key, value, span)]


def _check_hint(word: str, kind: str, rest: str, span: Span) -> Iterable[Diagnostic]:
    """`label:` and `annotation:` without a value may be another tool's; the others are ours."""
    if _hint(kind, rest, span) or (kind in ("label", "annotation") and rest):
        return ()
    example = {
        "image": "image:python:3.12",
        "cache": "cache:disabled",
        "secret": "secret:token",
        "parquet": "parquet:customers",
    }
    shown = example.get(kind, f"{kind}:cpu=2" if kind == "limit" else f"{kind}:team=data")
    return (Diagnostic("NB314", f"the tag `{word}` has no value", span, help=f"write, say, `{shown}`"),)


def _names(text: str) -> list[str]:
    """Kale once took several names in one tag: `prev:a;b`."""
    return [name.strip() for name in text.split(";") if name.strip()] or [text]


def _printable(text: str) -> str:
    return text if text.isprintable() else ascii(text)[1:-1]


def _is_near(word: str, known: str) -> bool:
    """One edit apart, two for long words with the same first letter; short ones exchange none."""
    if len(word) < 3 or word == known:
        return False
    edits = _edits(word, known)
    if len(known) <= 4:
        return edits == 1 and (len(word) != len(known) or sorted(word) == sorted(known))
    return edits <= (2 if len(known) >= 10 and word[0] == known[0] else 1)


def _edits(left: str, right: str) -> int:
    """Edits between two words: insert, delete, exchange, swap neighbours (Damerau, 1964)."""
    rows = [list(range(len(right) + 1))]
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
