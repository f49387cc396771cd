"""Keys in what is logged: a formatter that blanks them, whoever wrote them there."""

import logging
import re

KEY = re.compile(r"\bsmk_([A-Za-z0-9]{8})_[A-Za-z0-9]+")


def redacted(text: str) -> str:
    """The text with the secret part of every API key gone; the prefix tells which key it was."""
    return KEY.sub(r"smk_\1_…", text)


class RedactingFormatter(logging.Formatter):
    """Works on the finished line, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
