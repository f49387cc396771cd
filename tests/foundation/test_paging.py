"""Keyset pages: nothing shown twice, nothing skipped, whatever arrives meanwhile."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest

from leads.models import Lead
from smarketing.foundation.paging import capped_count, page_by, page_by_time
from tests.factories import MONDAY_9

pytestmark = pytest.mark.django_db


def born(minutes: int) -> Lead:
    at = MONDAY_9 + timedelta(minutes=minutes)
    return Lead.objects.create(email=f"{minutes}@example.com", born_at=at, stage_since=at)


def test_paging_forth_and_back_shows_each_row_once_even_where_times_are_equal():
    for minutes in (1, 2, 2, 2, 3, 4, 5):
        born(minutes)
    newest_first = list(Lead.objects.order_by("-born_at", "-id"))

    first = page_by_time(Lead.objects.all(), "born_at", cursor=None, size=3)
    second = page_by_time(Lead.objects.all(), "born_at", cursor=first.older, size=3)
    third = page_by_time(Lead.objects.all(), "born_at", cursor=second.older, size=3)
    back = page_by_time(Lead.objects.all(), "born_at", cursor=third.newer, size=3)

    assert first.rows + second.rows + third.rows == newest_first
    assert (first.newer, third.older) == (None, None)
    assert back.rows == second.rows


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_page_that_ends_among_equal_times_loses_none_and_repeats_none(size, ascending):
    for minutes in (1, 2, 2, 2, 2, 2, 3):
        born(minutes)
    way = "" if ascending else "-"
    in_order = list(Lead.objects.order_by(f"{way}born_at", f"{way}id"))

    def page(cursor):
        return page_by(Lead.objects.all(), "born_at", cursor=cursor, size=size, ascending=ascending)

    forth = [page(None)]
    while forth[-1].older:
        forth.append(page(forth[-1].older))
    back = [forth[-1]]
    while back[-1].newer:
        back.append(page(back[-1].newer))

    assert [row for one in forth for row in one.rows] == in_order
    assert [one.rows for one in reversed(back)] == [one.rows for one in forth]


def test_rows_that_arrive_meanwhile_shift_nothing():
    for minutes in range(6):
        born(minutes)
    first = page_by_time(Lead.objects.all(), "born_at", cursor=None, size=3)
    born(99)

    second = page_by_time(Lead.objects.all(), "born_at", cursor=first.older, size=3)

    assert not set(first.rows) & set(second.rows)
    assert len(second.rows) == 3


def written(*values) -> str:
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


NOON = "2026-01-01T12:00:00+00:00"
UNREADABLE = [
    "nonsense",
    "W10",
    "eyJhIjoxfQ",
    "W251bGwsIDEsIDBd",
    "WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsIDFlNDAwLCAwXQ",
]
UNREADABLE += [written("2026-01-01T12:00:00", 1, 0), written("0001-01-01T00:00:00+14:00", 1, 0)]
UNREADABLE += [written(NOON, 2**80, 0), written(NOON, -1, 0), written(NOON, "1", 0), "\u00e9", "[" * 9]


@pytest.mark.parametrize("cursor", UNREADABLE)
def test_a_cursor_nobody_wrote_shows_the_first_page(cursor):
    lead = born(1)

    assert page_by_time(Lead.objects.all(), "born_at", cursor=cursor, size=3).rows == [lead]


def test_counting_stops_at_the_cap():
    for minutes in range(5):
        born(minutes)

    assert capped_count(Lead.objects.all(), cap=10) == (5, False)
    assert capped_count(Lead.objects.all(), cap=3) == (3, True)
