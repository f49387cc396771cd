from smarketing.foundation.models.api import ApiKey, IdempotencyKey
from smarketing.foundation.models.audit import AuditEvent
from smarketing.foundation.models.jobs import Job, JobChunk
from smarketing.foundation.models.money import ExchangeRate
from smarketing.foundation.models.organisation import Calendar, Organisation
from smarketing.foundation.models.outbox import OutboxItem
from smarketing.foundation.models.people import Absence, Heartbeat, Mute, PersonAlias, Team, User

__all__ = [
    "Absence",
    "ApiKey",
    "AuditEvent",
    "Calendar",
    "ExchangeRate",
    "Heartbeat",
    "IdempotencyKey",
    "Job",
    "JobChunk",
    "Mute",
    "Organisation",
    "OutboxItem",
    "PersonAlias",
    "Team",
    "User",
]
