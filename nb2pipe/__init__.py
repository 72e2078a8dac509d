"""nb2pipe turns a Jupyter notebook into a pipeline project, and proves that it says what the notebook said."""

__version__ = "0.1.0"
