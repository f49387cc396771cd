"""What becomes of the rows of a file of leads."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from leads import suppression
from leads.models import (
    Account,
    Assignment,
    Campaign,
    Channel,
    Deal,
    ExternalId,
    Handover,
    ImportBatch,
    ImportProblem,
    Lead,
    Note,
    StageChange,
    Suppression,
    SuppressionHit,
    Touch,
)
from leads.stages import Stage
from smarketing.foundation.models import OutboxItem, PersonAlias, User
from tests.conftest import make_organisation
from tests.factories import make_lead, make_user
from tests.leads.importing import counts, run, write

pytestmark = pytest.mark.django_db

HUBSPOT = """\ufeffRecord ID,First Name,Last Name,Email,Phone Number,Lifecycle Stage,Unsubscribed from all email,Create Date,Company Name,Message
1,Nora,Blake,nora.blake@example.com,+44 20 7946 0991,Lead,false,2024-05-20 10:15,Quay Ltd,
2,Omar,Said,OMAR.SAID@EXAMPLE.COM,,Marketing Qualified Lead,true,2024-05-21 11:00,Quay Ltd,"two
lines"
3,Omar,Said, omar.said@example.com,,Lead,false,2024-05-22 11:00,,
4,Pia,Lund,,+44 20 7946 0992,Subscriber,,2024-05-23 12:00,Lund AB,
5,Quin,Ross,quin@,,Customer,,2024-05-24 12:00,,
6,Rea,Sol,rea.sol@example.com,,Champion,no,2024-05-25 12:00,"Sol, Inc",=1+1
"""  # noqa: E501


@pytest.fixture(autouse=True)
def company(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_organisation(zone="America/Sao_Paulo", currency="BRL")


@pytest.fixture
def take(tmp_path):
    """Import a text of leads; answers the result, which must be one of success."""

    def take(text, *arguments):
        done = run("import_leads", write(tmp_path, text), *arguments)
        assert done.status == 0, done.said
        counts(done.result)
        return done.result

    return take


def moment(*parts):
    return datetime(*parts, tzinfo=UTC)


# --- a whole export ------------------------------------------------------------------------------------------------


def test_an_export_of_another_product_is_understood_by_its_preset(tmp_path):
    done = run("import_leads", write(tmp_path, HUBSPOT), "--preset", "hubspot")

    assert counts(done.result) == (5, 1, 0, 0)
    assert list(Lead.objects.filter(consent="opted_out").values_list("email", flat=True)) == [
        "omar.said@example.com"
    ]
    assert 'row 5: e-mail "quin@" is not valid; kept without it' in done.said
    assert 'row 6: unknown lifecycle stage "Champion"; default used' in done.said
    assert done.result["warnings"] == {
        "e-mail is not valid; kept without it": 1,
        'unknown lifecycle stage "Champion"; default used': 1,
    }
    assert sorted(Note.objects.values_list("text", flat=True)) == ["=1+1", "two\nlines"]


def test_the_same_file_again_changes_nothing(take):
    take(HUBSPOT, "--preset", "hubspot")
    before = list(Lead.objects.order_by("id").values())

    assert counts(take(HUBSPOT, "--preset", "hubspot")) == (0, 0, 6, 0)
    assert list(Lead.objects.order_by("id").values()) == before
    assert StageChange.objects.count() == 2


def test_imported_rows_cause_no_effect_outside(take):
    take(HUBSPOT, "--preset", "hubspot")
    assert not OutboxItem.objects.exists()


@pytest.mark.parametrize(
    ("preset", "header", "row"),
    [
        ("salesforce", "Lead ID,Email,Email Opt Out,Converted Date,Lead Owner", "00Q1,a@example.com,1,2024-05-20,Ann"),
        ("mailchimp", "Email Address,EUID,UNSUB_TIME", "a@example.com,e1,2024-05-20 10:00:00"),
        (
            "pipedrive",
            "Person - ID,Person - Email - Work,Person - Email - Home,Person - Marketing status",
            "7,,a@example.com,Unsubscribed",
        ),
    ],
)  # fmt: skip
def test_each_preset_finds_address_and_opt_out(take, preset, header, row):
    assert take(f"{header}\n{row}\n", "--preset", preset)["ignored_columns"] == []
    lead = Lead.objects.get()
    assert (lead.email_norm, lead.consent) == ("a@example.com", "opted_out")
    assert ExternalId.objects.get().source == preset


# --- who is who ----------------------------------------------------------------------------------------------------


def test_a_row_finds_its_lead_by_external_id_then_e_mail_then_phone(take):
    take("external_id,email,phone\nA,a@example.com,+442079460991\n")

    take("external_id,email,phone,first_name\nA,,,Ada\n")
    take("email,last_name\nA@EXAMPLE.com,Byron\n")
    take("phone,job_title\n0044 20 7946 0991,CEO\n")

    lead = Lead.objects.get()
    assert (lead.first_name, lead.last_name, lead.job_title) == ("Ada", "Byron", "CEO")


def test_external_ids_of_two_systems_do_not_mix(take):
    take("external_id\n1\n", "--source", "crm")
    take("external_id\n1\n", "--source", "shop")
    assert Lead.objects.count() == 2


def test_colleagues_behind_one_switchboard_stay_two_people(take):
    result = take("email,phone\na@example.com,+442079460991\nb@example.com,+442079460991\n,+442079460991\n")
    assert counts(result) == (2, 0, 1, 0)
    assert result["warnings"] == {"phone of another lead; kept as two people": 1}


def test_an_address_of_another_lead_is_not_taken_over(take):
    take("external_id,email\nA,a@example.com\nB,\n")
    result = take("external_id,email\nB,a@example.com\n")
    assert counts(result) == (0, 0, 1, 0)
    assert result["warnings"] == {"e-mail of another lead; left out": 1}


def test_a_row_that_names_nobody_is_rejected(take):
    result = take("email,phone,first_name\n,,Ada\nnot-an-address,,Ben\n,n/a,Cem\n")
    assert counts(result) == (0, 0, 0, 3)
    assert result["reasons"] == {"no identity": 2, "invalid e-mail": 1}


def test_rows_of_an_absorbed_lead_go_to_the_one_it_was_merged_into(take):
    survivor, absorbed = make_lead(), make_lead(email="old@example.com", email_norm="old@example.com")
    Lead.objects.filter(pk=absorbed.pk).update(merged_into=survivor)

    assert counts(take("email,job_title\nold@example.com,CEO\n")) == (0, 1, 0, 0)
    survivor.refresh_from_db()
    assert survivor.job_title == "CEO"


# --- facts ---------------------------------------------------------------------------------------------------------


def test_a_value_fills_a_blank_and_overwrites_only_when_told_to(take):
    take("email,first_name,job_title\na@example.com,Ada,\n")

    assert counts(take("email,first_name,job_title\na@example.com,Eve,CEO\n")) == (0, 1, 0, 0)
    assert Lead.objects.get().first_name == "Ada"
    take("email,first_name,job_title\na@example.com,Eve,\n", "--overwrite")
    lead = Lead.objects.get()
    assert (lead.first_name, lead.job_title) == ("Eve", "CEO")


def test_overwriting_twice_with_one_file_changes_nothing_the_second_time(take):
    text = "email,first_name\na@example.com,Ada\na@example.com,Eve\n"
    take(text, "--overwrite")
    assert counts(take(text, "--overwrite")) == (0, 0, 2, 0)
    assert Lead.objects.get().first_name == "Eve"


@pytest.mark.parametrize("values", [("no", "yes"), ("yes", "no")])
def test_an_opt_out_stays_whatever_the_order(take, values):
    take("email,consent\n" + "".join(f"a@example.com,{value}\n" for value in values), "--overwrite")
    assert Lead.objects.get().consent == "opted_out"


def test_a_full_name_is_split(take):
    take('email,name\na@example.com,Ada King Byron\nb@example.com,"Byron, Ada"\n')
    assert set(Lead.objects.values_list("first_name", "last_name")) == {
        ("Ada", "King Byron"),
        ("Ada", "Byron"),
    }


def test_text_is_kept_as_it_is(take):
    take('email,first_name,company,note\na@example.com,=cmd|x,"<b>Ltd</b>",-1\n')
    lead = Lead.objects.get()
    assert (lead.first_name, lead.account.name, lead.notes.get().text) == ("=cmd|x", "<b>Ltd</b>", "-1")


def test_an_account_is_found_by_its_domain_else_by_its_name(take):
    take(
        "email,company,domain,industry\n"
        "a@x.example,Quay Ltd,https://www.quay.example/,\n"
        "b@x.example,Quay Limited,quay.example,Shipping\n"
        "c@x.example,quay  ltd,,\n"
        "d@x.example,Quay Ltd,quay.other.example,\n"
    )
    leads = {lead.email: lead.account for lead in Lead.objects.select_related("account")}
    assert leads["a@x.example"] == leads["b@x.example"] == leads["c@x.example"] != leads["d@x.example"]
    assert leads["a@x.example"].industry == "Shipping"
    assert Account.objects.count() == 2


def test_the_row_that_made_a_lead_is_its_origin_and_touches_once(take):
    Channel.objects.create(name="Paid Search")
    text = (
        "email,campaign,channel,medium\na@example.com,Spring,paid  search,cpc\na@example.com,Autumn,social,\n"
    )
    assert counts(take(text)) == (1, 0, 1, 0)

    lead, touch = Lead.objects.get(), Touch.objects.get()
    assert (lead.campaign.name, lead.channel.name) == ("Spring", "Paid Search")
    assert (touch.is_origin, touch.campaign, touch.channel, touch.medium) == (
        True,
        lead.campaign,
        lead.channel,
        "cpc",
    )
    assert Campaign.objects.count() == 1


def test_a_lead_of_unknown_origin_has_no_touch(take):
    take("email,campaign,channel\na@example.com,,\n")
    assert not Touch.objects.exists()


def test_an_owner_is_known_by_alias_or_address_else_waits_to_be_claimed(take):
    ann = make_user(email="ann@loadline.example")
    ben = make_user()
    PersonAlias.objects.create(source="crm", text="benny", user=ben)
    take(
        "external_id,owner\n1,Ann@Loadline.example\n2,benny\n3,Somebody Else\n4,Somebody Else\n",
        "--source",
        "crm",
    )
    owners = dict(ExternalId.objects.values_list("external_id", "lead__owner"))
    stranger = User.objects.get(is_active=False)
    assert owners == {"1": ann.pk, "2": ben.pk, "3": stranger.pk, "4": stranger.pk}
    assert stranger.name == "Somebody Else"
    assert set(Assignment.objects.values_list("rule", flat=True)) == {"imported"}
    assert not Handover.objects.exists()


def test_a_constant_fills_rows_that_say_nothing(take):
    take("email,channel\na@example.com,\nb@example.com,social\n", "--set", "channel=partner")
    assert set(Lead.objects.values_list("channel__name", flat=True)) == {"partner", "social"}


# --- history -------------------------------------------------------------------------------------------------------


def test_a_bare_date_begins_in_the_organisations_zone_and_a_bare_time_is_in_the_one_given(take):
    take("external_id,reached.mql,deal.won_at\n1,2018-02-01,2018-02-26 19:58:54\n", "--timezone", "UTC")
    lead = Lead.objects.get()
    assert (lead.mql_at, lead.customer_at) == (moment(2018, 2, 1, 2), moment(2018, 2, 26, 19, 58, 54))
    assert (lead.stage, lead.standing, lead.born_at) == ("customer", "won", lead.mql_at)


def test_dates_widen_history_and_never_move_a_stored_one(take):
    take("external_id,reached.mql\n1,2024-05-10\n")
    assert counts(take("external_id,reached.mql\n1,2024-05-20\n")) == (0, 0, 1, 0)
    assert counts(take("external_id,reached.mql\n1,2024-05-01\n")) == (0, 1, 0, 0)

    lead = Lead.objects.get()
    assert lead.mql_at == lead.born_at == moment(2024, 5, 1, 3)
    assert StageChange.objects.count() == 2


def test_a_win_before_the_first_contact_is_taken(take):
    take("external_id,reached.mql,deal.won_at\n1,2018-02-01,2018-01-01\n")
    lead = Lead.objects.get()
    assert (lead.stage, lead.born_at) == ("customer", moment(2018, 1, 1, 2))


def test_a_stage_without_a_date_is_dated_by_what_else_is_known(take):
    take("external_id,stage,created_at\n1,sql,2024-05-01T00:00:00Z\n")
    assert Lead.objects.get().sql_at == moment(2024, 5, 1)
    assert counts(take("external_id,stage\n1,mql\n")) == (0, 0, 1, 0)


def test_history_on_a_lead_that_lives_here_already(take):
    lead = make_lead(stage=Stage.MQL, owner=make_user())
    result = take(f"email,reached.mql,deal.won_at\n{lead.email},2020-01-01,2030-01-01\n")

    lead.refresh_from_db()
    assert counts(result) == (0, 1, 0, 0)
    assert (lead.stage, lead.born_at) == ("customer", moment(2020, 1, 1, 3))
    assert result["warnings"] == {"date in the future; kept": 1}
    assert not Handover.objects.open().exists()


def test_a_decision_with_a_date_is_a_hand_over_that_ended(take):
    take(
        "external_id,owner,reached.mql,reached.sal,rejected.at,rejected.reason\n"
        "1,Ann,2024-05-01,2024-05-02,,\n2,Ann,2024-05-01,,2024-05-03,Too early\n3,Ann,2024-05-01,,,\n"
    )
    ended = Handover.objects.order_by("id").values_list("ending", "cause", "opened_at", "ended_at")
    assert list(ended) == [
        ("accepted", "", moment(2024, 5, 1, 3), moment(2024, 5, 2, 3)),
        ("rejected", "too_early", moment(2024, 5, 1, 3), moment(2024, 5, 3, 3)),
    ]
    states = dict(ExternalId.objects.values_list("external_id", "lead__standing"))
    assert states == {"1": "active", "2": "nurturing", "3": "active"}


def test_outcomes_bring_a_lead_where_they_say(take):
    text = (
        "external_id,reached.mql,rejected.reason,rejected.at,recycled.until,disqualified.reason,disqualified.at,"
        "deal.lost_at,deal.lost_reason,standing\n"
        "rejected,2024-05-01,Cannot reach,2024-05-02,,,,,,\n"
        "unfit,2024-05-01,poor fit,2024-05-02,,,,,,\n"
        "recycled,2024-05-01,,,2030-09-01,,,,,\n"
        "barred,2024-05-01,,,,Competitor,2024-05-04,,,\n"
        "lost,2024-05-01,,,,,,2024-06-01,Price,\n"
        "churned,2024-05-01,,,,,,,,churned\n"
    )
    take(text)
    standing = dict(ExternalId.objects.values_list("external_id", "lead__standing"))
    assert standing == {
        "rejected": "nurturing",
        "unfit": "disqualified",
        "recycled": "nurturing",
        "barred": "disqualified",
        "lost": "lost",
        "churned": "churned",
    }
    assert Lead.objects.get(external_ids__external_id="recycled").return_on == date(2030, 9, 1)
    assert Lead.objects.get(external_ids__external_id="barred").stage == "mql"
    assert counts(take(text)) == (0, 0, 6, 0)


def test_unknown_words_leave_the_default_and_are_listed(take):
    result = take("external_id,stage,standing\n1,Champion,Gold\n")
    assert (Lead.objects.get().stage, Lead.objects.get().standing) == ("visitor", "active")
    assert set(result["warnings"]) == {
        'unknown stage "Champion"; default used',
        'unknown standing "Gold"; default used',
    }


def test_a_date_that_cannot_be_read_rejects_its_row_by_name(take):
    result = take("external_id,reached.mql\n1,2024-02-30\n2,soon\n3,2024-02-29\n")
    assert counts(result) == (1, 0, 0, 2)
    assert 'row 1: reached.mql "2024-02-30" is no date' in ImportProblem.objects.get(row=1).message


@pytest.mark.parametrize(
    ("dates", "expected", "warned"),
    [
        (["03/04/2024", "25/04/2024"], moment(2024, 4, 3, 3), False),
        (["03/04/2024", "04/25/2024"], moment(2024, 3, 4, 3), False),
        (["03/04/2024", "05/04/2024"], moment(2024, 4, 3, 3), True),
    ],
)
def test_a_file_has_one_date_order_and_says_when_it_had_to_choose(take, dates, expected, warned):
    result = take("external_id,reached.mql\n" + "".join(f"{n},{d}\n" for n, d in enumerate(dates)))
    assert Lead.objects.get(external_ids__external_id="0").mql_at == expected
    assert bool(result["warnings"]) == warned


# --- deals ---------------------------------------------------------------------------------------------------------


def test_a_won_deal_makes_a_customer(take):
    take('external_id,deal.name,deal.amount,deal.won_at\n1,Fleet,"1.234,50",2024-05-01T12:00:00Z\n')
    deal = Deal.objects.get()
    assert (deal.outcome, deal.amount, deal.currency) == ("won", Decimal("1234.50"), "BRL")
    assert deal.contact.customer_at == deal.closed_at == moment(2024, 5, 1, 12)


def test_a_deal_is_known_by_its_id_else_by_lead_name_and_date(take):
    take(
        "external_id,deal.external_id,deal.name,deal.opened_at\n1,D1,Fleet,2024-05-01\n2,,Fleet,2024-05-01\n"
    )
    again = (
        "external_id,deal.external_id,deal.name,deal.opened_at,deal.won_at,deal.amount\n"
        "1,D1,Other name,,2024-06-01,10\n2,,Fleet,2024-05-01,2024-06-01,20\n2,,Fleet,2024-07-01,,30\n"
    )
    assert counts(take(again)) == (0, 3, 0, 0)
    assert Deal.objects.count() == 3
    assert sorted(Deal.objects.filter(outcome="won").values_list("name", "amount")) == [
        ("Fleet", 10),
        ("Fleet", 20),
    ]
    assert counts(take(again)) == (0, 0, 3, 0)


def test_another_contact_of_a_deal_does_not_become_a_customer_by_it(take):
    take("external_id,deal.external_id,deal.won_at\n1,D1,2024-05-01\n2,D1,2024-05-01\n")
    assert Lead.objects.filter(stage="customer").count() == 1
    assert Deal.objects.get().contacts.get().lead.external_ids.get().external_id == "2"


def test_a_further_win_of_a_customer_is_no_move(take):
    take("external_id,deal.name,deal.won_at\n1,First,2024-05-01\n1,Second,2024-06-01\n")
    assert (Deal.objects.count(), StageChange.objects.count()) == (2, 1)


def test_an_amount_that_is_none_is_left_out_with_a_warning(take):
    result = take("external_id,deal.amount,employees\n1,lots,11-50\n")
    assert counts(result) == (1, 0, 0, 0)
    assert len(result["warnings"]) == 2
    assert not Deal.objects.exists()


# --- the never-again register ---------------------------------------------------------------------------------------


def test_whom_the_register_bars_is_kept_out_and_the_try_is_logged(take):
    Suppression.objects.create(kind="domain", value="rival.example", reason="competitor")
    result = take("email,campaign\na@rival.example,\nb@example.com,Spring\n")
    assert counts(result) == (1, 0, 0, 1)
    assert result["reasons"] == {"suppressed": 1}
    assert SuppressionHit.objects.get().way == "import"


def test_a_disqualified_lead_takes_facts_but_never_moves_forward(take):
    lead = make_lead(stage=Stage.MQL, owner=make_user())
    suppression.disqualify(lead.pk, by=None, reason="competitor")

    assert counts(take(f"email,job_title,reached.sql\n{lead.email},CEO,2030-01-01\n")) == (0, 1, 0, 0)
    lead.refresh_from_db()
    assert (lead.stage, lead.standing, lead.job_title) == ("mql", "disqualified", "CEO")
    assert SuppressionHit.objects.filter(lead=lead).count() == 1


def test_somebody_disqualified_in_a_file_is_barred_for_later_rows_and_files(take):
    text = (
        "external_id,email,phone,disqualified.reason\n"
        "1,a@example.com,+442079460991,competitor\n"
        "2,b@example.com,+442079460991,\n"
    )
    assert take(text)["reasons"] == {"suppressed": 1}
    assert set(Suppression.objects.values_list("kind", flat=True)) == {"lead", "email", "phone"}
    assert counts(take(text)) == (0, 0, 1, 1)


# --- options -------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_happen_and_stores_nothing(take):
    result = take("external_id,owner,channel\n1,Ann,social\n1,Ann,social\n", "--dry-run")
    assert counts(result) == (1, 0, 1, 0)
    assert result["batch"] is None
    for model in (Lead, Channel, ImportBatch, PersonAlias):
        assert not model.objects.exists()


def test_rejected_rows_come_back_as_a_file_that_runs_no_formula(take, tmp_path):
    out = tmp_path / "rejects.csv"
    take("email,first_name\n,=HYPERLINK(1)\na@example.com,Ada\n", "--rejects", str(out))
    lines = out.read_text().splitlines()
    assert lines[0] == "row,reason,message,email,first_name"
    assert lines[1].endswith(",'=HYPERLINK(1)")
    assert len(lines) == 2
