from sla.models.agreement import Agreement, Commitment
from sla.models.alert import Alert
from sla.models.clock import Clock, ClockQuerySet, Deadline, PromiseStart
from sla.models.explanation import Explanation

__all__ = [
    "Agreement",
    "Alert",
    "Clock",
    "ClockQuerySet",
    "Commitment",
    "Deadline",
    "Explanation",
    "PromiseStart",
]
