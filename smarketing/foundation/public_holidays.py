"""Public holidays of countries and their parts, as far as the `holidays` library knows them."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from functools import lru_cache

import holidays
from babel import Locale
from django.core.exceptions import ValidationError

LANGUAGE = "en_US"


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Two-letter codes of the countries whose public holidays are known, with their names, by name."""
    names = Locale("en").territories
    codes = [code for code in holidays.list_supported_countries() if len(code) == 2]
    return dict(sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1]))


def subdivisions(country: str) -> dict[str, str]:
    """Codes of the country's parts with holidays of their own, with their names."""
    known = holidays.list_supported_countries(include_aliases=True).get(country, [])
    names = {code: names[0] for code, names in _aliases(country).items() if names}
    return {code: names.get(code, code) for code in known}


@lru_cache(maxsize=64)
def _aliases(country: str) -> dict[str, list[str]]:
    return holidays.country_holidays(country).get_subdivision_aliases()


def validate_country(code: str) -> None:
    if code not in countries():
        raise ValidationError(
            f"“{code}” is no country with known public holidays. {_meant(code, countries(), 'DE, FR or US')}"
        )


def validate_subdivision(country: str, code: str) -> None:
    """Raises a sentence that names the parts of the country where `code` is none of them."""
    known = subdivisions(country)
    if code in known:
        return
    place = countries()[country]
    if not known:
        raise ValidationError(f"{place} has the same public holidays everywhere. Leave the region empty.")
    listed = ", ".join(known)
    raise ValidationError(
        f"“{code}” is no region of {place} with public holidays of its own. Use one of: {listed}."
    )


def _meant(code: str, names: dict[str, str], examples: str) -> str:
    by_name = {name.casefold(): code for code, name in names.items()}
    near = get_close_matches(code.strip().casefold(), by_name, n=2, cutoff=0.75)
    if near:
        return (
            "Did you mean " + " or ".join(f"{by_name[name]} ({names[by_name[name]]})" for name in near) + "?"
        )
    return f"Use a two-letter code such as {examples}."


@lru_cache(maxsize=512)
def public_holidays(country: str, region: str, first: int, last: int) -> dict[date, str]:
    """The public holidays from the first to the last of these years with their English names, in order.

    No country: no holidays. Whoever gets the answer must not change it: it is kept.
    """
    if not country:
        return {}
    validate_country(country)
    languages = holidays.country_holidays(country).supported_languages
    found = holidays.country_holidays(
        country,
        subdiv=region or None,
        years=range(first, last + 1),
        language=LANGUAGE if LANGUAGE in languages else None,
    )
    return dict(sorted(found.items()))
