"""A small company with a lead in every state of interest, for a browser to walk through."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import now

from leads import activities, bulk, handover, suppression
from leads.capture import find_account
from leads.definitions import agreeing
from leads.models import Appeal, Cost, CustomField, ImportBatch, Lead, Suppression, SuppressionHit
from leads.stages import Stage
from reporting.models import LedgerProof
from sla import tasks
from sla.models import Alert, Clock
from smarketing.foundation import audit
from smarketing.foundation.api.keys import issue
from smarketing.foundation.models import Absence, Calendar, Heartbeat, PersonAlias, User
from tests.conftest import make_organisation
from tests.factories import ALL_HOURS, make_campaign, make_lead, make_signed, make_team, make_user
from tests.leads.proposals import make_replayed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Company:
    """People of every role, and leads as they come: waiting, in work, won, barred with an appeal."""

    def __init__(self) -> None:
        make_organisation()
        self.rep = make_user("rep", name="Kofi Mensah")
        self.marketer = make_user("marketer", name="Noor de Wit")
        self.head = make_user("sales_head", name="Marta Silva")
        self.marketing_head = make_user("marketing_head", name="Jonas Berg")
        self.administrator = make_user("administrator", name="Robin Vance")
        self.calendar = Calendar.objects.get()
        self.calendar.holiday_country, self.calendar.exceptions = "DE", {"2026-12-23": [["09:00", "12:00"]]}
        self.calendar.save()
        self.campaign = campaign = make_campaign("Cutting dwell time", "Webinar")
        origin = {"campaign": campaign, "channel": campaign.channel}
        self.mqls = [self.lead(Stage.MQL, now() - n * HOUR, **origin) for n in (5, 3, 2)]
        self.mql = self.mqls[0]
        self.sal, self.sql, self.won = (self.lead(s, now() - 4 * HOUR) for s in list(Stage)[2:])
        Lead.objects.filter(pk__in=[self.sql.pk, self.won.pk]).update(phone_norm="+31207946099")
        self.out = self.lead(Stage.SAL, now() - 9 * HOUR, **origin)
        suppression.disqualify(self.out.pk, by=self.rep, reason="poor_fit")
        suppression.appeal(self.out.pk, by=self.rep, evidence="They bought their rival")
        self.entry = Suppression.objects.create(
            kind="domain", value="rival.example", reason="competitor", by=self.marketer
        )
        SuppressionHit.objects.create(suppression=self.entry, way="api", campaign=campaign)
        Appeal.objects.create(suppression=self.entry, evidence="They bought us", by=self.marketer)
        self.barred = Suppression.objects.get(kind="lead")
        activities.log(self.sal.pk, by=self.rep, kind="call", outcome="voicemail", text="Calls back")
        self.own_field = CustomField.objects.create(
            entity="lead", key="tier", label="Tier", kind="choice", choices=["Gold", "Silver"]
        )
        day = now().date()
        self.dana = make_user("rep", name="Dana Fox", calendar=self.calendar)
        self.team, self.empty_team = self.rep.team, make_team("Nordics")
        unknown = User.objects.create(name="J. Doe", email=None, is_active=False)
        self.alias = PersonAlias.objects.create(source="crm", text="J. Doe", user=unknown)
        audit.record("user.changed", by=self.head, about=self.dana, fields=["calendar"])
        issue(person=self.rep, name="Web site form", scopes=["leads:write", "touches:write"], days=90)
        Absence.objects.create(user=self.rep, starts_on=day, ends_on=day)
        Absence.objects.create(user=self.rep, starts_on=day - 9 * DAY, ends_on=day - 8 * DAY)
        self.cost = Cost.objects.create(
            campaign=campaign, starts_on=day, ends_on=day, amount=900, currency="EUR"
        )
        counts = {"rows": 3, "created": 1, "updated": 0, "unchanged": 1, "rejected": 1}
        self.imported = ImportBatch.objects.create(
            kind="leads",
            file_name="fair.csv",
            result={**counts, "reasons": {"ragged": 1}, "warnings": {"x": 1}},
        )
        self.imported.problems.create(
            row=2, rejected=True, code="ragged", message="row 2: 3 cells", raw=["a"]
        )
        differs = {"lead": self.sal.pk, "about": "history says otherwise of sal_at, sql_at"}
        LedgerProof.objects.create(
            day=day,
            proved_at=now(),
            seconds=1,
            leads=7,
            handovers=7,
            differences=3,
            findings=[{"check": "as_history_says", "count": 3, "offenders": [differs]}],
        )

    def lead(self, stage: Stage, since, **fields) -> Lead:
        return make_lead(stage=stage, owner=self.rep, since=since, job_title="COO", **fields)


class Showcase(Company):
    """The same with promises, around the clock: broken and open, kept, due in a moment, running, and told of."""

    def __init__(self) -> None:
        super().__init__()
        self.calendar.week = ALL_HOURS
        self.calendar.save()
        self.visitor = make_lead(campaign=self.cost.campaign, job_title="CTO")
        self.kept = self.lead(Stage.MQL, now() - 4.5 * HOUR, last_name="Kept")
        self.soon = self.lead(Stage.MQL, now() - 3.9 * HOUR, last_name="Soon")
        self.orphan = make_lead(stage=Stage.MQL, since=now() - HOUR, last_name="Orphan")
        handover.accept(self.kept.pk, by=None, moment=now() - HOUR)
        tasks.sweep(now())
        self.clock = Clock.objects.get(lead=self.mql)
        for name in ("sla", "tick"):
            Heartbeat.beat(name, now())
        self.account = find_account("Havenlink Logistics")
        people = [self.mql, self.sal, self.won]
        for lead, role in zip(people, ("Champion", "Economic buyer", "Blocker"), strict=True):
            Lead.objects.filter(pk=lead.pk).update(account=self.account, buying_role=role)
        again = (now() + 9 * DAY).date()
        self.bulk_act = bulk.recycle([self.sql.pk], by=self.head, reason="timing", return_on=again)
        self.alert = Alert.objects.filter(recipient=self.rep).first()
        self.signed = make_signed(since=now() - 90 * DAY)
        self.proposal = make_replayed(self.marketer)

    def sent_back(self) -> None:
        """The head of sales wants the proposal changed, so that it is a draft again."""
        row = self.proposal
        agreeing.send_back(row.pk, revision=row.revision, text="Ask for three.", by=self.head, moment=now())
