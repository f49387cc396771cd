"""What one may set or run is written down, and what is written down exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ["smarketing", "leads", "sla", "reporting"]
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
SETTINGS = (ROOT / "smarketing" / "settings.py").read_text()
OUTSIDE_SETTINGS = {"SMARKETING_UP", "NPM_CONFIG_REGISTRY"}  # written down for whoever meets them
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def settings() -> set[str]:
    return set(re.findall(r'\benv(?:\.\w+)?\(\s*"(\w+)"', SETTINGS))


def service_settings() -> set[str]:
    sources = (ROOT / "smarketing" / "embedded").glob("*.py")
    return {name for path in sources for name in re.findall(r'environment\.get\("(\w+)"', path.read_text())}


def commands() -> set[str]:
    folders = [folder for app in PRODUCT for folder in (ROOT / app).rglob("management/commands")]
    return {path.stem for folder in folders for path in folder.glob("*.py") if path.stem != "__init__"}


def rows_of(heading: str) -> str:
    """The text of one section."""
    return CONFIGURATION.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(settings() | service_settings()))
def test_every_environment_variable_is_documented(name):
    assert f"| `{name}` |" in CONFIGURATION


def test_every_documented_variable_is_read_somewhere():
    assert first_cells(rows_of("Environment")) <= settings() | service_settings() | OUTSIDE_SETTINGS


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_is_documented(name):
    assert name in first_cells(rows_of("Commands"))


def test_every_documented_command_exists():
    assert first_cells(rows_of("Commands")) == commands()


def test_every_setting_of_a_company_is_documented():
    from smarketing.foundation.models import Organisation

    shown = {"name": "name", "time_zone": "time zone", "currency": "currency", "calendar": "calendar"}
    decided = {field.name for field in Organisation._meta.fields} - {"id", "created_at"}
    missing = [
        name for name in decided if shown.get(name, f"`{name}`") not in rows_of("What a company decides")
    ]
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path):
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text())

    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_that_documents_name_exist(path):
    """`leads/funnel.py` in a document is a file; one that moved takes its mention along."""
    named = re.findall(
        r"`((?:smarketing|leads|sla|reporting|tests|docs|foundation)/[\w/]+\.(?:py|md|csv))`",
        path.read_text(),
    )
    places = [ROOT, ROOT / "smarketing"]

    assert [name for name in named if not any((place / name).exists() for place in places)] == []
