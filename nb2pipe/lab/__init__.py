"""The server's side of the JupyterLab extension: thin routes, and the extension itself, built.

Jupyter's server finds the functions below by their names; see its documentation, "Server Extensions". Nothing of
Jupyter is imported before they are called.
"""

from __future__ import annotations

from typing import Any


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where the built extension is, for `jupyter labextension develop`."""
    return [{"src": "labextension", "dest": "nb2pipe"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """What `jupyter server extension enable nb2pipe.lab` enables."""
    return [{"module": "nb2pipe.lab"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Adds the routes to a server."""
    from nb2pipe.lab.handlers import add_handlers

    add_handlers(server.web_app)
    server.log.info("nb2pipe: routes are below /nb2pipe")
