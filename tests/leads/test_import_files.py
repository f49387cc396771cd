"""Files as they come: encodings, delimiters, broken rows, and what is no table at all."""

import io
import zipfile

import pytest

from leads.models import ImportBatch, ImportProblem, Lead
from smarketing.foundation.models import Job, Organisation
from tests.conftest import make_organisation
from tests.leads.importing import counts, run, write

pytestmark = pytest.mark.django_db

GOOD = "external_id,first_name\n1,Zoë\n2,Łucja\n"


@pytest.fixture(autouse=True)
def company(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_organisation()


def workbook() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


def nothing_written(settings) -> bool:
    left = (
        list((settings.MEDIA_ROOT / "imports").glob("*"))
        if (settings.MEDIA_ROOT / "imports").exists()
        else []
    )
    return not (Lead.objects.exists() or ImportBatch.objects.exists() or Job.objects.exists() or left)


# --- the whole file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n\n", "is empty"),
        (b"email,first_name\n", "has a header but no rows"),
        (b"email,first_name\n\n  \n,\n", "has a header but no rows"),
        (bytes(range(256)) * 40, "is not a text file"),
        (b"\x00\x01\x02\x03" * 500, "is not a text file"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture"),
        (workbook(), "is an Excel workbook"),
        (
            "email,first_name\na@example.com,Zoë\n".encode() + b"b@example.com,\xff\xfe\n",
            "cannot be read as utf-8",
        ),
        (",".join(f"c{n}" for n in range(1500)).encode() + b"\n" + b"," * 1499 + b"\n", "has 1,500 columns"),
        (b"email,email\na@example.com,b@example.com\n", "has 2 columns called"),
    ],
)
def test_a_file_that_is_no_table_of_leads_is_refused_in_a_sentence(tmp_path, settings, content, sentence):
    done = run("import_leads", write(tmp_path, content))
    assert (done.status, done.result) == (1, {})
    assert sentence in done.said
    assert "Traceback" not in done.said
    assert nothing_written(settings)


def test_a_missing_file_and_a_folder_are_refused(tmp_path, settings):
    assert "does not exist" in run("import_leads", tmp_path / "none.csv").said
    assert "is not a file" in run("import_leads", tmp_path).said
    assert run("import_leads", tmp_path).status == 1


def test_without_an_organisation_nothing_is_imported(tmp_path):
    Organisation.objects.all().delete()
    done = run("import_leads", write(tmp_path, GOOD))
    assert done.status == 1
    assert "manage.py setup" in done.said


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (GOOD.encode(), ""),
        (GOOD.encode("utf-8-sig"), ""),
        (GOOD.encode("utf-16"), ""),
        (GOOD.encode("utf-16-le"), ""),
        (GOOD.encode("utf-32"), ""),
        (GOOD.replace("Łucja", "Jürgen").encode("cp1252"), ""),
        (GOOD.encode("cp1250", "replace"), "cp1250"),
        (GOOD.replace("\n", "\r\n").encode(), ""),
        (GOOD.replace("\n", "\r").encode(), ""),
    ],
)
def test_an_encoding_is_recognised_or_taken_as_said(tmp_path, content, encoding):
    arguments = ["--encoding", encoding] if encoding else []
    done = run("import_leads", write(tmp_path, content), *arguments)
    assert counts(done.result) == (2, 0, 0, 0)
    if encoding != "cp1250":
        assert "Zoë" in Lead.objects.values_list("first_name", flat=True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_recognised(tmp_path, delimiter):
    text = f'external_id{delimiter}company{delimiter}note\n1{delimiter}"Sol; Inc, | x"{delimiter}a,b\n'
    done = run("import_leads", write(tmp_path, text.replace("a,b", '"a,b"')))
    assert counts(done.result) == (1, 0, 0, 0)
    assert Lead.objects.get().account.name == "Sol; Inc, | x"


def test_a_column_of_addresses_is_a_table(tmp_path):
    assert (
        counts(run("import_leads", write(tmp_path, "Email\na@example.com\n\nb@example.com\n")).result)[0] == 2
    )


# --- single rows ---------------------------------------------------------------------------------------------------


def test_broken_rows_are_rejected_with_their_reason_and_the_others_stored(tmp_path):
    text = (
        "external_id,first_name,note\n"
        "1,Ada,fine\n"
        "2,Ben\n"
        "3,Cem,x,y\n"
        "4,D\0n,x\n"
        f"5,Eve,{'x' * 70_000}\n"
        "6,Fay,fine\n"
    )
    done = run("import_leads", write(tmp_path, text))
    assert counts(done.result) == (2, 0, 0, 4)
    assert done.result["reasons"] == {"ragged": 2, "NUL byte": 1, "oversized field": 1}
    assert ImportProblem.objects.get(row=2).message == "row 2: 2 cells, but the header has 3"
    assert set(Lead.objects.values_list("first_name", flat=True)) == {"Ada", "Fay"}


def test_a_field_of_five_megabytes_costs_only_its_row(tmp_path):
    done = run("import_leads", write(tmp_path, f'external_id,note\n1,"{"x" * 5_000_000}"\n2,fine\n'))
    assert counts(done.result) == (1, 0, 0, 1)
    assert len(str(ImportProblem.objects.get().raw)) < 2_000


def test_a_quote_that_is_never_closed_costs_only_its_line(tmp_path):
    rows = "".join(f"{n},Ada\n" for n in range(2, 200))
    done = run("import_leads", write(tmp_path, f'external_id,first_name\n1,"Ada\n{rows}'))
    assert counts(done.result) == (198, 0, 0, 1)
    assert done.result["reasons"] == {"broken quote": 1}


def test_a_quote_that_a_later_row_seems_to_close_costs_only_its_line(tmp_path):
    text = 'external_id,first_name\n1,"Ada\n2,Ben\n3,"Cem"\n4,Don\n'
    assert counts(run("import_leads", write(tmp_path, text)).result) == (3, 0, 0, 1)


def test_a_stray_quote_inside_a_value_is_part_of_it(tmp_path):
    run("import_leads", write(tmp_path, 'external_id,company\n1,5" pipes\n2,"Ann" Ltd\n'))
    assert set(Lead.objects.values_list("account__name", flat=True)) == {'5" pipes', "Ann Ltd"}


def test_blank_lines_and_a_report_footer_are_no_rows(tmp_path):
    text = (
        "external_id,first_name\n1,Ada\n\n,\n2,Ben\n\n"
        '"Confidential Information - Do Not Distribute",\n"Copyright (c) 2000-2024 example.com",\n'
    )
    done = run("import_leads", write(tmp_path, text))
    assert counts(done.result) == (2, 0, 0, 0)


def test_rows_are_numbered_from_one_after_the_header_over_lines_and_blanks(tmp_path):
    done = run("import_leads", write(tmp_path, 'external_id,note\n1,"a\nb\nc"\n\n2\n'))
    assert ImportProblem.objects.get().row == 2
    assert "row 2: 1 cells" in done.said


# --- usage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--preset", "odoo"], "Right values: hubspot, salesforce, mailchimp, pipedrive"),
        (["--map", "first_name=shoe_size"], "no field is called “shoe_size”. Fields: external_id, email"),
        (["--map", "Shoe=email"], "no column “Shoe”. Its columns: “external_id”, “first_name”"),
        (["--map", "email"], "write it as --map 'Column=field'"),
        (["--map", "a=email", "--map", "b=email"], "is given twice"),
        (["--set", "shoe_size=9"], "no field is called “shoe_size”"),
        (["--set", "email=a@example.com"], "would make every row the same"),
        (["--set", "stage=gold"], "Right values: visitor, mql, sal, sql, customer"),
        (["--set", "reached.mql=soon"], 'reached.mql "soon" is no date'),
        (["--timezone", "Mars/Base"], "Europe/Berlin"),
        (["--date-order", "dym"], "Right values: dmy, mdy, ymd"),
        (["--encoding", "klingon"], "Right values: utf-8"),
        (["--delimiter", "::"], "one character"),
        (["--default-currency", "euro"], "codes such as EUR"),
    ],
)
def test_a_value_that_is_not_known_ends_with_the_right_ones(tmp_path, settings, arguments, sentence):
    done = run("import_leads", write(tmp_path, GOOD), *arguments)
    assert (done.status, done.result) == (2, {})
    assert sentence in done.said
    assert nothing_written(settings)


def test_columns_that_say_nothing_to_us_are_listed(tmp_path):
    done = run("import_leads", write(tmp_path, "External_ID,Zodiac,first_name\n1,Leo,Ada\n"))
    assert done.result["ignored_columns"] == ["Zodiac"]
    assert list(done.result) == [
        "batch", "rows", "created", "updated", "unchanged", "rejected", "reasons", "warnings", "ignored_columns",
        "seconds",
    ]  # fmt: skip
