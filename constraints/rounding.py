"""Numbers a person would ask for, and how the one that is met is found.

Numbers up to 20 are round as they are; then fives are, from 100 on 25s, from 200 fifties, from 1000 on ten times as
much. So at most a fifth of a number is lost downwards, and a quarter added upwards.
"""

from __future__ import annotations

from collections.abc import Callable

SMALL = 20
"""Numbers below are not rounded."""

FARTHEST = 4
"""A larger number goes up to so many times what was asked, or down to that part of it."""


def step(number: int) -> int:
    """How far apart round numbers lie from this one on.

    >>> [step(n) for n in (19, 20, 99, 100, 200, 999, 1000, 2000, 10_000)]
    [1, 5, 5, 25, 50, 50, 250, 500, 2500]
    """
    if number < 100:
        return 1 if number < SMALL else 5
    power: int = 10 ** (len(str(number)) - 1)
    return power // 4 if number < 2 * power else power // 2


def rounded_down(number: int) -> int:
    """The next round number, downwards.

    >>> [rounded_down(n) for n in (7, 19, 24, 99, 124, 199, 212, 1249, 5400)]
    [7, 19, 20, 95, 100, 175, 200, 1000, 5000]
    """
    return number - number % step(number)


def rounded_up(number: int) -> int:
    """The next round number, upwards.

    >>> [rounded_up(n) for n in (7, 19, 21, 99, 100, 101, 212, 951, 5400)]
    [7, 19, 25, 100, 100, 125, 250, 1000, 5500]
    """
    return -(-number // step(number)) * step(number)


def largest(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """The largest number from low to high for which it holds, by bisection: it holds for all smaller ones, too.

    >>> largest(lambda n: n * n < 50, 1, 100), largest(lambda n: n < 1, 1, 100)
    (7, None)
    """
    if low > high or not holds(low):
        return None
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def smallest(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """The smallest number from low to high for which it holds, by bisection: it holds for all larger ones, too.

    >>> smallest(lambda n: n * n > 50, 1, 100), smallest(lambda n: n > 100, 1, 100)
    (8, None)
    """
    found = largest(lambda n: holds(-n), -high, -low)
    return None if found is None else -found


def lowest(asked: int, least: int) -> int:
    """How far down a bound may go.

    >>> lowest(19, 1), lowest(20, 1), lowest(19, 2), lowest(300, 2)
    (1, 5, 2, 75)
    """
    return max(least, asked // FARTHEST) if asked >= SMALL else least


def highest(asked: int) -> int:
    """How far up a bound may go.

    >>> highest(3), highest(300)
    (20, 1200)
    """
    return max(SMALL, asked * FARTHEST)
