"""Correcting what is known about a lead, without overwriting what a colleague corrected meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.db import transaction
from django.utils.timezone import now

from leads import access, accounts, bars, capture, custom_fields
from leads.identity import normalise_email, normalise_phone
from leads.models import Account, FactChange, Lead, name_key
from smarketing.foundation import audit
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

T = TypeVar("T")
FIELDS = ("first_name", "last_name", "email", "phone", "job_title", "buying_role", "country", "consent")
FACTS = (*FIELDS, "company")  # origin and history are not among them; own fields are, as "custom.<key>"
OWN = "custom."
COMPANY = "account."  # before the facts of the lead's company, as rules name them


class ChangedMeanwhile(Refusal):
    """Somebody else changed the same fields to something else; `fields` says which, to what, and what to what."""

    code = "changed_meanwhile"

    def __init__(self, lead: Lead, fields: dict[str, tuple[str, str]]) -> None:
        super().__init__(
            f"Somebody changed {lead.name} while you were editing. "
            "Read the marked fields, then save again: what stands in the form counts."
        )
        self.lead, self.fields = lead, fields


def stored(lead: Lead) -> dict[str, str]:
    """The facts of a lead as a person may type them; of own fields, those that are known."""
    own = {f"{OWN}{key}": custom_fields.typed(value) for key, value in lead.custom.items()}
    return {name: getattr(lead, name) for name in FIELDS} | {"company": str(lead.account or "")} | own


def ensure_may_edit(user: User, lead: Lead) -> None:
    if not access.may_edit_facts(user, lead):
        raise Forbidden(f"{lead.name} was handed over. Its owner or a head of team edits the facts now.")


@bars.logged
@transaction.atomic
def correct(
    lead_id: int,
    typed: Mapping[str, tuple[str | None, str]],
    *,
    version: int,
    by: User,
    way: str = FactChange.Way.HAND,
) -> Lead:
    """Store what was typed, beside what others changed meanwhile; raises `ChangedMeanwhile` or `Refusal`.

    `typed` maps a fact to (what was read before, what it shall be); where nothing is known of what was read,
    any change since `version` stands in the way.
    """
    return _correct(Lead.objects.lock(lead_id), typed, version=version, by=by, way=way)


@bars.logged
@transaction.atomic
def fill_in(lead_id: int, typed: Mapping[str, object], *, by: User, then: Callable[[], T]) -> T:
    """Store facts that nobody knew and do what waited for them: both, or neither where either is refused.

    Facts of the company go by "account.employees". What somebody filled in meanwhile stays as it is.
    """
    lead = Lead.objects.lock(lead_id)
    there = stored(lead)
    own = {
        name: ("", str(new))
        for name, new in typed.items()
        if not name.startswith(COMPANY) and not there.get(name)
    }
    if own:
        lead = _correct(lead, own, version=lead.version, by=by)
    of_company = {name.removeprefix(COMPANY): new for name, new in typed.items() if name.startswith(COMPANY)}
    if of_company and lead.account_id is not None:
        known = accounts.stored(Account.objects.get(pk=lead.account_id))
        new = {name: value for name, value in of_company.items() if known.get(name) in (None, "")}
        accounts.correct(lead.account_id, new, before=known, by=by)
    return then()


def _correct(
    lead: Lead,
    typed: Mapping[str, tuple[str | None, str]],
    *,
    version: int,
    by: User,
    way: str = FactChange.Way.HAND,
) -> Lead:
    ensure_may_edit(by, lead)
    before = stored(lead)
    changed = {name: new for name, (_, new) in typed.items() if new != before.get(name, "")}
    if not changed:
        return lead
    if version != lead.version:
        both = {
            name: (before.get(name, ""), new)
            for name, new in changed.items()
            if typed[name][0] != before.get(name, "")
        }
        if both:
            raise ChangedMeanwhile(lead, both)
    _set(lead, changed, way)
    lead.version += 1
    lead.save()
    audit.record("lead.facts_corrected", by=by, about=lead, fields=sorted(changed))
    _keep(lead, before, changed, by=by, way=way)
    return lead


def _set(lead: Lead, changed: Mapping[str, str], way: str) -> None:
    own = {name.removeprefix(OWN): new for name, new in changed.items() if name.startswith(OWN)}
    for name in changed.keys() & set(FIELDS):
        setattr(lead, name, changed[name])
    if own:
        lead.custom = custom_fields.with_changes(lead.custom, custom_fields.read("lead", own))
    _recognise(lead, way)
    if "company" in changed:
        before = lead.account_id
        lead.account = capture.find_account(changed["company"]) if changed["company"] else None
        if lead.account_id != before:
            _ensure_free(lead, bars.marks(account_id=lead.account_id), way)


def _keep(lead: Lead, before: Mapping[str, str], changed: Mapping[str, str], *, by: User, way: str) -> None:
    """What stood there and what stands there now, fact by fact."""
    moment = now()
    FactChange.objects.bulk_create(
        FactChange(lead=lead, field=name, before=before.get(name, ""), after=new, way=way, by=by, at=moment)
        for name, new in sorted(changed.items())
    )


def _ensure_free(lead: Lead, new: list[bars.Mark], way: str) -> None:
    """Nobody known gets an address or a company that the register bars."""
    entry = bars.match(new, now())
    if entry is not None:
        raise bars.Suppressed(entry, way=way, lead=lead, campaign_id=lead.campaign_id)


def _recognise(lead: Lead, way: str) -> None:
    """Set the normal forms by which the lead is recognised; they may belong to nobody else, nor be barred."""
    email, phone = normalise_email(lead.email), normalise_phone(lead.phone)
    if email is None and phone is None and (lead.email_norm or lead.phone_norm):
        raise Refusal("Keep an e-mail address or a phone number: one of them is how a lead is recognised.")
    new = bars.marks(
        email=email if email != lead.email_norm else None, phone=phone if phone != lead.phone_norm else None
    )
    _ensure_free(lead, new, way)
    if (email, phone) != (lead.email_norm, lead.phone_norm):
        other = capture.find(email, phone, besides=lead.pk)
        if other is not None:
            raise capture.AlreadyKnown(other)
    lead.email_norm, lead.phone_norm = email, phone
    lead.name_key = name_key(f"{lead.first_name} {lead.last_name}")
