"""The kernel that Ploomber would start, as Jupyter's files describe it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def read_kernelspec(name: str) -> dict[str, Any]:
    """Reads a kernel's description: `display_name`, `language`, `argv`; empty where Jupyter knows none of that name."""
    for folder in _folders():
        try:
            content = json.loads((folder / "kernels" / name / "kernel.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(content, dict):
            return content
    return {}


def _folders() -> list[Path]:
    """Where Jupyter looks for kernels, in its order."""
    try:
        from jupyter_core.paths import jupyter_path
    except ImportError:
        return [Path(sys.prefix) / "share" / "jupyter"]
    return [Path(p) for p in jupyter_path()]


def is_own_python(spec: dict[str, Any]) -> bool:
    """Whether a kernel runs in this interpreter's environment."""
    argv = spec.get("argv") or ["python"]
    program = str(argv[0])
    if not os.path.isabs(program):
        return True
    return os.path.normpath(os.path.dirname(program)) == os.path.normpath(os.path.dirname(sys.executable))


def startup_files() -> list[Path]:
    """Files with which a user changes what kernels do at their start; a shell of ours does not run them."""
    home = Path(os.environ.get("IPYTHONDIR") or "~/.ipython").expanduser()
    profile = home / "profile_default"
    places = [profile, Path(sys.prefix) / "etc" / "ipython", Path("/usr/local/etc/ipython"), Path("/etc/ipython")]
    names = ("ipython_config", "ipython_kernel_config")
    found = [p / f"{n}{s}" for p in places for n in names for s in (".py", ".json") if (p / f"{n}{s}").is_file()]
    startup = profile / "startup"
    if startup.is_dir():
        found += [p for p in sorted(startup.iterdir()) if p.suffix in (".py", ".ipy")]
    return found
