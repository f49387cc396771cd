"""Beat's scheduler, which also tells the database that beat is alive."""

import logging

from celery.beat import PersistentScheduler
from django.db import DatabaseError, close_old_connections
from django.utils.timezone import now

from smarketing.foundation.models import Heartbeat

logger = logging.getLogger(__name__)


class Scheduler(PersistentScheduler):
    """Writes the heartbeat "beat" after every hint that the broker took."""

    def apply_async(self, entry, producer=None, advance=True, **kwargs):
        sent = super().apply_async(entry, producer=producer, advance=advance, **kwargs)
        self.tell()
        return sent

    def tell(self) -> None:
        """A database that is away stops no hints: they are what finds the work once it is back."""
        try:
            close_old_connections()
            Heartbeat.beat("beat", now())
        except DatabaseError as error:
            logger.warning("Beat could not write its heartbeat: %s", error)
