"""The document both teams sign: what it may say, what it says by default, and which version is in force."""

import copy
from datetime import timedelta

import pytest

from leads import definitions, reasons
from leads.definitions import Document, DocumentFault, diff
from leads.definitions.default import default
from tests.factories import MONDAY_9, make_signed, make_user


@pytest.fixture
def data():
    return copy.deepcopy(default(3).json())


def test_a_document_read_and_written_is_the_same(data):
    assert Document.of(data).json() == data
    assert Document.of(data) == default(3)


def test_the_default_knows_every_reason_that_history_may_carry(data):
    document = Document.of(data)

    for kind, codes in [
        ("rejection", reasons.Rejection),
        ("recycling", reasons.Recycling),
        ("disqualification", reasons.Disqualification),
        ("loss", reasons.Loss),
    ]:
        assert [(own.code, own.label) for own in document.reasons[kind]] == codes.choices
    rejection = {own.code: own for own in document.reasons["rejection"]}
    assert {code for code, own in rejection.items() if own.outcome == "disqualify"} == reasons.DISQUALIFYING
    assert {code for code, own in rejection.items() if own.needs_date} == reasons.NEEDS_RETURN_DATE


def test_by_default_the_organisation_says_how_many_touches_make_an_mql(organisation):
    organisation.qualify_at_touches = 7
    organisation.save()

    now = definitions.in_force(MONDAY_9)

    assert (now.version, now.row) == (0, None)
    assert now.document.stages["mql"].entry == {"touches": {"team": "marketing"}, "at_least": 7}


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("stages.mql.name", "", "stages.mql.name: this is empty. Enter a few words."),
        ("stages.mql.owner", "support", "stages.mql.owner: “support” is not known here."),
        ("stages.mql.supporting", "marketing", "the owner's team cannot support itself"),
        ("stages.sal.target_share", 15, "stages.sal.target_share: “15” is no share."),
        ("stages.sal.target_days", 1.5, "Use a whole number from 1 to 730."),
        ("stages.sal.colour", "red", "stages.sal.colour: a definition has no such value. Remove it."),
        ("stages.mql.required", ["shoe_size"], "“shoe_size” is no fact that can be asked for"),
        ("stages.mql.entry", {"all": [{"field": "shoe", "op": "is"}]}, "stages.mql.entry.all.0: Clause 1:"),
        ("scoring.fit_cap", True, "“True” does not fit"),
        ("scoring.fit_grades", [10, 20, 30], "three whole numbers from high to low"),
        ("scoring.groups", [], "scoring.touches[1].group: no group has the key “asks”"),
        ("reasons.loss", [], "reasons.loss: no reason is left. Keep at least one."),
        ("reasons.rejection[1].outcome", "", "say where the lead goes: “nurture” or “disqualify”"),
        ("reasons.rejection[2].code", "poor_fit", "reasons.rejection[2].code: “poor_fit” is there twice"),
        (
            "scoring.touches[2].id",
            "decides",
            "scoring.touches[2].id: a rule of the profile is called “decides” too",
        ),
        (
            "scoring.groups",
            [{"key": key, "name": key, "cap": 9} for key in ("asks", "takes_part", "reads", "fit")],
            "scoring.groups[4].key: “fit” is what a whole part is called",
        ),
        ("profile.rules[1].points", 0, "a rule without points changes nothing"),
        (
            "profile.rules[1].rule",
            {"not": {"field": "score.fit", "op": "at_least", "value": 10}},
            "profile.rules[1].rule: fit is about who they are, and “Fit points” is not",
        ),
        (
            "profile.rules[1].rule",
            {"field": "stage", "op": "is", "value": "mql"},
            "profile.rules[1].rule: fit is about who they are, and “Stage” is not",
        ),
        ("profile.segments[1].key", "Large one", "“Large one” is no key"),
    ],
)
def test_a_fault_names_its_place_and_its_cure(data, path, value, says):
    put(data, path, value)

    with pytest.raises(DocumentFault) as fault:
        Document.of(data)

    assert says in str(fault.value)


@pytest.mark.parametrize(
    "path",
    ["profile.rules", "profile.segments", "scoring.touches", "scoring.groups", "reasons.rejection", "reasons.loss"],
)  # fmt: skip
def test_another_order_is_a_difference(data, path):
    old, road = Document.of(data), path.split(".")
    rows = data[road[0]][road[1]]
    rows[0], rows[1] = rows[1], rows[0]

    [part] = diff.differences(old, Document.of(data))

    assert [change.what for change in part.changes] == ["Order"]
    assert part.changes[0].before != part.changes[0].after


@pytest.mark.django_db
def test_no_difference_hides_behind_two_people_of_one_name(data, organisation):
    first, second = (make_user("rep", name="Rita Okafor") for _ in range(2))
    old = copy.deepcopy(data)
    for document, owner in ((old, first), (data, second)):
        rule = {"field": "owner", "op": "is", "value": owner.pk}
        document["stages"]["mql"]["entry"] = document["profile"]["segments"][0]["rule"] = rule

    parts = diff.differences(Document.of(old), Document.of(data))

    assert [len(part.changes) for part in parts] == [1, 1]
    for [change] in (part.changes for part in parts):
        assert str(first.pk) in change.before and str(second.pk) in change.after


def put(data, path, value):
    *road, last = path.replace("[", ".[").split(".")
    for name in road:
        data = data[int(name[1:-1]) - 1 if name.startswith("[") else name]
    data[last] = value


def test_the_latest_version_that_has_begun_is_in_force(organisation):
    first = make_signed(since=MONDAY_9)
    stages = default(3).json()["stages"]
    stages["mql"]["name"] = "Ready"
    second = make_signed({"stages": stages}, since=MONDAY_9 + timedelta(days=7))

    assert definitions.in_force(MONDAY_9 - timedelta(seconds=1)).version == 0
    assert definitions.in_force(MONDAY_9).row == first
    assert definitions.in_force(second.in_force_from).document.stages["mql"].name == "Ready"


def test_what_is_in_force_is_one_query_once_its_document_was_read(organisation, django_assert_num_queries):
    make_signed()
    definitions.in_force(MONDAY_9)

    with django_assert_num_queries(1):
        assert definitions.in_force(MONDAY_9).document.labels["poor_fit"] == "Poor fit"
