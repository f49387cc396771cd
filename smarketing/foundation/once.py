"""What a request asks for again and again, read once until it ends: everybody in it sees the same state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """One thing of which a block keeps what it has read. Outside of any block it is read each time."""

    def __init__(self, name: str) -> None:
        self._kept: ContextVar[list[T] | None] = ContextVar(name, default=None)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Until the block ends the thing is read once."""
        token = self._kept.set([])
        try:
            yield
        finally:
            self._kept.reset(token)

    def get(self, read: Callable[[], T]) -> T:
        """What was read in this block, else what `read` finds now."""
        kept = self._kept.get()
        if kept:
            return kept[0]
        found = read()
        if kept is not None:
            kept.append(found)
        return found

    def put(self, found: T) -> None:
        """It was written: whoever asks next in this block sees it so."""
        if (kept := self._kept.get()) is not None:
            kept[:] = [found]
