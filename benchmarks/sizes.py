"""How many of anything at a given scale."""

MOST_LEADS = 1_000_000


def leads(number: int, scale: float) -> int:
    return min(MOST_LEADS, max(50, round(number * scale)))


def times(number: int, scale: float) -> int:
    """Repetitions: fewer in a small run, never more than in the standard one."""
    return max(3, round(number * min(scale, 1)))
