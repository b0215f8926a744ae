"""The command line. One small file per command: parse, call one function, return an exit code."""

from dayzero.cli._root import main

__all__ = ["main"]
