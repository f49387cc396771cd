from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.attribution import MODELS, TouchPoint, markov, split

CLOSE = datetime(2024, 6, 30, 12, tzinfo=UTC)


def touch(days: float, channel: str | None = "email", event_id: str | None = None) -> TouchPoint:
    return TouchPoint(CLOSE - timedelta(days=days), channel, event_id)


def shares(touches, model, cents=10_000, **more):
    return split(cents, touches, model, closed_at=CLOSE, **more)


THREE = [touch(20, "paid_search"), touch(10), touch(1, "webinar")]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", [100_000, 0, 0]),
        ("last", [0, 0, 100_000]),
        ("linear", [33_334, 33_333, 33_333]),
        ("position_based", [40_000, 20_000, 40_000]),
        ("time_decay", [9_752, 26_250, 63_998]),
    ],
)
def test_three_touches_share_a_thousand_to_the_cent(model, expected):
    assert shares(THREE, model, 100_000) == expected


def test_time_decay_halves_each_week():
    weeks = [touch(21), touch(14), touch(7), touch(0)]
    assert shares(weeks, "time_decay", 150_000) == [10_000, 20_000, 40_000, 80_000]


@pytest.mark.parametrize("model", MODELS)
def test_one_touch_takes_all_and_none_takes_nothing(model):
    assert shares([touch(10)], model) == [10_000]
    assert shares([], model) == []


def test_two_touches_under_forty_twenty_forty_take_half_each():
    assert shares([touch(9), touch(3)], "position_based") == [5_000, 5_000]


def test_last_non_direct_passes_over_direct_touches_unless_there_are_only_such():
    assert shares([touch(9), touch(3, None), touch(1, "direct")], "last_non_direct") == [0, 10_000, 0]
    assert shares([touch(9, "direct"), touch(1, "Direct")], "last_non_direct") == [0, 10_000]


ROAD = [touch(30), touch(20), touch(10), touch(5), touch(0)]
CREATED, OPENED = CLOSE - timedelta(days=19), CLOSE - timedelta(days=10)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("u_shaped", [4_000, 4_000, 667, 667, 666]),
        ("w_shaped", [3_000, 3_000, 3_000, 500, 500]),
        ("full_path", [2_250, 2_250, 2_250, 1_000, 2_250]),
    ],
)
def test_anchors_are_the_latest_touches_at_or_before_their_moments(model, expected):
    assert shares(ROAD, model, lead_created_at=CREATED, deal_opened_at=OPENED) == expected


def test_roles_on_one_touch_add_up_and_a_missing_anchor_leaves_the_others_scaled():
    at_birth = CLOSE - timedelta(days=30)
    assert shares(ROAD[:2], "u_shaped", lead_created_at=at_birth) == [8_000, 2_000]
    assert shares(ROAD[:2], "w_shaped") == [7_500, 2_500]
    assert shares(ROAD[:2], "u_shaped", lead_created_at=CLOSE - timedelta(days=99)) == [6_667, 3_333]


def test_a_touch_counts_from_the_look_back_to_the_close_both_included():
    touches = [touch(365.01), touch(365), touch(0), touch(-0.01)]
    assert shares(touches, "linear") == [0, 5_000, 5_000, 0]
    assert shares(touches, "linear", lookback_days=None) == [3_334, 3_333, 3_333, 0]
    assert shares([touch(366), touch(-1)], "first") == [0, 0]


def test_the_same_event_counts_once_and_shares_come_back_in_the_given_order():
    touches = [touch(1), touch(5, event_id="form 1"), touch(5, event_id="form 1"), touch(9)]
    assert shares(touches, "linear", 100) == [33, 33, 0, 34]


def test_of_two_touches_at_one_moment_the_one_that_arrived_first_is_first():
    assert shares([touch(5, "a"), touch(5, "b")], "first") == [10_000, 0]


def test_an_unknown_model_is_refused_with_the_list():
    with pytest.raises(ValueError, match="Use one of: first, last"):
        shares(THREE, "best")


journeys = st.lists(
    st.builds(
        touch,
        st.floats(-5, 500),
        st.sampled_from([None, "direct", "email", "ads"]),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=8,
)
moments = st.none() | st.floats(0, 400).map(lambda days: CLOSE - timedelta(days=days))


@given(journeys, st.sampled_from(list(MODELS)), st.integers(0, 10**12), moments, moments)
def test_every_model_shares_out_every_cent_and_a_refund_mirrors_its_sale(
    touches, model, cents, created, opened
):
    anchors = {"lead_created_at": created, "deal_opened_at": opened}
    parts = shares(touches, model, cents, **anchors)

    eligible = [timedelta(0) <= CLOSE - t.at <= timedelta(days=365) for t in touches]
    assert sum(parts) == (cents if any(eligible) else 0)
    assert all(part >= 0 and (part == 0 or ok) for part, ok in zip(parts, eligible, strict=True))
    assert shares(touches, model, -cents, **anchors) == [-part for part in parts]


def test_markov_gives_the_text_book_removal_effects():
    paths = [
        (["C1", "C2", "C3"], 1, 0, Decimal(100)),
        (["C1"], 0, 1, Decimal(0)),
        (["C2", "C3"], 0, 1, Decimal(0)),
    ]
    found = markov(paths)
    assert found["C1"] == pytest.approx((0.5, 0.2, 20))
    assert found["C2"] == pytest.approx((1, 0.4, 40))
    assert found["C3"] == pytest.approx((1, 0.4, 40))


def removal_by_repetition(paths, removed: str) -> float:
    """The chance to convert without a channel, by following the chain for a thousand steps."""
    from reporting.attribution import CONVERSION, START, transitions

    steps, here, won = transitions(paths), {START: 1.0}, 0.0
    for _ in range(1000):
        there: dict = {}
        for state, chance in here.items():
            for target, share in steps[state].items():
                if target is CONVERSION:
                    won += chance * share
                elif target != removed:
                    there[target] = there.get(target, 0) + chance * share
        here = there
    return won


channel_paths = st.lists(
    st.tuples(
        st.lists(st.sampled_from("ABCD"), min_size=1, max_size=5),
        st.integers(0, 5),
        st.integers(1, 5),
        st.just(Decimal(7)),
    ),
    min_size=1,
    max_size=6,
)


@given(channel_paths)
def test_markov_equals_following_the_chain_step_by_step(paths):
    overall = removal_by_repetition(paths, "")
    for channel, (effect, conversions, _) in markov(paths).items():
        without = removal_by_repetition(paths, channel)
        assert effect == pytest.approx(1 - without / overall if overall else 0, abs=1e-6)
        assert conversions <= sum(row[1] for row in paths) + 1e-9


def test_markov_of_no_paths_is_empty():
    assert markov([]) == {}
