"""The wheel: it brings the built extension and switches the routes on, without node and without another package."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_the_wheel_brings_the_extension(tmp_path: Path) -> None:
    build = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("nb2pipe-*.whl")
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        data = next(name.split("/")[0] for name in names if ".data/" in name) + "/data/"
        extension = data + "share/jupyter/labextensions/nb2pipe/"
        package = json.loads(file.read(extension + "package.json"))
        assert extension + package["jupyterlab"]["_build"]["load"] in names
        assert json.loads(file.read(extension + "install.json"))["packageName"] == "nb2pipe"
        assert extension + "schemas/nb2pipe/plugin.json" in names
        config = json.loads(file.read(data + "etc/jupyter/jupyter_server_config.d/nb2pipe.json"))
        assert config == {"ServerApp": {"jpserver_extensions": {"nb2pipe.lab": True}}}
        assert "nb2pipe/lab/schemas.json" in names
        assert not [name for name in names if "node_modules" in name or name.endswith(".ts")]
