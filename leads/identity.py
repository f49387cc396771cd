"""Who is who: the one place where e-mail addresses, phone numbers and domains are made comparable.

Two spellings with the same normal form are one person (or company); nothing else is folded: dots and
plus-tags stay, near-twins are for a person to judge. `None` means: nobody can be recognised by this.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

# White space and invisible characters that spreadsheets and web pages leave around a value.
BLANKS = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\u00ad\u1680\u180e" + "".join(map(chr, range(0x2000, 0x2010)))
BLANKS += "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
# The plain addresses that nearly all are; anything else goes through the full grammar.
_PLAIN_EMAIL = re.compile(
    rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])"
).fullmatch
_PLAIN_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])").fullmatch
_PHONE_MARKS = str.maketrans("", "", " -./()\xa0\u2010\u2011\u2012\u2013\u202f")
_SHORTEST, _LONGEST = 7, 15  # digits of a number: a local one; the most that E.164 allows


def clean(text: str) -> str:
    """The text without white space around it, the invisible kinds included."""
    return text.strip(BLANKS)


def normalise_email(text: str) -> str | None:
    """Lower-cased, without outer white space; None when it is no e-mail address."""
    address = clean(text).lower()
    if len(address) <= 254 and _PLAIN_EMAIL(address) and address.index("@") <= 64:
        return address
    return _unusual_email(address) if "@" in address else None


def fold_email(norm: str) -> str:
    """A normal form as near-twins share it: without dots and without what follows a plus; for comparison only."""
    local, _, host = norm.partition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{host}"


def _unusual_email(address: str) -> str | None:
    """Addresses with other scripts in them; the domain in the one form that two spellings share."""
    if address.isascii():  # the plain grammar has judged it
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return None
    host = _ascii_host(found.domain)
    return f"{found.local_part}@{host}".lower() if host else None


def _ascii_host(host: str) -> str | None:
    """The one form in which a domain of another script is registered, for addresses and domains alike."""
    import idna

    try:
        return idna.encode(host, uts46=True).decode()
    except UnicodeError:
        return None


def normalise_phone(text: str, country: str = "") -> str | None:
    """E.164 (`+442079460991`) where the country is known, from the number or the two-letter `country`.

    A number without a country keeps its bare digits: it equals the same digits only. None when it is none.
    """
    digits = text.translate(_PHONE_MARKS)
    if digits[:1] == "+" and "(0)" not in text and _is_plain(digits[1:]):
        return digits
    return _unusual_phone(clean(text), country)


def beginning_of_phone(text: str) -> str | None:
    """How the numbers begin that somebody types the first digits of, their country among them ("+44 20")."""
    digits = text.translate(_PHONE_MARKS)
    return digits if digits[:1] == "+" and digits.isascii() and digits[1:].isdigit() else None


def _is_plain(digits: str) -> bool:
    """International digits that need no second look: no trunk zero between country and number."""
    if not (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= _LONGEST):
        return False
    codes = _country_codes()
    length = next((n for n in (1, 2, 3) if digits[:n] in codes), None)
    return length is not None and digits[length] != "0"


@cache
def _country_codes() -> frozenset[str]:
    import phonenumbers

    return frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


@lru_cache(maxsize=20_000)
def _unusual_phone(text: str, country: str) -> str | None:
    import phonenumbers

    region = country.upper() if len(country) == 2 else None
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return _bare_digits(text)
    if not phonenumbers.is_possible_number(number):
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{written}x{number.extension}" if number.extension else written


def _bare_digits(text: str) -> str | None:
    digits = text.translate(_PHONE_MARKS)
    if text[:1] != "+" and digits.isascii() and digits.isdigit() and _SHORTEST <= len(digits) <= _LONGEST:
        return digits
    return None


def normalise_domain(text: str) -> str | None:
    """The host of a domain or web address, lower-cased, without `www.`; None when it is no domain."""
    host = clean(text).lower()
    host = host.partition("://")[2] or host
    host = re.split(r"[/?#:]", host, maxsplit=1)[0].removeprefix("www.").rstrip(".")
    if not host.isascii():
        host = _ascii_host(host) or ""
    return host if len(host) <= 253 and _PLAIN_DOMAIN(host) else None
