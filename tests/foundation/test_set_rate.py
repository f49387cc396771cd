import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from smarketing.foundation.models import ExchangeRate


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("set_rate", *words, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_rate_is_set_and_set_again():
    assert run("USD", "EUR", "2026-01-01", "0.92") == "From 2026-01-01 one USD is worth 0.92 EUR.\n"
    assert run("USD", "EUR", "2026-01-01", "0.9") == "From 2026-01-01 one USD is now worth 0.9 EUR.\n"
    assert ExchangeRate.objects.get().rate == Decimal("0.9")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["usd", "EUR", "2026-01-01", "1"], "“usd” is not a currency code"),
        (["EUR", "EUR", "2026-01-01", "1"], "EUR is always worth one EUR"),
        (["USD", "EUR", "1 May", "1"], "“1 May” is not a day"),
        (["USD", "EUR", "2026-01-01", "0,92"], "“0,92” is not a rate"),
        (["USD", "EUR", "2026-01-01", "0"], "more than 0"),
        (["USD", "EUR", "2026-01-01", "nan"], "“nan” is not a rate"),
        (["USD", "EUR", "2026-01-01", "1e99"], "“1e99” is not a rate"),
    ],
)
def test_what_is_no_rate_is_refused_with_status_2(words, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        run(*words)
    assert refused.value.returncode == 2
