"""Numbers as people write them: thousands marks, either decimal mark, currency signs."""

from __future__ import annotations

import re
from decimal import Decimal

LARGEST = Decimal(10) ** 15
_SIGNS = re.compile(r"^(?:[A-Z]{3}|R\$|US\$|[€$£¥₹])\s*|\s*(?:[A-Z]{3}|[€$£¥₹])$")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?").fullmatch
_SPACES = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?:\D|$))")
_GROUPED_BY_COMMA = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?").fullmatch
_GROUPED_BY_POINT = re.compile(r"-?\d{1,3}(?:\.\d{3})+,\d+|-?\d{1,3}(?:\.\d{3}){2,}").fullmatch
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+").fullmatch


def read(text: str) -> Decimal:
    """The number, with at most four decimals; raises `ValueError`.

    "1,234" is one thousand and some, "1.234" is one and a bit, as machines write it; "1.234,5" needs no guess.
    """
    digits = _SPACES.sub("", _SIGNS.sub("", text.strip()))
    if not digits.isascii() or not _PLAIN(digits):
        digits = _unmarked(digits)
    number = Decimal(digits)
    if abs(number) >= LARGEST:
        raise ValueError(f"{text} is too large")
    return number.quantize(Decimal("0.0001"))


def _unmarked(digits: str) -> str:
    if not digits.isascii():
        raise ValueError(digits)
    if _GROUPED_BY_COMMA(digits):
        return digits.replace(",", "")
    if _GROUPED_BY_POINT(digits):
        return digits.replace(".", "").replace(",", ".")
    if _DECIMAL_COMMA(digits):
        return digits.replace(",", ".")
    raise ValueError(digits)


def read_whole(text: str) -> int:
    """A whole number from 0 to two thousand million; raises `ValueError`."""
    number = read(text)
    if number != number.to_integral_value() or not 0 <= number < 2_000_000_000:
        raise ValueError(text)
    return int(number)
