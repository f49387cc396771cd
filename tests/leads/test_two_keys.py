"""From a draft to what is in force: nobody alone changes anything, and whoever signs has read what they sign."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from leads import definitions
from leads.definitions import acknowledging, agreeing, drafts
from leads.models import Definition
from smarketing.foundation import outbox
from smarketing.foundation.models import Absence, AuditEvent
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.factories import make_user

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def heads(organisation):
    return make_user("marketing_head", name="Maud"), make_user("sales_head", name="Sem")


def draft(by, **terms) -> Definition:
    """A draft that says of MQL what `terms` say."""
    row = drafts.start(by=by, moment=MOMENT)
    mql = row.document["stages"]["mql"] | (terms or {"name": "Ready"})
    seen = drafts.fingerprint(row.document, ["stages.mql"])
    return drafts.save(row.pk, {"stages.mql": mql}, seen=seen, by=by, moment=MOMENT)


def proposal(by, starts_on=None, **terms) -> Definition:
    row = draft(by, **terms)
    return drafts.propose(
        row.pk, revision=row.revision, summary="Fewer, better", starts_on=starts_on, by=by, moment=MOMENT
    )


def sign(row, by, moment=MOMENT) -> Definition:
    return agreeing.sign(row.pk, revision=row.revision, by=by, moment=moment)


def test_whoever_signed_is_not_asked_to_read_it(heads):
    row = proposal(make_user("marketer"))
    for head in heads:
        row = sign(row, head)

    assert not any(acknowledging.unread(head, 1) for head in heads)
    assert acknowledging.unread(row.created_by, 1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_it_takes_both_heads_in_either_order(heads, order):
    first, second = (heads[n] for n in order)
    row = proposal(make_user("marketer"))

    row = sign(row, first)
    assert definitions.in_force(MOMENT).version == 0
    row = sign(row, second)

    in_force = definitions.in_force(MOMENT)
    assert (in_force.version, in_force.row) == (1, row)
    assert in_force.document.stages["mql"].name == "Ready"
    assert definitions.in_force(MOMENT - timedelta(seconds=1)).version == 0
    assert (row.marketing_by, row.sales_by, row.sole_head) == (*heads, False)


def test_one_person_never_signs_twice(heads):
    row = sign(proposal(heads[0]), heads[0])

    with pytest.raises(Refusal, match="You have signed already, for marketing"):
        sign(row, heads[0])
    with pytest.raises(Refusal, match="Maud has signed for marketing already"):
        sign(row, make_user("marketing_head"))


def test_one_person_never_signs_twice_whatever_the_role_became(heads):
    row = sign(proposal(heads[0]), heads[0])
    heads[0].role = "sales_head"
    heads[0].save()

    with pytest.raises(Refusal, match="another person's"):
        sign(row, heads[0])
    with pytest.raises(IntegrityError, match="two_keys"), transaction.atomic():
        Definition.objects.filter(pk=row.pk).update(sales_by=heads[0], sales_at=MOMENT)


@pytest.mark.parametrize("role", ["rep", "marketer", "account_manager", "administrator"])
def test_nobody_else_signs_nor_sends_back(heads, role):
    row, other = proposal(heads[0]), make_user(role)

    with pytest.raises(Forbidden):
        sign(row, other)
    with pytest.raises(Forbidden):
        agreeing.send_back(row.pk, revision=row.revision, text="No", by=other, moment=MOMENT)


def test_where_a_sole_head_is_declared_one_signature_is_both_and_says_so(heads, organisation):
    organisation.sole_head = True
    organisation.save()

    row = sign(proposal(heads[0]), heads[1])

    assert (row.version, row.sole_head, row.marketing_by, row.sales_by) == (1, True, heads[1], heads[1])
    assert AuditEvent.objects.get(action="definition.signed").fields == ["marketing", "sales", "sole_head"]


def test_the_deputy_of_a_head_on_leave_turns_the_heads_key(heads):
    deputy = make_user("account_manager", name="Dana")
    heads[1].deputy = deputy
    heads[1].save()
    row = sign(proposal(heads[0]), heads[0])
    with pytest.raises(Forbidden):
        sign(row, deputy)
    Absence.objects.create(user=heads[1], starts_on=MOMENT.date(), ends_on=MOMENT.date())

    assert sign(row, deputy).sales_by == deputy


def test_a_head_who_stands_in_for_the_other_still_turns_one_key_only(heads):
    heads[1].deputy = heads[0]
    heads[1].save()
    Absence.objects.create(user=heads[1], starts_on=MOMENT.date(), ends_on=MOMENT.date())

    row = sign(proposal(heads[0]), heads[0])

    assert (row.marketing_by, row.sales_by) == (heads[0], None)
    with pytest.raises(Refusal):
        sign(row, heads[0])


def test_sent_back_it_is_a_draft_again_and_loses_its_signatures(heads):
    row = sign(proposal(heads[0]), heads[0])

    agreeing.send_back(row.pk, revision=row.revision, text="Ask for the phone", by=heads[1], moment=MOMENT)

    row.refresh_from_db()
    assert (row.status, row.marketing_by, row.marketing_at) == ("draft", None, None)
    assert row.remarks.get().text == "Ask for the phone"
    with pytest.raises(Refusal, match="draft by now"):
        sign(row, heads[1])


def test_whoever_signs_signs_what_they_read(heads):
    read = proposal(heads[0])
    agreeing.send_back(read.pk, revision=read.revision, text="More", by=heads[1], moment=MOMENT)
    again = drafts.propose(
        read.pk, revision=read.revision, summary="Other", starts_on=None, by=heads[0], moment=MOMENT
    )

    with pytest.raises(Refusal, match="changed since you read it"):
        sign(read, heads[1])
    assert sign(again, heads[1]).sales_by == heads[1]


def test_what_is_proposed_is_changed_by_nobody_until_it_is_sent_back(heads):
    row = sign(proposal(heads[0]), heads[0])
    seen = drafts.fingerprint(row.document, ["stages.mql"])
    other = {"stages.mql": row.document["stages"]["mql"] | {"name": "Slipped in"}}

    with pytest.raises(Refusal, match="This document is proposed by now"):
        drafts.save(row.pk, other, seen=seen, by=heads[0], moment=MOMENT)

    assert sign(row, heads[1]).document["stages"]["mql"]["name"] == "Ready"


def test_it_begins_on_the_day_that_was_wished_for_in_the_companys_zone(heads, organisation):
    organisation.time_zone = "Asia/Tokyo"
    organisation.save()
    row = proposal(heads[0], starts_on=date(2026, 3, 9))

    row = sign(sign(row, heads[0]), heads[1])

    assert row.in_force_from == datetime(2026, 3, 8, 15, tzinfo=UTC)
    assert definitions.in_force(MOMENT).version == 0
    assert definitions.latest().version == 1
    assert definitions.in_force(row.in_force_from).version == 1


def test_versions_begin_one_after_the_other(heads):
    first = proposal(heads[0], starts_on=date(2026, 3, 9))
    sign(sign(first, heads[0]), heads[1])

    with pytest.raises(Refusal, match="Version 1 begins on 9 March 2026"):
        proposal(heads[0], starts_on=date(2026, 3, 8), name="Sooner")
    drafts.withdraw(Definition.objects.get(status="draft").pk, revision=2, by=heads[0], moment=MOMENT)
    second = sign(sign(proposal(heads[0], name="Later"), heads[0]), heads[1])

    assert second.in_force_from > datetime(2026, 3, 9, tzinfo=UTC)


def test_a_draft_is_open_once_and_changes_no_rule(heads):
    row = draft(heads[0])

    with pytest.raises(Refusal, match="open already"):
        drafts.start(by=heads[1], moment=MOMENT)
    assert definitions.in_force(now()).document.stages["mql"].name == "MQL"
    assert row.based_on is None


def test_of_two_who_save_the_same_part_the_second_is_told(heads):
    row = drafts.start(by=heads[0], moment=MOMENT)
    seen = drafts.fingerprint(row.document, ["stages.mql"])
    other = drafts.fingerprint(row.document, ["stages.sal"])
    mql, sal = row.document["stages"]["mql"], row.document["stages"]["sal"]
    drafts.save(row.pk, {"stages.mql": mql | {"name": "A"}}, seen=seen, by=heads[0], moment=MOMENT)

    with pytest.raises(drafts.ChangedMeanwhile):
        drafts.save(row.pk, {"stages.mql": mql | {"name": "B"}}, seen=seen, by=heads[1], moment=MOMENT)
    drafts.save(row.pk, {"stages.sal": sal | {"name": "C"}}, seen=other, by=heads[1], moment=MOMENT)

    row.refresh_from_db()
    assert (row.document["stages"]["mql"]["name"], row.document["stages"]["sal"]["name"]) == ("A", "C")
    assert row.revision == 3


def test_what_changes_nothing_cannot_be_proposed(heads):
    row = drafts.start(by=heads[0], moment=MOMENT)

    with pytest.raises(Refusal, match="says the same"):
        drafts.propose(row.pk, revision=1, summary="x", starts_on=None, by=heads[0], moment=MOMENT)


def test_reps_write_no_definitions(organisation):
    with pytest.raises(Forbidden):
        drafts.start(by=make_user("rep"), moment=MOMENT)


def test_a_withdrawn_proposal_stays_and_can_be_taken_up_again(heads):
    marketer = make_user("marketer")
    row = proposal(marketer)
    with pytest.raises(Forbidden):
        drafts.withdraw(row.pk, revision=row.revision, by=make_user("marketer"), moment=MOMENT)
    drafts.withdraw(row.pk, revision=row.revision, by=marketer, moment=MOMENT)

    again = drafts.start(by=heads[0], moment=MOMENT, source=row)

    assert (again.document, again.based_on) == (row.document, row)


def deliver() -> list[tuple[list[str], str]]:
    mail.outbox.clear()
    outbox.deliver(now() + timedelta(hours=1))
    return sorted((sent.to, sent.subject) for sent in mail.outbox)


def test_whoever_has_to_sign_is_told_and_whoever_wrote_it_hears_the_end(heads, monkeypatch):
    marketer = make_user("marketer")
    waits = "Definitions wait for your signature"

    row = proposal(marketer)
    assert deliver() == sorted(([head.email], waits) for head in heads)
    row = sign(row, heads[0])
    assert deliver() == [([heads[1].email], waits)]
    assert "Fewer, better" in mail.outbox[0].body
    sign(row, heads[1])

    assert deliver() == [([marketer.email], "Version 1 of the definitions is signed")]


def test_nobody_is_asked_for_a_signature_that_is_not_missing_any_more(heads):
    row = proposal(heads[0])
    agreeing.send_back(row.pk, revision=row.revision, text="Later", by=heads[1], moment=MOMENT)

    assert deliver() == [([heads[0].email], "Your definitions were sent back")]
    assert "Later" in mail.outbox[0].body


def test_a_rule_of_fit_never_becomes_one_of_engagement(heads):
    row = drafts.start(by=heads[0], moment=MOMENT)
    profile, scoring = row.document["profile"], row.document["scoring"]
    scoring["touches"][0]["id"] = "decides"
    profile["rules"] = [rule for rule in profile["rules"] if rule["id"] != "decides"]
    parts = {"profile.rules": profile["rules"], "scoring.touches": scoring["touches"]}
    seen = drafts.fingerprint(definitions.latest().document.json(), list(parts))
    row = drafts.save(row.pk, parts, seen=seen, by=heads[0], moment=MOMENT)

    with pytest.raises(Refusal, match="“decides” was a rule of fit in another version"):
        drafts.propose(
            row.pk, revision=row.revision, summary="Swap", starts_on=None, by=heads[0], moment=MOMENT
        )
