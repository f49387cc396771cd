"""People come, change what they do, and leave; what they were given ends with them."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils.timezone import now

from leads.models import Lead
from leads.stages import Stage
from reporting import reconcile
from smarketing.foundation import outbox
from smarketing.foundation.api.keys import issue
from smarketing.foundation.models import ApiKey, AuditEvent, OutboxItem, PersonAlias, User
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.people import acts
from tests.factories import make_lead, make_team, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]
PASSWORD = "correct horse battery staple"
HOST = "http://127.0.0.1:8000"


@pytest.fixture
def admin() -> User:
    return make_user("administrator", name="Robin Vance")


def invite(by: User, email: str = "kim@example.com", **values) -> acts.Invited:
    values = {"name": "Kim Lee", "role": "rep", "team": make_team(), **values}
    return acts.invite(email, by=by, **values)


def choose_password(link: str) -> Client:
    client = Client()
    page = client.get(link.removeprefix(HOST), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    return client


def gets_in(email: str) -> bool:
    return Client().login(username=email, email=email, password=PASSWORD)


def deliver() -> list[tuple[str, str]]:
    outbox.deliver(now() + timedelta(minutes=1))
    return [(message.to[0], message.body) for message in mail.outbox]


def audited(*, about: User) -> list[str]:
    events = AuditEvent.objects.filter(object_type="foundation.user", object_id=str(about.pk))
    return list(events.order_by("id").values_list("action", flat=True))


# --- Coming --------------------------------------------------------------------------------------------------------
def test_somebody_new_gets_in_by_the_link_that_is_shown(admin):
    invited = invite(admin)

    choose_password(invited.link)

    assert gets_in("kim@example.com")
    assert audited(about=invited.person) == ["user.created"]
    assert AuditEvent.objects.get(action="user.created").by == admin


def test_the_link_is_mailed_and_stands_nowhere_in_the_database(admin):
    person = invite(admin).person

    payload = OutboxItem.objects.get(topic=acts.INVITATION).payload
    [(to, body)] = deliver()

    assert (to, "Robin Vance has added you" in body) == (person.email, True)
    assert set(payload) == {"person", "by", "at"}
    link = next(line for line in body.splitlines() if line.startswith(HOST) and "/reset/" in line)
    choose_password(link)
    assert gets_in(person.email)


def test_a_fresh_invitation_makes_the_one_before_worthless(admin):
    first = invite(admin)
    second = acts.invite_again(first.person, by=admin)

    choose_password(first.link)
    assert not gets_in(first.person.email)
    choose_password(second.link)
    assert gets_in(first.person.email)


def test_only_the_latest_invitation_is_mailed(admin):
    person = invite(admin).person
    acts.invite_again(person, by=admin)

    assert len(deliver()) == 1


def test_who_has_a_password_is_not_invited_again(admin):
    invited = invite(admin)
    choose_password(invited.link)

    with pytest.raises(Refusal, match="has chosen a password already"):
        acts.invite_again(invited.person, by=admin)


def test_nobody_is_added_twice_whatever_the_case(admin):
    invite(admin)
    with pytest.raises(acts.Unfit, match="belongs to Kim Lee") as refused:
        invite(admin, "KIM@example.com")
    assert refused.value.field == "email"


def test_a_marketer_does_not_join_a_sales_team(admin):
    with pytest.raises(acts.Unfit, match="is a team of sales, and this role works in marketing"):
        invite(admin, role="marketer")
    assert not User.objects.filter(email="kim@example.com").exists()


@pytest.mark.parametrize("role", ["sales_head", "administrator", "marketer"])
def test_a_head_hires_no_heads_administrators_or_people_of_the_other_side(role):
    head = make_user("sales_head")
    with pytest.raises(Forbidden):
        invite(head, role=role, team=head.team)


def test_who_has_not_answered_the_invitation_is_handed_no_lead(admin):
    invited = invite(admin)
    lead = make_lead(stage=Stage.MQL)
    assert lead.owner is None

    choose_password(invited.link)

    assert make_lead(stage=Stage.MQL).owner == invited.person


# --- Changing -------------------------------------------------------------------------------------------------------
def change(person: User, by: User, **values) -> list[str]:
    values = {"name": person.name, "role": person.role, "team": person.team, "deputy": None, **values}
    return acts.change(person, by=by, **values)


def test_what_changed_is_on_record_and_what_did_not_is_not(admin):
    rep = make_user()

    assert change(rep, admin, role="account_manager", name="Kofi") == ["name", "role"]
    assert change(User.objects.get(pk=rep.pk), admin) == []

    [event] = AuditEvent.objects.filter(action="user.changed")
    assert event.fields == ["name", "role"]


def test_a_rep_with_open_leads_does_not_become_a_marketer(admin):
    rep = make_user()
    make_lead(stage=Stage.SAL, owner=rep)

    with pytest.raises(acts.Unfit, match="owns 1 open lead, and only sales owns leads"):
        change(rep, admin, role="marketer", team=make_team("Marketing", "marketing"))
    acts.give_leads(rep, to=make_user(), by=admin)
    assert change(rep, admin, role="marketer", team=make_team("Marketing", "marketing")) == ["role", "team"]


def test_the_last_administrator_stays_one(admin):
    with pytest.raises(acts.Unfit, match="is the last administrator") as refused:
        change(admin, admin, role="sales_head")
    assert refused.value.field == "role"

    make_user("administrator", is_active=False)
    with pytest.raises(acts.Unfit):
        change(admin, admin, role="sales_head")
    make_user("administrator")
    assert change(admin, admin, role="sales_head") == ["role"]


def test_a_head_changes_the_own_team_and_moves_nobody_out_of_it():
    head, other = make_user("sales_head"), make_user(team="Benelux")
    mine, peer = make_user(), make_user("sales_head")

    assert change(mine, head, role="account_manager") == ["role"]
    for who, values in [(other, {"name": "X"}), (peer, {"name": "X"}), (mine, {"team": other.team})]:
        with pytest.raises(Forbidden):
            change(User.objects.get(pk=who.pk), head, **values)


def test_nobody_is_the_own_deputy_and_nobody_inactive_is_one(admin):
    head = make_user("sales_head")
    for deputy in (head, make_user(is_active=False)):
        with pytest.raises(acts.Unfit, match="somebody else who is active"):
            change(head, admin, deputy=deputy)


# --- Leaving --------------------------------------------------------------------------------------------------------
def test_sessions_password_links_and_keys_end_with_the_person_for_good(admin):
    invited = invite(admin)
    client = choose_password(invited.link)
    kim = invited.person
    key, _ = issue(person=kim, name="Web site", scopes=["read"], days=30)
    assert client.get("/settings/profile/").status_code == 200

    acts.deactivate(kim, to=None, by=admin)

    assert client.get("/settings/profile/").status_code == 302
    assert not gets_in(kim.email)
    assert ApiKey.objects.get(pk=key.pk).revoked_by == admin
    back = acts.reactivate(kim, by=admin)
    assert client.get("/settings/profile/").status_code == 302
    assert not gets_in(kim.email)
    choose_password(back.link)
    assert gets_in(kim.email)
    assert not ApiKey.objects.get(pk=key.pk).opens(now())


def test_a_leaver_gives_every_open_lead_away_in_the_same_breath(admin):
    leaver, heir = make_user(), make_user()
    for stage in (Stage.VISITOR, Stage.MQL, Stage.SQL):
        make_lead(stage=stage, owner=leaver)

    assert acts.deactivate(leaver, to=heir, by=admin) == {heir.pk: 3}

    assert not Lead.objects.filter(owner=leaver).exists()
    assert reconcile.prove().balances
    assert audited(about=leaver) == ["user.deactivated"]


def test_where_the_leads_cannot_go_nobody_leaves(admin):
    leaver = make_user()
    make_lead(stage=Stage.SAL, owner=leaver)

    with pytest.raises(Refusal, match="No rep is there"):
        acts.deactivate(leaver, to=None, by=admin)

    assert User.objects.get(pk=leaver.pk).is_active
    assert audited(about=leaver) == []


def test_the_last_administrator_is_not_deactivated_and_nobody_deactivates_themselves(admin):
    second = make_user("administrator")
    with pytest.raises(Refusal, match="cannot deactivate yourself"):
        acts.deactivate(admin, to=None, by=admin)
    acts.deactivate(second, to=None, by=admin)
    with pytest.raises(Forbidden):  # who is inactive changes nobody
        acts.deactivate(admin, to=None, by=User.objects.get(pk=second.pk))


def test_who_leaves_stands_in_for_nobody(admin):
    head, deputy = make_user("sales_head"), make_user()
    change(head, admin, deputy=deputy)

    acts.deactivate(deputy, to=None, by=admin)

    assert User.objects.get(pk=head.pk).deputy is None
    assert audited(about=head) == ["user.changed", "user.changed"]


def test_a_head_deactivates_in_the_own_team_only():
    head, mine, other = make_user("sales_head"), make_user(), make_user(team="Benelux")

    acts.deactivate(mine, to=None, by=head)
    with pytest.raises(Forbidden):
        acts.deactivate(other, to=None, by=head)


# --- Names in files ---------------------------------------------------------------------------------------------------
def alias(text: str = "J. Doe", user: User | None = None) -> PersonAlias:
    user = user or User.objects.create(name=text, email=None, is_active=False)
    return PersonAlias.objects.create(source="crm", text=text, user=user)


def test_a_claimed_name_means_that_person_and_brings_its_leads(admin):
    name, rep = alias(), make_user()
    lead = make_lead(owner=name.user)

    assert acts.claim(name, to=rep, with_leads=True, by=admin) == 1

    assert PersonAlias.objects.get(pk=name.pk).user == rep
    assert Lead.objects.get(pk=lead.pk).owner == rep
    assert reconcile.prove().balances
    assert AuditEvent.objects.get(action="alias.claimed").by == admin


def test_leads_stay_where_they_are_when_that_is_wanted_and_with_real_people_always(admin):
    name, real = alias(), alias("benny", make_user())
    kept, owned = make_lead(owner=name.user), make_lead(owner=real.user)

    assert acts.claim(name, to=make_user(), with_leads=False, by=admin) == 0
    assert acts.claim(real, to=make_user(), with_leads=True, by=admin) == 0
    assert {Lead.objects.get(pk=kept.pk).owner, Lead.objects.get(pk=owned.pk).owner} == {name.user, real.user}


def test_a_name_of_a_file_is_not_reactivated_and_a_leaver_claims_nothing(admin):
    name = alias()
    with pytest.raises(Refusal, match="is a name from a file"):
        acts.reactivate(name.user, by=admin)
    with pytest.raises(Refusal, match="is inactive"):
        acts.claim(name, to=make_user(is_active=False), with_leads=True, by=admin)


def test_a_head_says_of_nobody_who_they_are():
    with pytest.raises(Forbidden):
        acts.claim(alias(), to=make_user(), with_leads=True, by=make_user("sales_head"))


def test_a_session_that_is_open_sees_a_new_role_with_the_next_page(admin):
    rep = make_user()
    client = signed_in(rep)
    assert client.get("/settings/people/").status_code == 403

    change(rep, admin, role="sales_head")

    assert client.get("/settings/people/").status_code == 200
