"""What Loadline's two teams mean by their words: two versions both heads have signed, and a third that waits."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta

from leads.backtest import job
from leads.definitions import Document
from leads.models import Acknowledgement, Definition, DefinitionRemark
from smarketing.demo import people
from smarketing.demo.diary import Diary
from smarketing.demo.documents import Data, first, second, third
from smarketing.foundation.models import User

UNREAD = (
    people.SELLERS[3][0],
    people.SELLERS[7][0],
    people.MARKETERS[4][0],
)  # who has not read version 2 yet
SENT_BACK = "A hundred staff is too many: half of our cold stores have fifty. I would sign forty."
ASKED = "Which deals of this spring would we have missed with it? The back-test names them: let us look on Thursday."


# --- Their way to two signatures ------------------------------------------------------------------------------
class Heads:
    """Who holds the two keys."""

    def __init__(self) -> None:
        self.marketing, self.sales = (
            User.objects.get(email=people.email(people.MARKETERS[0][0])),
            User.objects.get(email=people.email(people.SELLERS[0][0])),
        )


def agree(diary: Diary) -> None:
    """Two versions signed before anything of theirs is written, and the third, which only marketing has signed."""
    heads = Heads()
    one = _signed(heads, diary, first(), diary.agreed, version=1, based_on=None, summary=(
        "What we have called a lead so far, written down: one profile, one count of touches, one list of reasons."
    ))  # fmt: skip
    two = _signed(heads, diary, second(), diary.agreed_again, version=2, based_on=one, summary=(
        "Small yards cost sales a day a week. From now on an MQL has 40 staff or more; docks, TMS and budget count."
    ))  # fmt: skip
    _remark(
        two, DefinitionRemark.Kind.SENT_BACK, SENT_BACK, heads.sales, diary.agreed_again - timedelta(days=4)
    )
    _proposed(heads, diary, two)


def _signed(
    heads: Heads,
    diary: Diary,
    document: Data,
    begins: datetime,
    *,
    version: int,
    based_on: Definition | None,
    summary: str,
) -> Definition:
    """Written a fortnight before, signed by marketing first and by sales the day before it begins."""
    written = diary.office(begins - timedelta(days=14))
    proposed, by_sales = diary.office(begins - timedelta(days=3)), begins - timedelta(hours=16)
    return Definition.objects.create(
        version=version,
        status=Definition.Status.SIGNED,
        document=checked(document),
        summary=summary,
        based_on=based_on,
        starts_on=diary.day_of(begins),
        in_force_from=begins,
        created_by=heads.marketing,
        created_at=written,
        changed_at=proposed,
        proposed_by=heads.marketing,
        proposed_at=proposed,
        marketing_by=heads.marketing,
        marketing_at=proposed + timedelta(minutes=7),
        sales_by=heads.sales,
        sales_at=by_sales,
        revision=4,
    )


def _proposed(heads: Heads, diary: Diary, based_on: Definition) -> None:
    at = diary.office_before(diary.moment - timedelta(days=2))
    row = Definition.objects.create(
        status=Definition.Status.PROPOSED,
        document=checked(third()),
        summary="Three touches of any kind say little. Fit B or better and warm, or a form: fewer, better MQLs.",
        based_on=based_on,
        created_by=heads.marketing,
        created_at=at - timedelta(days=6),
        changed_at=at,
        proposed_by=heads.marketing,
        proposed_at=at,
        marketing_by=heads.marketing,
        marketing_at=at + timedelta(minutes=3),
        revision=9,
    )
    _remark(row, DefinitionRemark.Kind.COMMENT, ASKED, heads.sales, at + timedelta(hours=1))


def replay(moment: datetime) -> None:
    """Marketing's head had the third version replayed before sales signs; the first worker does it."""
    row = Definition.objects.open().get()
    job.begin(row.pk, by=row.proposed_by, moment=moment)


def _remark(row: Definition, kind: str, text: str, by: User, at: datetime) -> None:
    DefinitionRemark.objects.create(definition=row, kind=kind, text=text, by=by, at=at)


def acknowledge(diary: Diary) -> None:
    """Everybody has read version 1, and nearly everybody version 2."""
    unread = {people.email(name) for name in UNREAD}
    staff = list(User.objects.filter(is_active=True).order_by("pk"))
    Acknowledgement.objects.bulk_create(
        Acknowledgement(
            user=person, version=version, at=min(begins + timedelta(hours=9 + 5 * n), diary.moment)
        )
        for version, begins in ((1, diary.agreed), (2, diary.agreed_again))
        for n, person in enumerate(staff)
        if version == 1 or person.email not in unread
    )


def checked(document: Data) -> Data:
    """As the product stores it; raises where it says something that no definition can."""
    return Document.of(copy.deepcopy(document)).json()
