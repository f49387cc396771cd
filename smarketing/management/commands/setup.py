"""`manage.py setup`: the organisation and its first administrator."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser
from django.core.validators import validate_email

from smarketing import company
from smarketing.company import Outcome
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.public_holidays import validate_country, validate_subdivision
from smarketing.foundation.refusals import Refusal

LONGEST_NAME = Organisation._meta.get_field("name").max_length or 0


def name(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise ArgumentTypeError("a company needs a name")
    if len(text) > LONGEST_NAME:
        raise ArgumentTypeError(f"a name has at most {LONGEST_NAME} characters, this one has {len(text)}")
    return text


def zone(text: str) -> str:
    if text in available_timezones():
        return text
    raise ArgumentTypeError(
        f"“{text}” is no time zone. {meant(company.near_zones(text), 'Use an IANA name such as Europe/Berlin.')}"
    )


def currency(text: str) -> str:
    if text.upper() in company.CURRENCIES:
        return text.upper()
    other = "Use an ISO code such as EUR, USD, GBP or BRL."
    raise ArgumentTypeError(f"“{text}” is no currency. {meant(company.near_currencies(text), other)}")


def holidays(text: str) -> tuple[str, str]:
    """Country and region of "DE", "DE-BE" or "none"."""
    if text.casefold() == "none":
        return "", ""
    country, _, region = text.strip().partition("-")
    try:
        validate_country(country.upper())
        if region:
            validate_subdivision(country.upper(), region)
    except ValidationError as error:
        raise ArgumentTypeError(" ".join(error.messages)) from error
    return country.upper(), region


def meant(near: list[str], otherwise: str) -> str:
    return f"Did you mean {', '.join(near)}?" if near else otherwise


def email(text: str) -> str:
    try:
        validate_email(text.strip())
    except ValidationError as error:
        raise ArgumentTypeError(f"“{text}” is no e-mail address such as you@example.com") from error
    return text.strip().lower()


class Command(BaseCommand):
    help = (
        "Make the organisation and its first administrator; with other values, change what may still change."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", type=name, help=f"of the company; default {company.NAME}")
        parser.add_argument(
            "--zone", type=zone, help=f"time zone such as Europe/Berlin; default {company.ZONE}"
        )
        parser.add_argument("--currency", type=currency, help=f"of all reports; default {company.CURRENCY}")
        parser.add_argument(
            "--holidays",
            type=holidays,
            metavar="PLACE",
            help="public holidays on which nobody works: a country such as DE, with a region DE-BE; default none",
        )
        parser.add_argument(
            "--admin", type=email, metavar="EMAIL", help="gets a one-time link to set a password"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, json: bool, **options: Any) -> None:
        wanted = {key: options[key] for key in ("name", "zone", "currency", "admin", "holidays")}
        try:
            outcome = company.set_up(**wanted)
        except Refusal as refusal:
            self.stderr.write(str(refusal))
            sys.exit(1)
        link = company.password_link(outcome.administrator) if outcome.administrator else None
        self.stdout.write(as_json(outcome, link) if json else in_words(outcome, link))


def as_json(outcome: Outcome, link: str | None) -> str:
    organisation, person = outcome.organisation, outcome.administrator
    return json.dumps(
        {
            "name": organisation.name,
            "zone": organisation.time_zone,
            "currency": organisation.currency,
            "holidays": organisation.calendar.holiday_place or None,
            "created": outcome.created,
            "changed": outcome.changed,
            "admin": person and {"email": person.email, "link": link},
        }
    )


def in_words(outcome: Outcome, link: str | None) -> str:
    organisation = outcome.organisation
    done = "is made" if outcome.created else "is changed" if outcome.changed else "is as it was"
    values = [organisation.time_zone, organisation.currency]
    if place := organisation.calendar.holiday_place:
        values.append(f"public holidays of {place}")
    first = f"{organisation.name} {done}: {', '.join(values)}."
    if link:
        return f"{first}\n{outcome.administrator} sets a password here, once, within three days:\n  {link}"
    if User.objects.filter(role=User.Role.ADMINISTRATOR, is_active=True).exists():
        return first
    return f"{first}\nMake its administrator with: python manage.py setup --admin you@example.com"
