"""What tests of the probability to close have in common; `history` of conftest makes what it is learned from."""

from datetime import UTC, datetime

from leads.models import Lead, LeadScore

TODAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def scored(lead: Lead) -> LeadScore:
    return LeadScore.objects.update_or_create(
        lead=lead,
        defaults={"fit_grade": "B", "engagement_grade": 2, "definition_version": 0, "computed_at": TODAY},
    )[0]
