"""Old name of `nb2pipe.templating`, until the last importer has moved."""

from nb2pipe.templating import render_template

__all__ = ["render_template"]
