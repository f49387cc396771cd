"""Terms carry their meaning wherever they stand."""

import pytest
from django.template import Context, Template

from leads import definitions
from tests.factories import MONDAY_9, make_signed

pytestmark = pytest.mark.django_db


def drawn(source: str) -> str:
    return Template("{% load terms %}" + source).render(Context())


def test_a_stage_tells_what_it_means_and_where_all_of_it_stands(organisation):
    found = drawn('{% term "mql" %}')

    assert 'href="/definitions/#stage-mql"' in found
    assert "Interest enough that sales should talk to them. Also called Marketing-qualified lead." in found


def test_a_term_is_called_what_was_signed_and_escaped(organisation):
    stages = definitions.unsigned().json()["stages"]
    stages["mql"] |= {"name": "Ready", "means": 'More than "<b>" says'}
    make_signed({"stages": stages}, since=MONDAY_9)

    found = drawn('{% term "mql" %}')

    assert ">Ready</span>" in found
    assert "More than &quot;&lt;b&gt;&quot; says" in found


def test_a_standing_is_only_named(organisation):
    assert "term" not in drawn('{% term "nurturing" %}')
