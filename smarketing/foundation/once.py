"""What hardly ever changes is read once within a request; everybody in it sees the same state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_kept: ContextVar[dict[str, Any] | None] = ContextVar("kept for this request", default=None)


@contextmanager
def keeping() -> Iterator[None]:
    """Until the block ends, what `once` has read under a name is not read again."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def once(name: str, read: Callable[[], T]) -> T:
    """What `read` answers, asked once in a request; outside of one it is asked each time."""
    kept = _kept.get()
    if kept is None:
        return read()
    if name not in kept:
        kept[name] = read()
    return kept[name]


def forget(name: str) -> None:
    """It has changed: whoever asks next reads it anew."""
    if (kept := _kept.get()) is not None:
        kept.pop(name, None)
