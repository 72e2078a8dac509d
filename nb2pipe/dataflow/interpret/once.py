"""What a function's text did when it was followed, for statements that do not follow it again.

Only texts of which all is known that they do, beside reading, changing and drawing, are not followed again.
"""

from __future__ import annotations

from collections.abc import Iterable

from nb2pipe.dataflow.facts import EffectKind, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import Doing, Look
from nb2pipe.dataflow.scopes import FunctionNode
from nb2pipe.diagnostics import Span

#: What following a function may change in the interpreter without it mattering that another statement does not: what is
#: known for good, what counts within the statement, and what all that is not followed is assumed to do.
_OWN_NAMES = (
    "budget called_back changed_late changes codes cut_off_gave doings draws effects_done effects_seen "
    "ever_followed executing filling flooded flooded_codes flooded_names flooded_texts followed followed_nodes "
    "foreign has_defaults hub identities imported_in in_hub lazy left_texts maybe_followed names_in noted plotted "
    "prints raised reads step_mutates step_reads stored suspended tables texts tied variable_reads waiting "
    "whole_doings"
)
_OWN = frozenset(_OWN_NAMES.split())
_STAGES = frozenset({"effects", "mutated", "needs", "certain", "identity"})
_CELLS = frozenset({"inline", "plots"})
_PLAIN = (bool, int, str, frozenset, tuple, type(None))


class Once(Base):
    """Functions that are followed by one statement of the notebook."""

    def look(self) -> Look:
        """What following a function may change, and how much was done that others can do again."""
        done = len(self.effects_done), self.identities, len(self.cell.inline), self.prints, len(self.left_texts)
        return self._all_there(), done

    def _all_there(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for place, leave, holder in (("", _OWN, self), ("stage", _STAGES, self.stage), ("cell", _CELLS, self.cell)):
            names = vars(holder) if hasattr(holder, "__dict__") else type(holder).__slots__
            for name in names:
                if name in leave:
                    continue
                value = getattr(holder, name)
                if isinstance(value, dict):
                    inner = sum(len(v) for v in value.values() if isinstance(v, (list, dict, set)))
                    found[f"{place}.{name}"] = len(value), inner
                elif isinstance(value, (list, set)):
                    found[f"{place}.{name}"] = len(value)
                elif isinstance(value, _PLAIN):
                    found[f"{place}.{name}"] = value
        return found

    def note_doing(self, node: FunctionNode, before: Look, *, known: bool) -> None:
        """A text was followed: keeps what else it did, or that it did something which is not known to be all."""
        old = self.doings.get(id(node), Doing())
        state, (effects, identities, inline, prints, left) = before
        known = known and state == self._all_there() and not (self.restoring or self.importing)
        self.whole_doings.clear()
        if not known or old is None:
            self.doings[id(node)] = None
            return
        self.doings[id(node)] = Doing(
            old.effects | dict.fromkeys(self.effects_done[effects:]),
            old.inline | dict.fromkeys(why for _, why in self.cell.inline[inline:]),
            old.identity or self.identities > identities,
            old.prints or self.prints > prints,
            old.others | dict.fromkeys(self.left_texts[left:]),
        )

    def whole_doing(self, text: int) -> Doing | None:
        """What a text did with those that it may call and that were not followed then; `None` where not all is known."""
        if text not in self.whole_doings:
            whole, seen, pending = Doing(), {text}, [text]
            while pending:
                doing = self.doings.get(pending.pop())
                if doing is None:
                    self.whole_doings[text] = None
                    return None
                whole = Doing(
                    whole.effects | doing.effects,
                    whole.inline | doing.inline,
                    whole.identity or doing.identity,
                    whole.prints or doing.prints,
                )
                pending += doing.others.keys() - seen
                seen |= doing.others.keys()
            self.whole_doings[text] = whole
        return self.whole_doings[text]

    def do_again(self, node: FunctionNode, values: Iterable[Value], span: Span) -> None:
        """A text that is not followed, or not again: it does what it did."""
        self.left_texts.append(id(node))
        doing = self.whole_doing(id(node))
        if doing is None:
            return
        for kind, key in doing.effects:
            if kind is not EffectKind.DRAW:
                self.effect(kind, key, span)
        for why in doing.inline:
            self.inline(span, why)
        self.prints += doing.prints
        if doing.identity:
            self.identities += 1
            for value in values:
                self.stage.identity |= self.regions.reach(value.region)
