"""The text of the files for Azure ML; tests/targets/test_azureml.py lets its SDK read them and runs the commands."""

from __future__ import annotations

import yaml

from nb2pipe.targets import check_targets, choose_settings
from nb2pipe.targets.azureml import render_files
from nb2pipe.targets.workflow import TaskHint
from tests.unit.targets.workflows import small_workflow


def test_parameters_are_typed_inputs_of_the_job_and_the_component() -> None:
    files = render_files(small_workflow(), choose_settings("azureml", {}), "")
    pipeline = yaml.safe_load(files["engines/azureml/pipeline.yml"])
    assert pipeline["inputs"] == {"file_name": "numbers.csv", "min_value": 2, "factor": 0.5}
    component = yaml.safe_load(files["engines/azureml/components/load.yml"])
    assert component["inputs"]["min_value"] == {
        "type": "integer",
        "default": 2,
        "description": "smallest number that counts",
    }
    assert component["command"] == (
        "python engines/run_stage.py load --param file_name='${{inputs.file_name}}'"
        " --param min_value='${{inputs.min_value}}' --output '${{outputs.products}}'"
    )


def test_a_stage_takes_the_outputs_of_those_before() -> None:
    files = render_files(small_workflow(), choose_settings("azureml", {}), "")
    job = yaml.safe_load(files["engines/azureml/pipeline.yml"])["jobs"]["total"]
    assert job["inputs"]["from_load"] == "${{parent.jobs.load.outputs.products}}"


def test_every_reference_leads_somewhere() -> None:
    """The SDK's validation misses these."""
    files = render_files(small_workflow(), choose_settings("azureml", {}), "")
    pipeline = yaml.safe_load(files["engines/azureml/pipeline.yml"])
    for job in pipeline["jobs"].values():
        component = yaml.safe_load(files[f"engines/azureml/{job['component'].removeprefix('./')}"])
        assert set(job.get("inputs", {})) <= set(component["inputs"])
        for value in job.get("inputs", {}).values():
            kind, name, *_ = value.removeprefix("${{parent.").removesuffix("}}").split(".")
            assert name in pipeline[kind]


def test_a_schedule_only_where_one_is_chosen() -> None:
    assert "engines/azureml/schedule.yml" not in render_files(small_workflow(), choose_settings("azureml", {}), "")
    chosen = choose_settings("azureml", {"azureml.schedule": "0 6 * * *"})
    schedule = yaml.safe_load(render_files(small_workflow(), chosen, "")["engines/azureml/schedule.yml"])
    assert schedule["trigger"] == {"type": "cron", "expression": "0 6 * * *", "time_zone": "UTC"}


def test_limits_that_a_compute_target_fixes_are_named() -> None:
    hints = (TaskHint("limit", "gpu", "1"), TaskHint("limit", "cpu", "2"), TaskHint("secret", "token", ""))
    found = [each.message for each in check_targets(small_workflow(hints=hints), ("azureml",), {})]
    assert found == [
        "the target `azureml` cannot honour `limit:cpu=2`",
        "the target `azureml` cannot honour `secret:token`",
    ]
