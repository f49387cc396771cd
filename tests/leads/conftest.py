"""What several modules of tests of leads begin from."""

import pytest

from tests.conftest import make_organisation
from tests.leads.importing import counts, run, write


@pytest.fixture
def company_in_sao_paulo(db, settings, tmp_path):
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
