"""What the commands may be told, checked before the file is opened."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from zoneinfo import available_timezones

from leads.importing import dates, encodings
from leads.importing.faults import UsageFault
from leads.importing.fields import IDENTITY, known
from leads.importing.presets import PRESETS
from smarketing.foundation import currencies

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "\\t": "\t"}


@dataclass
class Options:
    """How a file is to be read. `mapped` is column → field, `constants` field → value for every row."""

    kind: str
    preset: str = ""
    source: str = ""
    mapped: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    timezone: str = ""
    date_order: str = ""
    encoding: str = ""
    delimiter: str = ""
    default_currency: str = ""
    overwrite: bool = False

    def as_json(self) -> dict:
        return asdict(self)


def make(kind: str, **given) -> Options:
    """Options from the command line (`map` and `set` are lists of "a=b"); raises `UsageFault`."""
    preset = given.get("preset") or ""
    if preset and preset not in PRESETS:
        raise UsageFault(f"--preset {preset} is not known. Right values: {', '.join(PRESETS)}.")
    return Options(
        kind=kind,
        preset=preset,
        source=_source(given.get("source"), preset),
        mapped=_pairs("--map", given.get("map") or [], kind, "Column=field", field_first=False),
        constants=_constants(given.get("set") or [], kind),
        timezone=_timezone(given.get("timezone") or ""),
        date_order=_one_of("--date-order", given.get("date_order") or "", dates.ORDERS),
        encoding=encodings.check_name(given["encoding"]) if given.get("encoding") else "",
        delimiter=_delimiter(given.get("delimiter") or ""),
        default_currency=_currency(given.get("default_currency") or ""),
        overwrite=bool(given.get("overwrite")),
    )


def _source(given: str | None, preset: str) -> str:
    source = (given if given is not None else preset).strip()
    if len(source) > 80:
        raise UsageFault("--source may have 80 characters at most.")
    return source


def _pairs(option: str, texts: list[str], kind: str, shape: str, *, field_first: bool) -> dict[str, str]:
    pairs: dict[str, str] = {}
    fields = known(kind) if texts else {}
    for text in texts:
        left, equals, right = text.partition("=") if field_first else text.rpartition("=")
        name = (left if field_first else right).strip()
        if not equals or not left.strip() or not right.strip():
            raise UsageFault(f"{option} {text}: write it as {option} '{shape}'.")
        if name not in fields:
            raise UsageFault(f"{option} {text}: no field is called “{name}”. Fields: {', '.join(fields)}.")
        if left.strip() in pairs or (not field_first and name in pairs.values()):
            raise UsageFault(
                f"{option} {text}: “{name if name in pairs.values() else left.strip()}” is given twice."
            )
        pairs[left.strip()] = right.strip()
    return pairs


def _constants(texts: list[str], kind: str) -> dict[str, str]:
    constants = _pairs("--set", texts, kind, "field=value", field_first=True)
    for name in constants:
        if name in IDENTITY:
            raise UsageFault(f"--set {name}=… would make every row the same one. Map a column to it instead.")
    return constants


def _timezone(name: str) -> str:
    if name and name not in available_timezones():
        raise UsageFault(
            f"--timezone {name} is not known. Right values are names such as UTC, Europe/Berlin, America/Sao_Paulo."
        )
    return name


def _one_of(option: str, value: str, right: tuple[str, ...]) -> str:
    if value and value not in right:
        raise UsageFault(f"{option} {value} is not known. Right values: {', '.join(right)}.")
    return value


def _delimiter(text: str) -> str:
    delimiter = DELIMITERS.get(text, text)
    if len(delimiter) > 1 or (delimiter in ('"', "\n", "\r", "\0") and delimiter):
        raise UsageFault(
            f"--delimiter {text} is not known. Right values: one character, or {', '.join(list(DELIMITERS)[:4])}."
        )
    return delimiter


def _currency(text: str) -> str:
    code = text.upper()
    if text and code not in currencies.KNOWN:
        near = get_close_matches(code, sorted(currencies.KNOWN)) or ["EUR", "USD", "BRL"]
        raise UsageFault(
            f"--default-currency {text} is not known. Right values are codes such as {', '.join(near)}."
        )
    return code
