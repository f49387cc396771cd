"""What a batch changes of rows that were there before, kept so that an undo can give it back."""

from __future__ import annotations

from collections.abc import Iterable

from leads.importing.people import Person


def keep(
    cursor, batch_id: int, table: str, staged: str, columns: dict[str, str], own: Iterable[str] = ()
) -> None:
    """Before an update of `leads_{table}` (alias t) from `staged` (alias s): what each row has, and will have.

    `columns` maps a column to the SQL of its new value; only what differs is kept. `own` are keys of own fields:
    each is kept by itself, null where there is no value.
    """
    keys = list(own)
    of_own = """UNION ALL SELECT 'custom.' || k.key, coalesce({0}.custom -> k.key, 'null')
        FROM unnest(%s::text[]) AS k (key)"""
    before, after = (of_own.format(alias) if keys else "" for alias in "ts")
    was = ", ".join(f"'{name}', t.{name}" for name in columns)
    will_be = ", ".join(f"'{name}', {value}" for name, value in columns.items())
    cursor.execute(
        f"""INSERT INTO leads_importchange (batch_id, "table", row_id, before, after)
        SELECT %s, %s, t.id, jsonb_object_agg(b.key, b.value), jsonb_object_agg(b.key, a.value)
        FROM {staged} s JOIN leads_{table} t ON t.id = s.id
        CROSS JOIN LATERAL (SELECT * FROM jsonb_each(jsonb_build_object({was})) {before}) b (key, value)
        JOIN LATERAL (SELECT * FROM jsonb_each(jsonb_build_object({will_be})) {after}) a (key, value) ON a.key = b.key
        WHERE a.value <> b.value GROUP BY t.id""",  # noqa: S608
        [batch_id, table, *([keys, keys] if keys else [])],
    )


def keep_births(cursor, batch_id: int, people: Iterable[Person]) -> None:
    """Before `funnel.settle`: the births that new history dates earlier."""
    grown = [(p.id, min(event.at for event in p.events if event.new)) for p in people]
    cursor.execute(
        """INSERT INTO leads_importchange (batch_id, "table", row_id, before, after)
        SELECT %s, 'lead', l.id, jsonb_build_object('born_at', l.born_at), jsonb_build_object('born_at', n.at)
        FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, at) JOIN leads_lead l ON l.id = n.id
        WHERE n.at < l.born_at""",
        [batch_id, [pk for pk, _ in grown], [at for _, at in grown]],
    )
