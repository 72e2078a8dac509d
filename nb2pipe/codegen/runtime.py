"""The small modules that every emitted project has: hand-overs and display."""

from __future__ import annotations

from nb2pipe.options import Options
from nb2pipe.pipeline.model import Pipeline


def render_runtime(pipeline: Pipeline, base: str, options: Options) -> dict[str, str]:
    """`artifacts.py` and `display.py`, with no more in them than the project needs."""
    from nb2pipe.codegen.sources import format_code
    from nb2pipe.templating import render_template

    context = {
        "env": pipeline.package.upper(),
        "workdir": f'"{pipeline.workdir}"',
        "random": any(s.endswith(" state") for stage in pipeline.stages for s in stage.state),
        "settings": any("settings" in stage.state for stage in pipeline.stages),
        "metrics": any(stage.metrics for stage in pipeline.stages),
    }
    return {
        f"{base}/{name}": format_code(
            render_template("ploomber", f"src/{name}", context, folder=options.templates), options
        )
        for name in ("artifacts.py", "display.py")
    }
