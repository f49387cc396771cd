"""`manage.py add_person`: one more person of the company, with a link to choose a password."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from smarketing import company
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Refusal
from smarketing.management.commands.setup import email


class Command(BaseCommand):
    help = "Add a person, or print a fresh link for one already there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", type=email, metavar="EMAIL")
        parser.add_argument("--role", required=True, choices=User.Role.values)
        parser.add_argument("--name", default="", help="default: what stands before the @")
        parser.add_argument(
            "--team", default="", help="made when it is new; default: Sales or Marketing, by role"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, email: str, role: str, name: str, team: str, json: bool, **options: Any) -> None:
        try:
            person = company.add_person(email, role=role, name=name, team=team)
        except Refusal as refusal:
            self.stderr.write(str(refusal))
            sys.exit(1)
        link = company.password_link(person)
        self.stdout.write(as_json(person, link) if json else in_words(person, link))


def as_json(person: User, link: str) -> str:
    team = person.team.name if person.team else None
    facts = {"email": person.email, "name": person.name, "role": person.role, "team": team, "link": link}
    return json.dumps(facts)


def in_words(person: User, link: str) -> str:
    team = f", {person.team}" if person.team else ""
    return f"{person} ({person.get_role_display()}{team}) sets a password here, once, within three days:\n  {link}"
