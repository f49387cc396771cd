"""Imports point one way, and only the funnel writes where a lead stands."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ["smarketing.foundation", "leads", "sla", "reporting", "smarketing"]  # ground to roof
PRODUCT = ["smarketing", "leads", "sla", "reporting"]


def modules() -> list[Path]:
    found = [path for folder in PRODUCT for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def floor_of(module: str) -> int | None:
    """The floor a dotted name stands on; the foundation before the roof it lies under."""
    for floor in sorted(FLOORS, key=len, reverse=True):
        if module == floor or module.startswith(f"{floor}."):
            return FLOORS.index(floor)
    return None


def imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_nothing_imports_from_a_higher_floor(path):
    own = floor_of(name_of(path))
    upward = [
        f"line {line}: {module}"
        for line, module in imported(path)
        if (floor := floor_of(module)) is not None and floor > own
    ]
    assert not upward


# Inside leads: what lies lower never imports what lies higher.
LADDER_OF_LEADS = [
    {"leads.stages", "leads.reasons", "leads.identity"},
    {"leads.limits"},
    {"leads.models", "leads.readings", "leads.versions", "leads.naming"},
    {"leads.rules"},
    {"leads.custom_fields"},
    {"leads.definitions"},
    {"leads.criteria", "leads.segments"},
    {
        "leads.funnel",
        "leads.access",
        "leads.bars",
        "leads.evidence",
        "leads.finding",
        "leads.campaigns",
        "leads.buying",
        "leads.accounts",
    },
    {
        "leads.routing",
        "leads.nurture",
        "leads.deliveries",
        "leads.handover_ends",
        "leads.deals",
        "leads.activities",
        "leads.statistics",
    },
    {"leads.suppression", "leads.bulk_effects", "leads.lists"},
    {"leads.handover", "leads.giving", "leads.bulk"},
    {"leads.scoring", "leads.undo", "leads.effects", "leads.snoozing", "leads.prediction"},
    {"leads.capture", "leads.importing", "leads.bulk_undo", "leads.backtest"},
    {"leads.register", "leads.facts", "leads.field_settings", "leads.touching"},
    {"leads.why", "leads.twins"},
    {
        "leads.pages",
        "leads.api",
        "leads.tasks",
        "leads.admin",
        "leads.urls",
        "leads.apps",
        "leads.management",
    },
]


def rung_of(module: str) -> int | None:
    for rung, names in enumerate(LADDER_OF_LEADS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return rung
    return None


@pytest.mark.parametrize("path", [p for p in modules() if p.is_relative_to(ROOT / "leads")], ids=name_of)
def test_inside_leads_nothing_imports_from_a_higher_rung(path):
    module = name_of(path).removesuffix(".__init__")
    own = rung_of(module)
    if module in ("leads", "leads.apps"):
        return
    assert own is not None, f"give {module} a rung in LADDER_OF_LEADS"
    upward = [
        f"line {line}: {name}"
        for line, name in imported(path)
        if (rung := rung_of(name)) is not None and rung > own
    ]
    assert not upward


def test_the_roof_package_itself_is_empty():
    assert (ROOT / "smarketing" / "__init__.py").read_text() == ""


PLACE = {
    "stage",
    "standing",
    "seq",
    "stage_since",
    "highest_stage",
    "returned_at",
    "return_on",
    "born_at",
} | {f"{stage}_at" for stage in ("visitor", "mql", "sal", "sql", "customer")}
WRITERS = {"leads.funnel"}


def is_place(target: ast.AST) -> bool:
    """An attribute of somebody else's object: a class may name its own fields as it likes."""
    if not isinstance(target, ast.Attribute) or not isinstance(target.ctx, ast.Store):
        return False
    return target.attr in PLACE and not (isinstance(target.value, ast.Name) and target.value.id == "self")


def writes_of_place(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Assignments to an attribute of that name, and `.update(stage=…)` calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            leaves = [leaf for target in targets for leaf in ast.walk(target)]
            yield from ((node.lineno, leaf.attr) for leaf in leaves if is_place(leaf))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update":
            yield from ((node.lineno, key.arg) for key in node.keywords if key.arg in PLACE)


@pytest.mark.parametrize("path", [p for p in modules() if name_of(p) not in WRITERS], ids=name_of)
def test_only_the_funnel_writes_where_a_lead_stands(path):
    source = path.read_text()
    found = [
        f"line {line}: {field}"
        for line, field in writes_of_place(ast.parse(source))
        if field in {"stage", "standing", "seq", "highest_stage"}
    ]
    folded = " ".join(source.lower().split())

    assert not found
    assert "update leads_lead set stage" not in folded
    assert "update leads_lead l set stage" not in folded
