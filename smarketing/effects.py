"""What the outbox delivers for the company: invitations."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from smarketing.company import password_link
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.outbox import delivers
from smarketing.people.acts import INVITATION


@delivers(INVITATION)
def invite(payload: dict, key: str) -> None:
    """Mail a link to choose a password. It is made here and never stored: who reads the database gets in nowhere."""
    people = User.objects.in_bulk([payload["person"], payload["by"]])
    person = people[payload["person"]]
    is_latest = person.invited_at == datetime.fromisoformat(payload["at"])
    if not (is_latest and person.is_active and person.email) or person.has_usable_password():
        return
    context = {
        "person": person,
        "by": people[payload["by"]],
        "organisation": Organisation.get(),
        "link": password_link(person),
        "site": settings.SITE_URL,
    }
    EmailMessage(
        subject=f"Your way into Smarketing of {context['organisation']}",
        body=render_to_string("emails/invitation.txt", context),
        to=[person.email],
        headers={"Message-ID": f"<{key}@smarketing>"},
    ).send()
