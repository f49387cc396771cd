"""What can be wrong: with the command, with the file, with one row. Each carries its sentence."""

from __future__ import annotations


class UsageFault(Exception):
    """The command was given something it does not know; the sentence lists what would be right."""


class FileFault(Exception):
    """The whole file cannot be taken; nothing was written."""


class RowFault(Exception):
    """One row cannot be taken: `reason` is how the result counts it, the message says it of this row."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def shown(text: str, limit: int = 60) -> str:
    """A value from the file as it may stand in a sentence: short, on one line, in quotes."""
    line = " ".join(text.replace("\0", "\ufffd").split())
    return f'"{line if len(line) <= limit else line[: limit - 1] + "…"}"'
