# ruff: noqa: S608 - tables and names come from migrations, never from input
"""Operations of migrations that run beside the work that goes on, and that may be run again when they were cut off.

A migration that uses them says `atomic = False`: what it locks is let go after each operation. A table that is empty
is indexed at once, which nobody notices and new installations are made faster by.
"""

from typing import Any

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.constraints import BaseConstraint

from smarketing.foundation.schema import Editor, ask, at_once, build, drop_index, is_there, said

FEW = 2


class Together(migrations.SeparateDatabaseAndState):
    """Operations of one instant: columns, new tables, triggers. Nothing in it may read or write rows.

    Its SQL is gathered first and then sent at once, to tables that nobody uses at that moment. Where all tables and
    columns that it makes are there, and the function that `tells`, it has run already; where there is nothing of these,
    it must bear being run again.
    """

    def __init__(self, *operations: Operation, tells: str = "") -> None:
        super().__init__(list(operations), list(operations))
        self.tells = tells

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__qualname__, list(self.database_operations), {"tells": self.tells}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if len(self.state_operations) > FEW:  # cheaper to make the models anew once than after each of them
            state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.database_operations)

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.collect_sql:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        elif not self.stands(app_label, schema_editor):
            with at_once(schema_editor) as gathering:
                super().database_forwards(app_label, gathering, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.collect_sql:
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        elif self.stands(app_label, schema_editor) is not False:
            with at_once(schema_editor) as gathering:
                super().database_backwards(app_label, gathering, from_state, to_state)

    def stands(self, app_label: str, editor: Editor) -> bool | None:
        """Whether everything it makes is there; None where nothing tells."""
        if self.tells:
            return bool(ask(editor, "SELECT to_regprocedure(%(tells)s) IS NOT NULL", tells=self.tells))
        made: list[tuple[str, str | None]] = []
        for operation in self.database_operations:
            if isinstance(operation, migrations.CreateModel):
                made.append((f"{app_label}_{operation.name_lower}", None))
            elif isinstance(operation, migrations.AddField):
                column = operation.field.db_column or (
                    f"{operation.name}_id"
                    if isinstance(operation.field, models.ForeignKey)
                    else operation.name
                )
                made.append((f"{app_label}_{operation.model_name_lower}", column))
        return all(is_there(editor, table, column) for table, column in made) if made else None


class BuildIndex(migrations.AddIndex):
    """AddIndex without stopping anybody who writes; a build that was cut off is begun anew, a whole index stays."""

    atomic = False

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        build(
            schema_editor,
            self.index.name,
            model._meta.db_table,
            lambda concurrently: self.index.create_sql(model, schema_editor, concurrently=concurrently),
        )

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        drop_index(schema_editor, self.index.name)


class BuildSqlIndex(Operation):
    """The same for an index that belongs to no model's state: `definition` is what follows ON in CREATE INDEX."""

    atomic = False
    reversible = True

    def __init__(self, name: str, table: str, definition: str) -> None:
        self.name, self.table, self.definition = name, table, definition

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def describe(self) -> str:
        return f"Create index {self.name} on {self.table}"

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        plain = f"CREATE INDEX {self.name} ON {self.table} {self.definition}"
        build(schema_editor, self.name, self.table, lambda concurrently: said(plain, concurrently))

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        drop_index(schema_editor, self.name)


class BuildUnique(migrations.AddConstraint):
    """AddConstraint for a unique constraint with a condition, which is an index; it takes the place of one of its name.

    The new one is built under another name, and the old one gives way to it in an instant: neither a moment nor a
    run that is cut off leaves the rows without one. `tells` is a column that only the new condition mentions.
    """

    atomic = False

    def __init__(self, model_name: str, constraint: BaseConstraint, *, tells: str) -> None:
        super().__init__(model_name, constraint)
        self.tells = tells

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, _, given = super().deconstruct()
        return name, [], {**given, "tells": self.tells}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if self.among(app_label, state):
            state.remove_constraint(app_label, self.model_name_lower, self.constraint.name)
        super().state_forwards(app_label, state)

    def among(self, app_label: str, state: ProjectState) -> BaseConstraint | None:
        """The constraint of that name in this state."""
        model = state.models[app_label, self.model_name_lower]
        named = (one for one in model.options.get("constraints", []) if one.name == self.constraint.name)
        return next(named, None)

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if not schema_editor.collect_sql and self.stands(schema_editor):
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        new = self.constraint.clone()
        new.name = f"{self.constraint.name}_new"
        plain = str(new.create_sql(model, schema_editor))
        build(schema_editor, new.name, model._meta.db_table, lambda concurrently: said(plain, concurrently))
        with at_once(schema_editor) as editor:
            if old := self.among(app_label, from_state):
                editor.remove_constraint(from_state.apps.get_model(app_label, self.model_name), old)
            editor.execute(f"ALTER INDEX {new.name} RENAME TO {self.constraint.name}")

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if not schema_editor.collect_sql and not self.stands(schema_editor):
            return
        with at_once(schema_editor) as editor:
            editor.remove_constraint(from_state.apps.get_model(app_label, self.model_name), self.constraint)
            if old := self.among(app_label, to_state):
                editor.add_constraint(to_state.apps.get_model(app_label, self.model_name), old)

    def stands(self, editor: Editor) -> bool:
        return ask(
            editor,
            "SELECT coalesce((SELECT pg_get_expr(indpred, indrelid) LIKE '%%' || %(tells)s || '%%' "
            "FROM pg_index WHERE indexrelid = to_regclass(%(name)s)), false)",
            name=self.constraint.name,
            tells=self.tells,
        )


class Fill(Operation):
    """A statement about the rows with an id from %(first)s to %(last)s, for a few of them at a time.

    Each time is a transaction: nobody waits long for a row. It must bear being run again.
    """

    atomic = False
    reversible = True
    reduces_to_sql = False

    def __init__(self, table: str, statement: str, *, step: int = 5_000) -> None:
        self.table, self.statement, self.step = table, statement, step

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def describe(self) -> str:
        return f"Fill {self.table}"

    def database_forwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        begin, end = ask(
            schema_editor, f"SELECT ARRAY[coalesce(min(id), 1), coalesce(max(id), 0)] FROM {self.table}"
        )
        for first in range(begin, end + 1, self.step):
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(self.statement, {"first": first, "last": first + self.step - 1})

    def database_backwards(
        self, app_label: str, schema_editor: Editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        pass
