"""Sessions in PostgreSQL as Django keeps them, looked up by a statement that is composed once."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils.timezone import now

from smarketing.foundation.statements import Statement

KEPT = Statement(lambda key: Session.objects.filter(session_key=key))


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        found = KEPT.first(key=self.session_key) if self.session_key else None
        if found is None or found.expire_date <= now():
            self._session_key = None
            return None
        return found
