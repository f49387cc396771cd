"""Pages that give the probability to close: how it comes about, why it is withheld, or that it is switched off."""

from datetime import timedelta

import pytest

from leads.models import Channel
from leads.prediction import nightly, training
from leads.stages import Stage
from tests.factories import make_lead, make_user
from tests.leads.predicting import TODAY, scored
from tests.visits import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation", "media")]


def test_the_lead_page_gives_the_probability_with_its_reasons(history):
    history(300)
    rep = make_user("rep")
    lead = make_lead(
        stage=Stage.SAL,
        since=TODAY - timedelta(days=1),
        owner=rep,
        channel=Channel.objects.get(name="Webinar"),
    )
    scored(lead)
    client = signed_in(rep)
    before = text(client.get(lead.get_absolute_url()))

    nightly.learn_if_due(TODAY)

    after = text(client.get(lead.get_absolute_url()))
    assert "Probability to close" not in before
    assert "Probability to close" in after and "Channel: Webinar" in after


# --- Without scikit-learn --------------------------------------------------------------------------------------
@pytest.fixture
def without_scikit_learn(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)


def test_without_it_the_page_says_how_to_switch_it_on(without_scikit_learn):
    said = text(signed_in(make_user("rep")).get("/prediction/"))

    assert "switched off" in said and "pip install -r requirements-prediction.txt" in said


# --- The page --------------------------------------------------------------------------------------------------
def test_everybody_may_read_how_it_comes_about(history):
    history(260)
    training.train(TODAY)

    for role in ("rep", "marketer", "sales_head", "marketing_head", "administrator"):
        said = text(signed_in(make_user(role)).get("/prediction/"))
        assert "it puts the won one first" in said and "Webinar" in said


def test_the_page_says_why_it_is_withheld(history):
    history(30)
    training.train(TODAY)

    assert "30 hand-overs are old enough" in text(signed_in(make_user("rep")).get("/prediction/"))


def test_a_page_that_has_nothing_to_show_leads_to_history_for_whoever_may_import_it(db):
    way = "Import what was won and lost"

    assert way in text(signed_in(make_user("marketer")).get("/prediction/"))
    assert way not in text(signed_in(make_user("rep")).get("/prediction/"))


def test_the_page_asks_a_handful_of_questions(history, django_assert_max_num_queries):
    history(260)
    training.train(TODAY)
    client = signed_in(make_user("marketer"))

    with django_assert_max_num_queries(8):
        client.get("/prediction/")


def test_nobody_signed_out_reads_it(client):
    assert client.get("/prediction/").status_code == 302
