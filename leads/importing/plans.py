"""Which column of a file gives which field."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass

from leads.importing.faults import FileFault, UsageFault
from leads.importing.fields import DATES, OWN, Field, known
from leads.importing.options import Options
from leads.importing.presets import PRESETS


@dataclass
class Plan:
    """`columns` maps a field to the places of its columns, best first; `constants` to a value for blanks."""

    kind: str
    header: list[str]
    columns: dict[str, list[int]]
    constants: dict[str, str]
    known: dict[str, Field] = dataclasses.field(init=False)  # as they were when the plan was read

    def __post_init__(self) -> None:
        self.known = known(self.kind)

    @property
    def width(self) -> int:
        return len(self.header)

    @property
    def ignored(self) -> list[str]:
        used = {index for places in self.columns.values() for index in places}
        return [name for index, name in enumerate(self.header) if index not in used]

    @property
    def fields(self) -> set[str]:
        """Those that the file gives and that there still are."""
        return {*self.columns, *self.constants} & self.known.keys()

    @property
    def has_own(self) -> bool:
        """Whether the file gives leads a fact that this company asks for itself."""
        return any(name.startswith(OWN) for name in self.fields)

    @property
    def dated(self) -> list[int]:
        """The places of columns that hold dates."""
        dates = {name for name in self.fields if self.known[name].kind in DATES}
        return [i for name, places in self.columns.items() if name in dates for i in places]


def make(options: Options, header: list[str], name: str) -> Plan:
    """The plan for a file with this header; raises `UsageFault` or `FileFault`.

    What the user maps goes first, then the preset, then columns that are called like a field.
    """
    columns = {field: [_place(column, header)] for column, field in options.mapped.items()}
    taken = {index for places in columns.values() for index in places}
    said = set(columns)
    for field, index in _known(options, header):
        if field not in said and index not in taken:
            columns.setdefault(field, []).append(index)
            taken.add(index)
    _refuse_doubles(header, taken, name)
    return Plan(options.kind, header, columns, options.constants)


def _place(column: str, header: list[str]) -> int:
    """Where the column stands that the user named, by its exact spelling, else without regard to case."""
    wanted = " ".join(column.split())
    if wanted in header:
        return header.index(wanted)
    folded = [name.casefold() for name in header]
    if wanted.casefold() in folded:
        return folded.index(wanted.casefold())
    columns = ", ".join(f"“{name}”" for name in header)
    raise UsageFault(f"--map {column}=…: the file has no column “{column}”. Its columns: {columns}.")


def _known(options: Options, header: list[str]) -> list[tuple[str, int]]:
    """(field, place) for the columns that the preset or their own name explains, best first."""
    fields = known(options.kind)
    preset = {column.casefold(): field for column, field in PRESETS.get(options.preset, {}).items()}
    places: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        places.setdefault(name.casefold(), []).append(index)
    explained = [
        (preset[name], index) for name in preset if preset[name] in fields for index in places.get(name, [])
    ]
    explained += [(name, index) for name in fields for index in places.get(name, [])]
    labels = [(name, one.own.label.casefold()) for name, one in fields.items() if one.own is not None]
    return explained + [(name, index) for name, label in labels for index in places.get(label, [])]


def _refuse_doubles(header: list[str], taken: set[int], name: str) -> None:
    counts = Counter(column.casefold() for column in header)
    for index in sorted(taken):
        if counts[header[index].casefold()] > 1:
            raise FileFault(
                f"{name} has {counts[header[index].casefold()]} columns called “{header[index]}”, so it is not clear "
                "which one to read. Rename or delete the others."
            )
