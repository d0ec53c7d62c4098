"""Many asks, a bounded number at a time, answered in their order: cache, endpoint, judge.

What cannot be checked is not asked, and nothing is asked twice. An answer that is not admitted is a refusal; an
endpoint that does not answer is an error and stops the run. What was answered until then is in the cache.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING

from hirkit.llm import cache
from hirkit.llm.admit import admissible, beyond_checking
from hirkit.llm.ask import Ask, rewritten
from hirkit.llm.cache import Body, Reply
from hirkit.llm.endpoint import LONGEST_ASKED_SECONDS, Endpoint, body, client, post, wait_seconds
from hirkit.llm.reasons import refused
from hirkit.records import UserError
from hirkit.span import Refused

if TYPE_CHECKING:
    import httpx2

AHEAD = 4
"""Asks taken in advance, per connection."""


def rewrite_llm(endpoint: Endpoint, asks: Iterable[Ask]) -> Iterator[str | Refused]:
    """For each ask, in order, the rewritten prompt, or why there is none that can be trusted.

    ``AHEAD * concurrency`` asks are taken before the first result is given. If the endpoint fails for good, or asks for
    what only the user can mend, ``UserError`` says so; requests under way are waited for, and kept.
    """
    with _running(endpoint) as run, ThreadPoolExecutor(endpoint.concurrency, "llm") as pool:
        window: deque[tuple[Ask, Future[Reply] | Refused]] = deque()
        try:
            for ask in asks:
                window.append((ask, beyond_checking(ask) or run.submit(pool, body(endpoint, ask))))
                if len(window) >= AHEAD * endpoint.concurrency:
                    yield _judged(*window.popleft())
            while window:
                yield _judged(*window.popleft())
        finally:
            run.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _judged(ask: Ask, answer: Future[Reply] | Refused) -> str | Refused:
    if isinstance(answer, Refused):
        return answer
    reply = answer.result()
    if reply.refusal is not None:
        return refused("llm: request refused", reply.refusal)
    if reply.finish == "length":
        return refused(
            "llm: answer cut off", f"after {len(reply.text)} characters; --llm-extra can set more max_tokens"
        )
    text = rewritten(reply.text, ask.prompt)
    return admissible(ask, text) or text


@dataclass(slots=True)
class _Run:
    """What the threads of a run share."""

    endpoint: Endpoint
    folder: Path
    stop: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    under_way: dict[str, Future[Reply]] = field(default_factory=dict[str, "Future[Reply]"])
    failure: UserError | None = None
    connections: httpx2.Client | None = None

    def submit(self, pool: ThreadPoolExecutor, request: Body) -> Future[Reply]:
        """Have a request answered, together with any other that is the same."""
        key = cache.key(request)
        if (same := self.under_way.get(key)) is not None and not same.done():
            return same
        self.under_way = {k: future for k, future in self.under_way.items() if not future.done()}
        return self.under_way.setdefault(key, pool.submit(self._answer, request))

    def _answer(self, request: Body) -> Reply:
        """From the cache, else from the endpoint. The first failure is everybody's."""
        try:
            return cache.load(self.folder, request) or cache.store(self.folder, request, self._ask(request))
        except UserError as err:
            with self.lock:
                self.failure = self.failure or err
            self.stop.set()
            raise self.failure from None

    def _ask(self, request: Body) -> Reply:
        seed = f"{self.endpoint.seed}:{cache.key(request)}"
        why = ""
        for tries in range(1, self.endpoint.retries + 2):
            if self.stop.is_set():
                raise self.failure or UserError("stopped", code=3)
            found = post(self._connected(), self.endpoint, request)
            if isinstance(found, Reply):
                return found
            if (found.after or 0) > LONGEST_ASKED_SECONDS:
                raise self._given_up(f"asks to wait {found.after:g} s: {found.why}")
            why = found.why
            if tries <= self.endpoint.retries:
                self.stop.wait(wait_seconds(tries, found.after, seed))
        raise self._given_up(f"did not answer in {self.endpoint.retries + 1} tries: {why}")

    def _connected(self) -> httpx2.Client:
        with self.lock:
            self.connections = self.connections or client(self.endpoint)
            return self.connections

    def _given_up(self, what: str) -> UserError:
        kept = f"nothing is lost: {cache.count(self.folder)} answers are in {self.folder}; run again"
        lost = "what was answered is lost, as no cache was named (--llm-cache)"
        return UserError(f"{self.endpoint.url} {what}; {lost if self.endpoint.cache is None else kept}", code=3)


@contextmanager
def _running(endpoint: Endpoint) -> Iterator[_Run]:
    """A run with its cache, in a folder of its own where none is named, and its connections closed at the end."""
    with tempfile.TemporaryDirectory(prefix="hirkit-llm-") as own:
        run = _Run(endpoint, Path(own) if endpoint.cache is None else endpoint.cache)
        try:
            yield run
        finally:
            if run.connections is not None:
                run.connections.close()
