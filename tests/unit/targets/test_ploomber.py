"""Projects for Ploomber: what is rendered, and that Ploomber runs it."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jupytext
import pytest
import yaml

from nb2pipe.options import Options
from nb2pipe.pipeline.model import Copy, DataFile, JsonValue, Link, Project
from nb2pipe.targets.ploomber import parameter_keys, render_project
from tests.unit.targets.example import small_pipeline, small_sources, value_pipeline, write_plainly

REPOSITORY = Path(__file__).resolve().parents[3]


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command of this environment; fails the test if it fails."""
    environment = {**os.environ, "PLOOMBER_STATS_ENABLED": "false", "PLOOMBER_VERSION_CHECK_DISABLED": "true"}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def render_small(tmp_path: Path, options: Options | None = None, **changes: object) -> Project:
    return render_project(small_pipeline(tmp_path, **changes), small_sources(), options or Options())


class TestFiles:
    def test_whole_list(self, tmp_path: Path) -> None:
        assert list(render_small(tmp_path)) == [
            ".gitattributes",
            ".github/workflows/ci.yml",
            ".gitignore",
            ".pre-commit-config.yaml",
            "README.md",
            "env.yaml",
            "numbers.csv",
            "params.yaml",
            "pipeline.yaml",
            "pyproject.toml",
            "src/small/__init__.py",
            "src/small/artifacts.py",
            "src/small/load.py",
            "stages/load.ipynb",
            "stages/load.py",
            "stages/total.ipynb",
            "stages/total.py",
            "tests/test_load.py",
        ]

    def test_texts_end_in_one_newline_and_name_no_place(self, tmp_path: Path) -> None:
        for path, text in render_small(tmp_path).items():
            if isinstance(text, str):
                assert text.endswith("\n"), path
                assert not text.endswith("\n\n"), path
                assert str(tmp_path) not in text, path
                assert not re.search(r"[ \t]\n", text) or path.endswith(".ipynb"), path

    def test_pipeline_yaml(self, tmp_path: Path) -> None:
        spec = yaml.safe_load(str(render_small(tmp_path)["pipeline.yaml"]))
        assert spec == {
            "meta": {"extract_upstream": False},
            "tasks": [
                {
                    "source": "stages/load.py",
                    "name": "load",
                    "static_analysis": "disable",
                    "product": {"nb": "products/load.ipynb", "data": "products/load.pkl"},
                    "params": {
                        "resources_": {
                            "small.artifacts": "src/small/artifacts.py",
                            "small.load": "src/small/load.py",
                        },
                        "file_name": "{{file_name if file_name is none else file_name|string|pprint}}",
                        "min_value": "{{min_value}}",
                    },
                },
                {
                    "source": "stages/total.py",
                    "name": "total",
                    "static_analysis": "disable",
                    "upstream": ["load"],
                    "product": {"nb": "products/total.ipynb", "metrics": "products/total.metrics.json"},
                    "params": {
                        "resources_": {"small.artifacts": "src/small/artifacts.py"},
                        "factor": "{{factor}}",
                    },
                },
            ],
        }

    def test_params_yaml_has_the_notebooks_comments_and_tells_what_it_leaves_out(self, tmp_path: Path) -> None:
        project = render_small(tmp_path)
        text = str(project["params.yaml"])
        assert yaml.safe_load(text) == {"file_name": "numbers.csv", "min_value": 2, "factor": 0.5}
        assert "min_value: 2  # smallest number that counts\n" in text
        assert "# unread = None  (no stage reads it)\n" in text
        assert project["env.yaml"] == Link("params.yaml")

    def test_comment_of_a_long_value_stands_above(self, tmp_path: Path) -> None:
        parameter = small_pipeline(tmp_path).parameters[2]
        deep = type(parameter)("factor", {"a": {"b": [1]}}, "...", parameter.span, comment="deep # one")
        text = str(render_small(tmp_path, parameters=(deep,))["params.yaml"])
        assert text.endswith("\n# deep # one\nfactor:\n  a:\n    b: [1]\n")

    def test_no_parameters_no_params_yaml(self, tmp_path: Path) -> None:
        project = render_small(tmp_path, parameters=())
        assert not {"params.yaml", "env.yaml"} & set(project)
        assert "params.yaml" not in str(project["README.md"]) + str(project["pipeline.yaml"])

    def test_pyproject(self, tmp_path: Path) -> None:
        text = str(render_small(tmp_path, Options(line_length=100), name="größe 1")["pyproject.toml"])
        data = tomllib.loads(text)
        assert data["project"]["name"] == "gr-e-1"
        assert data["project"]["description"] == 'Adds numbers, "quoted".'
        assert data["project"]["requires-python"] == ">=3.11"
        names = [re.split("==", each)[0] for each in data["project"]["dependencies"]]
        assert names == ["cloudpickle", "ipykernel", "jupytext", "no-such-module", "papermill", "ploomber", "pyyaml"]
        assert data["project"]["optional-dependencies"] == {"test": ["pytest"]}
        assert data["tool"]["pytest"]["ini_options"]["pythonpath"] == ["src"]
        assert data["tool"]["black"]["line-length"] == data["tool"]["ruff"]["line-length"] == 100

    @pytest.mark.parametrize("path", [".github/workflows/ci.yml", ".pre-commit-config.yaml"])
    def test_yaml_files_are_yaml(self, tmp_path: Path, path: str) -> None:
        assert yaml.safe_load(str(render_small(tmp_path)[path]))

    def test_ci_installs_builds_and_tests(self, tmp_path: Path) -> None:
        data = yaml.safe_load(str(render_small(tmp_path)[".github/workflows/ci.yml"]))
        steps = data["jobs"]["pipeline"]["steps"]
        commands = [step["run"] for step in steps if "run" in step]
        assert commands == ['pip install -e ".[test]"', "ploomber build", "pytest"]
        assert steps[1]["with"]["python-version"] == "3.11"

    def test_readme(self, tmp_path: Path) -> None:
        text = str(render_small(tmp_path)["README.md"])
        assert text.startswith('# A small notebook\n\nAdds numbers, "quoted".\n\n')
        assert '```mermaid\nflowchart TD\n    load["Load"]\n' in text
        row = next(line for line in text.splitlines() if line.startswith("| [load]"))
        assert re.split(r" *(?<!\\)\| *", row)[1:-1] == [
            "[load](stages/load.py)",
            "Reads the numbers \\| all of them.",
            "",
            "`numbers`",
            "`file_name`, `min_value`",
            "[src/small/load.py](src/small/load.py)",
        ]
        assert "in any version: `no-such-module`." in text
        assert "- The code of `total` stays in its stage notebook: `total` is assigned by a magic (cell 3).\n" in text
        assert "runs in the notebook's folder" not in text
        assert "\n\n\n" not in text

    def test_readme_says_where_stages_run(self, tmp_path: Path) -> None:
        text = str(render_small(tmp_path, runs_in_place=True, workdir="..", data_files=())["README.md"])
        assert "The stages run in the notebook's folder (`..` from here)" in text

    def test_data_and_local_modules_are_copied(self, tmp_path: Path) -> None:
        project = render_small(
            tmp_path,
            workdir="data",
            data_files=(DataFile("/x/a.csv", "sub/a.csv"),),
            local_modules=(DataFile("/x/helpers.py", "helpers.py"), DataFile("/x/lib", "lib")),
        )
        assert project["data/sub/a.csv"] == Copy("/x/a.csv")
        assert project["src/helpers.py"] == Copy("/x/helpers.py")
        assert project["src/lib"] == Copy("/x/lib")
        assert tomllib.loads(str(project["pyproject.toml"]))["tool"]["setuptools"]["py-modules"] == ["helpers"]

    @pytest.mark.parametrize("path", ["../a", "/a", ".", "b/../../a"])
    def test_data_outside_of_the_project_is_a_bug(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(ValueError, match="not inside"):
            render_small(tmp_path, data_files=(DataFile("/x/a", path),))

    def test_users_templates(self, tmp_path: Path) -> None:
        (tmp_path / "mine" / "ploomber").mkdir(parents=True)
        (tmp_path / "mine" / "ploomber" / "README.md.jinja").write_text("# {{ pipeline.title }}, ours\n")
        project = render_small(tmp_path, Options(templates=str(tmp_path / "mine")))
        assert project["README.md"] == "# A small notebook, ours\n"
        assert project["pipeline.yaml"] == render_small(tmp_path)["pipeline.yaml"]

    def test_same_bytes_in_every_process(self, tmp_path: Path) -> None:
        program = (
            "import sys, hashlib\nfrom pathlib import Path\n"
            "from tests.unit.targets.example import small_pipeline, small_sources\n"
            "from nb2pipe.options import Options\nfrom nb2pipe.targets.ploomber import render_project\n"
            "project = render_project(small_pipeline(Path(sys.argv[1])), small_sources(), Options())\n"
            "print(hashlib.sha256(repr(list(project.items())).encode()).hexdigest())\n"
        )
        digests = set()
        for seed in ("0", "1", "2"):
            environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(REPOSITORY)}
            command = [sys.executable, "-c", program, str(tmp_path)]
            digests.add(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
        own = hashlib.sha256(repr(list(render_small(tmp_path).items())).encode()).hexdigest()
        assert digests == {own.encode() + b"\n"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project after `ploomber build`."""
    folder = tmp_path_factory.mktemp("small")
    write_plainly(render_small(folder), folder / "project")
    result = run("ploomber", "build", cwd=folder / "project")
    assert "Warning" not in result.stderr
    return folder / "project"


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A fresh copy of the small project, not built."""
    shutil.copytree(built, tmp_path / "project", symlinks=True, ignore=shutil.ignore_patterns("products"))
    return tmp_path / "project"


class TestRuns:
    def test_build_makes_every_product(self, built: Path) -> None:
        products = {path.name for path in (built / "products").iterdir() if not path.name.startswith(".")}
        assert products == {"load.ipynb", "load.pkl", "total.ipynb", "total.metrics.json"}
        assert pickle.loads((built / "products" / "load.pkl").read_bytes()) == {"numbers": [2, 3]}
        assert json.loads((built / "products" / "total.metrics.json").read_text()) == {"total": 2.5}

    def test_status_is_up_to_date_and_silent(self, built: Path) -> None:
        result = run("ploomber", "status", cwd=built)
        assert "True" not in result.stdout
        assert "arning" not in result.stderr

    def test_task(self, project: Path) -> None:
        for name in ("load", "total"):
            result = run("ploomber", "task", name, cwd=project)
            assert "arning" not in result.stderr
        assert json.loads((project / "products" / "total.metrics.json").read_text()) == {"total": 2.5}

    def test_edited_module_and_edited_parameter_make_stages_stale(self, project: Path) -> None:
        def outdated() -> list[str]:
            text = run("ploomber", "status", cwd=project).stdout
            rows = [line.split() for line in text.splitlines() if re.match(r"\w", line)]
            return [row[0] for row in rows if "True" in row or "Source" in row or "Upstream" in row]

        run("ploomber", "build", cwd=project)
        assert outdated() == []
        module = project / "src" / "small" / "load.py"
        module.write_text(module.read_text() + "\n\nX = 1\n")
        assert outdated() == ["load", "total"]
        run("ploomber", "build", cwd=project)
        params = project / "params.yaml"
        params.write_text(params.read_text().replace("factor: 0.5", "factor: 2"))
        assert outdated() == ["total"]
        run("ploomber", "build", cwd=project)
        assert json.loads((project / "products" / "total.metrics.json").read_text()) == {"total": 10}

    def test_without_parameters(self, tmp_path: Path) -> None:
        stages = small_pipeline(tmp_path).stages
        bare = tuple(
            type(s)(s.name, s.title, "", s.cells, s.inputs, s.outputs, (), s.upstream, metrics=s.metrics)
            for s in stages
        )
        write_plainly(render_small(tmp_path, stages=bare), tmp_path / "project")
        assert not (tmp_path / "project" / "env.yaml").exists()
        assert "arning" not in run("ploomber", "build", cwd=tmp_path / "project").stderr
        assert "arning" not in run("ploomber", "status", cwd=tmp_path / "project").stderr

    def test_stages_run_with_plain_papermill(self, built: Path, tmp_path: Path) -> None:
        target = tmp_path / "project"
        shutil.copytree(built, target, symlinks=True)
        (target / "products" / "total.metrics.json").unlink()
        run("papermill", "stages/total.ipynb", "products/total.ipynb", "-p", "factor", "3", cwd=target)
        assert json.loads((target / "products" / "total.metrics.json").read_text()) == {"total": 15}

    def test_tests_of_the_project_find_its_package(self, project: Path) -> None:
        assert "1 passed" in run(sys.executable, "-m", "pytest", "-q", cwd=project).stdout

    def test_stages_are_paired(self, project: Path) -> None:
        script = jupytext.read(project / "stages" / "load.py")
        notebook = jupytext.read(project / "stages" / "load.ipynb")
        assert [cell.source for cell in script.cells] == [cell.source for cell in notebook.cells]

    def test_wheel_and_editable_install_find_the_package(self, project: Path) -> None:
        program = (
            "import sys, zipfile\nimport setuptools.build_meta as backend\n"
            "print(backend.get_requires_for_build_wheel())\n"
            "from setuptools import setup\nsys.argv = ['setup.py', '-q', 'build', '-b', 'out']\nsetup()\n"
        )
        run(sys.executable, "-c", program, cwd=project)
        built = sorted(p.relative_to(project / "out/lib").as_posix() for p in (project / "out/lib").rglob("*.py"))
        assert built == ["small/__init__.py", "small/artifacts.py", "small/load.py"]


VALUES: dict[str, JsonValue] = {
    "negative": -3,
    "floating": 1e-3,
    "tiny": 1e-10,
    "huge": 10**30,
    "large": 1e22,
    "yes": True,
    "off": False,
    "nothing": None,
    "plain": "north",
    "empty": "",
    "number_like": "12",
    "zeros": "007",
    "version": "3.10",
    "exponent": "1e3",
    "none_like": "none",
    "None_like": "None",
    "null_like": "null",
    "true_like": "true",
    "True_like": "True",
    "quoted": "'a'",
    "mixed": 'it\'s "so"',
    "lines": "a\nb\n",
    "crlf": "a\r\nb",
    "tab": "\ta ",
    "unicode": "Zürich 北京 😀",
    "odd": "\u00a0\u2028\ufeff\x85\x1b",
    "backslash": "C:\\new\\'x",
    "tags": "{{x}} {% if %} {# #} [[y]]",
    "braces": "{{{a}}}",
    "percent": "50%",
    "date": "2020-01-01",
    "time": "12:30:00",
    "ellipsis": "...",
    "bytes_like": "b'a'",
    "list_like": "[1,2]",
    "colon": "a: b # c",
    "dash": "- a",
    "url": "https://x.y/?a=1&b=2#f<>'",
    "long": "word " * 60,
    "numbers": [1, -2.5, 1e-7],
    "matrix": [[1, 2], [3, 4]],
    "texts": ["12", "none", "true", "a'b\"", "{{x}}", "x\ny", "", None, True],
    "mapping": {"b": 1, "a": {"z": [1, {"y": "none"}], "x": "12"}},
    "grid": {"clf__max_depth": [3, None, "auto"], "k": ["{{"]},
    "odd_keys": {"a b": 1, "1": 2, "{{k}}": 3, "none": 5, "a.b": 6, "": 7},
    "mappings": [{"a__b": "1"}, {"c": "d"}],
    "no_items": [],
    "no_keys": {},
    "path": "data/",
    "_hidden": "1",
    "a__b": 2,
    "meta": {"import_from": "x"},
    "none": "x",
    "range": 3,
    "root": "r",
    "git": "g",
    "user": "u",
    "λ": 1.5,
    "dotted": "a.b::c",  # Ploomber would import it: it stays in the stage
}


@pytest.fixture(scope="module")
def values_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("values")
    pipeline, sources = value_pipeline(folder, VALUES)
    write_plainly(render_project(pipeline, sources, Options()), folder / "project")
    return folder / "project"


def shown(project: Path, *arguments: str) -> dict[str, JsonValue]:
    """What the stage saw, after `ploomber build` with arguments."""
    result = run("ploomber", "build", "--force", *arguments, cwd=project)
    assert "arning" not in result.stderr
    text = (project / "products" / "show.pkl").read_text(encoding="utf-8")
    seen: dict[str, JsonValue] = ast.literal_eval(text)
    return seen


class TestValues:
    def test_every_value_arrives(self, values_project: Path) -> None:
        seen = shown(values_project)
        assert {name: repr(seen[name]) for name in VALUES} == {name: repr(value) for name, value in VALUES.items()}
        assert not (values_project / "data").exists()  # Ploomber makes folders from a key `path`

    def test_values_on_the_command_line(self, values_project: Path) -> None:
        arguments = {
            "negative": "7",
            "floating": "1e-5",
            "yes": "false",
            "nothing": "sqrt",
            "plain": "2024",
            "number_like": "13",
            "none_like": "none",
            "quoted": "\"'b'\"",
            "numbers": "[5, -6]",
            "mapping--b": "9",
            "path_": "other/",
        }
        seen = shown(values_project, *(part for key, value in arguments.items() for part in (f"--env--{key}", value)))
        changed = {name: value for name, value in seen.items() if repr(value) != repr(VALUES[name])}
        assert changed == {
            "negative": 7,
            "floating": 1e-5,
            "yes": False,
            "nothing": "sqrt",
            "plain": "2024",
            "number_like": "13",
            "none_like": None,
            "quoted": "'b'",
            "numbers": [5, -6],
            "mapping": {**VALUES["mapping"], "b": 9},  # type: ignore[dict-item]
            "path": "other/",
        }

    def test_values_that_a_person_writes(self, values_project: Path, tmp_path: Path) -> None:
        project = tmp_path / "project"
        shutil.copytree(values_project, project, symlinks=True)
        edits = {
            "negative: -3": "negative: 4.5",
            "nothing: null": "nothing: [1, a]",
            "plain: north": 'plain: "2024"',
            'number_like: "12"': "number_like: 13",
            'date: "2020-01-01"': "date: 2021-10-10",
            'empty: ""': "empty: null",
            "none_like: \"'none'\"": "none_like: some text",
            "version: \"'3.10'\"": "version: \"'3.20'\"",
            "floating: 0.001": "floating: 1e-5",
            '"yes": true': '"yes": no',
        }
        text = (project / "params.yaml").read_text(encoding="utf-8")
        for old, new in edits.items():
            assert f"\n{old}\n" in text
            text = text.replace(f"\n{old}\n", f"\n{new}\n")
        (project / "params.yaml").write_text(text, encoding="utf-8")
        seen = shown(project)
        assert {name: value for name, value in seen.items() if repr(value) != repr(VALUES[name])} == {
            "negative": 4.5,
            "nothing": [1, "a"],
            "plain": "2024",
            "number_like": "13",
            "date": "2021-10-10",
            "empty": None,
            "none_like": "some text",
            "version": "3.20",
            "floating": 1e-5,
            "yes": False,
        }

    def test_keys(self, tmp_path: Path) -> None:
        pipeline, _ = value_pipeline(tmp_path, {"path": "a", "x": 1, "dotted": "a::b"})
        assert parameter_keys(pipeline) == {"path": "path_", "x": "x"}
