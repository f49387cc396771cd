"""Dates as people write them: one order per file, bare dates and bare times each in their zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

ORDERS = ("dmy", "mdy", "ymd")
DEFAULT_ORDER = "dmy"
EARLIEST, LATEST = 1900, 2200
_CACHE = 50_000

_MONTHS = {
    name: n
    for n, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_TIME = (
    r"(?:,?[ T]+(?:at )?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?"
    r" ?([ap]\.?m\.?)? ?(z|utc|gmt|[+-]\d{2}:?\d{2})?)?"
)
_NUMBERS = re.compile(rf"(\d{{1,4}})[-/. ](\d{{1,2}})[-/. ](\d{{1,4}}){_TIME}", re.IGNORECASE).fullmatch
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})[-/. ]+([a-z]{{3,9}})\.?,?[-/. ]+(\d{{4}}){_TIME}", re.IGNORECASE
).fullmatch
_MONTH_FIRST = re.compile(rf"([a-z]{{3,9}})\.? (\d{{1,2}}),? (\d{{4}}){_TIME}", re.IGNORECASE).fullmatch


class Moments:
    """Reads instants; raises `ValueError` for what is none. `ambiguous` counts dates that only `order` decided."""

    def __init__(self, *, order: str, day_zone: tzinfo, time_zone: tzinfo) -> None:
        self.order, self.day_zone, self.time_zone = order, day_zone, time_zone
        self._known: dict[str, datetime | None] = {}

    def read(self, text: str) -> datetime:
        """The instant in UTC; a bare date is its first moment in `day_zone`."""
        known = self._known
        if text not in known:
            if len(known) >= _CACHE:
                known.clear()
            known[text] = self._read(text)
        moment = known[text]
        if moment is None:
            raise ValueError(text)
        return moment

    def _read(self, text: str) -> datetime | None:
        try:
            moment = _iso(text) or self._written(text)
        except (ValueError, OverflowError):
            return None
        if moment is None or not EARLIEST <= moment.year < LATEST:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.time_zone if ":" in text else self.day_zone)
        return moment.astimezone(UTC)

    def _written(self, text: str) -> datetime | None:
        if found := _NUMBERS(text):
            a, b, c = found.group(1, 2, 3)
            return _moment(*_ordered(a, b, c, self.order), found.groups()[3:])
        if found := _DAY_FIRST(text):
            day, month, year = found.group(1, 2, 3)
        elif found := _MONTH_FIRST(text):
            month, day, year = found.group(1, 2, 3)
        else:
            return None
        return _moment(int(year), _MONTHS.get(month[:3].lower(), 0), int(day), found.groups()[3:])


def _iso(text: str) -> datetime | None:
    """The form nearly every export has, read by the standard library."""
    if len(text) < 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _ordered(a: str, b: str, c: str, order: str) -> tuple[int, int, int]:
    if len(a) == 4:
        return int(a), int(b), int(c)
    if order == "ymd":
        return _year(a), int(b), int(c)
    return (_year(c), int(b), int(a)) if order == "dmy" else (_year(c), int(a), int(b))


def _year(text: str) -> int:
    if len(text) == 4:
        return int(text)
    if len(text) != 2:
        raise ValueError(text)
    return int(text) + (2000 if int(text) < 70 else 1900)


def _moment(year: int, month: int, day: int, time: tuple[str | None, ...]) -> datetime:
    hour, minute, second, fraction, half, offset = time
    return datetime(
        year,
        month,
        day,
        _hour(int(hour or 0), half),
        int(minute or 0),
        int(second or 0),
        int((fraction or "").ljust(6, "0")[:6] or 0),
        tzinfo=_offset(offset),
    )


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def evidence(text: str) -> str:
    """What a date says about its file's order: "dmy", "mdy", "?" where it could be either, "" for none."""
    found = _NUMBERS(text)
    if found is None or len(found.group(1)) == 4:
        return ""
    first, second = int(found.group(1)), int(found.group(2))
    if first > 31:
        return "ymd"
    if first > 12:
        return "dmy"
    if second > 12:
        return "mdy"
    return "?" if first != second else ""
