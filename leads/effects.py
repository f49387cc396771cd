"""What the outbox delivers for leads."""

from datetime import date

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from leads import bulk_effects, nurture
from leads.definitions.news import NEWS
from leads.deliveries import NEW_LEAD
from leads.giving import GIVEN
from leads.models import Definition, DefinitionRemark, Handover
from smarketing.foundation.models import Mute, User
from smarketing.foundation.moments import database_now
from smarketing.foundation.outbox import delivers
from smarketing.foundation.signing import may_sign


@delivers(NEW_LEAD)
def tell_rep(payload: dict, key: str) -> None:
    """Mail the rep about a lead that still waits for them; the stable Message-ID makes a repeat recognisable."""
    handover = Handover.objects.select_related("lead", "lead__account", "rep").get(pk=payload["handover"])
    address = handover.rep.email
    if handover.ended_at is not None or not address or not hears(handover.rep):
        return
    lead = handover.lead
    context = {"lead": lead, "rep": handover.rep, "url": f"{settings.SITE_URL}{lead.get_absolute_url()}"}
    EmailMessage(
        subject=f"New lead: {lead.name}",
        body=render_to_string("emails/new_lead.txt", context),
        to=[address],
        headers={"Message-ID": f"<{key}@smarketing>"},
    ).send()


@delivers(GIVEN)
def tell_of_given(payload: dict, key: str) -> None:
    """One mail about all the leads that came from somebody who left."""
    people = User.objects.in_bulk([payload["rep"], payload["from"]])
    rep, former, n = people[payload["rep"]], people[payload["from"]], payload["leads"]
    if not hears(rep):
        return
    url = f"{settings.SITE_URL}{reverse('leads:list')}?owner={rep.pk}"
    words = f"{n:,} {'lead' if n == 1 else 'leads'} of {former}"
    EmailMessage(
        subject=f"Yours now: {words}",
        body=render_to_string("emails/leads_given.txt", {"rep": rep, "words": words, "n": n, "url": url}),
        to=[rep.email],
        headers={"Message-ID": f"<{key}@smarketing>"},
    ).send()


@delivers(bulk_effects.GIVEN)
def tell_of_many(payload: dict, key: str) -> None:
    """One mail about all the leads that somebody gave this rep in one act."""
    people = User.objects.in_bulk([payload["rep"], payload["by"]])
    rep, by, n = people[payload["rep"]], people[payload["by"]], payload["leads"]
    if not hears(rep):
        return
    url = f"{settings.SITE_URL}{reverse('leads:list')}?owner={rep.pk}&sort=-since"
    words = f"{n:,} {'lead' if n == 1 else 'leads'}"
    EmailMessage(
        subject=f"Yours now: {words}",
        body=render_to_string("emails/leads_handed.txt", {"rep": rep, "by": by, "words": words, "url": url}),
        to=[rep.email],
        headers={"Message-ID": f"<{key}@smarketing>"},
    ).send()


@delivers(NEWS)
def tell_of_definitions(payload: dict, key: str) -> None:
    """Ask for a signature that is still missing, or say what the heads did with a proposal."""
    row = Definition.objects.select_related("proposed_by").get(pk=payload["definition"])
    people = User.objects.in_bulk([payload["to"], payload["by"]])
    reader, by, what = people[payload["to"]], people[payload["by"]], payload["what"]
    waits = row.status == Definition.Status.PROPOSED and may_sign(row, by=reader, moment=database_now())
    if not (reader.is_active and reader.email) or (what == "waits" and not waits):
        return
    remark = row.remarks.filter(kind=DefinitionRemark.Kind.SENT_BACK).order_by("-id").first()
    page = "leads:definition" if what == "signed" else "leads:definitions_draft"
    url = f"{settings.SITE_URL}{reverse(page, args=[row.pk] if what == 'signed' else [])}"
    EmailMessage(
        subject=ABOUT_DEFINITIONS[what].format(version=row.version),
        body=render_to_string(
            "emails/definitions.txt",
            {"row": row, "reader": reader, "by": by, "what": what, "remark": remark, "url": url},
        ),
        to=[reader.email],
        headers={"Message-ID": f"<{key}@smarketing>"},
    ).send()


ABOUT_DEFINITIONS = {
    "waits": "Definitions wait for your signature",
    "sent_back": "Your definitions were sent back",
    "signed": "Version {version} of the definitions is signed",
}


@delivers(nurture.DUE)
def tell_of_due(payload: dict, key: str) -> None:
    """One mail a day about returned leads that come up on it; none where all of them were seen to meanwhile."""
    person, day = User.objects.get(pk=payload["person"]), date.fromisoformat(payload["day"])
    n = nurture.due(day).filter(return_on=day).count()
    if not n or not hears(person, Mute.Kind.NURTURE_DUE):
        return
    words = f"{n:,} returned {'lead is' if n == 1 else 'leads are'} due"
    context = {
        "person": person,
        "words": words,
        "n": n,
        "url": f"{settings.SITE_URL}{reverse('leads:nurture')}",
    }
    EmailMessage(
        subject=words,
        body=render_to_string("emails/nurture_due.txt", context),
        to=[person.email],
        headers={"Message-ID": f"<{key}@smarketing>"},
    ).send()


def hears(person: User, kind: str = Mute.Kind.NEW_LEAD) -> bool:
    """Whether this person gets mail of this kind: about new leads, where nothing else is said."""
    muted = Mute.objects.filter(user=person, kind=kind, way=Mute.Way.MAIL)
    return bool(person.is_active and person.email) and not muted.exists()
