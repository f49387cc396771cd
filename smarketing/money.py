"""How an amount is written for a person: sign or code, thousands marks, and the decimals its currency has."""

from decimal import ROUND_HALF_UP, Decimal

from smarketing.foundation.currencies import decimals

MINUS = "\N{MINUS SIGN}"
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "BRL": "R$", "JPY": "¥", "INR": "₹"}
MAGNITUDES = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))


def in_full(amount: Decimal | str, currency: str) -> str:
    """Every decimal: "€1,234.50", "−¥1,200", "CHF 80.00"."""
    step = Decimal(1).scaleb(-decimals(currency))
    number = Decimal(amount).quantize(step, rounding=ROUND_HALF_UP)
    return _signed(number, f"{abs(number):,f}", currency)


def in_short(amount: Decimal | str, currency: str) -> str:
    """A few digits: "€1.53M", "€104.5k", "€4,800". Never for a figure that someone adds up."""
    number = Decimal(amount)
    size = abs(number)
    for unit, letter in MAGNITUDES:
        shown = _rounded(size / unit, "0.1" if unit == 1_000 else "0.01")
        if shown >= (10 if unit == 1_000 else 1):
            return _signed(number, f"{shown:,f}{letter}", currency)
    return _signed(number, f"{_rounded(size, '1'):,f}", currency)


def _rounded(number: Decimal, step: str) -> Decimal:
    return number.quantize(Decimal(step), rounding=ROUND_HALF_UP)


def _signed(number: Decimal, digits: str, currency: str) -> str:
    sign = SIGNS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"{MINUS if number < 0 and digits.strip('0.,') else ''}{sign}{digits}"
