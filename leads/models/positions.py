"""The table of known positions as a database condition."""

from functools import reduce
from operator import or_

from django.db.models import Q

from leads.stages import POSITIONS


def known_position(prefix: str = "") -> Q:
    """True for a (stage, standing) that exists; `prefix` is put before both column names."""
    return reduce(or_, (Q(**{f"{prefix}stage": p.stage, f"{prefix}standing": p.standing}) for p in POSITIONS))
