"""Runs a pipeline job of Azure ML on this machine, exactly as its YAML says; storage is a blob service.

What Azure ML does with such a job: it takes a snapshot of each component's code, without what .amlignore names; it starts a step when
the steps whose outputs it takes are done; it gives inputs and outputs the places of folders, fetched from and sent to storage; it puts
the values of `${{inputs.…}}` and `${{outputs.…}}` into the command as they are, and lets bash run it.
"""

from __future__ import annotations

import fnmatch
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.targets.conftest import Environment

_REFERENCE = re.compile(r"\$\{\{\s*([\w.]+)\s*\}\}")
_STORAGE = "azureml://datastores/workspaceblobstore/paths/"


class Job:
    """A run of a pipeline job.

    Args:
        file: Its pipeline.yml.
        environment: What its environment.yml would install.
        scratch: A folder for snapshots and mounted folders.
        container: The container of the datastore, which fsspec reaches.
        variables: By which fsspec reaches it.
    """

    def __init__(
        self, file: Path, environment: Environment, scratch: Path, container: str, variables: Mapping[str, str]
    ) -> None:
        self.folder = file.parent
        self.document: dict[str, Any] = yaml.safe_load(file.read_text())
        self.environment, self.scratch, self.container, self.variables = environment, scratch, container, variables
        self.inputs: dict[str, Any] = dict(self.document.get("inputs") or {})

    def run(self, name: str, **inputs: object) -> str:
        """Runs all steps under a run's name; the place in storage with a folder for each stage."""
        assert set(inputs) <= set(self.inputs), "an input that the job does not declare"
        values = {**self.inputs, **inputs}
        jobs = dict(self.document["jobs"])
        done: list[str] = []
        while jobs:
            ready = [key for key, job in jobs.items() if set(self._needs(job)) <= set(done)]
            assert ready, "the steps wait for each other"
            for key in ready:
                self._run_step(key, jobs.pop(key), name, values)
                done.append(key)
        first = next(iter(self.document["outputs"].values()))["path"]
        return self._url(first, name).rstrip("/").rpartition("/")[0]

    def _needs(self, job: Mapping[str, Any]) -> list[str]:
        found = []
        for value in (job.get("inputs") or {}).values():
            if match := re.fullmatch(r"\$\{\{parent\.jobs\.(\w+)\.outputs\.(\w+)\}\}", str(value)):
                step, output = match.groups()
                assert output in self.component(self.document["jobs"][step])["outputs"]
                found.append(step)
        return found

    def component(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The component of a step."""
        return dict(yaml.safe_load((self.folder / job["component"]).read_text()))

    def _run_step(self, key: str, job: Mapping[str, Any], name: str, values: Mapping[str, Any]) -> None:
        component = self.component(job)
        bound = dict(job.get("inputs") or {})
        assert set(bound) <= set(component.get("inputs") or {}), "an input that the component does not declare"
        known: dict[str, str] = {}
        place = self.scratch / name / key
        for input_name, declared in (component.get("inputs") or {}).items():
            text = str(bound.get(input_name, declared.get("default")))
            parts = match[1].split(".") if (match := _REFERENCE.fullmatch(text)) else []
            if parts[:2] == ["parent", "inputs"]:
                known[f"inputs.{input_name}"] = str(values[parts[2]])
            elif parts[:2] == ["parent", "jobs"]:
                folder = place / "inputs" / input_name
                self._copy(self._output(parts[2], name), str(folder))
                known[f"inputs.{input_name}"] = str(folder)
            else:
                known[f"inputs.{input_name}"] = text
        output = place / "outputs" / "products"
        output.mkdir(parents=True)
        known["outputs.products"] = str(output)
        command = _REFERENCE.sub(lambda match: known[match[1]], component["command"])
        code = place / "code"
        source = (self.folder / job["component"]).parent / component["code"]
        ignored = (source / ".amlignore").read_text().split("\n")
        shutil.copytree(
            source, code, symlinks=True, ignore=_ignoring([line for line in ignored if line[:1] not in "#"])
        )
        self.environment.check("bash", "-c", command, cwd=code)
        self._copy(str(output), self._output(key, name))

    def _output(self, step: str, name: str) -> str:
        reference = self.document["jobs"][step]["outputs"]["products"]
        match = re.fullmatch(r"\$\{\{parent\.outputs\.(\w+)\}\}", reference)
        assert match, reference
        return self._url(self.document["outputs"][match[1]]["path"], name)

    def _url(self, path: str, name: str) -> str:
        assert path.startswith(_STORAGE)
        return f"{self.container}/{path.removeprefix(_STORAGE)}".replace("${{name}}", name)

    def _copy(self, source: str, target: str) -> None:
        """Copies a folder to or from storage."""
        copy = """
import sys
import fsspec
source, target = (each.rstrip("/") for each in sys.argv[1:])
(here, source), (there, target) = fsspec.core.url_to_fs(source), fsspec.core.url_to_fs(target)
remote, local = (here, there) if "file" in there.protocol else (there, here)
move = remote.get_file if remote is here else remote.put_file
for path in here.find(source):
    place = target + path[len(source):]
    if remote is here:
        import os
        os.makedirs(os.path.dirname(place), exist_ok=True)
    move(path, place)
"""
        self.environment.check(
            self.environment.python, "-c", copy, source, target, cwd=self.scratch, variables=self.variables
        )


def _ignoring(patterns: list[str]) -> Any:
    def ignore(_folder: str, names: list[str]) -> set[str]:
        return {name for name in names for each in patterns if each and fnmatch.fnmatch(name, each.rstrip("/"))}

    return ignore
