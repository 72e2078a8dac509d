"""Figures: with another backend than the inline one they stay open from cell to cell, and pyplot's current one is shared state."""

from __future__ import annotations

import re

from nb2pipe.dataflow.facts import FIGURES, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.diagnostics import Diagnostic, Span

#: Functions of pyplot that have nothing to do with the figures that are open.
_APART = frozenset(
    ["rc", "rcdefaults", "rc_context", "ion", "ioff", "style", "colormaps", "get_cmap", "set_cmap", "xkcd"]
)
#: Those that give the current figure or parts of it.
_CURRENT = frozenset(["gcf", "gca", "axes", "subplot", "subplot2grid", "gci", "sca"])


#: Backends whose figures live in the page that shows the notebook.
_IN_PAGE = re.compile(r"\b(?:notebook|nbagg|widget|ipympl)\b")


class Figures(Base):
    """Figures that stay open."""

    def set_backend(self, name: str | None, span: Span) -> None:
        """`matplotlib.use(…)`, `%matplotlib …`: the inline backend closes figures at the end of each cell."""
        self.keeps_figures = name is None or "inline" not in name
        self.in_page = name if name is not None and _IN_PAGE.search(name) else ""

    def may_draw(self, span: Span) -> None:
        """Something may be drawn, into the current figure or a new one."""
        self.cell.plots = True
        self.draws += 1
        if self.keeps_figures:
            self._change_figures(span)

    def drawn(self, result: Value, before: int) -> Value:
        """What a call gives back that drew something, where so much had been drawn before: it may be of an open figure."""
        if self.draws > before and self.figures is not None:
            self.regions.link(self.figures, result.region)
        return result

    def figure_call(self, name: str, result: Value, span: Span) -> Value:
        """A function of pyplot was called; what it gives back."""
        if not self.keeps_figures or name in _APART:
            return result
        if name == "get_fignums":
            self.read_name(FIGURES, span)
            return result
        self._change_figures(span)
        if name in _CURRENT:
            return Value("figure" if name == "gcf" else "axes", self.figures, dotted=result.dotted, part=True)
        self.regions.link(self.figures, result.region)
        return result

    def _change_figures(self, span: Span) -> None:
        if self.figures is None:
            self.figures = self.regions.new("figures")
        self.inline(span, "figures stay open from cell to cell")
        if self.in_page and self.in_page_since not in ("", self.stage.name):
            self._refuse_in_page(span)
        self.in_page_since = self.in_page_since or self.stage.name
        if not self.stage.name.startswith("#"):
            self.change_hidden(FIGURES, self.figures, span, deep=True)

    def _refuse_in_page(self, span: Span) -> None:
        self.diagnostics.append(
            Diagnostic(
                "NB402",
                f"figures of `%matplotlib {self.in_page}` live in the page of the notebook, and stage `{self.stage.name}` has another",
                span,
                f"drawn in stage `{self.in_page_since}` first, they stay open",
                "use `%matplotlib inline`",
                name=f"%matplotlib {self.in_page}",
            )
        )
