"""Credited revenue in the database equals what `split` says of each deal, to the cent, for every model."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest

from leads.models import Activity, Deal, DealContact, Lead, Touch
from reporting.attribution import MODELS, TouchPoint, markov, split
from reporting.closed_loop import closed_loop_of
from reporting.credited import MARKOV, attribution
from reporting.credits import credits
from reporting.money import sales
from reporting.scope import make_scope
from reporting.snapshot import rows
from tests.factories import make_campaign, make_channel, make_user
from tests.reporting.histories import at, make_deal, make_past, make_random_company, make_touch
from tests.visits import signed_in

pytestmark = pytest.mark.django_db
LATER = at("2027-06-01")
DAY = timedelta(days=1)


def touches_of(deal: Deal) -> list[tuple]:
    """Moment, order of arrival, key of its campaign and channel of all touches of the deal's contacts."""
    people = {deal.contact_id, *deal.contacts.values_list("lead_id", flat=True)}
    found = []
    for touch in Touch.objects.filter(lead__in=people).select_related("lead__channel", "channel"):
        source = touch.lead if touch.is_origin else touch
        when = touch.lead.born_at if touch.is_origin else touch.at
        channel = source.channel and source.channel.name
        found.append((when, (touch.recorded_at, 1, touch.pk), source.campaign_id, channel))
    for activity in Activity.objects.filter(lead__in=people, connected=True):
        found.append((activity.at, (activity.recorded_at, 2, activity.pk), None, None))
    return sorted(found, key=lambda one: one[:2])


def by_hand(model: str, scope) -> Counter:
    credited: Counter = Counter()
    for sale in rows(f"SELECT * FROM ({sales(scope)}) s WHERE cents IS NOT NULL", scope.parameters):
        deal = Deal.objects.get(pk=sale["deal_id"])
        lead = deal.contact
        begun = [d for d in (lead.visitor_at, lead.mql_at, lead.sal_at, lead.sql_at, lead.customer_at) if d]
        touches = touches_of(deal)
        cents = int(sale["sign"] * sale["cents"])
        shares = split(
            cents,
            [TouchPoint(when, channel) for when, _, _, channel in touches],
            model,
            lead_created_at=min(begun, default=lead.born_at),
            deal_opened_at=deal.opened_at,
            closed_at=deal.closed_at,
        )
        for (_, _, campaign, _), share in zip(touches, shares, strict=True):
            credited[campaign] += share
        credited[None] += cents - sum(shares)
    return Counter({key: cents for key, cents in credited.items() if cents})


@pytest.mark.parametrize("seed", [21, 22])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_equals_the_split_of_each_deal(organisation, model, seed):
    make_channel("direct")
    make_random_company(seed)
    scope = make_scope(model=model, as_of=LATER)

    found = {row["id"]: int(Decimal(row["credited_revenue"]) * 100) for row in closed_loop_of(scope)["rows"]}

    assert {key: cents for key, cents in found.items() if cents} == by_hand(model, scope)
    assert sum(found.values())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30, 50))
def test_every_model_equals_the_split_over_more_histories(organisation, seed):
    make_channel("(direct)")
    make_random_company(seed, leads=60)
    for model in MODELS:
        scope = make_scope(model=model, as_of=LATER)
        found = {
            row["id"]: int(Decimal(row["credited_revenue"]) * 100) for row in closed_loop_of(scope)["rows"]
        }
        assert {key: cents for key, cents in found.items() if cents} == by_hand(model, scope), model


@pytest.fixture
def journey(organisation):
    """Four touches of four campaigns: first, the one that made the lead, the one that opened the deal, the last."""
    names = ("ad", "form", "webinar", "offer")
    ad, form, webinar, offer = (make_campaign(name, name) for name in names)
    lead = make_past(("2026-01-10 12:00", "mql"), born=at("2026-01-01"), campaign=ad, channel=ad.channel)
    Lead.objects.filter(pk=lead.pk).update(born_at=at("2026-01-01"))
    for day, campaign in (("10", form), ("20", webinar), ("30", offer)):
        make_touch(lead, at(f"2026-01-{day}"), campaign=campaign)
    make_deal(lead, "1000", won="2026-02-01", opened_at=at("2026-01-20 09:00"))
    return lead


SHARES = {
    "first": ["1000.00", "0.00", "0.00", "0.00"],
    "last": ["0.00", "0.00", "0.00", "1000.00"],
    "linear": ["250.00"] * 4,
    "position_based": ["400.00", "100.00", "100.00", "400.00"],
    "u_shaped": ["400.00", "400.00", "100.00", "100.00"],
    "w_shaped": ["300.00", "300.00", "300.00", "100.00"],
    "full_path": ["250.00"] * 4,
}


@pytest.mark.parametrize("model", SHARES)
def test_the_roles_of_a_journey_take_their_shares(journey, model):
    found = {row["key"]: row["credited_revenue"] for row in attribution(model=model, as_of=LATER)["rows"]}

    assert [found.get(name, "0.00") for name in ("ad", "form", "webinar", "offer")] == SHARES[model]


def test_a_direct_visit_at_the_end_is_passed_over_for_the_last_that_was_not(journey):
    make_touch(journey, at("2026-01-31"), channel=make_channel("Direct"), campaign=make_campaign("home"))

    rows_ = attribution(model="last_non_direct", as_of=LATER)["rows"]
    assert [(row["key"], row["credited_revenue"]) for row in rows_] == [("offer", "1000.00")]


def test_a_call_that_was_taken_back_earns_nothing(journey):
    Activity.objects.create(
        lead=journey,
        kind="call",
        outcome="spoke",
        connected=True,
        at=at("2026-01-31"),
        taken_back_at=at("2026-01-31"),
    )

    assert [row["key"] for row in attribution(model="last", as_of=LATER)["rows"]] == ["offer"]


def test_the_report_counts_the_deals_and_touches_that_share(journey):
    report = attribution(model="linear", as_of=LATER)

    assert {(row["key"], row["deals"], row["touches"]) for row in report["rows"]} == {
        (name, 1, 1) for name in ("ad", "form", "webinar", "offer")
    }
    assert report["total"] == {"credited_revenue": "1000.00", "deals": 1, "touches": 4}


@pytest.mark.parametrize("by", ["campaign", "channel", "owner", "month"])
@pytest.mark.parametrize("model", MODELS)
def test_attribution_agrees_with_the_closed_loop(organisation, by, model):
    make_random_company(23)
    scope = make_scope(by=by, model=model, as_of=LATER)
    loop = {row["id"]: row["credited_revenue"] for row in closed_loop_of(scope)["rows"]}

    report = attribution(by=by, model=model, as_of=LATER)

    assert {row["id"]: row["credited_revenue"] for row in report["rows"]}.items() <= loop.items()
    assert report["total"]["credited_revenue"] == sum(map(Decimal, loop.values())).__str__()


def many_deals(paths: dict[tuple[str, ...], tuple[int, int]]) -> None:
    """So many leads with won deals, and without one, whose touches follow each path of campaigns."""
    for names, (won, lost) in paths.items():
        campaigns = [make_campaign(name) for name in names]
        for n in range(won + lost):
            lead = make_past(born=at("2026-01-01"))
            for day, campaign in enumerate(campaigns, start=2):
                make_touch(lead, at(f"2026-01-{day:02}"), campaign=campaign)
            if n < won:
                make_deal(lead, "100", won="2026-02-01")


def test_markov_is_withheld_under_a_hundred_conversions(organisation):
    many_deals({("ad",): (3, 5)})

    report = attribution(model=MARKOV, as_of=LATER)

    assert report["rows"] == [] and report["total"]["credited_revenue"] is None
    assert report["sample"] == {"conversions": 3, "nulls": 5, "withheld": True}


def test_no_contact_of_a_won_deal_is_a_path_that_led_nowhere(organisation):
    campaign = make_campaign("ad")
    buyer, user, stranger = (make_past(born=at("2026-01-01")) for _ in range(3))
    for lead in (buyer, user, stranger):
        make_touch(lead, at("2026-01-02"), campaign=campaign)
    DealContact.objects.create(deal=make_deal(buyer, "100", won="2026-02-01"), lead=user)

    sample = attribution(model=MARKOV, as_of=LATER)["sample"]

    assert (sample["conversions"], sample["nulls"]) == (1, 1)


def test_markov_over_enough_deals_is_what_the_paths_say_and_adds_up_to_revenue(organisation):
    many_deals({("ad",): (60, 20), ("ad", "webinar"): (30, 5), ("webinar",): (20, 40)})
    paths = [(["ad"], 60, 20, Decimal(6000)), (["ad", "webinar"], 30, 5, Decimal(3000))]
    effects = markov([*paths, (["webinar"], 20, 40, Decimal(2000))])

    report = attribution(model=MARKOV, as_of=LATER)

    assert {row["key"]: row["removal_effect"] for row in report["rows"]} == {
        name: round(effect, 6) for name, (effect, _, _) in effects.items()
    }
    assert sum(Decimal(row["credited_revenue"]) for row in report["rows"]) == Decimal("11000.00")
    for row in report["rows"]:
        assert abs(Decimal(row["credited_revenue"]) - Decimal(effects[row["key"]][2])) < Decimal("0.02")


def test_each_touch_of_a_deal_stands_once_for_each_of_its_amounts(organisation):
    make_random_company(24)
    scope = make_scope(model="w_shaped", as_of=LATER)
    found = rows(f"SELECT deal_id, touch, key FROM ({credits(scope)}) c", scope.parameters)

    amounts = Counter(
        row["deal_id"]
        for row in rows(f"SELECT deal_id FROM ({sales(scope)}) s WHERE cents IS NOT NULL", scope.parameters)
    )
    times: dict = defaultdict(Counter)
    for row in found:
        times[row["deal_id"]][row["touch"]] += 1
    assert all(set(touches.values()) == {amounts[deal]} for deal, touches in times.items())


def test_all_models_stand_beside_each_other_and_each_column_adds_up_to_revenue(journey):
    client = signed_in(make_user("marketer"))
    page = client.get("/reports/closed-loop/models/")
    context = page.context

    assert [cell["amount"] for cell in context["totals"]] == ["1000.00"] * len(MODELS)
    for place in range(len(MODELS)):
        assert sum(Decimal(row["cells"][place]["amount"]) for row in context["rows"]) == 1000
    assert "Markov is withheld: it would stand on 1 won deal," in page.content.decode()
    for cell in [*context["rows"][0]["cells"], *context["totals"]]:
        assert not cell["href"] or client.get(cell["href"]).context["sum"] == cell["amount"]
