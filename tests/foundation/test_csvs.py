import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.foundation.csvs import FORMULA, neutralise, write_rows


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "＝1", " =1"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert neutralise(text) == f"'{text}"


@pytest.mark.parametrize("cell", [-1, Decimal("-12.50"), -0.5, None, "Ada", "a=b", "1-2", "'=1", ""])
def test_numbers_and_plain_text_stay_as_they_are(cell):
    assert neutralise(cell) == cell


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2)))
def test_a_file_reads_back_as_it_was_written_and_holds_no_formula(rows):
    stream = io.StringIO(newline="")
    write_rows(stream, rows)
    stream.seek(0)
    back = list(csv.reader(stream))
    assert back == [[neutralise(cell) for cell in row] for row in rows]
    assert not any(cell.startswith(FORMULA) for row in back for cell in row)
