"""The pages of definitions: read by everybody, written in a draft, signed by two heads."""

import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils.timezone import now

from leads import definitions
from leads.definitions import drafts, words
from leads.models import Acknowledgement, CustomField, Definition
from leads.pages.definition_sections import SECTIONS
from tests.factories import MONDAY_9, make_signed, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def heads(organisation):
    return make_user("marketing_head", name="Maud"), make_user("sales_head", name="Sem")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(response.content.decode())))


def draft_of(user, **mql) -> Definition:
    row = drafts.start(by=user, moment=now())
    if mql:
        seen = drafts.fingerprint(row.document, ["stages.mql"])
        parts = {"stages.mql": row.document["stages"]["mql"] | mql}
        row = drafts.save(row.pk, parts, seen=seen, by=user, moment=now())
    return row


class Controls(HTMLParser):
    """What a browser would send of the editor's form as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self.inside, self.templates, self.select, self.area = False, 0, "", ""

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        self.inside |= tag == "form" and "def-form" in has.get("class", "")
        self.templates += tag == "template"
        if not self.inside or self.templates:
            return
        name = has.get("name") or ""
        if tag == "input" and (has.get("type") not in ("checkbox", "radio") or "checked" in has):
            self.data.setdefault(name, []).append(has.get("value") or ("on" if "checked" in has else ""))
        if tag == "select":
            self.select = name
        if tag == "option" and ("selected" in has or self.select not in self.data):
            self.data[self.select] = [has.get("value", "")]
        if tag == "textarea":
            self.area, self.data[name] = name, [""]

    def handle_data(self, text):
        if self.area:
            self.data[self.area][0] += text.strip("\n")

    def handle_endtag(self, tag):
        self.templates -= tag == "template"
        self.inside &= tag != "form"
        self.area = "" if tag == "textarea" else self.area


def posted(response) -> dict:
    parser = Controls()
    parser.feed(response.content.decode())
    return parser.data


@pytest.mark.parametrize("role", ["rep", "marketer", "account_manager", "sales_head", "administrator"])
def test_everybody_reads_what_is_in_force(organisation, role):
    page = signed_in(make_user(role)).get("/definitions/")

    told = text_of(page)
    assert "The default that comes with the product" in told
    assert words.rule_words(definitions.unsigned().stages["mql"].entry) in told
    assert "Poor fit" in told


def test_who_is_not_signed_in_reads_nothing(organisation):
    for path in ("/definitions/", "/definitions/history/", "/definitions/draft/", "/definitions/draft/mql/"):
        assert Client().get(path).status_code == 302


def test_a_rep_neither_drafts_nor_proposes_nor_signs(heads):
    row, client = draft_of(heads[0], name="Ready"), signed_in(make_user("rep"))

    assert client.get("/definitions/draft/").status_code == 200
    assert client.get("/definitions/draft/mql/").status_code == 403
    assert client.post("/definitions/start/").status_code == 403
    for act in ("propose", "sign", "send-back", "comment", "withdraw"):
        assert client.post(
            f"/definitions/{row.pk}/{act}/", {"revision": 2, "text": "x", "summary": "x"}
        ).status_code in (403, 409), act


def test_from_a_draft_to_what_holds_by_the_pages_alone(heads):
    marketer, rep = signed_in(make_user("marketer")), signed_in(make_user("rep"))
    first, second = map(signed_in, heads)
    marketer.post("/definitions/start/")
    data = posted(marketer.get("/definitions/draft/mql/")) | {"name": ["Ready"], "target_days": ["14"]}
    assert marketer.post("/definitions/draft/mql/", data).status_code == 302
    row = Definition.objects.get()
    assert row.document["stages"]["mql"]["target_days"] == 14
    assert "Target time" in text_of(marketer.get("/definitions/draft/"))

    marketer.post(f"/definitions/{row.pk}/propose/", {"revision": 2, "summary": "Fewer, better"})
    assert "Sign for sales" in text_of(second.get("/definitions/draft/"))
    assert "Sign for" not in text_of(marketer.get("/definitions/draft/"))
    assert "In force with the second signature" in text_of(second.get("/definitions/draft/"))
    first.post(f"/definitions/{row.pk}/sign/", {"revision": 3})
    assert "puts it in force at once, and cannot be taken back" in text_of(second.get("/definitions/draft/"))
    assert "Ready" not in text_of(rep.get("/definitions/"))
    second.post(f"/definitions/{row.pk}/sign/", {"revision": 3})

    told = text_of(rep.get("/definitions/"))
    assert "Version 1, signed by both teams" in told
    assert "Ready" in told
    assert "Maud" in told
    assert "Sem" in told


@pytest.mark.parametrize("section", list(SECTIONS))
def test_every_section_saved_as_it_is_changes_nothing(heads, section):
    client = signed_in(heads[0])
    row = draft_of(heads[0])

    data = posted(client.get(f"/definitions/draft/{section}/"))
    answer = client.post(f"/definitions/draft/{section}/", data)

    assert answer.status_code == 302, text_of(answer)
    assert Definition.objects.get().document == row.document


def test_a_row_is_added_and_put_in_another_place_and_removed(heads):
    client = signed_in(heads[0])
    row = draft_of(heads[0])
    data = posted(client.get("/definitions/draft/loss/"))
    more = posted(client.post("/definitions/draft/loss/", data | {"add": "row"}))
    n = len(row.document["reasons"]["loss"])
    more |= {
        f"row-{n}-label": ["Too late"],
        f"row-{n}-ORDER": ["1"],
        "row-0-ORDER": ["3"],
        "row-1-DELETE": ["on"],
    }

    assert client.post("/definitions/draft/loss/", more).status_code == 302

    labels = [one["label"] for one in Definition.objects.get().document["reasons"]["loss"]]
    assert labels[:2] == ["Too late", "No decision"] or labels[0] == "Too late"
    assert "Price" not in labels
    assert Definition.objects.get().document["reasons"]["loss"][0]["code"] == "too_late"


def test_what_cannot_be_said_comes_back_with_its_reason(heads):
    client = signed_in(heads[0])
    draft_of(heads[0])
    data = posted(client.get("/definitions/draft/scoring/")) | {"fit_a": ["10"], "fit_b": ["20"]}

    answer = client.post("/definitions/draft/scoring/", data)

    assert answer.status_code == 422
    assert "Each grade begins below the one before it" in text_of(answer)
    assert posted(answer)["fit_a"] == ["10"]


def test_whoever_saves_second_is_told_and_may_insist(heads):
    one, other = map(signed_in, heads)
    draft_of(heads[0])
    data = posted(one.get("/definitions/draft/mql/"))
    other.post("/definitions/draft/mql/", posted(other.get("/definitions/draft/mql/")) | {"name": ["Theirs"]})

    answer = one.post("/definitions/draft/mql/", data | {"name": ["Mine"]})
    assert "Somebody else saved this part" in text_of(answer)
    assert posted(answer)["name"] == ["Mine"]
    one.post("/definitions/draft/mql/", posted(answer))

    assert Definition.objects.get().document["stages"]["mql"]["name"] == "Mine"


def test_own_fields_can_be_asked_for(heads):
    CustomField.objects.create(entity="lead", key="tier", label="Tier", kind="text")
    client = signed_in(heads[0])
    draft_of(heads[0])
    data = posted(client.get("/definitions/draft/sal/")) | {"required": ["phone", "custom.tier"]}

    client.post("/definitions/draft/sal/", data)

    assert Definition.objects.get().document["stages"]["sal"]["required"] == ["phone", "custom.tier"]
    assert "Phone, Tier" in text_of(client.get("/definitions/draft/"))


def test_somebody_who_has_not_read_the_version_in_force_is_told_once(heads):
    make_signed(since=MONDAY_9)
    client = signed_in(make_user("rep"))
    assert "Version 1 of the definitions is in force, and you have not read it yet" in text_of(
        client.get("/leads/")
    )

    client.post("/definitions/acknowledge/")
    client.post("/definitions/acknowledge/")

    assert Acknowledgement.objects.count() == 1
    assert "you have not read it yet" not in text_of(client.get("/leads/"))


def test_whoever_read_one_version_is_asked_to_read_the_next(heads):
    make_signed(since=MONDAY_9)
    client = signed_in(make_user("rep"))
    client.post("/definitions/acknowledge/")
    make_signed(since=MONDAY_9 + timedelta(days=1))

    assert "Version 2 of the definitions is in force, and you have not read it yet" in text_of(
        client.get("/leads/")
    )
    client.post("/definitions/acknowledge/")
    assert "you have not read it yet" not in text_of(client.get("/leads/"))


def test_a_head_sees_beside_the_page_that_it_waits_for_them(heads):
    row = draft_of(heads[0], name="Ready")
    drafts.propose(row.pk, revision=2, summary="x", starts_on=None, by=heads[0], moment=now())

    assert "1 waiting for your signature" in text_of(signed_in(heads[1]).get("/leads/"))
    signed_in(heads[1]).post(f"/definitions/{row.pk}/sign/", {"revision": 3})
    assert "1 waiting for your signature" not in text_of(signed_in(heads[1]).get("/leads/"))
    assert "1 waiting for your signature" in text_of(signed_in(heads[0]).get("/leads/"))


def test_history_tells_what_each_version_changed(heads):
    make_signed(since=MONDAY_9)
    stages = definitions.unsigned().json()["stages"]
    stages["sal"]["name"] = "Taken"
    second = make_signed({"stages": stages}, since=now())
    client = signed_in(heads[0])

    told = text_of(client.get("/definitions/history/"))
    assert "Version 2 In force" in told
    page = text_of(client.get(f"/definitions/{second.pk}/"))
    assert "Held against version 1" in page
    assert "Before: SAL" in page
    assert "After: Taken" in page


def test_withdrawn_it_can_be_taken_up_again(heads):
    row, client = draft_of(heads[0], name="Ready"), signed_in(heads[0])

    answer = client.post(f"/definitions/{row.pk}/withdraw/", {"revision": 2}, follow=True)
    assert "Take it up again" in text_of(answer)
    client.post("/definitions/start/", {"source": row.pk})

    assert Definition.objects.open().get().document["stages"]["mql"]["name"] == "Ready"
    assert "Withdrawn" in text_of(client.get(f"/definitions/{row.pk}/"))


def test_the_pages_are_a_handful_of_queries(heads, django_assert_max_num_queries):
    make_signed(since=MONDAY_9)
    draft_of(heads[0], name="Ready")
    client = signed_in(heads[0])
    for path, most in (
        ("/definitions/", 12),
        ("/definitions/draft/", 14),
        ("/definitions/history/", 10),
        ("/definitions/draft/profile/", 12),
    ):
        client.get(path)
        with django_assert_max_num_queries(most):
            assert client.get(path).status_code == 200


def test_the_history_of_many_versions_costs_what_that_of_one_does(heads, django_assert_max_num_queries):
    for day in range(6):
        make_signed(since=MONDAY_9 + timedelta(days=day))
    client = signed_in(heads[0])
    client.get("/definitions/")

    with django_assert_max_num_queries(10):
        assert client.get("/definitions/history/").status_code == 200


def test_the_rules_of_scoring_stand_in_one_line_each_until_somebody_opens_one(heads):
    draft_of(heads[0])
    client = signed_in(heads[0])
    page = client.get("/definitions/draft/scoring/").content.decode()
    rules = definitions.unsigned().scoring.touches

    assert page.count("<summary>") == len(rules)
    assert words.points(rules[0].points) in page
    wrong = posted(client.get("/definitions/draft/scoring/")) | {"row-0-points": ["0"]}
    told = client.post("/definitions/draft/scoring/", wrong).content.decode()
    assert told.count("<summary>") == len(rules) - 1
    assert "A rule without points changes nothing." in told
