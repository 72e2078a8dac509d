"""Which stages of the examples wait for which: what is independent stays so."""

from __future__ import annotations

import pytest

from nb2pipe.convert import analyze
from tests.conftest import EXAMPLES

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
