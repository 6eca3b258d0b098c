"""The command line: ``placelibre``."""

from ops.cli.main import main

__all__ = ["main"]
