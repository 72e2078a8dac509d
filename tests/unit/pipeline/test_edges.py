"""Which stages of the examples wait for which: what is independent stays so."""

from __future__ import annotations

from pathlib import Path

import pytest

from nb2pipe.convert import analyze
from tests.conftest import EXAMPLES
from tests.property.judging import Cell, write_notebook

WAITS = {
    "churn": {
        "load": "",
        "clean": "load",
        "split": "clean",
        "train_logistic": "split",
        "train_forest": "split",
        "compare": "split train_forest train_logistic",
        "call_list": "compare split",
    },
    "energy_forecast": {
        "readings": "",
        "a_first_look": "readings",
        "features": "readings",
        "forecasts": "features",
        "verdict": "forecasts",
    },
    "kale_passengers": {
        "load_data": "",
        "features": "load_data",
        "logistic_regression": "features load_data",
        "naive_bayes": "features load_data",
        "random_forest": "features load_data",
        "results": "load_data logistic_regression naive_bayes random_forest",
    },
    "recommender": {
        "load": "",
        "split": "load",
        "popularity": "load split",
        "cooccurrence": "load split",
        "evaluate": "cooccurrence popularity split",
    },
    "ridge_diabetes": {
        "load": "",
        "split": "load",
        "train": "split",
        "evaluate": "split train",
        "compare": "split",
    },
}


@pytest.mark.parametrize("name", WAITS)
def test_stages_wait_for_no_more_than_they_need(name: str) -> None:
    pipeline = analyze(EXAMPLES / name / f"{name}.ipynb").pipeline
    assert pipeline is not None
    waits = {
        stage.name: {edge.source for edge in pipeline.edges if edge.target == stage.name} for stage in pipeline.stages
    }
    assert waits == {stage: set(sources.split()) for stage, sources in WAITS[name].items()}


@pytest.mark.parametrize(
    ("told", "waits"),
    [
        ("df.info()", "look"),
        ("print(df.memory_usage())", "look"),
        ("log.info(df)", "load"),
        ("df.mean()", "load"),
    ],
)
def test_finding_a_label_changes_a_table_whose_memory_is_told(tmp_path: Path, told: str, waits: str) -> None:
    cells = [
        Cell(
            ("stage:load",),
            'import logging\nimport pandas as pd\n\nlog = logging.getLogger()\ndf = pd.read_csv("a.csv")',
        ),
        Cell(("stage:look",), "print(df.loc[3])"),
        Cell(("stage:tell",), told),
    ]
    write_notebook(cells, tmp_path / "notebook.ipynb")
    pipeline = analyze(tmp_path / "notebook.ipynb").pipeline
    assert pipeline is not None
    assert " ".join(sorted(pipeline.stage("tell").upstream)) == waits
