"""The address of a list: every link of the page is it with something changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

PAGE_ONLY = ("cursor", "add")  # of one look at the list, never carried on


@dataclass(frozen=True)
class Address:
    """What a list is asked for, as names and values; `path` is where it is."""

    path: str
    params: Mapping[str, Sequence[str]]

    def but(self, **changed: Sequence[str] | str | None) -> Address:
        """The same with some parameters set, or without those that are None."""
        params: dict[str, Sequence[str]] = {k: v for k, v in self.params.items() if k not in changed}
        params |= {k: [v] if isinstance(v, str) else v for k, v in changed.items() if v}
        return Address(self.path, params)

    def without(self, *names: str) -> Address:
        return Address(self.path, {k: v for k, v in self.params.items() if k not in names})

    @property
    def query(self) -> str:
        return urlencode(self.params, doseq=True)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """For the hidden fields of a form that adds to the address."""
        return [(name, value) for name, values in self.params.items() for value in values]

    def __str__(self) -> str:
        return f"{self.path}?{self.query}" if self.params else self.path
