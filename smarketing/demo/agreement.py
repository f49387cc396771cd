"""What the demo's two teams agreed on when they went live: times for sales, volumes that fit the company's size."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import TruncWeek

from leads.models import Activity, Handover
from sla import agreements
from sla.models import Agreement, Commitment
from smarketing.demo.diary import Diary

DECIDE, CONTACT = 4 * 60, 16 * 60  # minutes of working time: half a day, two days
MONTHS, WEEKS = 2, 5  # whole ones, by which the volumes are fitted
AMBITION = 1.08  # of what was done: some periods are kept, some are not


def sign(diary: Diary, reps: int) -> None:
    """Version 1, in force since the company went live; the template was in force until then."""
    agreements.ensure_default()
    Agreement.objects.filter(version=0).update(in_force_until=diary.went_live)
    signed = Agreement.objects.create(version=1, in_force_from=diary.went_live)
    fitted = {
        "decide": {"within_minutes": DECIDE},
        "first-contact": {"within_minutes": CONTACT},
        "hand-overs": {"target": fit(handed_over(diary) / MONTHS / reps)},
        "real-contacts": {"target": fit(spoken_to(diary) / WEEKS / reps)},
    }
    Commitment.objects.bulk_create(
        Commitment(agreement=signed, **promise | fitted[str(promise["key"])])
        for promise in agreements.TEMPLATE
    )


def fit(done: float) -> int:
    return max(1, round(done * AMBITION))


def handed_over(diary: Diary) -> int:
    """In the last whole months."""
    month = diary.today.replace(day=1)
    until = diary.local(month, 0, 0)
    for _ in range(MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
    delivered = Handover.objects.counted().exclude(ending=Handover.Ending.WITHDRAWN)
    return delivered.filter(opened_at__gte=diary.local(month, 0, 0), opened_at__lt=until).count()


def spoken_to(diary: Diary) -> int:
    """Each person once a week and rep, in the last whole weeks."""
    monday = diary.today - timedelta(days=diary.today.weekday())
    since, until = diary.local(monday - timedelta(weeks=WEEKS), 0, 0), diary.local(monday, 0, 0)
    spoken = Activity.objects.filter(connected=True, at__gte=since, at__lt=until)
    weekly = spoken.annotate(week=TruncWeek("at", tzinfo=diary.zone)).order_by()
    return weekly.values("week", "by", "lead").distinct().count()
