"""The never-again register beyond those whom reps disqualified: a domain, an account, what it stopped, an appeal."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from leads import suppression
from leads.models import Account, Appeal, Lead, Suppression, SuppressionHit
from leads.stages import Stage, Standing
from smarketing.demo import people
from smarketing.demo.diary import Diary
from smarketing.foundation.models import User

RIVAL = "dockwizard.example"
WAYS = ("import", "hand", "api", "touch", "qualify", "route", "nurture")
HITS = 48  # of people barred by reps
LATELY = 120  # days
EVIDENCE = "Sold to Nordkai Group in spring: new management, eleven terminals, and they asked us for a quote."


def enter(diary: Diary, seed: int) -> None:
    """After all lives are written."""
    sales, marketing = (_person(one[0]) for one in (people.SELLERS[0], people.MARKETERS[0]))
    random = Random(f"register {seed}")  # noqa: S311 - chance that repeats itself
    rival = Suppression.objects.create(
        kind=Suppression.Kind.DOMAIN, value=RIVAL, reason="competitor", by=sales,
        created_at=diary.office(diary.moment - timedelta(days=LATELY)),
    )  # fmt: skip
    asked = _asked_to_stop(diary, marketing)
    stopped = [_hit(rival, way, None, diary, random) for way in ("import", "import", "hand", "api", "import")]
    stopped += [_hit(asked, way, None, diary, random) for way in ("nurture", "route") if asked]
    stopped += [_hit(entry, random.choice(WAYS), entry.lead, diary, random) for entry in _barred(diary)]
    SuppressionHit.objects.bulk_create(sorted(stopped, key=lambda hit: hit.at))
    _appeal(diary, marketing)


def _person(name: str) -> User:
    return User.objects.get(email=people.email(name))


def _asked_to_stop(diary: Diary, by: User) -> Suppression | None:
    """An account that does not want to hear from us for a while, none of whose people is with sales now."""
    busy = Lead.objects.exclude(stage=Stage.VISITOR).exclude(account=None).values("account")
    quiet = (
        Account.objects.filter(leads__standing=Standing.NURTURING).exclude(pk__in=busy).order_by("pk").first()
    )
    if quiet is None:
        return None
    return Suppression.objects.create(
        kind=Suppression.Kind.ACCOUNT, value=str(quiet.pk), reason="asked_us_to_stop", by=by,
        created_at=diary.office(diary.moment - timedelta(days=41)),
        until=diary.moment + timedelta(days=140),
    )  # fmt: skip


def _barred(diary: Diary) -> list[Suppression]:
    """Of people barred a while ago, by their address: the way most of them come in again."""
    entries = Suppression.objects.filter(kind="email", created_at__lt=diary.moment - timedelta(days=20))
    return list(entries.select_related("lead").order_by("-created_at", "pk")[:HITS])


def _hit(
    entry: Suppression | None, way: str, lead: Lead | None, diary: Diary, random: Random
) -> SuppressionHit:
    assert entry is not None, "only what is in the register stops anybody"
    since = max(entry.created_at, diary.moment - timedelta(days=LATELY))
    at = since + (diary.moment - since) * random.uniform(0.05, 0.97)
    return SuppressionHit(
        suppression=entry, lead=lead, way=way, campaign_id=lead.campaign_id if lead else None, at=at
    )


def _appeal(diary: Diary, head: User) -> None:
    """One rep has news of somebody barred; the head of marketing believes it, the head of sales has not looked."""
    out = Lead.objects.filter(standing=Standing.DISQUALIFIED, stage=Stage.SAL).exclude(owner=None)
    lead = out.order_by("-stage_since", "pk").first()
    if lead is not None and lead.owner is not None:
        at = diary.office_before(diary.moment - timedelta(days=1)) - timedelta(hours=1)
        opened = suppression.appeal(
            lead.pk, by=lead.owner, evidence=EVIDENCE, moment=max(at, lead.stage_since)
        )
        suppression.sign_appeal(lead.pk, by=head, moment=diary.moment)
        Appeal.objects.filter(pk=opened.pk).update(opened_at=max(at, lead.stage_since))
