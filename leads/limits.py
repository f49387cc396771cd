"""What somebody can mean by what they type: shared by forms and API, so that both take and refuse the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError

from leads.identity import normalise_email, normalise_phone
from smarketing.foundation.currencies import KNOWN, decimals

MOST = 1_000_000_000  # of money, at once
PLACES = 4  # decimals of an amount, before its currency is known
YEARS_AHEAD = 3  # a day on which somebody comes back
NOTE_LENGTH = 10_000


def same_day(day: date, year: int) -> date:
    """That day in another year; 29 February becomes the 28th where there is none."""
    return day.replace(year=year, day=min(day.day, 28) if day.month == 2 else day.day)


def a_day_to_come(day: date, today: date) -> date:
    """A day after today, and not so far off that nobody means it."""
    if day <= today:
        raise ValidationError("Choose a day after today.")
    if day > same_day(today, today.year + YEARS_AHEAD):
        raise ValidationError(f"Choose a day within the next {YEARS_AHEAD} years.")
    return day


def a_real_email(text: str) -> str:
    if text and normalise_email(text) is None:
        raise ValidationError(f"“{text}” is not an e-mail address. It looks like name@company.com.")
    return text


def a_real_phone(text: str) -> str:
    if text and normalise_phone(text) is None:
        raise ValidationError(f"“{text}” is not a phone number. It looks like +44 20 7946 0991.")
    return text


def a_domain(text: str) -> str | None:
    """The domain of an address somebody copied, in small letters; None for nothing."""
    domain = text.strip().lower().removeprefix("https://").removeprefix("http://")
    domain = domain.removeprefix("www.").split("/")[0]
    if domain and ("." not in domain or " " in domain):
        raise ValidationError("Enter the domain as in an address, such as acme.com.")
    return domain or None


def a_real_currency(code: str) -> str:
    """In capitals; a code that no country has is refused."""
    code = code.upper()
    if code and code not in KNOWN:
        raise ValidationError(f"“{code}” is not a currency. Use three letters, such as EUR.")
    return code


def too_fine(amount: Decimal | None, currency: str) -> str:
    """What is wrong with an amount that has more decimals than its currency, or nothing."""
    if amount is None or not currency or amount == round(amount, decimals(currency)):
        return ""
    places = decimals(currency)
    most = f"at most {places} decimals" if places else "no decimals"
    return f"An amount in {currency} has {most}. Round it."
