"""Migrations run beside the work that goes on: nothing that takes long on a table that grows may lock it.

What is built on such a table comes from `smarketing.foundation.upgrades`. Whoever has a reason to do otherwise
writes it down below; docs/decisions/0071-migrations-beside-the-work.md says what the reasons may be.
"""

import re
from collections.abc import Iterator

import pytest
from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.models.expressions import Combinable, Value

from smarketing.foundation import roles
from smarketing.foundation.upgrades import BuildIndex, BuildSqlIndex, BuildUnique, Fill, Together

OURS = {"foundation", "leads", "sla", "reporting"}
# No lead was ever stored without them.
FIRST = {"foundation.0002_roles", "leads.0002_guards", "leads.0003_statistics"}

# As many rows as a company has people, campaigns, agreements or files; whatever is not here grows with its leads.
SMALL = {
    "foundation": "calendar organisation team user absence mute personalias heartbeat apikey exchangerate job jobchunk",
    "leads": "channel campaign pool importbatch allowedmove definition definitionremark acknowledgement backtest "
    "customfield savedview closemodel appeal",
    "sla": "agreement commitment promisestart",
    "reporting": "ledgerproof",
}

# What looks as if it took long, and why it does not.
ALLOWED = {
    "leads.0004_voiding AlterField account.domain": "drops the index that account_domain_once stands in for",
    "leads.0006_undo_import RunPython let_the_application_call_it": "one GRANT",
    "leads.0008_snooze RunPython let_the_application_mark": "GRANT and REVOKE",
    "leads.0009_views AlterField account.key": "drops an index that account_by_key stands in for",
    "leads.0013_scoring DeleteModel scoredue": "nothing had written to it: it is made anew with another key",
    "leads.0015_register AlterField bulkact.kind": "more choices: no row is read",
    "leads.0015_register AlterField suppressionhit.suppression": "drops an index that hits_of_an_entry stands in for",
    "leads.0015_register RunPython keep_return_dates": "one REVOKE",
    "leads.0018_due AlterField scoredue.lead": "drops an index",
}

DOLLARS = re.compile(r"(\$\w*\$).*?\1", re.DOTALL)
LONG = re.compile(
    r"\bUPDATE\s+(?!OF\b|ON\b)\w+\s+(\w+\s+)?SET\b|\bDELETE\s+FROM\b|\bINSERT\s+INTO\b|\bMERGE\b|\bCLUSTER\b|\bVACUUM\b"
    r"|\bCREATE\s+(UNIQUE\s+)?INDEX\b|\bADD\s+CONSTRAINT\b(?![^;]*\bNOT\s+VALID\b)|\bVALIDATE\s+CONSTRAINT\b"
    r"|\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b|\bSET\s+NOT\s+NULL\b|\bLOCK\s+TABLE\b",
    re.IGNORECASE,
)

TRIGGER = re.compile(r"\bTRIGGER\b[^;]*?\bON\s+(\w+)", re.IGNORECASE)


def later_migrations() -> list[Migration]:
    found = MigrationLoader(None).disk_migrations
    ours = [key for key in sorted(found) if key[0] in OURS and not key[1].startswith("0001_")]
    return [found[key] for key in ours if ".".join(key) not in FIRST]


def operations(given: list[Operation], together: bool = False) -> Iterator[tuple[Operation, bool]]:
    """All of them, those inside of others too, and whether a `Together` holds them."""
    for operation in given:
        yield operation, together
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            inside = together or isinstance(operation, Together)
            yield from operations(operation.database_operations, inside)


def grows(app: str, model: str, made: set[str]) -> bool:
    """Whether it may have many rows: one that the same migration makes has none."""
    return model.lower() not in made and model.lower() not in SMALL[app].split()


def triggers_on(app: str, operation: Operation, made: set[str]) -> list[str]:
    """The tables that grow and that SQL gives a trigger, or takes one from."""
    if not isinstance(operation, migrations.RunSQL):
        return []
    named = TRIGGER.findall(DOLLARS.sub("", str(operation.sql)))
    models = [name.removeprefix(f"{app}_") for name in named]
    return [model for model in models if grows(app, model, made)]


def adds_slowly(field: models.Field) -> str:
    default = field.db_default
    if field.unique or (field.db_index and not field.primary_key):
        return "builds an index under a lock: db_index=False, and BuildIndex or BuildUnique after it"
    if isinstance(default, Combinable) and not isinstance(default, Value):
        return "writes every row anew: null=True, and Fill after it"
    if not field.null and not field.has_db_default():
        return "is refused to the version before, which does not know it: null=True or db_default"
    return ""


def fault(app: str, operation: Operation, made: set[str]) -> tuple[str, str] | None:
    """What it is called, and what is wrong with it; None where nothing is."""
    kind = type(operation).__name__
    if isinstance(operation, BuildIndex | BuildSqlIndex | BuildUnique | Fill | Together):
        return None
    if isinstance(operation, migrations.RunSQL):
        text = DOLLARS.sub("", operation.sql if isinstance(operation.sql, str) else str(operation.sql))
        name = f"{kind} {' '.join(text.split()[:3])}"
        return (name, "takes long or locks: Fill or BuildSqlIndex") if LONG.search(text) else None
    if isinstance(operation, migrations.RunPython):
        if operation.code.__module__ == roles.__name__:
            return None
        return f"{kind} {operation.code.__name__}", "may do anything: Fill, or say why it is short"
    model = getattr(operation, "model_name", None) or getattr(operation, "name", "")
    if not model or not grows(app, model, made) or isinstance(operation, migrations.CreateModel):
        return None
    if isinstance(operation, NotInTransactionMixin):
        return f"{kind} {model}", "cannot be run again when it is cut off: BuildIndex"
    if isinstance(operation, migrations.AddIndex):
        return f"{kind} {operation.index.name}", "stops whoever writes: BuildIndex"
    if isinstance(operation, migrations.AddConstraint):
        return f"{kind} {operation.constraint.name}", "reads all rows under a lock: BuildUnique"
    if isinstance(operation, migrations.AddField):
        wrong = adds_slowly(operation.field)
        return (f"{kind} {model}.{operation.name}", wrong) if wrong else None
    if isinstance(operation, migrations.AlterField):
        return f"{kind} {model.lower()}.{operation.name}", "may write every row anew"
    if isinstance(
        operation,
        migrations.RemoveField | migrations.DeleteModel | migrations.RenameField | migrations.RenameModel,
    ):
        return f"{kind} {model.lower()}", "takes away what the version before still uses"
    return None


def faults(migration: Migration) -> Iterator[tuple[str, str]]:
    every = list(operations(migration.operations))
    flat = [operation for operation, _ in every]
    made = {one.name_lower for one in flat if isinstance(one, migrations.CreateModel)}
    made -= {one.name_lower for one in flat if isinstance(one, migrations.DeleteModel)}
    for operation, together in every:
        if found := fault(migration.app_label, operation, made):
            yield f"{migration.app_label}.{migration.name} {found[0]}", found[1]
        if not together and (tables := triggers_on(migration.app_label, operation, made)):
            name = f"{migration.app_label}.{migration.name} triggers on {', '.join(dict.fromkeys(tables))}"
            yield name, "waits for one table while it holds another: Together"
    beside = [
        one for one in flat if isinstance(one, BuildIndex | BuildSqlIndex | BuildUnique | Fill | Together)
    ]
    if beside and migration.atomic:
        yield f"{migration.app_label}.{migration.name}", "must say atomic = False, for it builds or fills"


@pytest.mark.parametrize("migration", later_migrations(), ids=lambda one: f"{one.app_label}.{one.name}")
def test_nothing_that_takes_long_locks_a_table_that_grows(migration):
    assert [(name, wrong) for name, wrong in faults(migration) if name not in ALLOWED] == []


def test_every_exception_is_still_needed():
    needed = {name for migration in later_migrations() for name, _ in faults(migration)}

    assert set(ALLOWED) - needed == set()


def test_every_small_table_exists():
    from django.apps import apps

    known = {app: {model._meta.model_name for model in apps.get_app_config(app).get_models()} for app in OURS}

    assert {app: set(names.split()) - known[app] for app, names in SMALL.items()} == {
        app: set() for app in SMALL
    }


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        (migrations.AddIndex("lead", models.Index(fields=["country"], name="x")), "BuildIndex"),
        (
            migrations.AddConstraint("touch", models.CheckConstraint(condition=models.Q(pk=1), name="x")),
            "reads all",
        ),
        (migrations.AddField("lead", "x", models.CharField(db_index=True, null=True)), "builds an index"),
        (migrations.AddField("lead", "x", models.CharField(default="")), "version before"),
        (
            migrations.AddField("lead", "x", models.DateTimeField(db_default=models.functions.Now())),
            "writes every row",
        ),
        (migrations.AlterField("lead", "medium", models.TextField()), "may write"),
        (migrations.RemoveField("lead", "medium"), "takes away"),
        (migrations.RunSQL("UPDATE leads_lead l SET medium = ''"), "Fill"),
        (migrations.RunSQL("CREATE INDEX x ON leads_lead (medium)"), "BuildSqlIndex"),
        (migrations.RunSQL("ALTER TABLE leads_touch ADD CONSTRAINT x CHECK (at > now())"), "takes long"),
        (migrations.RunPython(print), "may do anything"),
        (migrations.AddField("lead", "x", models.CharField(db_default="")), None),
        (migrations.AddIndex("campaign", models.Index(fields=["name"], name="x")), None),
        (migrations.RunSQL("CREATE FUNCTION f() ... AS $$ UPDATE leads_lead SET medium = '' $$"), None),
        (BuildIndex("lead", models.Index(fields=["country"], name="x")), None),
    ],
)
def test_whoever_writes_a_migration_is_told_what_to_do_instead(operation, told):
    found = fault("leads", operation, made=set())

    assert (found is None) == (told is None)
    assert told is None or told in found[1]


def test_triggers_of_tables_that_grow_are_made_in_one_instant():
    class Loose(Migration):
        operations = [migrations.RunSQL("CREATE TRIGGER x AFTER INSERT ON leads_touch EXECUTE FUNCTION f()")]

    class Tied(Migration):
        atomic = False
        operations = [Together(*Loose.operations)]

    assert list(faults(Tied("0099_x", "leads"))) == []
    assert [wrong.rpartition(" ")[2] for _, wrong in faults(Loose("0099_x", "leads"))] == ["Together"]
