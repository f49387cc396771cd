"""The never-again register by hand: what is entered and taken back, and how two heads lift an entry of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from leads import bars, capture, definitions, suppression
from leads.identity import clean, normalise_domain, normalise_email, normalise_phone
from leads.models import Appeal, Lead, Suppression
from leads.stages import Move, targets
from leads.undo import WITHIN
from smarketing.foundation import audit, signing
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.moments import day_of
from smarketing.foundation.refusals import Forbidden, Refusal

Kind = Suppression.Kind
# Domains under which anybody has a mailbox, or a domain of their own: barring one would bar people who have nothing
# to do with each other.
SHARED = {
    "aol.com", "free.fr", "freenet.de", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com",
    "icloud.com", "laposte.net", "libero.it", "live.com", "mail.ru", "me.com", "msn.com", "orange.fr",
    "outlook.com", "proton.me", "protonmail.com", "qq.com", "seznam.cz", "t-online.de", "wanadoo.fr", "web.de",
    "ac.uk", "co.in", "co.jp", "co.kr", "co.nz", "co.uk", "co.za", "com.ar", "com.au", "com.br", "com.cn", "com.mx",
    "com.pl", "com.sg", "com.tr", "com.ua", "gov.uk", "ltd.uk", "me.uk", "net.au", "or.jp", "org.au", "org.uk",
    "wp.pl", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.ru", "ziggo.nl", "163.com",
}  # fmt: skip


class AlreadyBarred(Refusal):
    """The register has this already; `entry` is that one."""

    code = "already_barred"

    def __init__(self, entry: Suppression) -> None:
        super().__init__(f"This is in the register already, since {day_of(entry.created_at)}.")
        self.entry = entry


@transaction.atomic
def add(
    *, kind: str, what: str, reason: str, by: User, until: date | None = None, moment: datetime | None = None
) -> Suppression:
    """Bar a person we know, an address, a domain with all under it, or a company; for good, or until a day.

    Somebody we know is disqualified where that is for good, so that they leave every queue.
    """
    moment = moment or now()
    ensure_may_write(by)
    if reason not in codes(moment):
        raise Refusal("Choose why from the agreed reasons for a disqualification.")
    ends = None if until is None else _end(until, moment)
    if kind == Kind.LEAD:
        return _add_person(_known(what), reason, ends, by, moment)
    value = _normalised(Kind(kind), what)
    entries = [Suppression(kind=kind, value=value, reason=reason, by=by, until=ends)]
    return _enter(entries, moment)


def ensure_may_write(by: User) -> None:
    if not by.may("register.write"):
        raise Forbidden


def codes(moment: datetime) -> dict[str, str]:
    """The agreed reasons for an entry, as code and words."""
    agreed = definitions.in_force(moment).document.reasons["disqualification"]
    return {reason.code: reason.label for reason in agreed}


def _end(until: date, moment: datetime) -> datetime:
    """The first moment after that day, in the company's zone."""
    zone = Organisation.get().zone
    if until < moment.astimezone(zone).date():
        raise Refusal(f"The day {until:%-d %B %Y} is over. Choose a later one, or none to bar for good.")
    return datetime.combine(until + timedelta(days=1), time(), zone)


def _known(what: str) -> Lead:
    lead = capture.find(normalise_email(what), normalise_phone(what))
    if lead is None:
        raise Refusal(
            f"No lead has the e-mail or phone number “{clean(what)}”. Bar the address itself instead."
        )
    return lead


def _add_person(lead: Lead, reason: str, ends: datetime | None, by: User, moment: datetime) -> Suppression:
    lead = Lead.objects.lock(lead.pk)
    if ends is None and targets(Move.DISQUALIFY, lead.position):
        _ensure_free(bars.entries_of(lead, reason=reason, by=by)[:1])
        suppression.disqualify(lead.pk, by=by, reason=reason, moment=moment)
        return Suppression.objects.get(kind=Kind.LEAD, value=str(lead.pk), lifted_at=None)
    return _enter(bars.entries_of(lead, reason=reason, by=by, until=ends), moment)


def _normalised(kind: Kind, what: str) -> str:
    if kind == Kind.ACCOUNT:
        if not what.strip():
            raise Refusal("Name the company.")
        return str(capture.find_account(clean(what)).pk)
    read = {Kind.EMAIL: normalise_email, Kind.PHONE: normalise_phone, Kind.DOMAIN: _domain}[kind]
    value = read(what)
    if value is None:
        such = {
            Kind.EMAIL: "an e-mail address, such as ada@example.com",
            Kind.PHONE: "a phone number with its country, such as +44 20 7946 0991",
            Kind.DOMAIN: "a domain, such as example.com",
        }[kind]
        raise Refusal(f"“{clean(what)}” is not {such}.")
    if value in SHARED:
        raise Refusal(
            f"Too many people who have nothing to do with each other write from {value}. Bar addresses."
        )
    return value


def _domain(what: str) -> str | None:
    return normalise_domain(clean(what).rpartition("@")[2])


def _enter(entries: list[Suppression], moment: datetime) -> Suppression:
    _ensure_free(entries)
    for entry in entries:
        entry.created_at = moment  # as what they take the place of is lifted
    bars.enter(entries, moment)
    first = entries[0]
    entry = Suppression.objects.get(kind=first.kind, value=first.value, lifted_at=None)
    audit.record("register.entered", by=entry.by, about=entry)
    return entry


def _ensure_free(entries: list[Suppression]) -> None:
    """Raise `AlreadyBarred` where the first of them would say nothing new."""
    first = entries[0]
    there = Suppression.objects.filter(kind=first.kind, value=first.value, lifted_at=None).first()
    if there is not None and (there.until is None or there.until == first.until):
        raise AlreadyBarred(there)


# --- Taking back, appeals -----------------------------------------------------------------------------------
def may_take_back(entry: Suppression, *, by: User, moment: datetime) -> bool:
    """What a move entered goes with the undo of that move."""
    fresh = moment - entry.created_at <= WITHIN
    return entry.by_id == by.pk and entry.change_id is None and entry.lifted_at is None and fresh


@transaction.atomic
def take_back(pk: int, *, by: User, moment: datetime | None = None) -> Suppression:
    """Lift an entry that its author has just made by mistake."""
    moment = moment or now()
    entry = Suppression.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    if not may_take_back(entry, by=by, moment=moment):
        raise Refusal("An entry can be taken back for ten minutes, by whoever made it. Appeal instead.")
    entered = together(entry).filter(lifted_at=None, created_at=entry.created_at)
    replaced = [Q(kind=kind, value=value) for kind, value in entered.values_list("kind", "value")]
    entered.update(lifted_at=moment)
    # What it took the place of, and would still last, is in force again.
    before = Suppression.objects.filter(reduce(or_, replaced), lifted_at=entry.created_at, until__gt=moment)
    before.update(lifted_at=None)
    audit.record("register.taken_back", by=by, about=entry)
    return entry


def together(entry: Suppression):
    """The entry with all that bars the same person."""
    rows = Suppression.objects.filter(pk=entry.pk)
    return rows if entry.lead_id is None else rows | Suppression.objects.filter(lead=entry.lead_id)


def is_of_lead(entry: Suppression) -> bool:
    """Whether the entry goes with a disqualified lead, whose own appeal reopens it."""
    return entry.lead is not None and entry.lead.standing == "disqualified"


@transaction.atomic
def appeal(pk: int, *, by: User, evidence: str, moment: datetime | None = None) -> Appeal:
    """Ask both heads to lift an entry, with what is new."""
    ensure_may_write(by)
    entry = _locked(pk)
    if entry.lead_id is not None and is_of_lead(entry):
        return suppression.appeal(entry.lead_id, by=by, evidence=evidence, moment=moment)
    if not evidence.strip():
        raise Refusal("Say what is new: without new evidence the entry stays.")
    if Appeal.objects.filter(suppression=entry, lifted_at=None).exists():
        raise Refusal("An appeal against this entry already waits for the signatures of both heads.")
    return Appeal.objects.create(suppression=entry, evidence=evidence.strip(), by=by)


@transaction.atomic
def sign(pk: int, *, by: User, moment: datetime | None = None) -> bool:
    """Put one head's key on the open appeal; answers whether it was the second, which lifts the entry."""
    moment = moment or now()
    entry = _locked(pk)
    if entry.lead_id is not None and is_of_lead(entry):
        return suppression.sign_appeal(entry.lead_id, by=by, moment=moment).standing != "disqualified"
    waiting = Appeal.objects.select_for_update().filter(suppression=entry, lifted_at=None).first()
    if waiting is None:
        raise Refusal("No appeal against this entry waits for a signature.")
    signing.sign(waiting, by=by, moment=moment, what="an appeal")
    if granted := not signing.missing(waiting):
        waiting.lifted_at = moment
        together(entry).filter(lifted_at=None).update(lifted_at=moment)
    waiting.save()
    audit.record("register.lifted" if granted else "register.signed", by=by, about=entry)
    return granted


def _locked(pk: int) -> Suppression:
    entry = Suppression.objects.select_for_update(no_key=True, of=("self",)).select_related("lead").get(pk=pk)
    if entry.lifted_at is not None or (entry.until is not None and entry.until <= now()):
        raise Refusal("This entry bars nobody any more, so there is nothing to appeal.")
    return entry
