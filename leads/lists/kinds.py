"""Filters by a text that rows carry, by days, and by how many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import QueryDict
from django.utils import timezone

from leads.lists.filters import NONE, OFFERED, Applied, Asker, Plain, clean, is_number, listed
from leads.models import Lead

EVER = 36_500  # days: nobody means more


@dataclass(frozen=True)
class Words(Plain):
    """A text as it was stored, or none: `column` is where it stands."""

    name: str
    label: str
    column: str
    kind: str = "one_of"

    @property
    def params(self) -> tuple[str, ...]:
        return (self.name,)

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        chosen = [value[:200] for value in clean(data.getlist(self.name))]
        if not chosen:
            return None
        texts = [value for value in chosen if value != NONE]
        condition = Q(**{f"{self.column}__in": texts}) if texts else Q(pk=None)
        if NONE in chosen:
            condition |= Q(**{self.column: ""})
            if "__" in self.column:
                condition |= Q(**{f"{self.column.split('__')[0]}__isnull": True})
        labels = ["not known" if value == NONE else value for value in chosen]
        return Applied(self, f"{self.label} is {listed(labels)}", condition, {self.name: chosen})

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]:
        """What there is of it among the leads this person may see, the most frequent first."""
        leads = Lead.objects.visible_to(asker.user).alive().exclude(**{self.column: ""})
        rows = leads.filter(**{f"{self.column}__isnull": False}).order_by().values_list(self.column)
        found = [text for text, _ in rows.annotate(n=Count("pk")).order_by("-n", self.column)[:OFFERED]]
        chosen = clean(data.getlist(self.name))
        found += [value for value in chosen if value not in (*found, NONE)]
        return {
            "options": [(text, text, text in chosen) for text in found]
            + [(NONE, "Not known", NONE in chosen)]
        }


@dataclass(frozen=True)
class Number(Plain):
    """From how many to how many."""

    name: str
    label: str
    column: str
    kind: str = "number"

    @property
    def params(self) -> tuple[str, ...]:
        return f"{self.name}_min", f"{self.name}_max"

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        given = {name: data.get(name, "").strip().replace(",", "") for name in self.params}
        for name, value in given.items():
            if value and not (is_number(value) and int(value) < 2**31):
                notices.append(f"{self.label} “{value[:40]}” is not a whole number, so it was left out.")
                given[name] = ""
        low, high = (int(given[name]) if given[name] else None for name in self.params)
        if low is None and high is None:
            return None
        condition = Q() if low is None else Q(**{f"{self.column}__gte": low})
        if high is not None:
            condition &= Q(**{f"{self.column}__lte": high})
        words = (
            f"{low:,} to {high:,}"
            if None not in (low, high)
            else f"{low:,} and more"
            if high is None
            else f"up to {high:,}"
        )
        return Applied(self, f"{self.label}: {words}", condition, {k: [v] for k, v in given.items() if v})

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]:
        return {"low": data.get(self.params[0], ""), "high": data.get(self.params[1], "")}


@dataclass(frozen=True)
class Days(Plain):
    """In the last so many days, more than so many days ago, or from one day to another, ends included.

    `condition` answers leads with it at or after one instant, and before another; None leaves an end open.
    """

    name: str
    label: str
    condition: Callable[[datetime | None, datetime | None], Q]
    never: Q | None = None
    never_word: str = "never"
    kind: str = "days"

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{part}" for part in ("last", "over", "from", "to", "never"))

    def read(
        self, data: QueryDict, names: dict[str, str], asker: Asker, notices: list[str]
    ) -> Applied | None:
        if self.never is not None and data.get(f"{self.name}_never"):
            return Applied(
                self, f"{self.label}: {self.never_word}", self.never, {f"{self.name}_never": ["1"]}
            )
        last, over = (self._number(data, part, notices) for part in ("last", "over"))
        if last is not None:
            ago = asker.moment - timedelta(days=last)
            words = f"{self.label} in the last {days_words(last)}"
            return Applied(self, words, self.condition(ago, None), {f"{self.name}_last": [str(last)]})
        if over is not None:
            ago = asker.moment - timedelta(days=over)
            words = f"{self.label} more than {days_words(over)} ago"
            return Applied(self, words, self.condition(None, ago), {f"{self.name}_over": [str(over)]})
        return self._between(data, notices)

    def _between(self, data: QueryDict, notices: list[str]) -> Applied | None:
        first, final = (self._day(data, part, notices) for part in ("from", "to"))
        if first is None and final is None:
            return None
        words = f"{day_words(first)} to {day_words(final)}" if first and final else ""
        words = words or (f"since {day_words(first)}" if first else f"until {day_words(final)}")  # type: ignore[arg-type]
        params = {
            f"{self.name}_{part}": [day.isoformat()] for part, day in (("from", first), ("to", final)) if day
        }
        end = _midnight(final + timedelta(days=1)) if final else None
        return Applied(self, f"{self.label} {words}", self.condition(_midnight(first), end), params)

    def _number(self, data: QueryDict, part: str, notices: list[str]) -> int | None:
        value = data.get(f"{self.name}_{part}", "").strip()
        if not value:
            return None
        if is_number(value) and 0 < int(value) <= EVER:
            return int(value)
        notices.append(f"{self.label} “{value[:40]}” is not a number of days, so it was left out.")
        return None

    def _day(self, data: QueryDict, part: str, notices: list[str]) -> date | None:
        value = data.get(f"{self.name}_{part}", "").strip()
        if not value:
            return None
        try:
            day = date.fromisoformat(value)
            if 1900 <= day.year < 2200:
                return day
        except ValueError:
            pass
        notices.append(f"{self.label} “{value[:40]}” is not a day such as 2026-03-31, so it was left out.")
        return None

    def context(self, data: QueryDict, asker: Asker) -> dict[str, Any]:
        return {name.removeprefix(f"{self.name}_"): data.get(name, "") for name in self.params} | {
            "has_never": self.never is not None,
            "never_word": self.never_word.capitalize(),
        }


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None


def days_words(n: int) -> str:
    return "day" if n == 1 else f"{n:,} days"


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
