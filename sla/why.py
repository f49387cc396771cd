"""Why this deadline: the promise, whose hours were counted, and what stops the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.utils.timezone import localtime

from leads import naming
from leads.models import Lead
from leads.why import Line, Why, register
from sla.calendar_words import hours_words
from sla.models import Clock, Commitment
from sla.record import waits
from sla.words import agreement_words, sentence, span_words, working_words

STOPS = {
    Commitment.StopsOn.DECISION: "A decision stops the clock: accept it, reject it, or return it.",
    Commitment.StopsOn.FIRST_CONTACT: "Reaching the person stops the clock: an answered call, a reply, a meeting.",
}


def deadline(lead: Lead, moment: datetime) -> Why:
    waiting = [clock for clock in _running(lead) if waits(clock, lead)]
    clock = min(waiting, key=lambda one: (one.due_at is None, one.due_at or moment), default=None)
    if clock is None:
        return Why(
            "deadline", "Why no deadline", "Nothing is promised about it now.", change=tuple(_begins(lead))
        )
    promise = clock.commitment
    return Why(
        "deadline",
        "Why this deadline",
        f"Due {_said(clock.due_at)}."
        if clock.due_at
        else f"{clock.owner or 'Nobody'} has no working time ahead.",
        decided=agreement_words(promise.agreement),
        decided_word="Agreement",
        at=clock.started_at,
        rule=f"{sentence(promise)}.",
        found_title="What was counted",
        found=tuple(_counted(clock, moment)),
        change=(STOPS[Commitment.StopsOn(promise.stops_on)], "Another owner: then their hours count."),
    )


def _running(lead: Lead) -> QuerySet[Clock]:
    return Clock.objects.running().filter(lead=lead).select_related("commitment__agreement", "owner")


def _counted(clock: Clock, moment: datetime) -> Iterator[Line]:
    yield Line("Began", _said(clock.started_at))
    yield Line("Working time that is given", working_words(clock.commitment.within))
    hours = hours_words({clock.owner_id}, since=clock.started_at, until=clock.due_at or moment)[
        clock.owner_id
    ]
    yield Line(
        f"The hours of {clock.owner}" if clock.owner else "The company’s hours, as nobody holds it", hours
    )
    if clock.due_at is not None and clock.due_at < moment:
        yield Line("Late by", span_words(moment - clock.due_at), met=False)
    elif clock.due_at is not None:
        yield Line("Left", span_words(clock.due_at - moment), met=True)


def _begins(lead: Lead) -> Iterator[str]:
    if lead.owner_id is None:
        yield naming.said("It becomes {an_mql}: from then on somebody has to decide.")
    else:
        yield naming.said("The next move that starts a promise: becoming {an_mql}, or being accepted.")


def _said(moment: datetime) -> str:
    local = localtime(moment)
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M}"


register("deadline", deadline)
