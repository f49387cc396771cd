"""Promises in words, the same on every page."""

from __future__ import annotations

from datetime import datetime, timedelta

from leads import naming
from sla.models import Agreement, Clock, Commitment

EACH = {Commitment.Period.WEEK: "week", Commitment.Period.MONTH: "month"}


def sentence(commitment: Commitment) -> str:
    """What is promised: "Sales decides on every MQL within 4 working hours"."""
    if commitment.kind == Commitment.Kind.RESPONSE:
        what = {
            Commitment.StopsOn.DECISION: naming.said("decides on every {mql}"),
            Commitment.StopsOn.FIRST_CONTACT: "contacts every accepted lead",
        }[Commitment.StopsOn(commitment.stops_on)]
        return f"{commitment.get_team_display()} {what} within {working_words(commitment.within)}"
    each = EACH[Commitment.Period(commitment.period)]
    if commitment.measure == Commitment.Measure.HANDOVERS:
        return f"Marketing hands over {commitment.target:,} leads a {each} for every rep who is there"
    return f"Every rep speaks to {commitment.target:,} prospects a {each}"


def promised_words(commitment: Commitment) -> str:
    """The same under the name of its team: "A decision on every MQL within 4 working hours"."""
    if commitment.kind == Commitment.Kind.RESPONSE:
        what = {
            Commitment.StopsOn.DECISION: naming.said("A decision on every {mql}"),
            Commitment.StopsOn.FIRST_CONTACT: "First contact with every accepted lead",
        }[Commitment.StopsOn(commitment.stops_on)]
        return f"{what} within {working_words(commitment.within)}"
    each = EACH[Commitment.Period(commitment.period)]
    if commitment.measure == Commitment.Measure.HANDOVERS:
        return f"{commitment.target:,} hand-overs a {each} for every rep who is there"
    return f"{commitment.target:,} prospects a {each} spoken to by every rep"


def working_words(work: timedelta) -> str:
    """Such as "4 working hours", "90 working minutes"."""
    minutes = int(work.total_seconds() // 60)
    n, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"{n:,} working {unit}{'' if n == 1 else 's'}"


def agreement_words(agreement: Agreement | None) -> str:
    if agreement is None or agreement.version == 0:
        return "Default agreement, not signed yet"
    return f"Version {agreement.version}"


def span_words(span: timedelta) -> str:
    """A delay for people: "at once", "12 min", "3 h 05 min", "2 d 4 h"."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "at once"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    days, hours = divmod(minutes // 60, 24)
    return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"


ENDED = {
    Clock.Ended.DECIDED: "Decided",
    Clock.Ended.CONTACTED: "Contacted",
    Clock.Ended.WITHDRAWN: "Withdrawn",
}


def what_happened(clock: Clock, moment: datetime) -> tuple[str, datetime | None]:
    """What became of the promise by `moment`, and when: "Decided", or that somebody at least tried, or nothing."""
    if clock.stopped_at is not None and clock.stopped_at <= moment:
        return ENDED[Clock.Ended(clock.ended)], clock.stopped_at
    if clock.touched_at is not None and clock.touched_at <= moment:
        return "Contacted, not decided", clock.touched_at
    return "Nothing yet", None
