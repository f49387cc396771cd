"""The pages of settings: who finds what, what a form says where it cannot be saved, what it costs."""

import gzip
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from leads import bulk, bulk_undo
from leads.models import Lead
from leads.stages import Stage
from smarketing.foundation import audit
from smarketing.foundation.models import (
    Absence,
    AuditEvent,
    Mute,
    Organisation,
    PersonAlias,
    Team,
    User,
)
from tests.factories import make_campaign, make_lead, make_team, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
HEADS_READ = ["people", "teams", "audit_log", "add_person"]
ADMINISTRATORS_READ = ["aliases", "organisation"]
EVERYBODYS = ["profile", "notifications", "keys", "sla:absences"]


@pytest.fixture
def admin() -> Client:
    return signed_in(make_user("administrator", name="Robin Vance"))


def text(response) -> str:
    return " ".join(response.content.decode().split())


def names(response) -> set[str]:
    return {str(person) for person, _ in response.context["rows"]}


# --- Who may ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", [*EVERYBODYS, *HEADS_READ, *ADMINISTRATORS_READ])
@pytest.mark.parametrize("role", ["rep", "account_manager", "marketer", "sales_head", "marketing_head"])
def test_each_role_reads_what_it_may(role, page):
    answer = signed_in(make_user(role)).get(reverse(page)).status_code

    is_head = role.endswith("head")
    assert answer == (200 if page in EVERYBODYS or (is_head and page in HEADS_READ) else 403)
    assert Client().get(reverse(page)).status_code == 302


def test_settings_begin_with_the_profile_and_list_what_one_may_read(admin):
    rep = signed_in(make_user())
    assert rep.get(reverse("settings")).url == reverse("profile")

    def listed(client: Client) -> list[str]:
        return [tab["label"] for tab in client.get(reverse("profile")).context["settings_tabs"]]

    own = ["Profile", "Notifications", "Leave", "API keys"]
    assert listed(rep) == own
    company = ["People", "Teams", "Calendars", "Organisation", "Audit log"]
    assert listed(admin) == [*own, *company]
    assert listed(signed_in(make_user("sales_head"))) == [
        *own,
        *(name for name in company if name != "Organisation"),
    ]


@pytest.mark.parametrize(
    "page", ["person", "invite_again", "reactivate_person", "deactivate_person", "give_leads"]
)
def test_a_head_finds_nobody_of_another_team(page):
    other = make_user(team="Benelux")
    client, address = signed_in(make_user("sales_head")), reverse(page, args=[other.pk])

    assert client.post(address).status_code == 404
    assert not AuditEvent.objects.exists()


# --- People ----------------------------------------------------------------------------------------------------------
def test_people_are_found_by_name_role_team_and_state(admin):
    make_user(name="Kofi Mensah", password="x")
    away = make_user(name="Ana Duarte", team="Benelux", password="x")
    Absence.objects.create(user=away, starts_on=localdate(), ends_on=localdate())
    make_user(name="Gone Girl", is_active=False)
    make_user("marketer", name="Noor de Wit")
    User.objects.create(name="J. Doe", email=None, is_active=False)

    def found(**query) -> set[str]:
        return names(admin.get(reverse("people"), query))

    assert found() == {"Robin Vance", "Kofi Mensah", "Ana Duarte", "Noor de Wit"}
    assert found(q="mens") == {"Kofi Mensah"}
    assert found(role="marketer") == {"Noor de Wit"}
    assert found(team=away.team_id) == {"Ana Duarte"}
    assert found(state="away") == {"Ana Duarte"}
    assert found(state="invited") == {"Robin Vance", "Noor de Wit"}  # nobody chose a password yet
    assert found(state="inactive") == {"Gone Girl"}
    assert len(found(state="any")) == 5  # a name from a file is no person
    assert len(found(state="nonsense", team="x'")) == 4


def test_a_head_sees_the_own_team_and_nobody_else():
    head, mine = make_user("sales_head", name="Marta"), make_user(name="Mine")
    make_user(team="Benelux")
    assert names(signed_in(head).get(reverse("people"))) == {"Marta", str(mine)}


def test_when_somebody_was_here_last_is_known():
    head, rep = make_user("sales_head"), make_user(name="Kofi")
    client = signed_in(head)
    User.objects.filter(pk=head.pk).update(last_login=None)
    User.objects.filter(pk=rep.pk).update(last_login=now() - timedelta(days=3))

    seen = dict(client.get(reverse("people")).context["rows"])

    assert now() - seen[head] < timedelta(minutes=2)
    assert seen[rep] == User.objects.get(pk=rep.pk).last_login


def test_the_link_of_somebody_new_is_shown_once(admin):
    values = {"email": "kim@example.com", "name": " Kim  Lee ", "role": "rep", "team": make_team().pk}
    page = admin.post(reverse("add_person"), values)

    kim = User.objects.get(email="kim@example.com")
    assert (kim.name, page.status_code, page["Cache-Control"]) == ("Kim Lee", 200, "no-store, private")
    assert "/account/password/reset/key/" in page.context["link"]
    assert page.context["link"] in text(page)
    assert "/account/password/reset/key/" not in text(admin.get(reverse("person", args=[kim.pk])))


def test_a_head_adds_to_the_own_team_without_choosing_one():
    head = make_user("sales_head", team="Benelux")
    values = {"email": "kim@example.com", "name": "Kim", "role": "rep", "team": make_team().pk}
    signed_in(head).post(reverse("add_person"), values)
    assert User.objects.get(email="kim@example.com").team == head.team


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (
            "email",
            "known@example.com",
            "known@example.com belongs to Known One (sales rep), who is here already.",
        ),
        ("email", "", "Fill in “E-mail”: it is needed."),
        ("name", "", "Fill in “Name”: it is needed."),
        ("role", "boss", "“Role” has no such choice (any more). Choose one from its list."),
        ("team", "99999", "This person or team is not there any more. Choose another."),
    ],
)
def test_what_cannot_be_added_is_said_at_its_field(admin, field, value, sentence):
    make_user(email="known@example.com", name="Known One")
    values = {"email": "kim@example.com", "name": "Kim", "role": "rep", "team": make_team().pk, field: value}

    page = admin.post(reverse("add_person"), values)

    assert page.status_code == 422
    assert page.context["form"].errors == {field: [sentence]}
    assert f'id="id_{field}_error" role="alert"' in text(page)


def test_a_new_role_that_does_not_fit_the_team_is_refused_at_the_team(admin):
    rep = make_user()
    page = admin.post(
        reverse("person", args=[rep.pk]), {"name": rep.name, "role": "marketer", "team": rep.team_id}
    )
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["team"])


def test_only_heads_have_a_deputy(admin):
    head, rep = make_user("sales_head"), make_user(name="Kofi")
    assert "deputy" not in admin.get(reverse("person", args=[rep.pk])).context["form"].fields
    values = {"name": head.name, "role": head.role, "team": head.team_id, "deputy": rep.pk}
    assert admin.post(reverse("person", args=[head.pk]), values).status_code == 302
    assert User.objects.get(pk=head.pk).deputy == rep


def test_a_head_reads_a_peer_and_changes_nothing():
    head, peer = make_user("sales_head"), make_user("sales_head")
    client, address = signed_in(head), reverse("person", args=[peer.pk])

    page = text(client.get(address))
    assert "Only an administrator changes this person." in page
    assert '<option value="sales_head" selected>Head of sales</option>' in page
    assert client.post(address, {"name": "X", "role": "rep"}).status_code == 403


# --- Leaving ---------------------------------------------------------------------------------------------------------
def test_who_owns_open_leads_does_not_leave_before_it_is_said_who_takes_them(admin):
    rep, heir = make_user(name="Kofi"), make_user()
    lead = make_lead(stage=Stage.SAL, owner=rep)
    address = reverse("deactivate_person", args=[rep.pk])

    assert "Who takes the one open lead?" in text(admin.get(address))
    for given in ({}, {"way": "person"}, {"way": "person", "to": rep.pk}):
        assert admin.post(address, given).status_code == 422
    assert User.objects.get(pk=rep.pk).is_active

    page = admin.post(address, {"way": "person", "to": heir.pk}, follow=True)
    assert "Kofi is inactive. 1 lead went to 1 person." in text(page)
    assert Lead.objects.get(pk=lead.pk).owner == heir


def test_the_pool_that_cannot_take_accepted_leads_says_so_in_the_form(admin):
    rep = make_user()
    make_lead(stage=Stage.SAL, owner=rep)
    page = admin.post(reverse("deactivate_person", args=[rep.pk]), {"way": "pool"})
    assert (page.status_code, "No rep is there to share 1 accepted lead" in text(page)) == (422, True)


def test_without_open_leads_one_press_is_enough(admin):
    rep = make_user()
    assert admin.post(reverse("deactivate_person", args=[rep.pk])).url == reverse("people")
    assert not User.objects.get(pk=rep.pk).is_active
    assert (
        "/account/password/reset/key/"
        in admin.post(reverse("reactivate_person", args=[rep.pk])).context["link"]
    )


def test_leads_are_given_away_while_the_person_stays(admin):
    rep, heir = make_user(), make_user()
    make_lead(stage=Stage.MQL, owner=rep)
    address = reverse("give_leads", args=[rep.pk])

    assert admin.post(address, {"way": "person", "to": heir.pk}).url == reverse("person", args=[rep.pk])
    assert (User.objects.get(pk=rep.pk).is_active, heir.leads.count()) == (True, 1)
    assert "owns no open leads" in text(admin.get(address))


def test_the_last_administrator_reads_why_they_stay(admin):
    other = make_user("administrator", is_active=False)
    me = User.objects.get(name="Robin Vance")
    page = admin.post(
        reverse("person", args=[me.pk]), {"name": me.name, "role": "rep", "team": make_team().pk}
    )
    assert "Robin Vance is the last administrator." in text(page)
    assert admin.post(reverse("deactivate_person", args=[other.pk])).status_code == 422


# --- Names in files --------------------------------------------------------------------------------------------------
def test_a_name_waits_until_somebody_says_who_it_is(admin):
    name = PersonAlias.objects.create(
        source="crm", text="J. Doe", user=User.objects.create(name="J. Doe", email=None, is_active=False)
    )
    make_lead(owner=name.user)
    rep = make_user(name="Jane Doe")
    assert "1 name in imported files belongs to nobody known yet" in text(admin.get(reverse("people")))
    assert [(row.text, row.leads) for row in admin.get(reverse("aliases")).context["page"].rows] == [
        ("J. Doe", 1)
    ]

    page = admin.post(reverse("alias", args=[name.pk]), {"to": rep.pk, "with_leads": "on"}, follow=True)

    assert "“J. Doe” is Jane Doe from now on. 1 lead came along." in text(page)
    assert page.context["page"].rows == []
    assert len(admin.get(reverse("aliases"), {"state": "known"}).context["page"].rows) == 1


# --- Teams -----------------------------------------------------------------------------------------------------------
def test_a_team_is_made_renamed_and_removed_while_nobody_is_in_it(admin):
    calendar = Organisation.get().calendar
    admin.post(reverse("teams"), {"name": " Benelux  West ", "function": "sales", "calendar": calendar.pk})
    team = Team.objects.get()
    assert (team.name, team.calendar) == ("Benelux West", calendar)

    address = reverse("team", args=[team.pk])
    assert (
        admin.post(address, {"name": "Benelux", "function": "marketing", "calendar": ""}).status_code == 302
    )
    admin.post(reverse("remove_team", args=[team.pk]))

    assert not Team.objects.exists()
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == [
        "team.created",
        "team.changed",
        "team.removed",
    ]


def test_a_team_with_people_stays_and_keeps_its_side(admin):
    rep = make_user(is_active=False)
    address = reverse("team", args=[rep.team_id])

    assert admin.post(reverse("remove_team", args=[rep.team_id])).status_code == 409
    page = admin.post(address, {"name": "Sales", "function": "marketing", "calendar": ""})
    assert list(page.context["form"].errors) == ["function"]
    assert Team.objects.get().function == "sales"


def test_two_teams_of_one_name_are_refused_whatever_the_case(admin):
    make_team("Benelux")
    page = admin.post(reverse("teams"), {"name": "BENELUX", "function": "sales"})
    assert (page.status_code, Team.objects.count()) == (422, 1)
    assert "There is a team of this name already." in text(page)


def test_a_head_renames_the_own_team_and_makes_none():
    head = make_user("sales_head")
    client, other = signed_in(head), make_team("Benelux")

    assert client.post(reverse("teams"), {"name": "X", "function": "sales"}).status_code == 403
    assert client.get(reverse("team", args=[other.pk])).status_code == 404
    client.post(reverse("team", args=[head.team_id]), {"name": "Hunters", "function": "marketing"})
    assert Team.objects.get(pk=head.team_id).name == "Hunters"
    assert Team.objects.get(pk=head.team_id).function == "sales"


# --- One's own -------------------------------------------------------------------------------------------------------
def test_the_profile_is_ones_own_to_change(admin):
    me = User.objects.get(name="Robin Vance")
    values = {"name": "Robin V.", "time_zone": "Asia/Tokyo", "start_page": "leads:campaigns"}

    assert admin.post(reverse("profile"), values).status_code == 302

    me.refresh_from_db()
    assert (me.name, me.time_zone, me.start_page) == ("Robin V.", "Asia/Tokyo", "leads:campaigns")
    assert admin.get("/").url == reverse("leads:campaigns")
    assert AuditEvent.objects.get(action="user.changed").fields == ["name", "time_zone", "start_page"]


def test_role_team_and_state_are_not(admin):
    rep = make_user()
    signed_in(rep).post(
        reverse("profile"), {"name": "Kofi", "role": "administrator", "is_active": "", "email": "x"}
    )
    rep.refresh_from_db()
    assert (rep.name, rep.role, rep.is_active) == ("Kofi", "rep", True)


def test_a_page_that_the_role_does_not_have_is_no_start_page():
    client = signed_in(make_user("marketer"))
    page = client.post(reverse("profile"), {"name": "Noor", "start_page": "sla:queue"})
    assert list(page.context["form"].errors) == ["start_page"]


def test_a_zone_that_is_misspelt_is_answered_with_the_one_that_was_meant(admin):
    page = admin.post(reverse("profile"), {"name": "Robin", "time_zone": "Amsterdm"})
    assert page.status_code == 422
    assert "Did you mean Europe/Amsterdam" in text(page)
    assert "Robin Vance" in text(page)  # the frame shows the name that stands


def test_a_head_names_a_deputy(admin):
    head, rep = make_user("sales_head"), make_user()
    signed_in(head).post(reverse("profile"), {"name": head.name, "deputy": rep.pk})
    assert User.objects.get(pk=head.pk).deputy == rep
    assert "deputy" not in admin.get(reverse("profile")).context["form"].fields


@pytest.mark.parametrize(("name", "value"), [("keys", "off"), ("theme", "dark"), ("density", "compact")])
def test_how_pages_look_and_listen_is_chosen_without_script(admin, name, value):
    assert admin.post(reverse("theme"), {name: value}).status_code == 302
    assert f'data-{name}="{value}"' in text(admin.get(reverse("profile")))


def test_notifications_are_switched_off_and_on_again():
    rep = make_user()
    client = signed_in(rep)

    client.post(reverse("notifications"), {"own_warning-app": "on"})
    assert set(Mute.objects.values_list("user", "kind", "way")) == {
        (rep.pk, "new_lead", "mail"),
        (rep.pk, "own_warning", "mail"),
    }
    client.post(
        reverse("notifications"), {"own_warning-app": "on", "own_warning-mail": "on", "new_lead-mail": "on"}
    )
    assert not Mute.objects.exists()


def test_nobody_is_offered_to_mute_what_they_answer_for_and_reps_hear_of_no_team():
    def kinds(person: User) -> list[str]:
        return [line.kind for line in signed_in(person).get(reverse("notifications")).context["lines"]]

    rep, head = make_user(), make_user("marketing_head")
    assert kinds(rep) == ["new_lead", "own_warning", ""]
    assert kinds(head) == ["own_warning", "unowned_warning", "team_breach", ""]
    head.deputy = rep
    head.save()
    assert kinds(rep) == ["new_lead", "own_warning", "unowned_warning", "team_breach", ""]


def test_what_one_does_not_hear_cannot_be_muted_by_hand():
    rep = make_user()
    signed_in(rep).post(reverse("notifications"), {"team_breach-app": "", "own_breach-app": ""})
    assert not Mute.objects.filter(kind="team_breach").exists()


# --- The organisation ------------------------------------------------------------------------------------------------
def decided(**values) -> dict:
    given = {"name": "Loadline", "time_zone": "UTC", "currency": "EUR", "leads_visible": "team"}
    return {**given, "qualify_at_touches": "3", **values}


def test_an_administrator_decides_for_the_company(admin):
    values = {"leads_visible": "own", "qualify_at_touches": "4", "sole_head": "on", "currency": "USD"}
    assert admin.post(reverse("organisation"), decided(**values)).status_code == 302

    company = Organisation.objects.get()
    assert (company.leads_visible, company.qualify_at_touches, company.sole_head) == ("own", 4, True)
    assert company.currency == "USD"
    event = AuditEvent.objects.get(action="organisation.changed")
    assert (event.by.name, len(event.fields)) == ("Robin Vance", 4)


def test_zone_and_currency_stay_once_something_was_reckoned_in_them_and_the_page_says_why(admin):
    make_lead(stage=Stage.SQL, owner=make_user())

    page = text(admin.get(reverse("organisation")))
    assert "The currency stays EUR: deals or costs are on record" in page
    assert "The time zone stays UTC: leads or costs are on record" in page
    admin.post(reverse("organisation"), decided(currency="USD", time_zone="Asia/Tokyo", name="Loadline BV"))

    company = Organisation.objects.get()
    assert (company.name, company.currency, company.time_zone) == ("Loadline BV", "EUR", "UTC")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("qualify_at_touches", "0"),
        ("qualify_at_touches", "101"),
        ("time_zone", "Mars/Base"),
        ("currency", "XXX"),
    ],
)
def test_what_no_company_can_decide_is_said_at_its_field(admin, field, value):
    page = admin.post(reverse("organisation"), decided(**{field: value}))
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])


# --- The audit log ---------------------------------------------------------------------------------------------------
def test_the_log_says_who_did_what_to_whom_and_is_narrowed_down(admin):
    me, rep = User.objects.get(name="Robin Vance"), make_user(name="Kofi Mensah")
    audit.record("user.changed", by=me, about=rep, fields=["role"])
    audit.record("campaign.created", by=rep, about=make_campaign())
    audit.record("calendar.changed", by=None, about=Organisation.get().calendar)

    def found(**query) -> list[tuple[str, str]]:
        entries = admin.get(reverse("audit_log"), query).context["entries"]
        return [(entry.what, entry.about) for entry in entries]

    assert found()[0] == ("Changed a calendar", "Office")
    assert found(by=me.pk) == [("Changed a person", "Kofi Mensah")]
    assert found(by="system") == [("Changed a calendar", "Office")]
    assert [what for what, _ in found(action="campaign.created")] == ["Made a campaign"]
    assert found(about=f"foundation.user:{rep.pk}") == [("Changed a person", "Kofi Mensah")]
    assert found(since=localdate() + timedelta(days=1)) == []
    assert len(found(until=localdate())) == 3
    assert len(found(about="'; drop", by="x", since="soon")) == 3


def test_acts_on_many_leads_stand_in_the_log_and_so_does_their_undo(admin):
    head, rep = make_user("sales_head"), make_user()
    act = bulk.reassign([make_lead(owner=make_user()).pk], to=rep, by=head)
    bulk_undo.undo(act.pk, by=head)

    def told(action: str) -> list[str]:
        entries = admin.get(reverse("audit_log"), {"action": action}).context["entries"]
        return [f"{entry.what}: {entry.about}" for entry in entries]

    assert told("leads.bulk_reassign") == [f"Re-assigned several leads: Act {act.pk}"]
    assert told("leads.bulk_undone") == [f"Took an act on several leads back: Act {act.pk}"]


def test_a_head_reads_what_the_own_team_did_and_what_was_done_to_it():
    head, mine, other = make_user("sales_head"), make_user(name="Mine"), make_user(team="Benelux")
    audit.record("campaign.created", by=mine, about=make_campaign())
    audit.record("user.changed", by=other, about=mine)
    audit.record("user.changed", by=other, about=other)
    audit.record("calendar.changed", by=None, about=Organisation.get().calendar)

    entries = signed_in(head).get(reverse("audit_log")).context["entries"]
    assert [entry.what for entry in entries] == ["Changed a person", "Made a campaign"]


def test_the_log_is_read_page_by_page(admin):
    for _ in range(120):
        audit.record("cost.added", by=None)

    first = admin.get(reverse("audit_log"))
    second = admin.get(reverse("audit_log"), {"cursor": first.context["page"].older})
    third = admin.get(reverse("audit_log"), {"cursor": second.context["page"].older})
    assert [len(page.context["entries"]) for page in (first, second, third)] == [50, 50, 20]


# --- Cost ------------------------------------------------------------------------------------------------------------
def addresses() -> list[str]:
    rep, alias = User.objects.reps().first(), PersonAlias.objects.first()
    pages = [
        "people",
        "add_person",
        "teams",
        "profile",
        "notifications",
        "organisation",
        "audit_log",
        "aliases",
    ]
    return [
        *map(reverse, pages),
        *(reverse(page, args=[rep.pk]) for page in ("person", "deactivate_person", "give_leads")),
        reverse("team", args=[rep.team_id]),
        reverse("alias", args=[alias.pk]),
    ]


def populate(n: int) -> None:
    me = User.objects.get(name="Robin Vance")
    for _ in range(n):
        rep = make_user(team=f"Team {User.objects.count()}")
        name = User.objects.create(name="J. Doe", email=None, is_active=False)
        PersonAlias.objects.create(source="crm", text=f"Name {name.pk}", user=name)
        make_lead(stage=Stage.SAL, owner=rep)
        audit.record("user.changed", by=me, about=rep, fields=["role"])


def test_no_page_asks_more_often_for_many_people_than_for_few(admin, django_assert_max_num_queries):
    def counts() -> dict[str, int]:
        found = {}
        for url in addresses():
            with django_assert_max_num_queries(12) as caught:
                assert admin.get(url).status_code == 200
            found[url] = len(caught)
        return found

    populate(2)
    few = counts()
    populate(30)
    assert counts() == few


def test_no_page_is_heavy(admin):
    populate(60)
    for url in addresses():
        assert len(gzip.compress(admin.get(url).content)) < 15_000, url
