"""What a database looks like without its rows: two that were migrated in different ways must not differ in it."""

import psycopg2.extensions

SHAPE = """
SELECT 'column', format('%s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid), a.attacl)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'table', format('%s %s %s', relname, relacl, reloptions) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
UNION ALL
SELECT 'index', format('%s valid: %s', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index
JOIN pg_class c ON c.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'constraint', format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', format('%s %s', pg_get_functiondef(oid), proacl) FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
"""


def shape(cursor: psycopg2.extensions.cursor) -> set[tuple[str, str]]:
    """Tables, columns, indexes, constraints, triggers and functions of the product, and who may use them."""
    cursor.execute(SHAPE)
    return set(cursor.fetchall())
