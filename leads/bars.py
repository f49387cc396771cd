"""What the never-again register bars, and the log of what it stopped: every way in asks here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import reduce, wraps
from operator import or_
from typing import ParamSpec, TypeVar

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from leads import definitions
from leads.models import Lead, Suppression, SuppressionHit
from leads.stages import Standing
from smarketing.foundation.moments import day_of
from smarketing.foundation.refusals import Refusal

Kind = Suppression.Kind
P = ParamSpec("P")
T = TypeVar("T")
Mark = tuple[str, str]  # kind and normalised value of something that can be barred

WAYS = {
    "import": "A file",
    "api": "The API",
    "hand": "Entered by hand",
    "touch": "A touch",
    "qualify": "Handing over to sales",
    "route": "Giving to a rep",
    "nurture": "Coming up from nurture",
}


class Suppressed(Refusal):
    """The register bars this person, address, domain or account; `log` keeps that it did."""

    code = "suppressed"

    def __init__(
        self, entry: Suppression, *, way: str, lead: Lead | None = None, campaign_id: int | None = None
    ) -> None:
        until = f" until {day_of(entry.until)}" if entry.until else ""
        super().__init__(
            f"The never-again register bars this {entry.get_kind_display().lower()} since "
            f"{day_of(entry.created_at)}{until} ({definitions.label(entry.reason)}). "
            "Both heads can lift this with new evidence."
        )
        self.hit = SuppressionHit(suppression=entry, lead=lead, way=way, campaign_id=campaign_id)


def domains_of(address: str) -> list[str]:
    """The domain of an e-mail address, or a domain itself, and those it lies under: barring one bars them all."""
    labels = address.rpartition("@")[2].split(".")
    return [".".join(labels[n:]) for n in range(len(labels) - 1)]


def marks(
    *,
    lead_id: int | None = None,
    email: str | None = None,
    phone: str | None = None,
    account_id: int | None = None,
) -> list[Mark]:
    """Everything by which these (normalised) facts can be barred."""
    known = [(Kind.LEAD, lead_id), (Kind.EMAIL, email), (Kind.PHONE, phone), (Kind.ACCOUNT, account_id)]
    found = [(str(kind), str(value)) for kind, value in known if value]
    return found + [(str(Kind.DOMAIN), domain) for domain in (domains_of(email) if email else ())]


def marks_of(lead: Lead) -> list[Mark]:
    return marks(lead_id=lead.pk, email=lead.email_norm, phone=lead.phone_norm, account_id=lead.account_id)


def match(wanted: Iterable[Mark], moment: datetime) -> Suppression | None:
    """The register's first entry in force for any of these marks, or None."""
    known = [Q(kind=kind, value=value) for kind, value in wanted]
    if not known:
        return None
    return Suppression.objects.in_force(moment).filter(reduce(or_, known)).order_by("id").first()


# The marks of leads as SQL, the same as `marks`: kind and value for each lead (alias l).
MARKS_OF_LEAD = """
    SELECT 'lead', l.id::text
    UNION ALL SELECT 'email', l.email_norm
    UNION ALL SELECT 'phone', l.phone_norm
    UNION ALL SELECT 'account', l.account_id::text
    UNION ALL SELECT 'domain', array_to_string(part.labels[n:], '.')
        FROM (SELECT string_to_array(split_part(l.email_norm, '@', 2), '.')) AS part (labels),
            generate_series(1, cardinality(part.labels) - 1) n
"""
IN_FORCE = "s.lifted_at IS NULL AND s.voided_at IS NULL AND (s.until IS NULL OR s.until > %(moment)s)"
BARRED = f"""
SELECT l.id, min(s.id) FROM leads_lead l
CROSS JOIN LATERAL ({MARKS_OF_LEAD}) AS mark (kind, value)
JOIN leads_suppression s ON s.kind = mark.kind AND s.value = mark.value
WHERE l.id = ANY(%(leads)s) AND {IN_FORCE}
GROUP BY l.id
"""  # noqa: S608 - own words


def barred(lead_ids: Sequence[int], moment: datetime) -> dict[int, Suppression]:
    """Of these leads those that the register bars, each with its first entry: one statement where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(BARRED, {"leads": list(lead_ids), "moment": moment})
        found = dict(cursor.fetchall())
    entries = Suppression.objects.in_bulk(set(found.values())) if found else {}
    return {lead: entries[entry] for lead, entry in found.items()}


def ensure_free(lead_id: int, *, way: str, moment: datetime) -> None:
    """Raise `Suppressed` when the register bars this lead.

    Called before an act opens its transaction, so that the line in the log of hits outlives the refusal.
    """
    entry = barred([lead_id], moment).get(lead_id)
    if entry is not None:
        lead = Lead.objects.get(pk=lead_id)
        refuse(Suppressed(entry, way=way, lead=lead, campaign_id=lead.campaign_id))


def refuse(refusal: Suppressed) -> None:
    """Log what the register stopped and on which campaign, and refuse."""
    refusal.hit.save()
    raise refusal


def logged(act: Callable[P, T]) -> Callable[P, T]:
    """Keep what the register stopped within the transaction of this act, although that is rolled back."""

    @wraps(act)
    def kept(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return act(*args, **kwargs)
        except Suppressed as refusal:
            refusal.hit.save()
            raise

    return kept


def log(entries: dict[int, Suppression], *, way: str) -> None:
    """A line of the log for each of these leads that the register stopped."""
    if not entries:
        return
    campaigns = dict(Lead.objects.filter(pk__in=entries).values_list("pk", "campaign_id"))
    SuppressionHit.objects.bulk_create(
        SuppressionHit(suppression=entry, lead_id=pk, way=way, campaign_id=campaigns[pk])
        for pk, entry in entries.items()
    )


def enter(entries: Sequence[Suppression], moment: datetime) -> None:
    """Put entries in force. What is barred for a time only is barred by the new entry instead; else the first stays."""
    if not entries:
        return
    same = reduce(or_, (Q(kind=entry.kind, value=entry.value) for entry in entries))
    Suppression.objects.filter(same, until__isnull=False, lifted_at=None).update(lifted_at=moment)
    Suppression.objects.bulk_create(entries, ignore_conflicts=True)


def enter_lead(lead: Lead, *, change, reason: str, by) -> None:
    """Enter a disqualified lead and its addresses, in force at once."""
    enter(entries_of(lead, change=change, reason=reason, by=by), change.at)


def entries_of(
    lead: Lead, *, reason: str, by, change=None, until: datetime | None = None
) -> list[Suppression]:
    """The entries that bar a person: the lead itself and both its addresses."""
    known = [(Kind.LEAD, str(lead.pk)), (Kind.EMAIL, lead.email_norm), (Kind.PHONE, lead.phone_norm)]
    return [
        Suppression(kind=kind, value=value, reason=reason, lead=lead, change=change, by=by, until=until)
        for kind, value in known
        if value
    ]


def keep_out(lead_ids: Iterable[int], moment: datetime) -> None:
    """Enter those of these leads that stand disqualified and are not in the register: by the word of their history.

    An imported disqualification that later moves had overtaken counts again when those are taken back.
    """
    entered = Suppression.objects.filter(kind=Kind.LEAD, lifted_at=None, lead=OuterRef("pk"))
    out = Lead.objects.alive().filter(
        ~Exists(entered), pk__in=list(lead_ids), standing=Standing.DISQUALIFIED, customer_at=None
    )
    for lead in out.order_by("pk"):
        said = lead.history.counted().filter(to_standing=Standing.DISQUALIFIED).in_order().last()
        reason = said.reason if said is not None else ""
        enter(entries_of(lead, change=said, reason=reason, by=None), moment)


def take_back(changes: Iterable[int], moment: datetime) -> None:
    """Lift what these moves entered; what they took the place of, and would still last, is in force again."""
    entered = list(Suppression.objects.filter(change__in=changes, lifted_at=None).select_related("change"))
    Suppression.objects.filter(pk__in=[entry.pk for entry in entered]).update(lifted_at=moment)
    replaced = [
        Q(kind=entry.kind, value=entry.value, lifted_at=entry.change.at) for entry in entered if entry.change
    ]
    if replaced:
        Suppression.objects.filter(reduce(or_, replaced), until__gt=moment).update(lifted_at=None)


def expire(moment: datetime) -> int:
    """Lift every entry whose time is over, as of that time; answers how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_suppression SET lifted_at = until WHERE lifted_at IS NULL AND until <= %s", [moment]
        )
        return cursor.rowcount
