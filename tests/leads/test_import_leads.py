"""Rows of a file of leads: who each is about, and which facts of it are taken."""

import pytest

from leads.models import (
    Account,
    Assignment,
    Campaign,
    Channel,
    ExternalId,
    Handover,
    ImportBatch,
    Lead,
    Note,
    StageChange,
    Touch,
)
from smarketing.foundation.models import OutboxItem, PersonAlias, User
from tests.factories import make_lead, make_user
from tests.leads.importing import counts, run, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company_in_sao_paulo")]

HUBSPOT = """\ufeffRecord ID,First Name,Last Name,Email,Phone Number,Lifecycle Stage,Unsubscribed from all email,Create Date,Company Name,Message
1,Nora,Blake,nora.blake@example.com,+44 20 7946 0991,Lead,false,2024-05-20 10:15,Quay Ltd,
2,Omar,Said,OMAR.SAID@EXAMPLE.COM,,Marketing Qualified Lead,true,2024-05-21 11:00,Quay Ltd,"two
lines"
3,Omar,Said, omar.said@example.com,,Lead,false,2024-05-22 11:00,,
4,Pia,Lund,,+44 20 7946 0992,Subscriber,,2024-05-23 12:00,Lund AB,
5,Quin,Ross,quin@,,Customer,,2024-05-24 12:00,,
6,Rea,Sol,rea.sol@example.com,,Champion,no,2024-05-25 12:00,"Sol, Inc",=1+1
"""  # noqa: E501


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
