"""How a person enters by hand, and how a touch of a known lead is recorded."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.timezone import now

from leads import bars, funnel
from leads.identity import normalise_email, normalise_phone
from leads.models import Account, Campaign, Channel, ExternalId, Lead, Note, Touch, name_key
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Refusal


class AlreadyKnown(Refusal):
    """The person is a lead already; `lead` is that one."""

    code = "already_known"

    def __init__(self, lead: Lead) -> None:
        super().__init__(
            f"{lead.name} is already a lead with this e-mail or phone number. Open that lead instead."
        )
        self.lead = lead


def create(
    *,
    by: User | None,
    email: str = "",
    phone: str = "",
    company: str = "",
    note: str = "",
    campaign: Campaign | None = None,
    channel: Channel | None = None,
    source: str = "",
    external_id: str = "",
    moment: datetime | None = None,
    way: str = "hand",
    **facts,
) -> Lead:
    """Make one lead by hand or for another program; raises `AlreadyKnown`, `Suppressed` or `Refusal`.

    `facts` are plain fields of Lead; `external_id` is what `source` calls the lead. Without an e-mail, a phone
    number or an external id nobody could ever be recognised.
    """
    moment = moment or now()
    email_norm, phone_norm = normalise_email(email), normalise_phone(phone)
    if email_norm is None and phone_norm is None and not external_id:
        raise Refusal("Enter an e-mail address or a phone number: one of them is how a lead is recognised.")
    name = (source, external_id) if external_id else None
    known_lead, account = _look_up(email_norm, phone_norm, company)
    known = _named(name) or (Lead.objects.filter(pk=known_lead).first() if known_lead else None)
    _ensure_free(known, email_norm, phone_norm, account, way=way, campaign=campaign, moment=moment)
    if known is not None:
        raise AlreadyKnown(known)
    facts |= {
        "email": email.strip(),
        "email_norm": email_norm,
        "phone": phone.strip(),
        "phone_norm": phone_norm,
    }
    facts |= {"campaign": campaign, "channel": channel or (campaign.channel if campaign else None)}
    try:
        return _store(
            by=by, moment=moment, company=company, account=account, note=note, name=name, facts=facts
        )
    except IntegrityError:
        known = _named(name) or find(email_norm, phone_norm)
        if known is None:
            raise
        raise AlreadyKnown(known) from None  # somebody entered the same person at the same moment


@transaction.atomic
def _store(
    *,
    by: User | None,
    moment: datetime,
    company: str,
    account: int | None,
    note: str,
    name: tuple[str, str] | None,
    facts: dict,
) -> Lead:
    if account is None and company.strip():
        account = Account.objects.create(name=company.strip()).pk
    facts["account_id"] = account
    facts["name_key"] = name_key(f"{facts.get('first_name', '')} {facts.get('last_name', '')}")
    lead = funnel.capture(by=by, moment=moment, **facts)
    if lead.campaign_id or lead.channel_id or lead.medium or lead.content:
        Touch.objects.create(
            lead=lead,
            at=moment,
            kind=Touch.Kind.ORIGIN,
            is_origin=True,
            campaign=lead.campaign,
            channel=lead.channel,
            medium=lead.medium,
            content=lead.content,
        )
    if name is not None:
        ExternalId.objects.create(source=name[0], external_id=name[1], lead=lead)
    if note.strip():
        Note.objects.create(lead=lead, by=by, text=note.strip(), at=moment)
    return lead


def _ensure_free(
    known: Lead | None,
    email: str | None,
    phone: str | None,
    account: int | None,
    *,
    way: str,
    campaign: Campaign | None,
    moment: datetime,
) -> None:
    """Whom the register bars is kept out, known or new; of somebody known all that we know of them counts."""
    marks = bars.marks(email=email, phone=phone, account_id=account)
    if known is not None:
        marks += bars.marks_of(known)
    entry = bars.match(marks, moment)
    if entry is not None:
        campaign_id = campaign.pk if campaign else None
        bars.refuse(bars.Suppressed(entry, way=way, lead=known, campaign_id=campaign_id))


def _named(name: tuple[str, str] | None) -> Lead | None:
    """The lead that another system calls by this (source, external id)."""
    if name is None:
        return None
    known = ExternalId.objects.filter(source=name[0], external_id=name[1]).select_related("lead").first()
    return known.lead if known is not None else None


def _look_up(email: str | None, phone: str | None, company: str) -> tuple[int | None, int | None]:
    """The keys of the lead that `find` would find and of the account of that name, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP, {"email": email, "phone": phone, "company": name_key(company) or None})
        return cursor.fetchone()


LOOK_UP = """
SELECT coalesce(
    (SELECT min(id) FROM leads_lead
        WHERE email_norm = %(email)s AND merged_into_id IS NULL AND voided_at IS NULL),
    (SELECT min(id) FROM leads_lead
        WHERE phone_norm = %(phone)s AND (email_norm IS NULL OR %(email)s IS NULL)
            AND merged_into_id IS NULL AND voided_at IS NULL)),
    (SELECT min(id) FROM leads_account WHERE key = %(company)s AND voided_at IS NULL)
"""


def find(email_norm: str | None, phone_norm: str | None, *, besides: int | None = None) -> Lead | None:
    """The lead with this e-mail, else the one with this phone number and no other e-mail.

    `besides` is a lead that is not looked for: the one whose own addresses are being changed.
    """
    leads = Lead.objects.alive().exclude(pk=besides) if besides else Lead.objects.alive()
    if email_norm is not None:
        lead = leads.filter(email_norm=email_norm).first()
        if lead is not None:
            return lead
    if phone_norm is None:
        return None
    same_phone = leads.filter(phone_norm=phone_norm)
    return (same_phone if email_norm is None else same_phone.filter(email_norm=None)).first()


def known_account(company: str) -> Account | None:
    """The account of that name, in any spelling of it."""
    return Account.objects.filter(key=name_key(company)).order_by("id").first()


def find_account(company: str) -> Account:
    """The account of that name, made when it is new."""
    return known_account(company) or Account.objects.create(name=company.strip())


def touch(
    lead_id: int,
    *,
    kind: str,
    campaign: Campaign | None = None,
    channel: Channel | None = None,
    content: str = "",
    url: str = "",
    moment: datetime | None = None,
) -> Touch:
    """Record one touch of marketing with a known lead; the next sweep may qualify it."""
    return Touch.objects.create(
        lead_id=lead_id,
        at=moment or now(),
        kind=kind,
        campaign=campaign,
        channel=channel or (campaign.channel if campaign else None),
        content=content,
        url=url,
    )
