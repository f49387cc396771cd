"""The audit log: who did what to whom, narrowed down and page by page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from leads import bulk, bulk_undo
from smarketing.foundation import audit
from smarketing.foundation.models import Organisation, User
from tests.factories import make_campaign, make_lead, make_user
from tests.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organisation")]


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
