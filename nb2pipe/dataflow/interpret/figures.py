"""Figures: with another backend than the inline one they stay open from cell to cell, and pyplot's current one is shared state."""

from __future__ import annotations

import ast
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


#: Those that make a figure, whose number is the next one where `num` does not say it.
_NEW = frozenset(["figure", "subplots", "subplot_mosaic"])

#: Backends whose figures live in the page that shows the notebook.
_IN_PAGE = re.compile(r"\b(?:notebook|nbagg|widget|ipympl)\b")


class Figures(Base):
    """Figures that stay open."""

    def set_backend(self, name: str | None, span: Span) -> None:
        """`matplotlib.use(…)`, `%matplotlib …`: the inline backend closes figures at the end of each cell."""
        self.keeps_figures = not self.closes_figures or name is None or "inline" not in name
        self.in_page = name if name is not None and _IN_PAGE.search(name) else ""

    def keep_figures(self) -> None:
        """The inline backend closes no figures from here on; they are handed over even where it does so again later."""
        self.closes_figures = False
        self.keeps_figures = True

    def may_draw(self, span: Span, receiver: Value | None = None) -> None:
        """Something may be drawn, into the receiver's figure, the current figure or a new one."""
        self.cell.plots = True
        self.draws += 1
        own = receiver is not None and receiver.kind in ("axes", "figure")
        if self.keeps_figures and not (self.in_page and own):
            self._change_figures(span)

    def drawn(self, result: Value, before: int) -> Value:
        """What a call gives back that drew something, where so much had been drawn before: it may be of an open figure."""
        if self.draws > before and self.figures is not None:
            self.regions.link(self.figures, result.region)
        return result

    def figure_call(self, node: ast.Call, name: str, result: Value, span: Span) -> Value:
        """A function of pyplot was called; what it gives back."""
        if not self.keeps_figures or name in _APART:
            return result
        if self.in_page:
            self._note_page_figure(node, name)
        if name == "get_fignums":
            if self.in_page:
                self._change_figures(span)
            else:
                self.read_name(FIGURES, span)
            return result
        self._change_figures(span)
        if name in ("close", "sca") and not _closes_all(node):
            self.page_figure_in = ""
        if name in _CURRENT:
            return Value("figure" if name == "gcf" else "axes", self.figures, dotted=result.dotted, part=True)
        self.regions.link(self.figures, result.region)
        return result

    def _note_page_figure(self, node: ast.Call, name: str) -> None:
        """From where a new figure is made for sure, the stage draws into that one, whatever other stages have open."""
        new = (
            name in _NEW
            and not (name == "figure" and node.args)
            and all(k.arg not in ("num", None) for k in node.keywords)
        )
        if (new or (name == "close" and _closes_all(node))) and not (self.journals or self.maybe or self.guarded):
            if self.page_figure_in != self.stage.name:
                self.figures = self.regions.new("figures")
            self.page_figure_in = self.stage.name

    def _change_figures(self, span: Span) -> None:
        if self.figures is None:
            self.figures = self.regions.new("figures")
        self.inline(span, "figures stay open from cell to cell")
        if self.in_page:
            if self.page_figure_in != self.stage.name and self.drawn_in_page - {self.stage.name}:
                self._refuse_in_page(span)
                self.page_figure_in = self.stage.name  # once is enough
            self.drawn_in_page.add(self.stage.name)
            self.stage.draws_in_page = True
        elif not self.stage.name.startswith("#"):
            self.change_hidden(FIGURES, self.figures, span, deep=True)

    def _refuse_in_page(self, span: Span) -> None:
        others = " and ".join(f"`{stage}`" for stage in sorted(self.drawn_in_page - {self.stage.name}))
        self.diagnostics.append(
            Diagnostic(
                "NB402",
                f"figures of `%matplotlib {self.in_page}` live in the page of the notebook, and stage `{self.stage.name}` has another",
                span,
                f"drawn in {others} before, they stay open",
                "begin what the stage draws with `plt.figure()` or `plt.subplots()`, or use `%matplotlib inline`",
                name=f"%matplotlib {self.in_page}",
            )
        )


def _closes_all(node: ast.Call) -> bool:
    return len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == "all"
