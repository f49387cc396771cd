"""A chart says itself: in a sentence, in a table, and only then in a drawing."""

import re

import pytest
from django.template import Context, Template

from smarketing.settings import BASE_DIR

TABLE = '<table><tbody><tr><th scope="row">1 Nov</th><td><data value="12">12</data></td></tr></tbody></table>'


def drawn(arguments: str) -> str:
    return Template("{% load charts %}{% chart " + arguments + " %}" + TABLE + "{% endchart %}").render(
        Context({"evil": "<b>&"})
    )


def test_the_sentence_comes_first_then_the_drawing_then_the_table():
    html = drawn('"bars" "Leads by week" "Twelve leads in one week."')

    places = [html.index(part) for part in ("Twelve leads", "chart-drawing", "Show the numbers", "<table>")]
    assert places == sorted(places)


def test_the_drawing_is_hidden_from_who_cannot_see_it_and_the_table_is_named():
    html = drawn('"bars" "Leads by week" "Twelve."')

    assert '<div class="chart-drawing" aria-hidden="true"></div>' in html
    assert 'aria-labelledby="chart-bars"' in html and '<h2 id="chart-bars">Leads by week</h2>' in html
    assert 'role="region" aria-label="Numbers of leads by week, scrolls sideways"' in html


def test_a_name_in_capitals_keeps_them_within_a_sentence():
    assert "Numbers of MQLs delivered," in drawn('"bars" "MQLs delivered" "Two."')


def test_what_it_says_is_escaped_and_nothing_is_written_inline():
    html = drawn('"sankey" evil evil')

    assert "<b>&<" not in html and "&lt;b&gt;&amp;" in html
    assert not re.search(r"<script|style=|\son\w+=", html)


@pytest.mark.parametrize("kind", ["bars", "sankey"])
def test_each_kind_is_one_file_that_the_figure_names(kind):
    html = drawn(f'"{kind}" "T" "S."')

    script = re.search(r'data-chart="/static/([^"]+)"', html)[1]
    assert (BASE_DIR / "smarketing/static" / script).exists()
    assert "export function option(" in (BASE_DIR / "smarketing/static" / script).read_text()


def test_the_scripts_of_charts_open_no_door_for_inline_code():
    for path in (BASE_DIR / "smarketing/static/js").rglob("chart*/*.js"):
        text = path.read_text()
        assert "innerHTML" not in text and "eval(" not in text, path
