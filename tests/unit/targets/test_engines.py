"""What the smaller targets emit; tests/targets/ runs them."""

from __future__ import annotations

import ast
from dataclasses import replace

import black
import pytest
import yaml

from nb2pipe.targets import check_targets, choose_settings, engine_names, find_target, render_targets
from nb2pipe.targets.workflow import TaskHint, TaskParameter
from tests.unit.targets.workflows import small_workflow

LIMITS = (
    TaskHint("limit", "cpu", "2"),
    TaskHint("limit", "memory", "4Gi"),
    TaskHint("limit", "gpu", "1"),
    TaskHint("limit", "timeout", "90"),
)


def render(name: str, *hints: TaskHint, **settings: str) -> dict[str, str]:
    chosen = choose_settings(name, {f"{name}.{key}": value for key, value in settings.items()})
    return dict(find_target(name).render_files(small_workflow(hints=hints), chosen, ""))


@pytest.mark.parametrize("name", engine_names())
def test_every_target(name: str) -> None:
    """A page of its own, text that ends in a newline, Python that parses and is formatted; the same each time."""
    files = render_targets(small_workflow(), [name], {})
    assert f"engines/{name}.md" in files
    assert files == render_targets(small_workflow(), [name], {})
    for path, text in files.items():
        assert text.endswith("\n") and not text.endswith("\n\n"), path
        if path.endswith(".py"):
            ast.parse(text)
            assert black.format_str(text, mode=black.Mode(line_length=88)) == text, path
            assert "nb2pipe" not in "".join(line for line in text.splitlines() if "import" in line)
    page = files[f"engines/{name}.md"]
    assert next(line for line in page.splitlines() if line.startswith("## ")) == "## Set up"
    assert "\n## Prove\n\n```sh\nnb2pipe verify NOTEBOOK . --products " in page


@pytest.mark.parametrize("name", engine_names())
def test_every_target_survives_odd_words(name: str) -> None:
    """Titles and comments are people's: quotes, backslashes, braces, other scripts."""
    odd = 'It\'s "odd" \\ {x} {{ y }} %d größe 日本 `code`'
    workflow = small_workflow()
    tasks = tuple(replace(task, title=odd, summary=odd) for task in workflow.tasks)
    parameters = tuple(replace(each, comment=odd) for each in workflow.parameters)
    workflow = replace(workflow, title=odd, description=odd, tasks=tasks, parameters=parameters)
    for path, text in render_targets(workflow, [name], {}).items():
        if path.endswith(".py"):
            ast.parse(text)
        if path.endswith((".yaml", ".yml")):
            yaml.safe_load(text)


def test_snakemake() -> None:
    text = render("snakemake", *LIMITS, TaskHint("image", "", "example.org/own:1"), retries="3")["Snakefile"]
    assert "    threads: 2\n" in text
    assert "        mem_mb=4096,\n        gpu=1,\n        runtime=2,\n" in text
    assert 'container: "docker://example.org/own:1"' in text
    assert text.count("    retries: 3\n") == 2
    assert '"numbers.csv",' in text


def test_slurm() -> None:
    text = render("slurm", *LIMITS, partition="short", account="team")["engines/slurm.sh"]
    assert "job_load=$(submit load '--cpus-per-task=2 --mem=4096M --gres=gpu:1 --time=2' \"\"" in text
    assert "job_total=$(submit total '' \"$job_load\" 'factor')" in text
    assert "--partition=short --account=team" in text


@pytest.mark.parametrize(("amount", "cores"), [("500m", 1), ("1500m", 2), ("2", 2), ("2.5", 3)])
def test_slurm_takes_whole_cores(amount: str, cores: int) -> None:
    text = render("slurm", TaskHint("limit", "cpu", amount))["engines/slurm.sh"]
    assert f"--cpus-per-task={cores}" in text


def test_argo() -> None:
    files = render("argo", *LIMITS, TaskHint("secret", "store", "TOKEN"), TaskHint("label", "team", "data"))
    document = yaml.safe_load(files["engines/argo_workflow.yaml"])
    pipeline, load, total = document["spec"]["templates"]
    assert pipeline["dag"]["tasks"][1] == {"name": "total", "template": "total", "dependencies": ["load"]}
    assert load["container"]["resources"]["limits"] == {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1"}
    assert load["container"]["env"][0]["valueFrom"] == {"secretKeyRef": {"name": "store", "key": "TOKEN"}}
    assert (load["activeDeadlineSeconds"], load["metadata"]) == (90, {"labels": {"team": "data"}})
    assert total["retryStrategy"]["limit"] == "2"
    assert "--param=file_name={{workflow.parameters.file_name}}" in load["container"]["command"]


def test_argo_has_a_parameter_of_its_own_of_that_name() -> None:
    workflow = small_workflow(parameters=(TaskParameter("products", "products", 1),))
    tasks = (replace(workflow.task("load"), parameters=("products",)),)
    text = render_targets(replace(workflow, tasks=tasks), ["argo"], {})["engines/argo_workflow.yaml"]
    parameters = yaml.safe_load(text)["spec"]["arguments"]["parameters"]
    assert [each["name"] for each in parameters] == ["products", "param-products"]


def test_dagster() -> None:
    text = render("dagster", TaskHint("label", "team", "data"), schedule="0 6 * * *")["engines/dagster_definitions.py"]
    assert "class LoadConfig(Config):" in text
    assert 'file_name: str = Field(default="numbers.csv")' in text
    assert "min_value=config.min_value" in text
    assert 'tags={"team": "data"}' in text
    assert 'cron_schedule="0 6 * * *"' in text


@pytest.mark.parametrize(
    ("name", "field"),
    [("seed", "seed"), ("copy", "param_copy"), ("_seed", "param_seed"), ("model_name", "param_model_name")],
)
def test_dagster_s_configuration_has_names_that_it_can_have(name: str, field: str) -> None:
    workflow = small_workflow(parameters=(TaskParameter(name, name, None),))
    tasks = (replace(workflow.task("load"), parameters=(name,)),)
    text = render_targets(replace(workflow, tasks=tasks), ["dagster"], {})["engines/dagster_definitions.py"]
    assert f'{field}: str = Field(default="null")' in text
    assert f"{name}=config.{field}" in text


def test_dask() -> None:
    text = render("dask", *LIMITS, retries="4")["engines/dask_run.py"]
    assert 'RESOURCES: dict[str, dict[str, float]] = {"load": {"GPU": 1.0}}' in text
    assert "default=4" in text


@pytest.mark.parametrize(
    ("name", "unheard"),
    [
        ("snakemake", {"secret:token"}),
        ("slurm", {"secret:token"}),
        ("dask", {"limit:cpu=2", "limit:memory=4Gi", "limit:timeout=90", "secret:token"}),
        ("argo", set()),
        ("airflow", set()),
        ("kubeflow", set()),
        ("dvc", {"limit:cpu=2", "limit:memory=4Gi", "limit:gpu=1", "limit:timeout=90", "secret:token"}),
    ],
)
def test_what_a_target_cannot_honour_is_said(name: str, unheard: set[str]) -> None:
    found = check_targets(small_workflow(hints=(*LIMITS, TaskHint("secret", "token", ""))), [name], {})
    assert {each.message.split("`")[3] for each in found} == unheard


@pytest.mark.parametrize("name", engine_names())
def test_an_amount_that_is_none_is_said_and_left_out(name: str) -> None:
    pairs = {"cpu": "two", "memory": "much", "gpu": "1.5", "timeout": "1h"}
    hints = tuple(TaskHint("limit", key, value) for key, value in pairs.items())
    workflow = small_workflow(hints=hints)
    assert len(check_targets(workflow, [name], {})) == len(pairs)
    text = "".join(render_targets(workflow, [name], {}).values())
    assert not any(value in text for value in ("much", "1h", '"two"'))
