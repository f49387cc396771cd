"""Why some promises were broken, in the words of who answers for them."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from sla import explanations
from sla.models import Clock, Explanation
from sla.statuses import Status
from smarketing.demo.diary import Diary
from smarketing.demo.people import Cast
from smarketing.foundation.models import User

Cause = Explanation.Cause
SAID = [
    (Cause.CAPACITY, "Two of four on leave, and nobody stood in. The desk takes over from Monday."),
    (Cause.UNREACHABLE, "Three tries on the day, out of office until the week after."),
    (Cause.DATA, "The number was a fax. Found the right one on their site two days later."),
    (Cause.CAPACITY, "All hands at the go-live in Duisburg."),
    (Cause.SYSTEM, "Telephone line down from ten until three; the provider confirmed it."),
    (Cause.OTHER, "Went to the plant in person instead of calling: decided on site, logged late."),
    (Cause.CAPACITY, "Came in with forty others from the autumn campaign. Rota changed since."),
]
EVERY, MOST = 3, 60  # of the broken promises every third has been explained, the latest ones
NEWEST = timedelta(days=2)  # what broke since then nobody has got to yet


def explain(diary: Diary, cast: Cast) -> None:
    """Some by the rep, those of the slide by the head."""
    people = {user.pk: user for user in User.objects.filter(pk__in=[cast.sales_head, *cast.reps])}
    broken = Clock.objects.counted().with_status(diary.moment).filter(Q(status=Status.BROKEN))
    told = broken.filter(due_at__lt=diary.moment - NEWEST, owner__in=cast.reps).order_by("-due_at", "pk")
    for number, clock in enumerate(told[: EVERY * MOST : EVERY]):
        by = (
            people[cast.sales_head] if number % 2 and clock.owner_id in cast.field else people[clock.owner_id]
        )
        cause, text = SAID[number % len(SAID)]
        over = clock.stopped_at or clock.due_at or diary.moment
        at = min(diary.office(over + timedelta(hours=5)), diary.moment)
        explanations.explain(clock.pk, by=by, cause=cause, text=text, moment=at)
