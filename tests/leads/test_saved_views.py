"""Lists under a name: one's own and the team's, changed by whom they belong to, taken back when deleted."""

import pytest

from leads.lists import views
from leads.models import SavedView
from leads.stages import Stage
from smarketing.foundation.models import User
from tests.factories import make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


def labels(client) -> list[str]:
    return [tab["label"] for tab in client.get("/leads/").context["tabs"]]


def test_a_list_is_kept_with_its_filters_and_order():
    rep = make_user("rep")
    client = signed_in(rep)
    mine = make_lead(stage=Stage.SAL, owner=rep)
    make_lead()
    saved = client.post(
        "/leads/views/", {"name": " My  SALs ", "query": "state=sal&sort=since&cursor=x&bad=1"}
    )
    view = SavedView.objects.get()
    shown = client.get(saved["Location"])

    assert (view.name, view.query) == ("My SALs", "state=sal&sort=since")
    assert shown.context["page"].rows == [mine]
    assert next(tab for tab in shown.context["tabs"] if tab["current"])["label"] == "My SALs"


@pytest.mark.parametrize("role", User.Role.values)
def test_every_role_starts_with_views_that_work(role):
    client = signed_in(make_user(role))
    make_lead()
    for tab in client.get("/leads/").context["tabs"]:
        shown = client.get(tab["url"])
        assert [one["label"] for one in shown.context["tabs"] if one["current"]] == [tab["label"]]
        assert shown.context["asked"].reading.notices == []
        assert not shown.context["may_save"]


def test_a_view_is_private_until_a_head_shares_it_with_the_team():
    head, rep = make_user("sales_head", team="Benelux"), make_user("rep", team="Benelux")
    other = make_user("rep", team="Nordics")
    view = views.save(head, "Slow deals", "state=sal")

    assert "Slow deals" not in labels(signed_in(rep))
    signed_in(head).post(f"/leads/views/{view.pk}/", {"act": "share"})
    assert "Slow deals" in labels(signed_in(rep))
    assert "Slow deals" not in labels(signed_in(other))


def test_a_rep_shares_nothing():
    rep = make_user("rep")
    client = signed_in(rep)

    assert client.post("/leads/views/", {"name": "x", "query": "", "shared": "on"}).status_code == 403
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("path", ["", "remove/"])
def test_only_its_author_and_the_teams_head_change_a_shared_view(path):
    head, rep = make_user("sales_head", team="Benelux"), make_user("rep", team="Benelux")
    stranger = make_user("rep", team="Nordics")
    view = views.save(head, "Slow deals", "state=sal", shared=True)

    assert signed_in(rep).post(f"/leads/views/{view.pk}/{path}", {"name": "Mine"}).status_code == 403
    assert signed_in(stranger).post(f"/leads/views/{view.pk}/{path}", {"name": "Mine"}).status_code == 404
    assert signed_in(head).post(f"/leads/views/{view.pk}/{path}", {"name": "Ours"}).status_code == 302


def test_a_view_is_renamed_brought_up_to_date_and_taken_from_the_tabs():
    rep = make_user("rep")
    client = signed_in(rep)
    view = views.save(rep, "Slow deals", "state=sal")
    for data in (
        {"act": "rename", "name": "Slow"},
        {"act": "update", "query": "state=sql&sort=name"},
        {"act": "unpin"},
    ):
        client.post(f"/leads/views/{view.pk}/", data)
    view.refresh_from_db()

    assert (view.name, view.query, view.pinned) == ("Slow", "state=sql&sort=name", False)
    assert "Slow" not in labels(client)


def test_a_name_is_needed_and_taken_once():
    rep = make_user("rep")
    client = signed_in(rep)
    views.save(rep, "Slow deals", "")

    assert client.post("/leads/views/", {"name": "  ", "query": ""}).status_code == 409
    taken = client.post("/leads/views/", {"name": "Slow deals", "query": ""})
    assert taken.status_code == 409
    assert "You have a view called “Slow deals” already" in taken.content.decode()


def test_a_deleted_view_comes_back():
    rep = make_user("rep")
    client = signed_in(rep)
    view = views.save(rep, "Slow deals", "state=sal")
    client.post(f"/leads/views/{view.pk}/remove/")

    assert "Slow deals" not in labels(client)
    assert signed_in(make_user("rep")).post(f"/leads/views/{view.pk}/restore/").status_code == 404
    client.post(f"/leads/views/{view.pk}/restore/")
    assert "Slow deals" in labels(client)


def test_columns_stay_with_the_view_they_were_chosen_on():
    rep = make_user("rep")
    client = signed_in(rep)
    view = views.save(rep, "Slow deals", "state=visitor")
    make_lead()
    client.post("/leads/columns/", {"column": ["country"], "view": view.pk, "query": "state=visitor"})
    shown = client.get(f"/leads/?state=visitor&view={view.pk}")

    assert [column.name for column in shown.context["columns"]] == ["country"]
    assert len(client.get("/leads/").context["columns"]) > 1


def test_nobody_keeps_views_without_end():
    rep = make_user("rep")
    SavedView.objects.bulk_create(SavedView(owner=rep, name=f"View {n}") for n in range(views.MOST))

    assert signed_in(rep).post("/leads/views/", {"name": "One more", "query": ""}).status_code == 409
