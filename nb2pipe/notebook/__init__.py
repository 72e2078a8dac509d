"""Text to `Notebook`: reading, tags, magics."""
