"""IPython's magics and shell commands."""

from __future__ import annotations

import ast
import itertools
import re
import sys
from collections.abc import Sequence

from nb2pipe.dataflow import knowledge as known
from nb2pipe.dataflow.facts import SHARED, EffectKind, Item, Value
from nb2pipe.dataflow.interpret.base import Base
from nb2pipe.dataflow.interpret.model import SCALAR
from nb2pipe.dataflow.interpret.syntax import shell_names
from nb2pipe.dataflow.world import script_of
from nb2pipe.diagnostics import Diagnostic, Span
from nb2pipe.notebook.model import Magic, MagicKind

#: Magics that run commands.
_COMMANDS = frozenset({"bash", "sh", "script", "system", "sx"})
#: Magics for commands and other languages that IPython has by itself.
_OF_IPYTHON = _COMMANDS | {"!", "!!", "perl", "ruby", "pypy", "python", "python2", "python3"}


_ENVIRONMENT = frozenset({"env", "set_env"})


class Magics(Base):
    """IPython's magics and shell commands."""

    def run_magic(self, magic: Magic, node: ast.stmt | None = None) -> None:
        """The effect of a magic, by IPython's documentation."""
        span = Span(self.number, magic.line)
        text = f"{magic.arguments}\n{magic.body}" if magic.kind is MagicKind.CELL else magic.arguments
        name = magic.name.lower() if magic.name != "HTML" else magic.name
        for used in shell_names(text) if name not in known.PYTHON_MAGICS else ():
            if used in self.env:
                self.read_name(used, span)
        if magic.kind is MagicKind.HELP or name in known.SHOWING_MAGICS:
            self.inline(span, "IPython's help and display commands work in notebooks only")
            if name in known.READING_MAGICS:
                self.effect(EffectKind.READ, _file(magic.arguments), span)
            root = magic.arguments.strip().strip("?").split(".")[0].strip()
            if root.isidentifier() and root in self.env:
                self.read_name(root, span)
        elif name in known.SETTING_MAGICS and magic.kind is MagicKind.LINE and not magic.target:
            self.setting_magic(magic, span)
        elif name in known.PYTHON_MAGICS:
            self.inline(span, f"`%{name}` works in notebooks only")
            self.effect(EffectKind.CLOCK, "", span)
            if magic.kind is MagicKind.LINE:
                self.python_magic(magic, span)
        elif name == "capture" and magic.kind is MagicKind.CELL:
            self.inline(span, "`%%capture` works in notebooks only")
            words = [w for w in magic.arguments.split() if not w.startswith("-")]
            for word in words[:1]:
                if word.isidentifier():
                    self.bind(word, Value(region=self.regions.new(), dotted="IPython.utils.capture"), span)
        elif name == "writefile" or (name == "file" and magic.kind is MagicKind.CELL):
            self.inline(span, "`%%writefile` works in notebooks only")
            self.effect(EffectKind.WRITE, _file(magic.arguments), span)
        elif name in known.DYNAMIC_MAGICS:
            self.inline(span, f"`%{name}` works in notebooks only")
            if name in (
                "who",
                "whos",
                "who_ls",
                "reset",
                "reset_selective",
                "xdel",
                "history",
                "hist",
                "recall",
                "rerun",
                "notebook",
            ):
                self.diagnostics.append(
                    Diagnostic(
                        "NB205",
                        f"`%{name}` shows or changes names that only a run knows",
                        span,
                        "",
                        "remove it, or tag the cell `skip`",
                        (),
                        f"%{name}",
                    )
                )
            if name in ("macro", "save", "edit", "pastebin"):  # they name cells by their numbers
                self.stage.inputs = True
            names = self.local.scripts.get(script_of(magic.arguments)) if name == "run" else None
            if name == "run" and "-i" in magic.arguments.split():
                self.check_known_names(span, "`%run -i`")
            unseen = names is None and name in ("run", "load", "macro", "store", "recall", "rerun")
            self.dynamic(span, f"`%{name}`", binds=unseen)
            if names:
                self._bind_by_script(names, span)
        else:  # shell commands, other languages, unknown magics
            what = f"`%{name}`" if name else "a shell command"
            self.inline(span, f"{what} works in notebooks only")
            self.effect(EffectKind.WRITE, "", span)
            self.effect(EffectKind.CLOCK, "", span)
            if name and name not in _OF_IPYTHON:
                self._need_registration(span)
                self._run_own_magic(magic, span)
            words = magic.arguments.split()
            for flag, word in itertools.pairwise(words):  # `%%bash --out name`
                if flag in ("--out", "--err") and word.isidentifier():
                    self.bind(word, Value("str"), span)
            if name and name not in _COMMANDS:
                self.may_draw(span)
        if magic.target:
            try:
                target = ast.parse(f"{magic.target} = 0").body[0]
            except SyntaxError:
                return
            if isinstance(target, ast.Assign) and name not in known.PYTHON_MAGICS:
                for part in target.targets:
                    self.assign(part, Value("list", self.regions.new()), span)

    def _bind_by_script(self, names: frozenset[str], span: Span) -> None:
        """A script may bind its names, to what may be part of anything that it reads."""
        values = [binding.value for name, binding in sorted(self.env.items()) if not binding.items]
        made = Value(region=self.pack("unknown", values), part=True)

        def bind() -> None:
            for name in sorted(names):
                self.bind(name, made, span)

        self.branches([bind, lambda: None])

    def _run_own_magic(self, magic: Magic, span: Span) -> None:
        """A function of the notebook that is registered as a magic is called."""
        function = self.env[magic.name].value if magic.name in self.env else Value()
        if any(self.has_library_decorator(self.codes[n].node, r"register_\w*magic") for n in function.code):
            self.read_name(magic.name, span)
            given = [Value("str", const=magic.arguments)]
            if magic.kind is MagicKind.CELL:
                given.append(Value("str"))
            self.call_code(function, given, {}, span)

    def _need_registration(self, span: Span) -> None:
        """The import of any module that nobody knows may have registered a magic: the stage imports them, too."""
        for name in sorted(self.env):
            value = self.env[name].value
            root = value.dotted.split(".")[0]
            known_root = root in known.ARGUMENT_SAFE_ROOTS or root in sys.stdlib_module_names or root == "IPython"
            if value.kind == "library" and not known_root:
                self.read_name(name, span)
        self.need_star("")

    def nested_magic(self, method: str, args: Sequence[Value], span: Span) -> Value:
        """A magic inside a block: what it sets cannot be repeated by itself."""
        first = args[0].const if args and args[0].const is not None else ""
        rest = args[1].const if len(args) > 1 and args[1].const is not None else ""
        kind = MagicKind.SHELL if method in ("system", "getoutput") else MagicKind.LINE
        name, arguments = ("", first) if kind is MagicKind.SHELL else (first, rest)
        if kind is MagicKind.LINE and name in known.SETTING_MAGICS:
            self.inline(span, f"`%{name}` works in notebooks only")
            self.effect(EffectKind.SETTING, f"%{name}", span)
        else:
            self.run_magic(Magic(kind, name, arguments, span.line), None)
        return Value("list", self.regions.new("list")) if method == "getoutput" else SCALAR

    def setting_magic(self, magic: Magic, span: Span) -> None:
        """`%matplotlib inline` and the like hold for all that follows."""
        line = f"%{magic.name} {magic.arguments}".rstrip()
        moves = magic.name in known.FOLDER_MAGICS
        if self.stage.name != SHARED and (moves or (magic.name in _ENVIRONMENT and shell_names(magic.arguments))):
            self.inline(span, f"`%{magic.name}` works in notebooks only")
            self.set_loosely("working directory" if moves else "environment", span)
            if moves:
                self.effect(EffectKind.READ, _folder(magic.arguments), span)
            return
        if magic.name == "matplotlib" and re.search(r"(?:^|\s)(?:-l|--list)\b", magic.arguments):
            self.inline(span, "`%matplotlib --list` works in notebooks only")
            return
        if magic.name not in known.NOTEBOOK_ONLY_MAGICS:
            self.inline(span, f"`%{magic.name}` works in notebooks only")
        elif (
            magic.arguments.strip() != "inline"
            and magic.name in ("matplotlib", "config")
            and self.draws > self.drawn_before
        ):
            self.inline(span, f"`%{magic.name}` changes how figures are shown after some were")
        elif magic.name in ("load_ext", "reload_ext", "pprint", "precision", "xmode"):
            self.inline(span, f"`%{magic.name}` holds in the notebook only")
        if magic.name == "matplotlib":
            self.set_backend(magic.arguments, span)
        elif re.search(r"close_figures\s*=(?!\s*True\b)", magic.arguments):
            self.keep_figures()
        kind = "star" if magic.name == "pylab" else "magic"
        item = Item(kind, None, line, span, self.stage.name, (), (), self.order)
        if kind == "star":
            self.add_star(item, "pylab")
        else:
            self.items.append(item)
            self.stage.items.append(item)

    def set_up(self, magic: Magic) -> list[ast.stmt]:
        """What stands in the first line of a `%%timeit` cell: it runs once, before the cell."""
        try:
            return ast.parse(_without_options(magic.arguments)).body
        except SyntaxError:
            return []

    def python_magic(self, magic: Magic, span: Span) -> None:
        """`%time x = f()` runs in the notebook's namespace; `%timeit` keeps its names to itself."""
        try:
            tree = ast.parse(_without_options(magic.arguments))
        except SyntaxError:
            self.dynamic(span, f"`%{magic.name}`", binds=True)
            return
        self.site, outer = span, self.site
        if magic.name == "timeit":
            self.local_block(tree.body)
        else:
            self.block(tree.body)
        self.site = outer
        if magic.target:
            try:
                target = ast.parse(f"{magic.target} = 0").body[0]
            except SyntaxError:
                return
            assert isinstance(target, ast.Assign)
            for part in target.targets:
                self.assign(part, Value(region=self.regions.new()), span)


def _without_options(words: str) -> str:
    """The arguments of a magic without its options."""
    while words.startswith("-"):
        parts = words.split(None, 1)
        words = parts[1] if len(parts) > 1 else ""
        if parts[0] in ("-n", "-r", "-p", "-t", "-s", "-l", "-T", "-D", "-f"):
            words = words.split(None, 1)[1] if len(words.split(None, 1)) > 1 else ""
    return words


def _folder(arguments: str) -> str:
    """The folder that `%cd` names; empty where only a run knows it."""
    return arguments if re.fullmatch(r"[\w./-]*\w[\w./-]*", arguments) else ""


def _file(arguments: str) -> str:
    """The one file that a command names; empty for any."""
    words = [w for w in arguments.split() if not w.startswith("-")]
    return words[0] if len(words) == 1 and re.fullmatch(r"[\w./-]+", words[0]) else ""
