"""What several modules of tests of leads begin from."""

from datetime import timedelta
from random import Random

import pytest

from tests.conftest import make_organisation
from tests.factories import make_user
from tests.leads.importing import counts, run, write
from tests.leads.predicting import TODAY


@pytest.fixture
def marketer():
    return make_user("marketer")


@pytest.fixture
def rep():
    return make_user("rep", name="Kofi Mensah")


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def company_in_sao_paulo(db, media):
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


@pytest.fixture
def history(tmp_path):
    """So many hand-overs of the past year: of a webinar every second was won, of a fair one in twelve."""

    def history(n: int, seed: int = 1) -> None:
        random = Random(seed)
        lines = ["email,channel,country,reached.visitor,reached.mql,deal.won_at,deal.amount,industry,company"]
        for i in range(n):
            handed = TODAY - timedelta(days=330 - 250 * i / n)
            channel = random.choice(["Webinar", "Fair"])
            won = random.random() < (0.5 if channel == "Webinar" else 0.08)
            closed = f"{handed + timedelta(days=random.uniform(5, 40)):%Y-%m-%d %H:%M}" if won else ""
            born = handed - timedelta(days=random.uniform(1, 20))
            lines.append(
                f"p{i}@example.com,{channel},NL,{born:%Y-%m-%d %H:%M},{handed:%Y-%m-%d %H:%M},{closed},"
                f"{'900' if won else ''},Trade,Company {i}"
            )
        done = run("import_leads", write(tmp_path, "\n".join(lines)))
        assert done.status == 0, done.said

    return history
