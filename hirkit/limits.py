"""How much a response may cost: characters, and seconds a check. What exceeds them is an error verdict, never a pass.

The clock is the process's own alarm (``SIGALRM``), which ends a check in the middle of a regular expression too. Alarms
belong to the main thread: in others, and where a system has none, checks have all the time they take.
"""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

from constraints import Verdict
from constraints.check import Check


@dataclass(frozen=True, slots=True)
class Limits:
    """``seconds`` a check may take, ``chars`` a response may have; 0 is no limit."""

    seconds: float = 0.0
    chars: int = 0


NONE = Limits()


class TookTooLong(Exception):
    """Raised inside a check when its time is up; it becomes the check's error verdict."""


def limited(check: Check, text: str, limits: Limits) -> Verdict:
    """The verdict of a check, if it comes in time."""
    if limits.chars and len(text) > limits.chars:
        return Verdict("error", f"{len(text)} characters; --max-chars allows {limits.chars}")
    if not limits.seconds or threading.current_thread() is not threading.main_thread():
        return check(text)
    _arm()
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    try:
        return check(text)
    except TookTooLong as err:  # its time was up between the check and the next line
        return Verdict("error", str(err))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@cache
def _arm() -> None:
    """Take the process's alarm, once: whoever asks for limits has no other use for it."""
    signal.signal(signal.SIGALRM, _time_is_up)


def _time_is_up(*_: Any) -> None:
    raise TookTooLong("took longer than a check may (--check-timeout)")
