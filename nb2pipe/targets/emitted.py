"""What a project remembers of the engines that it was emitted for: `.nb2pipe/workflow.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nb2pipe.diagnostics import Diagnostic, Nb2pipeError
from nb2pipe.targets.workflow import Workflow, read_workflow, write_workflow

#: Its name in nb2pipe's own folder of the project.
FILE = "workflow.json"


@dataclass(frozen=True, slots=True)
class Emitted:
    """What was emitted for engines.

    Attributes:
        workflow: The pipeline as engines see it.
        targets: Names of the targets, without the core.
        settings: `NAME.KEY` to value, those that were chosen.
    """

    workflow: Workflow
    targets: tuple[str, ...]
    settings: Mapping[str, str]


def write_emitted(emitted: Emitted) -> str:
    """Writes it as JSON."""
    workflow = json.loads(write_workflow(emitted.workflow))
    data = {"targets": list(emitted.targets), "settings": dict(sorted(emitted.settings.items())), "workflow": workflow}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read_emitted(project: Path) -> Emitted | None:
    """Reads it from a project; `None` where there is none.

    Raises:
        Nb2pipeError: NB502, it is not what nb2pipe writes.
    """
    file = project / ".nb2pipe" / FILE
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        workflow = read_workflow(json.dumps(data["workflow"]))
        return Emitted(
            workflow, tuple(map(str, data["targets"])), {str(k): str(v) for k, v in data["settings"].items()}
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"`.nb2pipe/{FILE}` in `{project}` cannot be read: {error}"
        remedy = "take the file from the repository's history, or delete it and convert the notebook again"
        raise Nb2pipeError([Diagnostic("NB502", message, help=remedy)]) from error
