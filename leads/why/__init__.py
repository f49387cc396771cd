"""Why a lead stands where it stands, is worth what it is worth, has this owner and this deadline: read from the log."""

from leads.why import consents, owners, scores, stages  # noqa: F401  each gives one answer
from leads.why.answers import QUESTIONS, Line, Why, register, why

__all__ = ["QUESTIONS", "Line", "Why", "register", "why"]
