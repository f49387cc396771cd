"""What the commands are told that would do harm, and addresses of a database that are none."""

import pytest

from leads.models import Cost
from tests.conftest import make_organisation
from tests.faults.company import manage
from tests.leads.importing import counts, run, write


@pytest.fixture
def company(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_organisation()


@pytest.mark.parametrize("linked", [False, True])
def test_the_rejects_may_not_take_the_place_of_the_file(company, tmp_path, linked):
    text = "email,first_name\n,Ada\n"
    rejects = file = write(tmp_path, text)
    if linked:
        rejects = tmp_path / "link.csv"
        rejects.symlink_to(file)

    done = run("import_leads", file, "--rejects", str(rejects))

    assert (done.status, done.result) == (2, {})
    assert "is the file to import" in done.said
    assert file.read_text() == text


def test_a_file_that_cannot_be_read_leaves_no_rejects(company, tmp_path):
    out = tmp_path / "out.csv"
    assert run("import_leads", tmp_path / "none.csv", "--rejects", str(out)).status == 1
    assert run("import_leads", write(tmp_path, ""), "--rejects", str(out)).status == 1
    assert not out.exists()


def test_rejects_that_cannot_be_written_are_refused_before_anything_is_stored(company, settings, tmp_path):
    done = run(
        "import_leads", write(tmp_path, "email\na@b.co\n"), "--rejects", str(tmp_path / "no" / "out.csv")
    )
    assert (done.status, done.result) == (1, {})
    assert "cannot be written" in done.said
    assert not list((settings.MEDIA_ROOT / "imports").glob("*"))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ZZZ", "ZZZ is not known. Right values are codes such as "),
        ("EUT", "such as EUR"),
        ("euros", "such as EUR"),
    ],
)
def test_a_currency_that_nobody_pays_with_is_refused(company, tmp_path, code, sentence):
    done = run("import_leads", write(tmp_path, "email\na@b.co\n"), "--default-currency", code)
    assert (done.status, done.result) == (2, {})
    assert sentence in done.said


def test_a_currency_may_be_written_small(company, tmp_path):
    assert run("import_leads", write(tmp_path, "email\na@b.co\n"), "--default-currency", "brl").status == 0


@pytest.mark.parametrize("arguments", [(), ("--date-order", "ymd")])
def test_a_cost_of_a_campaign_called_total_is_no_footer(company, tmp_path, arguments):
    text = (
        "campaign,channel,date,amount,currency,city,booked,paid\n"
        "Spring,,2024-01-01,5,,,,\nTotal,,2024-01-02,7,,,,\nTotal,,,12,,,,\n"
    )
    done = run("import_costs", write(tmp_path, text), *arguments)
    assert counts(done.result) == (2, 0, 0, 0)
    assert list(Cost.objects.order_by("id").values_list("campaign__name", "amount")) == [
        ("Spring", 5),
        ("Total", 7),
    ]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://x/y", "it must start with postgres://, not mysql://."),
        ("nonsense", "it must start with postgres://."),
        ("postgres://", "the name of the database is missing."),
        ("postgres://u:secret@localhost:abc/x", "its host or port cannot be read."),
    ],
)
@pytest.mark.parametrize("command", ["up", "migrate", "import_leads"])
def test_an_address_that_is_none_of_a_database_is_a_sentence(url, sentence, command):
    done = manage(command, *(["file.csv"] if command == "import_leads" else []), DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith("DATABASE_URL must look like postgres://user:password@host:5432/database; ")
    assert done.stderr.rstrip().endswith(sentence)
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_the_sentence_names_the_variable_that_is_wrong():
    done = manage(
        "migrate", DATABASE_URL="postgres://a@localhost/x", DATABASE_OWNER_URL="postgres://a@localhost:b/x"
    )
    assert (done.returncode, done.stderr.partition(" ")[0]) == (1, "DATABASE_OWNER_URL")
