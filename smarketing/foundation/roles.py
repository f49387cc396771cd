"""Two PostgreSQL roles: the owner changes the schema, the application only reads and writes rows.

Migrations and the test flush run as the owner; everything else as the application role, which therefore
cannot alter a table, drop a trigger or rewrite append-only history.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def application_role() -> str | None:
    """The name of the restricted role, or None where one role does everything."""
    name = settings.DATABASE_APPLICATION_USER  # not the connection's: `as_owner` changes that one
    return None if name == settings.DATABASE_OWNER["USER"] else name


@contextmanager
def as_owner() -> Iterator[None]:
    """Use the owner's login on the default connection until the block ends."""
    mine = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update(settings.DATABASE_OWNER)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(mine)


def _run_for_role(statements: list[str]) -> Callable:
    def forwards(apps, editor: BaseDatabaseSchemaEditor) -> None:
        role = application_role()
        if role is not None:
            for statement in statements:
                editor.execute(statement.replace("{role}", editor.quote_name(role)))

    return forwards


def grant_everything() -> migrations.RunPython:
    """Row privileges on all tables, those to come included; append-only tables take some back."""
    return migrations.RunPython(
        _run_for_role(
            [
                "GRANT USAGE ON SCHEMA public TO {role}",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
                "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
                "ALTER DEFAULT PRIVILEGES IN SCHEMA public "
                "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
                "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
            ]
        ),
        migrations.RunPython.noop,
    )


FORBID_CHANGE = """
CREATE OR REPLACE FUNCTION foundation_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""


def append_only(*tables: str) -> list[migrations.operations.base.Operation]:
    """Operations that make tables refuse UPDATE and DELETE: by privilege, and by trigger for the owner."""
    operations: list = [migrations.RunSQL(FORBID_CHANGE, migrations.RunSQL.noop)]
    for table in tables:
        operations.append(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION foundation_forbid_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
        )
        operations.append(
            migrations.RunPython(
                _run_for_role([f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}"]),
                migrations.RunPython.noop,
            )
        )
    return operations


def read_only(*tables: str) -> list[migrations.RunPython]:
    """Operations that leave the application role nothing but SELECT."""
    return [
        migrations.RunPython(
            _run_for_role([f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}"]),
            migrations.RunPython.noop,
        )
        for table in tables
    ]
