"""Campaigns and channels by their names: the first spelling is kept, others find it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from leads.models import name_key

LONGEST_KEY = 200  # folding case may lengthen a name

# Channels that mean: nobody sent this visitor.
DIRECT = {"direct", "direct traffic", "direct_traffic", "(direct)"}


@lru_cache(maxsize=50_000)
def key_of(name: str) -> str:
    """The key by which a name is found again, as long as its column allows."""
    return name_key(name)[:LONGEST_KEY]


def ensure_names(cursor, table: str, names: Iterable[str]) -> dict[str, int]:
    """Ids by key for all these names, in `leads_channel` or `leads_campaign`; unknown ones are made."""
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(key_of(name), name)
    if not spelled:
        return {}
    found = _find(cursor, table, list(spelled))
    missing = [key for key in spelled if key not in found]
    if missing:
        column, more = (
            ("is_direct", "%s::bool[]") if table == "leads_channel" else ("created_at", "%s::timestamptz[]")
        )
        values = (
            [[key in DIRECT for key in missing]] if table == "leads_channel" else [["now"] * len(missing)]
        )
        cursor.execute(
            f"""INSERT INTO {table} (name, key, {column})
            SELECT * FROM unnest(%s::text[], %s::text[], {more}) ON CONFLICT (key) DO NOTHING""",  # noqa: S608
            [[spelled[key] for key in missing], missing, *values],
        )
        found |= _find(cursor, table, missing)
    return found


def _find(cursor, table: str, keys: list[str]) -> dict[str, int]:
    cursor.execute(f"SELECT key, id FROM {table} WHERE key = ANY(%s)", [keys])  # noqa: S608
    return dict(cursor.fetchall())
