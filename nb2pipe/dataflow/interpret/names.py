"""The notebook's names: binding, reading, and those that only a run knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import HIDDEN, PARAMETERS, RESULTS, Binding, EffectKind, Item, Missing, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import MODULE, SCALAR, SCOPE
from nb2pipe.dataflow.interpret.syntax import identifiers_in, is_namespace, root_name, star_dotted, words_after
from nb2pipe.dataflow.scopes import BUILTINS, is_history
from nb2pipe.diagnostics import Diagnostic, Span

_RESULTS = frozenset({"_", "__", "___", "Out", "_oh"})
#: What SQL reads.
_TABLES = re.compile(r"\b(?:from|join)\s+([A-Za-z_]\w*)", re.IGNORECASE)

#: Functions that evaluate their texts, with the names that stand in them.
_EVALUATING = frozenset(["dmatrices", "dmatrix", "eval", "evaluate", "model_matrix", "repeat", "timeit"])


class Names(Base):
    """The notebook's names: binding, reading, and those that only a run knows."""

    def inline(self, span: Span, why: str) -> None:
        """Notes why the cell cannot move into a function."""
        if self.own_module():
            return
        self.cell.inline.append((span, why))

    def set_env(self, name: str, binding: Binding | None) -> None:
        """Changes a binding so that a branch can be taken back."""
        if binding is not None:
            self.step_binds.add(name)
        self.rebound.add(name)
        if self.journals:
            journal = self.journals[-1]
            if name not in journal:
                journal[name] = self.env.get(name)
        if binding is None:
            self.env.pop(name, None)
        else:
            self.env[name] = binding

    def bind(self, name: str, value: Value, span: Span, items: tuple[Item, ...] = ()) -> None:
        """Binds a name in the scope that is current."""
        for frame in reversed(self.frames[-1:]):
            if name in frame.names:
                frame.local[name] = value
                self.bound_late(name, value, span, frame.local)
                if SCOPE in frame.local:
                    self.regions.link(frame.local[SCOPE].region, value.region)
                return
            for scope in frame.closure:
                if name in scope:
                    scope[name] = self.join_values(scope[name], value)
                    self.bound_late(name, value, span, scope)
                    if MODULE in scope:
                        self.rebinds(scope[MODULE].const or "", name, value, span)
                        return
                    if SCOPE in scope:
                        self.note_mutation(scope[SCOPE].region or 0, span, name)
                        self.regions.link(scope[SCOPE].region, value.region)
                    return
        old = self.env.get(name)
        if old is not None and self.has_finalizer(old.value):  # its object may go away here
            self.read_name(name, span)
            self.finalize(old.value, span)
        if self.stage.name == PARAMETERS and value.const is not None:  # who runs the pipeline may give another
            value = replace(value, const=None, default=value.const, elements=None)
        self.stage.bound[name] = (span, True)
        self.bound_late(name, value, span)
        self.deleted.pop(name, None)
        self.forget_graph(name)
        self.set_env(name, Binding(value, frozenset({(self.stage.name, span)}), True, items))

    def bind_in_notebook(self, name: str, value: Value, span: Span, why: str) -> None:
        """Binds a variable of the notebook by other means than a statement that names it."""
        self.inline(span, why)
        frames, self.frames = self.frames, []
        self.bind(name, value, span)
        self.frames = frames

    def read_name(self, name: str, span: Span, *, hoisted: bool = False) -> Value | None:
        """Reads a global name: notes the need of an earlier stage's definition."""
        binding = self.env.get(name)
        if binding is None:
            return None
        if self.reads is not None:
            self.reads.append(name)
        for watch in self.watches:
            watch.names.add(name)
        self.variable_reads += not binding.items
        regions = self.step_reads.setdefault(name, set())
        if binding.value.region is not None:
            regions.add(binding.value.region)
            if self.mapped:
                for region in sorted(self.mapped.keys() & self.regions.reach(binding.value.region)):
                    self.effect(EffectKind.READ, self.mapped[region], span)
        if hoisted and (name in self.hoisted or name in self.stable):
            return binding.value
        if not binding.certain:
            self._tell_unbound(name, span)
        stage = self.stage.name
        if any(origin != stage for origin, _ in binding.origins):
            self.stage.needs.setdefault(name, (span, binding))
            if not self.journals and not self.guarded and all(origin != stage for origin, _ in binding.origins):
                self.stage.certain.add(name)
        return binding.value

    def load(self, node: ast.Name) -> Value:
        """The value of a name in the scope that is current."""
        name = node.id
        if self.frames:
            frame = self.frames[-1]
            in_class = frame.code >= 0 and isinstance(self.codes[frame.code].node, ast.ClassDef)
            if name in frame.local or (name in frame.names and not in_class):
                return frame.local.get(name, Value(region=None))
            for scope in frame.closure:
                if name in scope:
                    for watch in self.watches:
                        watch.scopes[name, id(scope)] = scope
                    if MODULE in scope:
                        self.use_member(scope[MODULE].const or "", name, self.at(node))
                    return scope[name]
            if module := self.own_module():
                return self.outside(name, module)
        hoisted = bool(self.frames) and self.frames[-1].hoisted
        value = self.read_name(name, self.at(node), hoisted=hoisted)
        if value is not None:
            root, dot, _ = value.dotted.partition(".")
            if dot and value.kind == "library" and root in self.local.stateful:
                self.use_state(root, self.at(node))
            self.use_definitions(value, self.at(node))
            return value
        if name in self.hoisted and hoisted and name in BUILTINS:
            return Value()
        if is_history(name):
            self.inline(self.at(node), f"`{name}` is IPython's history")
            return self.history(name, self.at(node))
        if name == "__file__":
            self.inline(self.at(node), "`__file__` is there in modules only")
        if name in BUILTINS:
            if self.star_items:
                self.need_star(name)
            if name in ("__name__", "__doc__", "__builtins__"):
                self.inline(self.at(node), f"`{name}` differs in a module")
            if name in ("get_ipython", "In", "Out"):
                self.inline(self.at(node), f"`{name}` works in notebooks only")
            return Value("builtin", dotted=name)
        if self.star_items:
            self.need_star(name)
            for item in reversed(self.star_items):
                if isinstance(item.node, ast.ImportFrom):
                    found = self.member(item.node.module or "", name, self.at(node))
                    if found is not None:
                        return found
            return Value("library", dotted=star_dotted(name, self.star_items))
        if self.wildcard:
            if all(stage == self.stage.name for stage, _ in self.wildcard):
                return self.bound_unseen
            self._bind_by_wildcard(name)
            return self.read_name(name, self.at(node)) or Value()
        self._tell_unbound(name, self.at(node))
        if not self.guarded:
            self.pending.append((name, self.at(node), not self.journals and not self.maybe))
        return Value(region=self.regions.new())

    def _tell_unbound(self, name: str, span: Span) -> None:
        """What Python says of a name that is not bound is another thing in a function."""
        if self.told and not self.frames:
            self.inline(span, f"what is said where `{name}` is not bound differs in a function")

    def _bind_by_wildcard(self, name: str) -> None:
        """Statements that bind names which only a run knows may have bound this one, each of them."""
        value = self.bound_unseen
        names = list(self.stages)
        for later in names[names.index(self.wildcard[0][0]) :]:
            until = names.index(later)
            origins = frozenset(each for each in self.wildcard if names.index(each[0]) <= until)
            binding = Binding(value, origins, False)
            if later == self.stage.name:
                self.set_env(name, binding)
            else:
                self.stages[later].env[name] = binding
                self.stages[later].reach[name] = self.regions.reach(value.region)

    def need_star(self, name: str) -> None:
        """A name that only a star import can have bound: the stage repeats the star imports."""
        for item in self.star_items:
            if item.stage != self.stage.name:
                origin = frozenset({(item.stage, item.span)})
                self.stage.needs.setdefault(f"*{item.source}", (item.span, Binding(SCALAR, origin, True, (item,))))

    def history(self, name: str, span: Span) -> Value:
        """`_` and `Out[n]` are handed over; what `In` and `_i` hold, the notebook says."""
        if name in _RESULTS or name[1:].isdigit():
            self.reads_results = True
            self.result_cells.append((self.stage.name, self.number))
            self.stage.history.append((name, span))
            self.read_name(RESULTS, span)
            return Value(region=self.regions.new() if self.results is None else self.results, part=True)
        if name == "_dh" or self.stage.name.startswith("#"):
            self.refuse_history(name, span)
        self.stage.inputs = True
        return Value("list", self.regions.new("list")) if name in ("In", "_ih") else Value("str")

    def change_hidden(self, name: str, region: int, span: Span, *, deep: bool = False) -> None:
        """Something that the process keeps, and no variable names, may change: it is handed over from here on."""
        self.hidden[region] = name
        self.mutate(Value(name, region), span, name, deep=deep)
        self.keep_hidden(name, region, span)

    def keep_hidden(self, name: str, region: int, span: Span) -> None:
        """The stage hands over what the process keeps."""
        self.read_name(name, span)
        self.stage.bound.setdefault(name, (span, True))
        before = self.env.get(name)
        origins = before.origins if before is not None else frozenset()
        if all(origin != self.stage.name for origin, _ in origins):
            origins |= {(self.stage.name, span)}
        self.rebound.add(name)
        self.env[name] = Binding(Value(name, region), origins, True)  # also in a branch: it is there whatever happens

    def refuse_history(self, name: str, span: Span) -> None:
        """NB207."""
        self.diagnostics.append(
            Diagnostic(
                "NB207",
                f"`{name}` reads IPython's history, which each stage has for itself",
                span,
                "what was shown before",
                "assign the value to a name in the cell that shows it, and read that name here",
                name=name,
            )
        )

    def dynamic(self, span: Span, what: str, *, binds: bool, looks: bool = False) -> None:
        """Code that may read, change and bind anything; with `looks`, it gets one variable that only a run knows."""
        if module := self.own_module():
            for member, held in list(self.scopes[module].items()):
                self.mutate_unknown(held, span, member)
                if not member.startswith("#"):
                    self.rebinds(module, member, held, span)
            return
        self.cell.dynamic = True
        if what.startswith(("`exec", "`eval")) or (looks and not binds):
            self.check_known_names(span, what)
        self.inline(span, f"{what} reaches names that only a run knows")
        self.stage.wildcard.append((span, what))
        self.guarded += 1  # of what it may read, not all need be there
        for name in sorted(self.env):
            value = self.read_name(name, span)
            if value is not None and not self.env[name].items and not looks:
                self.mutate(value, span, name, deep=True)
        self.guarded -= 1
        if not looks:
            for family in sorted(known.HANDED_OVER_SETTINGS):
                self.set_loosely(family, span)
            self.effect(EffectKind.WRITE, "", span)
            self.effect(EffectKind.DRAW, "", span)
            self.may_draw(span)
        if binds:
            self.wildcard.append((self.stage.name, span))
            bindings = {n: b for n, b in sorted(self.env.items()) if not b.items and n not in HIDDEN}
            self.bound_unseen = Value(
                region=self.pack("unknown", [self.bound_unseen, *(b.value for b in bindings.values())])
            )
            for name, binding in bindings.items():
                value = self.join_values(binding.value, self.bound_unseen)
                self.set_env(name, Binding(value, binding.origins | {(self.stage.name, span)}, binding.certain))

    def _check_flushed(self, path: str, span: Span) -> None:
        """NB203 where a file is read that another stage has open: what it wrote may not be there yet."""
        for open_path, stage in self.unflushed.items():
            if stage != self.stage.name and (not path or not open_path or path == open_path):
                self.diagnostics.append(
                    Diagnostic(
                        "NB203",
                        f"`{open_path or path}` is open for writing in stage `{stage}`, and read here",
                        span,
                        "how much of it is on disk differs between one process and two",
                        f"close the file in stage `{stage}`, with `with open(…)`",
                        (),
                        open_path or path,
                    )
                )

    def check_known_names(self, span: Span, what: str) -> None:
        """NB205 where an earlier stage has bound names that nobody knows: they could not be loaded."""
        earlier = next(((stage, place) for stage, place in self.wildcard if stage != self.stage.name), None)
        if earlier is not None:
            self.diagnostics.append(
                Diagnostic(
                    "NB205",
                    f"{what} may read names that only a run of stage `{earlier[0]}` binds",
                    span,
                    "which of them to load cannot be told",
                    "keep the values in a dict instead of in variables",
                    ((earlier[1], "binds names that are computed"),),
                    what.strip("`()"),
                )
            )

    def _namespace_item(self, node: ast.Subscript) -> str | None:
        """The name in `globals()["name"]` at top level."""
        if self.frames or not is_namespace(node.value):
            return None
        name = self.eval(node.slice).const
        if name is not None:
            self.inline(self.at(node), f"`{ast.unparse(node.value)}` is the notebook's namespace")
        return name

    def refuse_foreign(self, nodes: Iterable[ast.AST], what: str, span: Span, *, told_apart: bool = False) -> None:
        """Refuses what a stored value does not keep, where the value comes from another stage."""
        for node in nodes:
            binding = self.env.get(root_name(node))
            if binding is None or self.frames or binding.items or all(o == self.stage.name for o, _ in binding.origins):
                continue
            source = next(o for o, _ in binding.origins if o != self.stage.name)
            place = next(s for o, s in binding.origins if o == source)
            lost = Diagnostic(
                "NB203",
                f"`{root_name(node)}` {what}, which a stored value does not keep",
                span,
                f"comes from stage `{source}`",
                "do this in the stage that makes the value, and keep the answer",
                ((place, "made here"),),
                root_name(node),
            )
            self.lost.append(Missing(self.stage.name, root_name(node), lost, told_apart))
            return

    def _look_up_in_call(self, node: ast.Call) -> None:
        """`globals().get(…)`, `globals().update(…)`, `"…".format(**locals())`, `eval(text, globals())`."""
        func = node.func
        if isinstance(func, ast.Attribute):
            if func.attr in ("get", "__getitem__", "__contains__"):
                self.look_up(func.value, binds=False)
            elif func.attr in ("update", "setdefault", "pop", "__setitem__"):
                self.look_up(func.value, binds=True)
            elif func.attr in ("format", "format_map", "substitute", "safe_substitute"):
                for part in (*node.args, *(k.value for k in node.keywords if k.arg is None)):
                    self.look_up(part, binds=False)
        elif isinstance(func, ast.Name) and func.id in ("exec", "eval"):
            for part in node.args[1:]:
                self.look_up(part, binds=True)
        called = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        if called in known.NAMESPACE_CALLS and not (isinstance(func, ast.Name) and called in self.hoisted):
            for part in (*node.args, *(k.value for k in node.keywords)):
                self.look_up(part, binds=False)

    def everything(self) -> int:
        """All that the notebook's variables reach."""
        region = self.pack("unknown", [b.value for _, b in sorted(self.env.items()) if not b.items])
        assert region is not None
        return region

    def _in_namespace(self, node: ast.Call) -> bool:
        """Whether `exec` or `eval` works in the notebook's own namespace; `eval` in a function reads its variables first."""
        if isinstance(node.func, ast.Name) and node.func.id == "eval" and self.in_function():
            return len(node.args) == 1 and not node.keywords
        for argument in node.args[1:]:
            if not is_namespace(argument):
                return False
        return not node.keywords and (len(node.args) > 1 or not self.frames)

    def in_function(self) -> bool:
        """Whether the code that runs is that of a function or method of the notebook."""
        return any(f.code >= 0 for f in self.frames)

    def look_up(self, node: ast.expr, *, binds: bool) -> None:
        """`globals()` in a place where what it holds beside the notebook's variables is not seen."""
        if isinstance(node, ast.Call) and is_namespace(node):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name == "globals" or (not self.frames and name != "dir"):
                self.looked_up[id(node)] = binds

    def string_names(self, node: ast.Call, values: Sequence[Value], span: Span) -> frozenset[str]:
        """Names inside strings that libraries evaluate: `df.query("a > @x")`, `ols("y ~ f(x)")`."""
        found: set[str] = set()
        if self.frames and self.frames[-1].hoisted:
            return frozenset()
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        formats = [a for a in node.args if isinstance(a, ast.JoinedStr)]
        parts = [" ".join(str(v.value) for v in f.values if isinstance(v, ast.Constant)) for f in formats]
        if name in ("query", "eval") and isinstance(node.func, ast.Attribute) and any(v.default for v in values):
            self.dynamic(span, f"`{name}`", binds=False, looks=True)
        for text in (*(v.default if v.const is None else v.const for v in values), *parts):
            if text is None:
                continue
            if name in ("sql", "query", "execute", "from_query") and _TABLES.search(text):  # DuckDB finds variables
                words = _TABLES.findall(text)
            elif name in ("query", "eval") and "@" in text:
                words = words_after(text, "@")
            elif "~" in text or name in _EVALUATING:
                words = identifiers_in(text)
            else:
                continue
            for word in words:
                self.stage.text_reads.add(word)
                if word in self.env and not (self.frames and word in self.frames[-1].names):
                    value = self.read_name(word, span)
                    if value is not None:
                        found.add(word)
                        self.may_execute(value, span)
        return frozenset(found)
