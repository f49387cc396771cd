from datetime import date
from decimal import Decimal, InvalidOperation

from django.core.management.base import BaseCommand, CommandError, CommandParser

from smarketing.foundation.models import ExchangeRate

PLACES = Decimal("0.00000001")


class Command(BaseCommand):
    help = "Sets what one unit of a currency is worth in another, from a day on: set_rate USD EUR 2026-01-01 0.92"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("currency", help="the currency of amounts, such as USD")
        parser.add_argument("into", help="the currency of reports, such as EUR")
        parser.add_argument("date", help="the first day on which the rate holds, such as 2026-01-01")
        parser.add_argument("rate", help="how much of INTO one unit of CURRENCY is worth, such as 0.92")

    def handle(self, *, currency: str, into: str, date: str, rate: str, **options: object) -> None:
        for code in (currency, into):
            if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
                wrong(f"“{code}” is not a currency code. Write three capital letters, such as EUR.")
        if currency == into:
            wrong(f"{currency} is always worth one {into}. Name two different currencies.")
        on, value = read_day(date), read_rate(rate)
        _, created = ExchangeRate.objects.update_or_create(
            currency=currency, into=into, on=on, defaults={"rate": value}
        )
        said = "is worth" if created else "is now worth"
        self.stdout.write(f"From {on} one {currency} {said} {value.normalize():f} {into}.")


def read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return wrong(f"“{text}” is not a day. Write it as 2026-03-31.")


def read_rate(text: str) -> Decimal:
    try:
        value = Decimal(text).quantize(PLACES)
    except InvalidOperation:
        value = Decimal("nan")
    if value.is_nan():
        wrong(f"“{text}” is not a rate. Write a number with a point, such as 0.92.")
    if not 0 < value < 10**10:
        wrong(f"A rate must be more than 0 and less than 10,000,000,000, it is {text}.")
    return value


def wrong(sentence: str):
    raise CommandError(sentence, returncode=2)
