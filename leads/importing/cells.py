"""From the cells of one record to a draft: typed values, warnings, or a fault of the row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from leads.identity import clean, normalise_domain, normalise_email, normalise_phone
from leads.importing import numbers, words
from leads.importing.dates import DEFAULT_ORDER, Moments
from leads.importing.faults import RowFault, UsageFault, shown
from leads.importing.own_cells import OwnCells
from leads.importing.plans import Plan
from leads.models import Touch
from leads.stages import Move, Stage, Standing
from smarketing.foundation import currencies


class Draft:
    """One row as read. `changed` becomes true when something of it was stored."""

    __slots__ = ("cells", "changed", "row", "values", "warnings")

    def __init__(self, row: int, cells: list[str]) -> None:
        self.row, self.cells = row, cells
        self.values: dict[str, Any] = {}
        self.warnings: list[tuple[str, str]] = []
        self.changed = False

    def warn(self, warning: str, message: str | None = None) -> None:
        self.warnings.append((warning, message or warning))


class Reader(OwnCells):
    """Reads the rows of one file after its plan."""

    def __init__(self, plan: Plan, moments: Moments, today: tzinfo) -> None:
        self.moments, self.today = moments, today
        self.columns = [
            (
                name,
                places[0] if places else -1,
                places[1:],
                plan.constants.get(name, ""),
                self._reader(plan, name),
            )
            for name, places in (
                (name, plan.columns.get(name, [])) for name in plan.known if name in plan.fields
            )
        ]

    def read(self, row: int, cells: list[str]) -> Draft:
        """The draft of a row as wide as the header; raises `RowFault`."""
        draft = Draft(row, cells)
        values = draft.values
        for name, index, others, constant, read in self.columns:
            text = cells[index].strip() if index >= 0 else ""
            if not text:
                text = next((cells[i].strip() for i in others if cells[i].strip()), constant)
            if text:
                value = read(text, draft)
                if value is not None:
                    values[name] = value
        return draft

    def _reader(self, plan: Plan, name: str) -> Callable[[str, Draft], Any]:
        kind, size, own = plan.known[name]
        places = plan.columns.get(name, [])
        column = plan.header[places[0]] if places else name
        read = getattr(self, f"_{kind}")
        if own is not None:
            return lambda text, draft: read(text, draft, column, own)
        return lambda text, draft: read(text, draft, column, size)

    def _text(self, text: str, draft: Draft, column: str, size: int) -> str:
        if len(text) > size:
            draft.warn(
                f"{column} is too long; cut", f"{column} has {len(text):,} characters; kept the first {size}"
            )
            return text[:size].strip()
        return text

    def _identity(self, text: str, draft: Draft, column: str, size: int) -> str:
        text = clean(text)
        if len(text) > size:
            raise RowFault("identity too long", f"{column} has {len(text):,} characters; {size} is the most")
        return text

    def _email(self, text: str, draft: Draft, column: str, size: int) -> str | None:
        address = normalise_email(text)
        if address is None:
            draft.warn(
                "e-mail is not valid; kept without it", f"e-mail {shown(text)} is not valid; kept without it"
            )
        return address

    def _domain(self, text: str, draft: Draft, column: str, size: int) -> str | None:
        domain = normalise_domain(text)
        if domain is None:
            draft.warn(
                "domain is not valid; kept without it", f"domain {shown(text)} is not valid; kept without it"
            )
        return domain

    def _note(self, text: str, draft: Draft, column: str, size: int) -> str:
        return text

    def _code(self, text: str, draft: Draft, column: str, size: int) -> str:
        return words.code(text, size)

    def _whole(self, text: str, draft: Draft, column: str, size: int) -> int | None:
        try:
            return numbers.read_whole(text)
        except (ValueError, ArithmeticError):
            draft.warn(
                f"{column} is no whole number; kept without it",
                f"{column} {shown(text)} is no whole number; kept without it",
            )
            return None

    def _revenue_band(self, text: str, draft: Draft, column: str, size: int) -> str | None:
        """A band by its code or in its words, or what is turned over as a number."""
        plain = words.plain(text)
        if plain in words.BANDS:
            return words.BANDS[plain]
        try:
            return words.band_of(numbers.read(text))
        except (ValueError, ArithmeticError):
            draft.warn(
                f"unknown {column.lower()}; kept without it",
                f"{column} {shown(text)} is no revenue band; kept without it",
            )
            return None

    def _amount(self, text: str, draft: Draft, column: str, size: int) -> Decimal | None:
        try:
            amount = numbers.read(text)
        except (ValueError, ArithmeticError):
            amount = None
        if amount is None or amount < 0:
            draft.warn(
                f"{column} is no amount; kept without it",
                f"{column} {shown(text)} is no amount; kept without it",
            )
            return None
        return amount

    def _money(self, text: str, draft: Draft, column: str, size: int) -> Decimal:
        try:
            amount = numbers.read(text)
        except (ValueError, ArithmeticError) as error:
            raise RowFault(
                "unreadable amount", f"{column} {shown(text)} is no amount; write it as 1234.50"
            ) from error
        if amount < 0:
            raise RowFault("negative amount", f"{column} {shown(text)} is below zero")
        return amount

    def _currency(self, text: str, draft: Draft, column: str, size: int) -> str:
        code = text.upper()
        if code not in currencies.KNOWN:
            raise RowFault(
                "unknown currency",
                f"{column} {shown(text)} is no currency that anybody pays with; write a code such as EUR",
            )
        return code

    def _moment(self, text: str, draft: Draft, column: str, size: int) -> datetime:
        try:
            return self.moments.read(text)
        except ValueError as error:
            raise RowFault(
                "unreadable date", f"{column} {shown(text)} is no date that exists; write it as 2024-05-31"
            ) from error

    def _optional_moment(self, text: str, draft: Draft, column: str, size: int) -> datetime | None:
        try:
            return self.moments.read(text)
        except ValueError:
            draft.warn(
                f"{column} is no date; kept without it", f"{column} {shown(text)} is no date; kept without it"
            )
            return None

    def _day(self, text: str, draft: Draft, column: str, size: int) -> date:
        return self._moment(text, draft, column, size).astimezone(self.today).date()

    def _stage(self, text: str, draft: Draft, column: str, size: int) -> str | None:
        return self._word(words.STAGES, text, draft, column)

    def _standing(self, text: str, draft: Draft, column: str, size: int) -> str | None:
        return self._word(words.STANDINGS, text, draft, column)

    def _status(self, text: str, draft: Draft, column: str, size: int) -> tuple[str, str] | None:
        return self._word(words.STATUSES, text, draft, column)

    def _place(self, text: str, draft: Draft, column: str, size: int) -> tuple[str, str, str]:
        """Stage, standing and move that the word tells of; nothing of an unknown one."""
        return self._word(words.PLACES, text, draft, column) or ("", "", "")

    def _move(self, text: str, draft: Draft, column: str, size: int) -> str | None:
        return self._word(words.MOVES, text, draft, column)

    def _touch_kind(self, text: str, draft: Draft, column: str, size: int) -> str | None:
        return self._word(words.TOUCHES, text, draft, column)

    def _team(self, text: str, draft: Draft, column: str, size: int) -> str | None:
        return self._word(words.TEAMS, text, draft, column)

    def _consent(self, text: str, draft: Draft, column: str, size: int) -> str | None:
        return self._word(words.CONSENTS, text, draft, column) or None

    def _word(self, known: dict[str, Any], text: str, draft: Draft, column: str) -> Any:
        plain = words.plain(text)
        if plain not in known:
            draft.warn(f"unknown {column.lower()} {shown(text)}; default used")
        return known.get(plain)

    def _opt_out(self, text: str, draft: Draft, column: str, size: int) -> bool | None:
        """Yes, or the time when it happened: anything that is not a no."""
        return None if words.plain(text) in words.NO else True

    _opt_in = _opt_out


def check_constants(plan: Plan) -> None:
    """Raise `UsageFault` for a `--set` whose value its field cannot have."""
    reader = Reader(plan, Moments(order=DEFAULT_ORDER, day_zone=UTC, time_zone=UTC), UTC)
    for name, _, _, constant, read in reader.columns:
        draft = Draft(0, [])
        try:
            if constant:
                read(constant, draft)
        except RowFault as fault:
            raise UsageFault(f"--set {name}={constant}: {fault}.") from fault
        if draft.warnings:
            right = {
                "stage": Stage.values,
                "standing": Standing.values,
                "consent": ["granted", "opted_out"],
                "kind": [kind for kind in Touch.Kind.values if kind != "origin"],
                "team": Touch.Team.values,
                "move": [move for move in Move.values if move not in ("undo", "adopt")],
            }.get(name)
            values = f" Right values: {', '.join(right)}." if right else ""
            raise UsageFault(f"--set {name}={constant} is no value of this field.{values}")


def identify(draft: Draft) -> None:
    """Settle who a row is about: `phone_norm`, names, consent; raises `RowFault` where nobody can be recognised."""
    values = draft.values
    phone = values.get("phone")
    if phone:
        values["phone_norm"] = normalise_phone(phone, values.get("country", ""))
        if values["phone_norm"] is None:
            draft.warn("phone is no number; kept as text", f"phone {shown(phone)} is no number; kept as text")
    if not (values.get("external_id") or values.get("email") or values.get("phone_norm")):
        raise _nobody(draft)
    name = values.pop("name", "")
    if name and not (values.get("first_name") or values.get("last_name")):
        values["first_name"], values["last_name"] = _split(name)
    if values.pop("opt_in", False):
        values.setdefault("consent", "granted")
    if values.pop("opt_out", False):
        values["consent"] = "opted_out"


def recognise(draft: Draft) -> None:
    """What happened belongs to somebody and has its date; raises `RowFault` where one is missing."""
    values = draft.values
    if not (values.get("external_id") or values.get("email")):
        raise _nobody(draft, others="external id")
    if "at" not in values:
        raise RowFault("no date", "the date is missing; fill in at, such as 2024-05-31 14:00")


def _nobody(draft: Draft, others: str = "external id or phone") -> RowFault:
    bad = next((message for warning, message in draft.warnings if warning.startswith("e-mail")), None)
    if bad is not None:
        wrong = bad.removesuffix("; kept without it")
        return RowFault("invalid e-mail", f"{wrong}, and no {others} says who this is")
    if "phone" in others:
        return RowFault("no identity", "no external id, e-mail or phone number says who this is")
    return RowFault("no identity", "no external id or e-mail says who this is; fill in one of them")


def _split(name: str) -> tuple[str, str]:
    """First and last name of "Ada Byron" or "Byron, Ada"."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.partition(" ")
    return first.strip()[:120], last.strip()[:120]
