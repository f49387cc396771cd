"""Under which words a lead stands in the queue, in the reader's own days."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import localtime

SOON = timedelta(hours=4)  # what is due within it is next


def due_words(due_at: datetime | None, moment: datetime) -> str:
    """Under which heading a deadline stands, in the reader's own days."""
    if due_at is None:
        return "No deadline: nobody is at work"
    if due_at < moment:
        return "Late"
    if due_at - moment <= SOON:
        return "Due next"
    days = (localtime(due_at).date() - localtime(moment).date()).days
    return "Later today" if days == 0 else "Tomorrow" if days == 1 else "Later"


def wakes_words(until: datetime, moment: datetime) -> str:
    days = (localtime(until).date() - localtime(moment).date()).days
    return "Back today" if days == 0 else "Back tomorrow" if days == 1 else "Back later"


def span_words(span: timedelta) -> str:
    """How long, in the largest unit that fits: "8 min", "5 h", "3 d"."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
