"""What differs from process to process in texts and means nothing."""

from __future__ import annotations

import re

#: Patterns and what stands for them. Times are among them as two runs may take the same time by chance.
_NOISE = (
    (re.compile(r"\bat 0x[0-9a-fA-F]{4,}"), "at 0x…"),
    (re.compile(r"(?:\b\w+\.<locals>\.)+"), ""),  # a stage's function is around the notebook's
    (re.compile(r"\bDate:\s+\w{3}, \d{2} \w{3} \d{4}"), "Date:"),  # statsmodels' summaries
    (re.compile(r"\bTime:\s+\d{2}:\d{2}:\d{2}"), "Time:"),
    (re.compile(r"^(?:CPU times: |Wall time: |Compiler +: )[^\n]*", re.M), ""),
    (re.compile(r"^(?:real|user|sys)\s+\d+m[\d.]+s$", re.M), ""),
    (re.compile(r"[\d.]+ [mµun]?s ± [^\n]*"), ""),
)
_MARKUP_NOISE = (
    (re.compile(r"\bT_[0-9a-f]{5,}"), "T_…"),  # pandas' Styler
    (re.compile(r"\bsk-[a-z-]*id-[0-9a-f-]+"), "sk-id-…"),  # scikit-learn counts the pictures of a process
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "uuid"),
    (re.compile(r"<dc:date>[^<]*</dc:date>"), ""),  # matplotlib's SVG
    (
        re.compile(r'(?<=id=")m?[0-9a-f]{10,}(?=")|(?<=href="#)m?[0-9a-f]{10,}(?=")|(?<=url\(#)p?[0-9a-f]{10,}(?=\))'),
        "id",
    ),
)
_COLORS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def without_colors(text: str) -> str:
    """Text without the terminal's colour codes."""
    return _COLORS.sub("", text)


def without_noise(text: str, package: str = "") -> str:
    """Text without addresses, times that were measured, and the module of what the notebook defines.

    Args:
        text: What was shown or written.
        package: The project's package, whose modules stand for the notebook.
    """
    own = f"__main__|{re.escape(package)}\\.\\w+" if package else "__main__"
    text = re.sub(rf"(?<![\w./])(?:{own})\.(?=[A-Za-z_<])", "", text)
    for pattern, plain in _NOISE:
        text = pattern.sub(plain, text)
    return text


def markup_without_noise(text: str, package: str = "") -> str:
    """The same for HTML and SVG, without ids that are drawn or counted."""
    for pattern, plain in _MARKUP_NOISE:
        text = pattern.sub(plain, text)
    return without_noise(text, package)
