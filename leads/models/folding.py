"""How texts are compared without regard to case, alike on every machine."""

from __future__ import annotations

from django.db.models import Func, TextField

FOLDING = "pg_c_utf8"  # one letter becomes one letter, whatever the language of the database


class Folded(Func):
    """The text in lower case; `leads.rules.language.fold` is the same in Python."""

    template = f'lower(%(expressions)s COLLATE "{FOLDING}")'
    output_field = TextField()
