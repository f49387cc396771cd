"""Keeps programs alive: what dies is started again, with growing patience."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from smarketing.embedded.children import Pause
from smarketing.embedded.datadir import DataDir
from smarketing.embedded.logs import rotate
from smarketing.embedded.trouble import Trouble

SHORTEST, LONGEST = 1.0, 30.0
# A program that ran this long was healthy: its next death starts with the shortest delay again.
HEALTHY_SECONDS = 60.0
LOGS_EVERY = 10.0


class Program(Protocol):
    """Something that runs as a child, under a name that is also its log's."""

    name: str

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def poll(self) -> int | None: ...


@dataclass
class Watch:
    """One program and its back-off."""

    program: Program
    delay: float = SHORTEST
    started: float = 0.0
    due: float | None = None

    def look(self, now: float) -> str:
        """Restart the program if it died and its delay is over; returns what there is to tell."""
        if self.due is None:
            code = self.program.poll()
            return "" if code is None else self.schedule(now, ended(code))
        if now < self.due:
            return ""
        self.due, self.started = None, now
        try:
            self.program.start()
        except Trouble as trouble:
            return self.schedule(now, f"did not start: {trouble}")
        return f"{self.program.name} runs again."

    def schedule(self, now: float, why: str) -> str:
        self.delay = SHORTEST if now - self.started > HEALTHY_SECONDS else min(self.delay * 2, LONGEST)
        self.due = now + self.delay
        return f"{self.program.name} {why}; it is started again in {self.delay:.0f} s."


def supervise(
    programs: Sequence[Program],
    data: DataDir,
    *,
    pause: Pause,
    say: Callable[[str], None],
    restarted: Callable[[], None],
) -> NoReturn:
    """Watch running programs until `pause` raises; `restarted` is called when one was started again."""
    watches = [Watch(program, started=time.monotonic() - HEALTHY_SECONDS) for program in programs]
    logs_due = 0.0
    while True:
        pause(0.2)
        now = time.monotonic()
        for watch in watches:
            news = watch.look(now)
            if news:
                say(news)
            if news.endswith("runs again."):
                restarted()
        if now > logs_due:
            logs_due = now + LOGS_EVERY
            for program in programs:
                rotate(data.log(program.name))


def ended(code: int) -> str:
    if code >= 0:
        return f"ended with status {code}"
    return f"was ended by {signal.Signals(-code).name}"
