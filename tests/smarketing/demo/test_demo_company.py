"""The demo company is a year that holds together: its people, leads, hand-overs, money and register."""

import json
import re
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Count, F, Max

from leads import bars, capture, custom_fields
from leads.buying import Role, role_of
from leads.models import (
    Account,
    Activity,
    Appeal,
    Assignment,
    Cost,
    CustomField,
    Deal,
    FactChange,
    Handover,
    Lead,
    Note,
    Refund,
    ReturnDate,
    StageChange,
    Suppression,
    SuppressionHit,
    Touch,
)
from leads.readings import STANDS
from leads.reasons import Rejection
from leads.stages import LADDER, Move, Stage, Standing
from smarketing.foundation.models import Absence, Calendar, ExchangeRate, Organisation, OutboxItem, Team, User
from tests.smarketing.demos import SIZE, WEDNESDAY

pytestmark = pytest.mark.usefixtures("demo", "django_db_unblocked")

PLANNED = {"return_on", "expected_on", "until", "until_at"}  # dates that people plan
MADE_NOW = {"joined_at", "available_at", "recorded_at", "created_at", "close_recorded_at"}


def test_there_are_as_many_leads_as_asked_for():
    assert Lead.objects.count() == SIZE


def test_the_company_has_its_teams_and_heads():
    assert Organisation.get().name == "Loadline"
    assert User.objects.reps().count() == 8
    assert set(User.objects.reps().values_list("team__name", flat=True)) == {"Benelux", "Central Europe"}
    assert User.objects.filter(role=User.Role.MARKETER).count() == 4
    for role in (User.Role.SALES_HEAD, User.Role.MARKETING_HEAD, User.Role.ADMINISTRATOR):
        assert User.objects.filter(role=role).count() == 1
    assert Team.objects.count() == 3


def test_nothing_lies_in_the_future():
    late = []
    for model in apps.get_app_config("leads").get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.DateField) and field.name not in PLANNED | MADE_NOW:
                latest = model.objects.aggregate(latest=Max(field.name))["latest"]
                limit = WEDNESDAY if isinstance(latest, datetime) else WEDNESDAY.date()
                # The stories of today are written by real acts, which note the moment they happen to run.
                if latest is not None and latest > limit:
                    late.append(f"{model.__name__}.{field.name}: {latest}")
    assert not late


def test_history_is_a_year_long():
    first, last = (Lead.objects.order_by(key).first().born_at for key in ("born_at", "-born_at"))

    assert timedelta(days=350) < last - first <= timedelta(days=367)


def test_every_lead_stands_where_its_history_says():
    with connection.cursor() as cursor:
        cursor.execute(STANDS, {"leads": list(Lead.objects.values_list("pk", flat=True))})
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    assert len(rows) == SIZE
    for lead, row in zip(
        Lead.objects.order_by("pk"), sorted(rows, key=lambda row: row["lead_id"]), strict=True
    ):
        assert (lead.stage, lead.standing) == (row["to_stage"], row["to_standing"]), lead.history.all()
        assert lead.highest_stage == LADDER[row["highest"]]
        assert [lead.reached_at(stage) for stage in LADDER] == [row[f"{stage}_at"] for stage in LADDER]


def test_hand_overs_balance():
    delivered = Handover.objects.counted()
    endings = dict(delivered.exclude(ending="").values_list("ending").annotate(n=Count("id")))

    assert set(endings) == {"accepted", "rejected", "recycled", "reassigned", "withdrawn"}
    assert delivered.count() == sum(endings.values()) + delivered.open().count()


def test_a_hand_over_is_open_exactly_while_its_lead_is_an_owned_mql():
    waiting = Lead.objects.filter(stage=Stage.MQL, standing=Standing.ACTIVE).exclude(owner=None)
    delivered = Handover.objects.open()

    assert set(delivered.values_list("lead", "rep")) == set(waiting.values_list("pk", "owner"))


def test_every_rep_has_open_mqls_and_some_leads_wait_unclaimed():
    queues = dict(Handover.objects.open().values_list("rep").annotate(n=Count("id")))

    assert set(queues) == set(User.objects.reps().values_list("pk", flat=True))
    assert Lead.objects.unclaimed().count() >= 4
    fresh = Handover.objects.open().filter(opened_at__gt=WEDNESDAY - timedelta(hours=30))
    assert fresh.values("rep").distinct().count() == 8


def test_the_owner_is_the_last_one_assigned():
    last = dict(Assignment.objects.order_by("id").values_list("lead", "owner"))

    assert last == dict(Lead.objects.exclude(owner=None).values_list("pk", "owner"))


def test_every_reason_of_a_rejection_occurs():
    told = StageChange.objects.counted().filter(move=Move.REJECT).values_list("reason", flat=True)

    assert set(told) == set(Rejection.values)


def test_every_disqualified_lead_is_in_the_register():
    out = Lead.objects.filter(standing=Standing.DISQUALIFIED)
    barred = Suppression.objects.in_force(WEDNESDAY)

    assert out.count() > 10
    assert set(out.values_list("pk", flat=True)) == set(
        barred.filter(kind="lead").values_list("lead", flat=True)
    )
    assert set(out.exclude(email_norm=None).values_list("email_norm", flat=True)) == set(
        barred.filter(kind="email").values_list("value", flat=True)
    )
    assert set(out.exclude(phone_norm=None).values_list("phone_norm", flat=True)) == set(
        barred.filter(kind="phone").values_list("value", flat=True)
    )


def test_amounts_and_currencies_are_sound():
    known = set(ExchangeRate.objects.values_list("currency", flat=True)) | {"EUR"}

    assert set(Deal.objects.values_list("currency", flat=True)) <= known
    assert set(Cost.objects.values_list("currency", flat=True)) <= known
    assert not Deal.objects.filter(amount__lte=0).exists()
    assert not Cost.objects.filter(amount__lte=0).exists()
    assert not Deal.objects.filter(closed_at__lt=F("opened_at")).exists()
    assert set(Deal.objects.values_list("outcome", flat=True)) == {"open", "won", "lost"}
    assert not Deal.objects.filter(outcome="lost", lost_reason="").exists()
    for refund in Refund.objects.select_related("deal"):
        assert refund.deal.outcome == "won"
        assert refund.amount <= refund.deal.amount
        assert refund.at >= refund.deal.closed_at


def test_an_open_deal_belongs_to_somebody_who_may_still_buy():
    open_deals = Deal.objects.filter(outcome="open")

    assert open_deals.exists()
    assert set(open_deals.values_list("contact__stage", "contact__standing")) <= {
        ("sql", "active"),
        ("customer", "won"),
        ("customer", "churned"),
    }


def test_the_best_customer_is_one_that_came_back():
    best = Deal.objects.filter(outcome="won").order_by("-amount").first()

    assert [row.move for row in best.contact.history.in_order()] == [
        "capture", "qualify", "accept", "recycle", "qualify", "accept", "advance", "win",
    ]  # fmt: skip
    assert best.contact.state == Stage.CUSTOMER


def test_marketing_ran_fourteen_campaigns_over_seven_channels():
    campaigns = {
        (row.campaign.name, row.campaign.channel.name) for row in Lead.objects.exclude(campaign=None)
    }

    assert len({name for name, _ in campaigns}) == 14
    assert len({channel for _, channel in campaigns}) == 7
    assert Lead.objects.filter(channel=None).exists()
    spent = Cost.objects.exclude(campaign=None).values("campaign").distinct().count()
    assert spent == 13  # referrals of customers cost nothing
    assert Cost.objects.filter(campaign=None).exists()


def test_a_lead_with_an_origin_has_one_origin_touch_and_no_other_lead_has():
    known = Lead.objects.exclude(channel=None).values_list("pk", flat=True)

    assert sorted(Touch.objects.filter(is_origin=True).values_list("lead", flat=True)) == sorted(known)


def test_returned_leads_are_overdue_due_today_and_coming_and_some_did_something_since():
    today = WEDNESDAY.date()
    returned = Lead.objects.filter(standing=Standing.NURTURING).exclude(return_on=None)

    assert returned.filter(return_on=today).exists()
    assert returned.filter(return_on__lt=today).exists()
    assert returned.filter(return_on__gt=today).count() > returned.filter(return_on__lt=today).count()
    assert returned.filter(return_on__lte=today, touches__at__gt=F("returned_at")).exists()
    assert set(ReturnDate.objects.values_list("by__role", flat=True)) == {User.Role.MARKETER}


def test_own_facts_are_what_their_fields_allow_and_their_last_correction_says():
    assert set(CustomField.objects.values_list("kind", flat=True)) == {"choice", "number", "yes_no", "date"}
    for entity, model in (("lead", Lead), ("account", Account)):
        fields = {field.key: field for field in CustomField.objects.filter(entity=entity)}
        for row in model.objects.exclude(custom={}):
            for key, value in row.custom.items():
                assert custom_fields.parse(fields[key], custom_fields.typed(value)) == value
    last = {}
    for change in FactChange.objects.filter(field__startswith="custom.").order_by("at", "id"):
        last[change.lead or change.account, change.field.removeprefix("custom.")] = change.after
    assert last
    for (row, key), after in last.items():
        assert custom_fields.typed(row.custom[key]) == after


def test_the_register_holds_persons_a_domain_and_an_account_and_stopped_them_on_many_ways():
    assert set(Suppression.objects.values_list("kind", flat=True)) == set(Suppression.Kind.values)
    assert len(set(SuppressionHit.objects.values_list("way", flat=True))) >= 4
    assert SuppressionHit.objects.exclude(campaign=None).exists()
    assert not SuppressionHit.objects.filter(at__lt=F("suppression__created_at")).exists()
    appeal = Appeal.objects.get(change=None)
    assert (appeal.marketing_by.role, appeal.sales_by) == (User.Role.MARKETING_HEAD, None)


def test_live_rows_an_undo_and_a_reassignment_are_there_to_be_seen():
    assert StageChange.objects.filter(kind="live").count() > 80
    assert StageChange.objects.filter(move=Move.UNDO).count() == 1
    assert Handover.objects.filter(ending="reassigned").exists()
    assert Activity.objects.filter(connected=True).exists()
    assert Note.objects.exclude(change=None).exists()


def test_nobody_is_mailed():
    assert OutboxItem.objects.exists()
    assert not OutboxItem.objects.filter(done_at=None).exists()


def test_nobody_shares_an_address_a_number_or_a_company_name():
    for field in ("email_norm", "phone_norm"):
        values = Lead.objects.exclude(**{field: None}).values_list(field, flat=True)
        assert len(values) == len(set(values))
    assert all(
        re.fullmatch(r".+@.+\.example", mail)
        for mail in Lead.objects.exclude(email="").values_list("email", flat=True)
    )


def test_everybody_is_back_from_holiday():
    assert Absence.objects.count() == 8
    assert not Absence.objects.filter(ends_on__gte=WEDNESDAY.date()).exists()


def test_the_company_and_its_sales_teams_keep_different_hours():
    def told(calendar: Calendar) -> tuple:
        return calendar.time_zone, calendar.holiday_place, calendar.week["4"][-1][-1]

    teams = {team.name: told(team.calendar) for team in Team.objects.filter(calendar__isnull=False)}
    assert teams == {
        "Benelux": ("Europe/Amsterdam", "NL", "20:00"),
        "Central Europe": ("Europe/Berlin", "DE", "15:00"),
    }
    assert told(Organisation.get().calendar) == ("Europe/Amsterdam", "NL", "17:00")


def test_the_password_opens_every_login_told(demo):
    assert [login["role"] for login in demo.logins] == [
        "rep", "marketer", "sales head", "marketing head", "administrator",
    ]  # fmt: skip
    for login in demo.logins:
        assert len(login["password"]) >= 16
        assert User.objects.get(email=login["email"]).check_password(login["password"])


def test_the_logins_are_kept_for_their_owner_alone(demo, folder):
    stored = folder / "run" / "demo.json"

    assert json.loads(stored.read_text()) == {"logins": demo.logins}
    assert stored.stat().st_mode & 0o777 == 0o600


def test_a_barred_person_cannot_come_in_again():
    entry = Suppression.objects.filter(kind="phone").first()

    with transaction.atomic():
        with pytest.raises(bars.Suppressed):
            capture.create(by=None, phone=entry.value, moment=WEDNESDAY)
        transaction.set_rollback(True)  # the register logs what it stopped, and others read this company too


def test_sales_blames_each_campaign_for_something_else():
    def blamed(campaign: str) -> str:
        told = StageChange.objects.counted().filter(move=Move.REJECT, lead__campaign__name=campaign)
        return told.values("reason").annotate(n=Count("id")).order_by("-n")[0]["reason"]

    assert blamed("Content syndication") == "bad_data"
    assert blamed("Buyer's guide") == "too_early"


def test_people_of_one_company_play_different_parts_in_its_decision():
    northwind = {role_of(lead.buying_role) for lead in Lead.objects.filter(account__name="Northwind Freight")}

    assert northwind == {Role.CHAMPION, Role.ECONOMIC_BUYER, Role.USER, Role.TECHNICAL_BUYER}
