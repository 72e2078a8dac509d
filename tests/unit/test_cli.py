"""The command line: what is printed where, and exit codes. The passes are replaced by fakes."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from nb2pipe import __version__
from nb2pipe.cli import main
from nb2pipe.diagnostics import CODES, Diagnostic, Nb2pipeError, Span
from nb2pipe.notebook.model import Notebook
from nb2pipe.notebook.read import read_notebook
from nb2pipe.options import Options
from nb2pipe.pipeline.model import Pipeline
from tests.unit.graph.pipelines import diamond

ERROR = Diagnostic("NB201", "`df` is used before it is defined", Span(1, 1, 5, 1, 7), "here", "move it", name="df")
WARNING = Diagnostic("NB304", "the tag `skp` says nothing", Span(2), "did you mean `skip`?")
NOTE = Diagnostic("NB601", "the code of `plot` stays in its notebook", Span(2))


@dataclass(frozen=True)
class FakeAnalysis:
    notebook: Notebook
    pipeline: Pipeline | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class FakeConversion:
    analysis: FakeAnalysis
    out: Path
    written: tuple[str, ...] = ("README.md", "src/x.py")
    unchanged: tuple[str, ...] = ("params.yaml",)
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class FakeProposal:
    cell: int
    tag: str
    why: str


@dataclass
class Passes:
    """What the fakes answer, and what they were asked."""

    diagnostics: tuple[Diagnostic, ...] = ()
    failure: Exception | None = None
    proposals: tuple[FakeProposal, ...] = ()
    kept: tuple[str, ...] = ()
    asked: list[tuple[Path, Options]] = field(default_factory=list)
    force: str = ""
    record: bool = False

    def analyze(self, path: Path, options: Options) -> FakeAnalysis:
        self.asked.append((path, options))
        if self.failure:
            raise self.failure
        notebook = read_notebook(path)
        refused = any(d.is_error for d in self.diagnostics)
        return FakeAnalysis(notebook, None if refused else diamond(), self.diagnostics)

    def convert(
        self,
        path: Path,
        out: Path,
        options: Options,
        progress: Callable[[str], None] | None,
        force: str = "",
        record: bool = False,
    ) -> FakeConversion:
        self.force, self.record = force, record
        analysis = self.analyze(path, options)
        if analysis.pipeline is None:
            raise Nb2pipeError(self.diagnostics)
        return FakeConversion(analysis, out, kept=self.kept)

    def propose_stages(self, notebook: Notebook) -> tuple[FakeProposal, ...]:
        return self.proposals


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Passes:
    fake = Passes()
    convert = types.ModuleType("nb2pipe.convert")
    convert.__dict__.update(analyze=fake.analyze, convert=fake.convert)
    propose = types.ModuleType("nb2pipe.pipeline.propose")
    propose.__dict__.update(propose_stages=fake.propose_stages)
    monkeypatch.setitem(sys.modules, "nb2pipe.convert", convert)
    monkeypatch.setitem(sys.modules, "nb2pipe.pipeline.propose", propose)
    for name in ("NO_COLOR", "FORCE_COLOR", "NB2PIPE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return fake


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    cells = [
        {"cell_type": "code", "metadata": {}, "source": ["x = df\n"], "outputs": [], "execution_count": None},
        {"cell_type": "code", "metadata": {"tags": ["skp"]}, "source": ["y = 1"], "outputs": [], "execution_count": None},
    ]  # fmt: skip
    path = Path("sales.ipynb")
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1))
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="nb2pipe")


# --- The group -----------------------------------------------------------------------------------


def test_help_teaches() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "  nb2pipe convert churn.ipynb -o churn/   write the project\n" in result.stdout
    assert "  1  refused" in result.stdout
    names = ["convert", "run", "verify", "target", "graph", "check", "tag", "explain", "completion"]
    listed = [line.split()[0] for line in result.stdout.split("Commands:\n")[1].split("\n\n")[0].split("\n")]
    assert listed == names


@pytest.mark.parametrize("command", ["convert", "verify", "graph", "check", "tag", "explain", "completion"])
def test_every_command_has_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: nb2pipe {command} ")


def test_the_lines_of_commands_that_are_not_imported_yet_are_theirs() -> None:
    context = click.Context(main)
    listed = dict(
        line.split(None, 1) for line in run("--help").stdout.split("Commands:\n")[1].split("\n\n")[0].split("\n")
    )
    for name in ("run", "verify", "target"):
        command = main.get_command(context, name)
        assert command is not None
        assert listed[name] == command.get_short_help_str(100)


def test_version() -> None:
    assert run("--version").stdout == f"nb2pipe {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("covert", "a.ipynb"), "Did you mean 'convert'?"),
        (("a.ipynb",), "nb2pipe convert a.ipynb"),
        (("graph", "a.ipynb", "--format", "png"), "'png' is not one of"),
        (("check",), "Missing argument"),
    ],
)
def test_wrong_usage_is_exit_2_with_a_hint(arguments: tuple[str, ...], hint: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert hint in result.stderr


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom nb2pipe.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print('LOADED', *sorted(sys.modules))"
    )
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(text.rpartition("LOADED")[2].split())
    assert "click" in loaded
    heavy = {"nbformat", "jupytext", "papermill", "black", "jinja2", "yaml", "nb2pipe.report", "nb2pipe.graph.svg"}
    assert loaded & heavy == set()


def test_a_bug_says_so_with_exit_70_and_no_traceback(passes: Passes, notebook: Path) -> None:
    passes.failure = RuntimeError("boom")
    result = run("convert", notebook)
    assert result.exit_code == 70
    assert f"error: this is a bug in nb2pipe {__version__}: RuntimeError: boom" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("loud", [("-v",), ()])
def test_a_bug_shows_its_traceback_when_asked(
    loud: tuple[str, ...], passes: Passes, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes.failure = RuntimeError("boom")
    if not loud:
        monkeypatch.setenv("NB2PIPE_DEBUG", "1")
    result = run(*loud, "convert", notebook)
    assert result.exit_code == 70
    assert "Traceback (most recent call last)" in result.stderr


def test_a_file_that_cannot_be_written_is_refused(passes: Passes, notebook: Path) -> None:
    passes.failure = PermissionError(13, "Permission denied", "churn/README.md")
    result = run("convert", notebook)
    assert result.exit_code == 1
    assert result.stderr.endswith("error: churn/README.md: Permission denied\n")


# --- convert -------------------------------------------------------------------------------------


def test_convert_summarises(passes: Passes, notebook: Path) -> None:
    passes.diagnostics = (WARNING, NOTE)
    result = run("convert", notebook)
    assert result.exit_code == 0
    assert result.stdout == (
        "sales.ipynb → sales/  4 stages, 4 edges, 1 parameter\n"
        "\n"
        "●   load(path)  cell 2\n"
        "├─● clean       cell 3     ← load.df\n"
        "● │ plot        cell 4     ← load.df\n"
        "●─╯ train       cells 5–6  ← clean.x (after plot)\n"
        "\n"
        "2 files written\n"
        "1 file unchanged\n"
        "\n"
        "warning[NB304]: the tag `skp` says nothing\n"
        " --> sales.ipynb:cell 2\n"
        "  1 | y = 1\n"
        "    | did you mean `skip`?\n"
        "\n"
        "note[NB601] sales.ipynb:cell 2: the code of `plot` stays in its notebook\n"
        "\n"
        "Next:\n"
        "  cd sales\n"
        "  pip install -e .\n"
        "  ploomber build\n"
    )
    assert passes.asked == [(notebook, Options())]


def test_convert_names_kept_files_and_with_v_all_written_ones(passes: Passes, notebook: Path) -> None:
    passes.kept = ("src/sales/clean.py",)
    assert "1 file kept, as you edited them:\n  src/sales/clean.py\n" in run("convert", notebook).stdout
    assert "2 files written:\n  README.md\n  src/x.py\n" in run("-v", "convert", notebook).stdout


def test_convert_hands_on_which_side_wins(passes: Passes, notebook: Path) -> None:
    assert run("convert", notebook, "--force", "theirs").exit_code == 0
    assert passes.force == "theirs"
    assert run("convert", notebook).exit_code == 0
    assert passes.force == ""
    assert run("convert", notebook, "--force", "mine").exit_code == 2


def test_convert_quietly(passes: Passes, notebook: Path) -> None:
    passes.diagnostics = (WARNING,)
    result = run("-q", "convert", notebook)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_convert_passes_options_on_and_reads_them_from_everywhere(passes: Passes, notebook: Path) -> None:
    Path("pyproject.toml").write_text("[tool.nb2pipe]\nline-length = 100\nstyle = 'notebook'\n")
    data = json.loads(notebook.read_text())
    data["metadata"]["nb2pipe"] = {"name": "mine", "style": "function"}
    notebook.write_text(json.dumps(data))
    assert run("convert", notebook, "--name", "yours", "-o", "out dir").exit_code == 0
    assert passes.asked[0][1] == Options(name="yours", line_length=100)
    assert "  cd 'out dir'\n" in run("convert", notebook, "-o", "out dir").stdout


def test_convert_records_where_asked(passes: Passes, notebook: Path) -> None:
    assert run("convert", notebook).exit_code == 0
    assert not passes.record
    assert run("convert", notebook, "--record").exit_code == 0
    assert passes.record


def test_an_option_that_cannot_be_is_wrong_usage(passes: Passes, notebook: Path) -> None:
    Path("pyproject.toml").write_text("[tool.nb2pipe]\nstile = 'notebook'\n")
    result = run("convert", notebook)
    assert result.exit_code == 2
    assert "unknown option `stile`" in result.stderr and "did you mean `style`?" in result.stderr
    assert passes.asked == []


def test_convert_refuses_with_the_place(passes: Passes, notebook: Path) -> None:
    passes.diagnostics = (ERROR, WARNING)
    result = run("convert", notebook)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(
        "error[NB201]: `df` is used before it is defined\n"
        " --> sales.ipynb:cell 1:1:5\n"
        "  1 | x = df\n"
        "    |     ^^ here\n"
        "  = help: move it\n"
        "\n"
        "warning[NB304]"
    )
    assert result.stderr.endswith("1 error, 1 warning\nMore about an error: nb2pipe explain NB201\n")


def test_convert_json(passes: Passes, notebook: Path) -> None:
    passes.diagnostics = (NOTE,)
    data = json.loads(run("convert", notebook, "--json").stdout)
    assert data["out"] == "sales" and data["written"] == ["README.md", "src/x.py"]
    assert [s["name"] for s in data["pipeline"]["stages"]] == ["load", "clean", "plot", "train"]
    assert data["diagnostics"][0]["code"] == "NB601"
    passes.diagnostics = (ERROR,)
    result = run("convert", notebook, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["summary"] == {"errors": 1, "warnings": 0, "notes": 0}


@pytest.mark.parametrize(
    ("installed", "warned"),
    [({"ploomber", "jupyterlab"}, True), ({"ploomber"}, False), ({"jupyterlab"}, False), (set(), False)],
)
def test_convert_warns_where_ploomber_breaks_jupyterlab(
    installed: set[str], warned: bool, passes: Passes, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_spec(name: str, package: str | None = None) -> object:
        return object() if name in installed else None

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    result = run("convert", notebook)
    assert result.exit_code == 0
    assert ('{"ServerApp": {"jpserver_extensions": {"ploomber": false}}}' in result.stderr) is warned
    assert ("warning" in result.stderr) is warned


def test_a_missing_notebook_is_refused_with_a_likely_one(passes: Passes, notebook: Path) -> None:
    passes.failure = Nb2pipeError(
        [Diagnostic("NB105", "there is no file `sals.ipynb`", help="did you mean `sales.ipynb`?")]
    )
    for command in ("convert", "graph", "check"):
        result = run(command, "sals.ipynb")
        assert result.exit_code == 1
        assert "error[NB105]" in result.output and "did you mean `sales.ipynb`?" in result.output


# --- graph ---------------------------------------------------------------------------------------

STARTS = {
    "text": "●   load(path)",
    "mermaid": "flowchart TD\n",
    "dot": 'digraph "sales" {',
    "svg": "<svg ",
    "html": "<!DOCTYPE html>",
    "json": '{\n  "version": 1,',
}


@pytest.mark.parametrize("form", STARTS)
def test_graph_in_every_format(form: str, passes: Passes, notebook: Path) -> None:
    result = run("graph", notebook, "--format", form)
    assert result.exit_code == 0
    assert result.stdout.startswith(STARTS[form])


@pytest.mark.parametrize(
    ("file", "form"),
    [("a.svg", "svg"), ("a.html", "html"), ("a.mmd", "mermaid"), ("a.gv", "dot"), ("a.json", "json"), ("a", "text")],
)
def test_the_suffix_says_the_format(file: str, form: str, passes: Passes, notebook: Path) -> None:
    result = run("graph", notebook, "-o", file)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"wrote {file}\n")
    assert Path(file).read_text(encoding="utf-8").startswith(STARTS[form])


def test_graph_explains_edges(passes: Passes, notebook: Path) -> None:
    assert "variable `x`: `train` reads `x`" in run("graph", notebook, "--explain").stdout
    assert run("graph", notebook, "--explain", "--format", "svg").exit_code == 2


def test_graph_never_writes_over_the_notebook(passes: Passes, notebook: Path) -> None:
    before = notebook.read_bytes()
    assert run("graph", notebook, "-o", notebook).exit_code == 2
    assert notebook.read_bytes() == before


def test_graph_of_a_refused_notebook(passes: Passes, notebook: Path) -> None:
    passes.diagnostics = (ERROR, WARNING)
    result = run("graph", notebook)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error[NB201]" in result.stderr and "NB304" not in result.stderr


# --- check ---------------------------------------------------------------------------------------


def test_check(passes: Passes, notebook: Path) -> None:
    assert run("check", notebook).stdout == "no problems in 1 notebook\n"
    passes.diagnostics = (WARNING,)
    result = run("check", notebook)
    assert result.exit_code == 0
    assert result.stdout.endswith("did you mean `skip`?\n\n1 warning\n")
    passes.diagnostics = (ERROR,)
    result = run("check", notebook, notebook)
    assert result.exit_code == 1
    assert result.stdout.endswith("2 errors in 2 notebooks\nMore about an error: nb2pipe explain NB201\n")


def test_check_quietly_shows_errors_only(passes: Passes, notebook: Path) -> None:
    passes.diagnostics = (WARNING,)
    result = run("-q", "check", notebook)
    assert (result.exit_code, result.output) == (0, "")


def test_options_of_all_commands_may_stand_behind_the_command(passes: Passes, notebook: Path) -> None:
    """`verify` says `-v shows them`, and `nb2pipe verify … -v` was no option."""
    passes.diagnostics = (WARNING,)
    result = run("check", notebook, "-q")
    assert (result.exit_code, result.output) == (0, "")
    assert run("check", notebook, "--no-color", "-v").output == run("--no-color", "-v", "check", notebook).output


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_check_for_machines(form: str, passes: Passes, notebook: Path) -> None:
    passes.diagnostics = (ERROR,)
    result = run("check", notebook, "--format", form)
    assert result.exit_code == 1
    if form == "github":
        line = next(n for n, text in enumerate(notebook.read_text().split("\n"), 1) if "x = df" in text)
        assert result.stdout.startswith(f"::error file=sales.ipynb,line={line},title=NB201::cell 1, line 1: ")
    else:
        assert json.loads(result.stdout)["version"] in (1, "2.1.0")


# --- tag -----------------------------------------------------------------------------------------


def test_tag_proposes_and_writes_nothing(passes: Passes, notebook: Path) -> None:
    passes.proposals = (FakeProposal(1, "stage:load", "reads df"), FakeProposal(2, "stage:report", "prints"))
    before = notebook.read_bytes()
    result = run("tag", notebook)
    assert result.exit_code == 0
    assert result.stdout == (
        "cell 1  stage:load    reads df\n"
        "                      x = df\n"
        "cell 2  stage:report  prints\n"
        "                      y = 1\n"
        "\n"
        "To write these tags: nb2pipe tag sales.ipynb --write\n"
    )
    assert notebook.read_bytes() == before


def test_tag_writes_and_keeps_what_was_there(passes: Passes, notebook: Path) -> None:
    passes.proposals = (FakeProposal(1, "stage:load", "w"), FakeProposal(2, "stage:report", "w"))
    result = run("tag", notebook, "--write")
    assert result.exit_code == 0
    assert result.stdout.endswith("wrote 2 tags to sales.ipynb\n")
    assert [c.tags for c in read_notebook(notebook).cells] == [("stage:load",), ("skp", "stage:report")]
    again = run("tag", notebook, "--write")
    assert again.stdout == "sales.ipynb: no tags to propose\n"


def test_tag_json(passes: Passes, notebook: Path) -> None:
    passes.proposals = (FakeProposal(1, "stage:load", "w"),)
    assert json.loads(run("tag", notebook, "--json").stdout) == {
        "notebook": "sales.ipynb",
        "proposals": [{"cell": 1, "tag": "stage:load", "why": "w"}],
        "written": False,
    }


# --- explain, completion, colours ----------------------------------------------------------------


def test_explain() -> None:
    assert run("explain", "nb201").stdout.startswith("# NB201: A name is used before it is defined\n")
    listing = run("explain").stdout
    assert listing.count("\n") == len(CODES)
    assert "NB304  warning  A tag looks like a misspelt one\n" in listing


def test_explain_an_unknown_code() -> None:
    result = run("explain", "NB999")
    assert result.exit_code == 2
    assert "there is no diagnostic NB999" in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_NB2PIPE_COMPLETE" in result.stdout and "nb2pipe" in result.stdout


def test_completion_of_codes() -> None:
    environment = {"_NB2PIPE_COMPLETE": "bash_complete", "COMP_WORDS": "nb2pipe explain NB20", "COMP_CWORD": "2"}
    result = CliRunner(env=environment).invoke(main, [], prog_name="nb2pipe")
    assert "plain,NB201" in result.stdout


def test_completion_without_a_known_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert run("completion").exit_code == 2


@pytest.mark.parametrize(
    ("flags", "environment", "colored"),
    [
        ((), {}, False),
        (("--color",), {}, True),
        (("--color",), {"NO_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--no-color",), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colors(
    flags: tuple[str, ...],
    environment: dict[str, str],
    colored: bool,
    passes: Passes,
    notebook: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passes.diagnostics = (replace(ERROR),)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\033[" in run(*flags, "check", notebook).stdout) is colored
    assert ("\033[" in run(*flags, "convert", notebook).stderr) is colored


def test_python_m_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "nb2pipe", "--version"], capture_output=True, text=True, check=True)
    assert __version__ in done.stdout
