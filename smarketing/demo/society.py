"""The people who become leads, and the companies they work for."""

from __future__ import annotations

import unicodedata
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from random import Random

from leads.identity import normalise_phone
from smarketing.demo import words

RECENT = 400  # companies that may bring a colleague
MOST_COLLEAGUES = 7
UNASKED = 0.06  # of the companies: nobody knows how large they are
ALONE = 0.07  # write from a private address and name no company


@dataclass(slots=True)
class Company:
    name: str
    domain: str
    industry: str
    employees: int | None  # nobody has asked yet
    country: tuple
    id: int = 0
    addresses: set[str] = field(default_factory=set)
    leads: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Person:
    first_name: str
    last_name: str
    email: str
    phone: str
    phone_norm: str | None
    job_title: str
    buying_role: str
    country: str
    consent: str
    company: Company | None


def plain(text: str) -> str:
    """How a name is written in an address: no accents, blanks or capitals."""
    letters = unicodedata.normalize("NFKD", text.replace("ø", "o")).encode("ascii", "ignore").decode()
    return letters.lower().replace(" ", "-")


class Society:
    """An endless row of people; colleagues share a company, nobody shares an address or a number."""

    def __init__(self, random: Random) -> None:
        self.random, self.unsure = random, Random(str(random.random()))  # noqa: S311 - it repeats itself
        self.number, self.company_number = count(41), count()
        self.recent: deque[Company] = deque(maxlen=RECENT)
        self.spelling = {name: plain(name) for name in {*words.FIRST_NAMES, *words.LAST_NAMES}}
        self.country_weights = [weight for _, weight, *_ in words.COUNTRIES]
        self.title_weights = [weight for *_, weight in words.TITLES]

    def person(self) -> Person:
        random = self.random
        number = next(self.number)
        first, last = random.choice(words.FIRST_NAMES), random.choice(words.LAST_NAMES)
        company = None if random.random() < ALONE else self._company()
        country = company.country if company else self._country()
        title, role, _ = random.choices(words.TITLES, self.title_weights)[0]
        phone = self._phone(number, country) if random.random() < 0.88 else ""
        unnamed = bool(phone) and random.random() < 0.04
        consent = random.choices(("granted", "", "opted_out"), (55, 43, 2))[0]
        return Person(
            first_name=first,
            last_name=last,
            email="" if unnamed else self._email(first, last, number, company),
            phone=phone,
            phone_norm=normalise_phone(phone) if phone else None,
            job_title=title,
            buying_role=role,
            country=country[0],
            consent=consent,
            company=company,
        )

    def named(self, name: str, title: str, role: str, company: Company) -> Person:
        """Somebody whom a story names, with a number of their own."""
        first, last = name.split(" ", 1)
        phone = self._phone(next(self.number), company.country)
        return Person(
            first_name=first,
            last_name=last,
            email=f"{plain(first)}.{plain(last)}@{company.domain}",
            phone=phone,
            phone_norm=normalise_phone(phone),
            job_title=title,
            buying_role=role,
            country=company.country[0],
            consent="granted",
            company=company,
        )

    def _company(self) -> Company:
        if self.recent and self.random.random() < 0.5:
            company = self.random.choice(self.recent)
            if len(company.addresses) < MOST_COLLEAGUES:
                return company
        company = self._new_company()
        self.recent.append(company)
        return company

    def _new_company(self) -> Company:
        number = next(self.company_number)
        name, industry = company_name(number)
        country, staff = self._country(), self.random.choice(words.STAFF)
        known = self.unsure.random() >= UNASKED
        return Company(name, f"{plain(name)}.example", industry, staff if known else None, country)

    def _country(self) -> tuple:
        return self.random.choices(words.COUNTRIES, self.country_weights)[0]

    def _email(self, first: str, last: str, number: int, company: Company | None) -> str:
        local = f"{self.spelling[first]}.{self.spelling[last]}"
        if company is None:
            return f"{local}{number}@mail.example"
        address = f"{local}@{company.domain}"
        if address in company.addresses:
            address = f"{local}{number}@{company.domain}"
        company.addresses.add(address)
        return address

    def _phone(self, number: int, country: tuple) -> str:
        """Unlike any real number: what follows the area begins with 0."""
        digits = country[4]
        return f"{country[3]} 0{number * 7919 % 10**digits:0{digits}d}"


FIRST, LAST = words.COMPANY_FIRST, words.COMPANY_LAST
CITIES = [city for country in words.COUNTRIES for city in country[2]]


def company_name(number: int) -> tuple[str, str]:
    """The nth company's name, no two alike, and its industry; neighbours in number sound different."""
    pairs = len(FIRST) * len(LAST)
    turn, pair = divmod(number, pairs)
    pair = pair * 1009 % pairs  # a step without a common divisor visits every pair
    name, industry = LAST[pair % len(LAST)]
    name = f"{FIRST[pair // len(LAST)]} {name}"
    if turn:
        again, city = divmod(turn - 1, len(CITIES))
        name = f"{name} {CITIES[city]}" + (f" {again + 1}" if again else "")
    return name, industry
