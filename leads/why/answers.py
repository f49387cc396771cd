"""The shape of an answer, and who gives it: each question has one function, and other floors add theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from leads.models import Lead


@dataclass(frozen=True)
class Line:
    """One thing that was looked at: what was asked, what was found, whether that was enough (None: nobody asked)."""

    words: str
    found: str = ""
    met: bool | None = None
    at: datetime | None = None
    depth: int = 0


@dataclass(frozen=True)
class Why:
    """One answer: in a sentence, who or what decided, by which rule, on what, and what would change it."""

    of: str
    title: str
    answer: str
    decided: str = ""
    decided_word: str = "Decided by"
    at: datetime | None = None
    version: int | None = None  # of the definitions; None: no version of theirs decides this
    rule: str = ""
    note: str = ""
    found_title: str = "What was found"
    found: tuple[Line, ...] = field(default=())
    change: tuple[str, ...] = field(default=())


Answers = Callable[[Lead, datetime], Why]
QUESTIONS: dict[str, Answers] = {}
ORDER = ("stage", "score", "owner", "deadline", "consent")


def register(of: str, answers: Answers) -> None:
    assert of in ORDER and of not in QUESTIONS, of
    QUESTIONS[of] = answers


def why(lead: Lead, moment: datetime, of: Collection[str] = ()) -> list[Why]:
    """The answers to these questions, or to all there are."""
    asked = [name for name in ORDER if name in QUESTIONS and (not of or name in of)]
    return [QUESTIONS[name](lead, moment) for name in asked]
