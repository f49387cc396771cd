"""Normalising e-mail, phone and domain: what makes two spellings one person."""

import pytest

from leads.identity import normalise_domain, normalise_email, normalise_phone


@pytest.mark.parametrize(
    "text",
    [
        "OMAR.SAID@EXAMPLE.COM",
        " omar.said@example.com",
        "\u00a0omar.said@example.com\u200b",
        "\ufeffomar.said@example.com\r\n",
    ],
)
def test_case_and_outer_white_space_do_not_make_another_address(text):
    assert normalise_email(text) == "omar.said@example.com"


def test_dots_and_plus_tags_make_another_address():
    assert (
        len({normalise_email(t) for t in ("om.ar@example.com", "omar@example.com", "omar+1@example.com")})
        == 3
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quin@",
        "@example.com",
        "a b@example.com",
        "a@b",
        "a..b@example.com",
        "a@-x.com",
        "n/a",
        "x" * 65 + "@example.com",
    ],
)
def test_what_is_no_address_is_none(text):
    assert normalise_email(text) is None


def test_an_address_in_another_script_is_an_address():
    assert normalise_email("Jürgen@Beispiel.Example.com") == "jürgen@beispiel.example.com"


@pytest.mark.parametrize(
    "text",
    ["+44 20 7946 0991", "+44 (0)20 7946-0991", "+44 020 7946 0991", "0044 20 7946 0991", "+44.20.7946.0991"],
)
def test_spellings_of_one_number_are_one(text):
    assert normalise_phone(text) == "+442079460991"


def test_a_number_without_country_takes_the_one_of_the_row():
    assert normalise_phone("020 7946 0991", "GB") == "+442079460991"


def test_a_number_of_no_country_equals_only_its_own_digits():
    assert normalise_phone("(11) 91234-5678") == normalise_phone("11 91234 5678") == "11912345678"


@pytest.mark.parametrize("text", ["", "n/a", "12", "+1", "4.42E+11", "call me", "+999 123 456 789 012 345"])
def test_what_is_no_number_is_none(text):
    assert normalise_phone(text) is None


def test_extensions_behind_one_number_are_told_apart():
    assert normalise_phone("+44 20 7946 0991 ext. 12") != normalise_phone("+44 20 7946 0991 ext. 13")


@pytest.mark.parametrize(
    "text", ["https://www.Quay.example/about?x=1", "quay.example", "WWW.QUAY.EXAMPLE.", "quay.example:443"]
)
def test_a_web_address_is_its_domain(text):
    assert normalise_domain(text) == "quay.example"


@pytest.mark.parametrize("text", ["", "quay", "quay ltd", "http://", "-.com"])
def test_what_is_no_domain_is_none(text):
    assert normalise_domain(text) is None
