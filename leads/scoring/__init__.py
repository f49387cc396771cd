"""What leads are worth by the definitions in force: points by rule, a log that adds up to them, and promotion."""

from leads.scoring.proof import astray
from leads.scoring.scores import score
from leads.scoring.sweeps import catch_up, decay, sweep

__all__ = ["astray", "catch_up", "decay", "score", "sweep"]
