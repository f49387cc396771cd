"""Ctrl-C and its like, noticed only where the code can stand it."""

import signal
import time
from types import FrameType


class Stopped(Exception):
    """Somebody asked us to stop."""


class Interruption:
    """Remembers a request to stop; `pause` raises it.

    An exception out of a signal handler could come between a child's birth and our knowing its number.
    """

    def __init__(self) -> None:
        self.asked = False

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if (
                number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
            ):  # nohup keeps its meaning
                signal.signal(number, self.note)

    def note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True

    def pause(self, seconds: float) -> None:
        """Sleep that long; raise Stopped as soon as somebody has asked."""
        deadline = time.monotonic() + seconds
        while not self.asked:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return
            time.sleep(min(0.1, remaining))
        raise Stopped
