"""The frame around every page: who is offered what, and what the pages are made of."""

import gzip
import re
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

import sla.tasks
from leads.models import Lead
from leads.stages import Stage
from smarketing import shell
from smarketing.foundation.models import User
from smarketing.templatetags import ui
from tests.factories import make_lead, make_user
from tests.visits import signed_in

TEMPLATES = Path(settings.BASE_DIR) / "templates"
STATIC = Path(settings.BASE_DIR) / "smarketing" / "static"
PAGES = sorted(TEMPLATES.rglob("*.html"))


@pytest.fixture
def static_as_written(settings):
    """Addresses of static files without their hashes, so that nothing has to be collected first."""
    backend = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}


def names(user: User) -> list[str]:
    return [place.name for _, places in shell.navigation(user, "/") for place in places]


@pytest.mark.parametrize("role", User.Role.values)
def test_the_queue_is_offered_to_those_who_work_it(role):
    """Marketing would only ever find it empty."""
    assert ("Queue" in names(User(role=role))) is (role not in ("marketer", "marketing_head"))


@pytest.mark.parametrize(
    ("role", "first", "second"),
    [
        ("rep", "Queue", "Leads"),
        ("account_manager", "Queue", "Leads"),
        ("sales_head", "SLA", "Queue"),
        ("administrator", "SLA", "Queue"),
        ("marketing_head", "SLA", "Closed loop"),
        ("marketer", "Closed loop", "Campaigns"),
    ],
)
def test_a_phone_keeps_the_persons_home_first(role, first, second):
    assert [place.name for place in shell.bar(User(role=role), "/")] == [first, second]


@pytest.mark.parametrize("role", User.Role.values)
def test_those_who_write_campaigns_find_what_was_imported(role):
    assert ("Imports" in names(User(role=role))) is (role not in ("rep", "account_manager"))


def test_a_place_knows_that_one_of_its_pages_is_open():
    places = [place for _, group in shell.navigation(User(role="rep"), "/queue/12/") for place in group]

    assert [place.name for place in places if place.current] == ["Queue"]


@pytest.mark.parametrize(
    ("role", "start_page", "home"),
    [
        ("rep", "", "/queue/"),
        ("marketer", "", "/reports/closed-loop/"),
        ("marketing_head", "", "/sla/"),
        ("administrator", "", "/sla/"),
        ("rep", "reporting:funnel", "/funnel/"),
        ("rep", "leads:imports", "/queue/"),  # not a rep's to open
        ("rep", "gone:with-the-wind", "/queue/"),
    ],
)
def test_people_land_where_their_work_begins_or_where_they_chose(role, start_page, home, organisation):
    assert signed_in(make_user(role, start_page=start_page)).get("/")["Location"] == home


def test_a_chosen_start_page_comes_first_on_a_phone_too():
    places = shell.bar(User(role="rep", start_page="reporting:funnel"), "/")

    assert [place.name for place in places] == ["Funnel", "Queue"]


@pytest.mark.parametrize(("path", "current"), [("/sla/alerts/", []), ("/sla/clocks/", ["SLA"])])
def test_alerts_are_not_a_page_of_the_agreement(path, current):
    places = [place for _, group in shell.navigation(User(role="rep"), path) for place in group]

    assert [place.name for place in places if place.current] == current


def test_no_two_places_share_a_letter():
    keys = [place.key for place in shell.pages_of(User(role="administrator")) if place.key]

    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ('"><script>', "system"), (None, "system")])
def test_the_theme_comes_from_a_cookie_that_is_not_trusted(cookie, theme):
    request = RequestFactory().get("/")
    request.COOKIES.update({"theme": cookie} if cookie else {})

    assert shell.shell(request)["theme"] == theme


def test_an_error_before_anybody_is_signed_in_has_a_frame_too():
    assert shell.shell(RequestFactory().get("/"))["shell_base"] == "base_plain.html"


def test_the_frame_names_the_person_the_company_and_each_landmark_once(organisation, static_as_written):
    rep = User.objects.create_user("kofi@loadline.example", name="Kofi <Mensah>", role="rep")

    shown = signed_in(rep).get("/leads/").content.decode()

    assert "Kofi &lt;Mensah&gt;" in shown
    assert "Loadline" in shown
    assert shown.count('aria-current="page"') == 3  # sidebar, tab bar, and the view of the list
    assert shown.index('class="skip"') < shown.index("<aside")
    landmarks = re.findall(r'<(?:nav|aside)[^>]*aria-label="([^"]+)"', shown)
    assert len(set(landmarks)) == len(landmarks) >= 4
    assert re.search(r'hx-headers=\'{"X-CSRFToken":"\w{64}"}\'', shown)


def counts(client, version: str = "") -> dict[str, str]:
    shown = client.get(f"/frame/?v={version}").content.decode()
    return dict(re.findall(r'id="count-([\w-]+)"[^>]*>(\d*\+?)', shown))


def test_a_rep_reads_how_many_leads_wait_and_a_head_how_many_promises_are_broken(organisation):
    rep = make_user("rep")
    make_lead(stage=Stage.MQL, owner=rep, since=now() - timedelta(days=9))
    make_lead(stage=Stage.VISITOR, owner=rep)
    sla.tasks.sweep(now())

    assert counts(signed_in(rep)) == {
        "waiting": "1",
        "unread": "1",
        "unread-bar": "1",
        "broken": "",
        "to-sign": "",
    }
    assert counts(signed_in(make_user("sales_head"))) == {
        "waiting": "",
        "broken": "1",
        "unread": "",
        "unread-bar": "",
        "to-sign": "",
        "due": "",
    }
    assert "waiting" not in counts(signed_in(make_user("marketer")))


def test_counts_are_sent_again_only_when_they_changed(organisation):
    rep = make_user("rep")
    client = signed_in(rep)
    (version,) = re.findall(r"/frame/\?v=([\d.+]*)", client.get("/leads/").content.decode())
    assert client.get(f"/frame/?v={version}").status_code == 204

    make_lead(stage=Stage.MQL, owner=rep)
    assert counts(client, version)["waiting"] == "1"


def test_counts_cost_one_look(organisation, django_assert_num_queries):
    client = signed_in(make_user("administrator"))
    with django_assert_num_queries(4):  # session, person, organisation, frame
        client.get("/frame/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_no_page_needs_an_exception_from_the_content_security_policy(page):
    if page.is_relative_to(TEMPLATES / "emails"):
        pytest.skip("mail is not shown under our policy")
    source = page.read_text()

    assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=|hx-on|\"js:|javascript:", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)


def test_every_icon_that_a_page_names_exists():
    named = {name for page in PAGES for name in re.findall(r"{% icon \"([a-z0-9-]+)\"", page.read_text())}

    for name in named | {place.icon for place in (shell.QUEUE, shell.LEADS, shell.FUNNEL, shell.CAMPAIGNS)}:
        ui.icon(name)


def files_of(template: Path) -> set[str]:
    """Our own stylesheets and scripts that a page with this template loads: its own, those of its frame and parts."""
    source = template.read_text()
    named = set(re.findall(r"static '((?:css|js)/[^']+)'", source))
    parts = re.findall(r'{% (?:extends|include) (?:shell_base\|default:)?"([^"]+)"', source)
    if "extends shell_base" in source:
        parts.append("base.html")
    others = [TEMPLATES / part for part in parts if TEMPLATES / part != template]  # a part may hold itself
    return named.union(*(files_of(part) for part in others if part.exists()))


def packed(name: str) -> int:
    return len(gzip.compress((STATIC / name).read_bytes(), 9))


@pytest.mark.parametrize(("kind", "most"), [("css", 20_000), ("js", 15_000)])
def test_no_page_loads_much_of_our_own(kind, most):
    """Charts are told apart: they come with their library, when one comes into sight."""
    for page in PAGES:
        files = {name for name in files_of(page) if name.startswith(kind) and "charts.js" not in name}
        sizes = {name: packed(name) for name in sorted(files)}
        assert sum(sizes.values()) <= most, (page.name, sizes)


def test_what_draws_charts_stays_small_beside_its_library():
    drawn = [path.relative_to(STATIC) for path in STATIC.glob("js/charts/*.js")]

    assert sum(packed(str(name)) for name in [*drawn, "js/charts.js"]) <= 10_000


def test_every_stylesheet_keeps_to_the_declared_layers():
    for sheet in STATIC.glob("css/**/*.css"):
        outside = re.sub(
            r"@layer [a-z, ]+;|@font-face \{[^}]*\}|/\*.*?\*/", "", sheet.read_text(), flags=re.S
        )
        assert re.fullmatch(r"\s*(@layer (\w+) \{.*?\n\}\s*)+", outside, flags=re.S), sheet


def test_the_page_of_last_resort_asks_nothing_of_the_request(static_as_written):
    assert "Nothing was saved" in get_template("500.html").render()


def test_every_file_that_a_stylesheet_names_can_be_collected(settings, tmp_path):
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}

    call_command("collectstatic", interactive=False, verbosity=0)

    hashed = get_template("500.html").render()
    assert re.search(r"/css/tokens\.[0-9a-f]{12}\.css", hashed)
    assert len(list(tmp_path.glob("vendor/inter/inter-latin-wght-normal.*.woff2"))) == 1


class Call(forms.Form):
    subject = forms.CharField(help_text="In a few words.")
    note = forms.CharField(required=False)


def test_a_form_field_ties_its_hint_and_its_fault_to_the_control():
    shown = Call({"subject": ""})["subject"].as_field_group()

    assert 'aria-describedby="id_subject_helptext id_subject_error"' in shown
    assert 'id="id_subject_helptext"' in shown
    assert 'id="id_subject_error" role="alert"' in shown
    assert "optional" in Call()["note"].as_field_group()


def test_the_pager_offers_only_the_ways_there_are():
    page = SimpleNamespace(newer=None, older="abc")
    shown = render_to_string(
        "ui/pager.html", {"page": page, "words": "50 of 8,000"}, RequestFactory().get("/?state=mql")
    )

    assert "?state=mql&amp;cursor=abc" in shown
    assert "Newer" not in shown


@pytest.mark.django_db
def test_leads_that_come_due_are_counted_without_reading_those_that_do_not(organisation):
    later = {"standing": "nurturing", "return_on": date(2090, 1, 1), "born_at": now(), "stage_since": now()}
    leads = (Lead(first_name="Ida", name_key="ida", email=f"ida{n}@x.example", **later) for n in range(3_000))
    marketer = make_user("marketer")
    with transaction.atomic(), connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        Lead.objects.bulk_create(leads)
        cursor.execute("SELECT leads_refresh_statistics()")
        assert shell.frame_of(marketer, now()).due == ""
        cursor.execute(f"EXPLAIN {asked[-1]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        transaction.set_rollback(True)  # no history shows such leads

    assert "lead_nurtured on leads_lead" in plan
    assert plan.count("on leads_lead") == 1
