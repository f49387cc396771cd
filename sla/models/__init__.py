from sla.models.agreement import Agreement, Commitment
from sla.models.alert import Alert
from sla.models.clock import Clock, ClockQuerySet, Deadline, PromiseStart

__all__ = ["Agreement", "Alert", "Clock", "ClockQuerySet", "Commitment", "Deadline", "PromiseStart"]
