"""The image of a project, for engines that run each stage in a container."""

from __future__ import annotations

from collections.abc import Iterable

from nb2pipe.targets.workflow import Workflow
from nb2pipe.templating import render_template

#: Where the project lies in its image.
PROJECT = "/app"


def render_image(workflow: Workflow, templates: str, packages: Iterable[str] = ()) -> dict[str, str]:
    """Renders `engines/Dockerfile` and `.dockerignore`; `packages` are what an engine wants installed as well."""
    context = {"workflow": workflow, "project": PROJECT, "packages": " ".join(sorted({"fsspec", *packages}))}
    return {
        name: render_template("containers", name, context, folder=templates)
        for name in ("engines/Dockerfile", ".dockerignore")
    }


def image_name(workflow: Workflow, chosen: str) -> str:
    """The image that stages run in: the one that was chosen, else one named after the project."""
    return chosen or f"{workflow.package.lower()}:latest"
