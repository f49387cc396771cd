"""Who works at Loadline: two sales teams, marketing, both heads, an administrator."""

from __future__ import annotations

import dataclasses
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password

from smarketing.company import observe
from smarketing.foundation.models import Absence, Calendar, Organisation, Team, User

Role = User.Role
DOMAIN = "loadline.example"
BENELUX, CENTRAL, MARKETING = "Benelux", "Central Europe", "Marketing"
FUNCTIONS = {BENELUX: "sales", CENTRAL: "sales", MARKETING: "marketing"}
HEADQUARTERS = "NL"
# Warehouses run all week and so does the desk that answers them, in shifts; the field team keeps office hours.
ALL_WEEK = {str(day): [["08:00", "20:00"]] for day in range(7)}
SHORT_FRIDAY = {str(day): [["08:30", "12:30"], ["13:00", "17:00"]] for day in range(4)}
SHORT_FRIDAY |= {"4": [["08:30", "12:30"], ["13:00", "15:00"]]}
# The two sales teams keep other hours and other holidays than the company, and than each other.
CALENDARS = {
    BENELUX: {"time_zone": "Europe/Amsterdam", "week": ALL_WEEK, "holiday_country": "NL"},
    CENTRAL: {"time_zone": "Europe/Berlin", "week": SHORT_FRIDAY, "holiday_country": "DE"},
}

MARKETERS = [
    ("Elif Kaya", Role.MARKETING_HEAD, MARKETING),
    ("Noor de Wit", Role.MARKETER, MARKETING),
    ("Sean Gallagher", Role.MARKETER, MARKETING),
    ("Amélie Renard", Role.MARKETER, MARKETING),
    ("Pawel Zielinski", Role.MARKETER, MARKETING),
]
SELLERS = [
    ("Marta Silva", Role.SALES_HEAD, BENELUX),
    ("Kofi Mensah", Role.REP, BENELUX),
    ("Dana Fox", Role.REP, BENELUX),
    ("Ravi Patel", Role.REP, BENELUX),
    ("Hanneke Bosch", Role.REP, BENELUX),
    ("Lukas Steinmetz", Role.REP, CENTRAL),
    ("Carla Oliveira", Role.REP, CENTRAL),
    ("Jonas Ahlgren", Role.REP, CENTRAL),
    ("Mei-Ling Zhou", Role.REP, CENTRAL),
]
ADMINISTRATOR = ("Robin Vance", Role.ADMINISTRATOR, None)
SHOWN = {
    Role.REP: "rep",
    Role.MARKETER: "marketer",
    Role.SALES_HEAD: "sales head",
    Role.MARKETING_HEAD: "marketing head",
    Role.ADMINISTRATOR: "administrator",
}


@dataclass
class Cast:
    """The keys of those who act, and when they were away."""

    reps: list[int]
    marketers: list[int]
    sales_head: int
    field: list[int] = dataclasses.field(default_factory=list)  # the reps of the field team
    away: dict[int, list[tuple[date, date]]] = dataclasses.field(default_factory=dict)

    def present(self, day: date) -> list[int]:
        return [rep for rep in self.reps if not any(a <= day <= b for a, b in self.away.get(rep, []))]


def hire(people: list[tuple], password_hash: str) -> list[User]:
    """These people with their teams; whoever is there already stays as they are."""
    teams = {name: team_of(name) for name in dict.fromkeys(team for _, _, team in people) if name}
    return [
        User.objects.get_or_create(
            email=email(name),
            defaults={"name": name, "role": role, "team": teams.get(team), "password": password_hash},
        )[0]
        for name, role, team in people
    ]


def team_of(name: str) -> Team:
    team, new = Team.objects.get_or_create(name=name, defaults={"function": FUNCTIONS[name]})
    if new and name in CALENDARS:
        team.calendar, _ = Calendar.objects.get_or_create(name=name, defaults=CALENDARS[name])
        team.save(update_fields=["calendar"])
    return team


def open_office(organisation: Organisation) -> None:
    """The company's own calendar keeps the holidays of its place, unless it keeps some already."""
    if not organisation.calendar.holiday_country:
        observe(organisation.calendar, HEADQUARTERS)


def email(name: str) -> str:
    plain = name.casefold().replace("é", "e").replace("-", "")
    first, *_, last = plain.split()
    return f"{first}.{last}@{DOMAIN}"


def new_password() -> tuple[str, str]:
    """One strong password for all of the demo, and its hash."""
    password = secrets.token_urlsafe(12)
    return password, make_password(password)


def logins(password: str) -> list[dict[str, str]]:
    """One person of each role, for the first look around."""
    shown: dict[str, dict[str, str]] = {}
    for name, role, _ in [SELLERS[1], MARKETERS[1], SELLERS[0], MARKETERS[0], ADMINISTRATOR]:
        shown[role] = {"role": SHOWN[role], "email": email(name), "password": password}
    return list(shown.values())


def holidays(reps: list[User], today: date) -> dict[int, list[tuple[date, date]]]:
    """A fortnight each, spread over the year behind; everybody is back since two weeks."""
    away = {}
    for number, rep in enumerate(reps):
        start = today - timedelta(days=40 + 37 * number)
        away[rep.pk] = [(start, start + timedelta(days=11))]
    Absence.objects.bulk_create(
        Absence(user_id=pk, starts_on=a, ends_on=b) for pk, spans in away.items() for a, b in spans
    )
    return away
