"""One request to an OpenAI-compatible chat-completions endpoint, as often as it takes.

Spoken with httpx2, the client that ``openai`` and ``huggingface_hub`` are built on, rather than with ``openai``: one
request is all that is needed, and when to wait, how long and how often must be ours to say, from a seed.

Tried again: no connection, time-outs, 408, 409, 425, 429 (after ``Retry-After``, where it is given), 5xx, and answers
that are no chat completion. Not tried again: whatever the endpoint will say next time too. The key is sent as a bearer
token and nowhere else: not in the cache, not in a message.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from hirkit.llm.ask import Ask, messages
from hirkit.llm.cache import Body, Reply
from hirkit.records import UserError

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 10.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, LONGEST_ASKED_SECONDS = 0.5, 30.0, 600.0
AGAIN = frozenset({408, 409, 425, 429})
ROOM_TOKENS = 1024
"""Tokens an answer may have beyond one per byte of its prompt."""
_FOR_THIS_PROMPT = (
    "context length",
    "context_length",
    "context size",
    "too long",
    "content_filter",
    "content management policy",
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, whom, and how.

    ``url`` is the base, as ``http://localhost:8000/v1``. ``key_env`` names the environment variable that holds the key;
    it may be unset, for servers that want none. ``timeout`` is in seconds, for one try of ``1 + retries``. Without
    ``cache``, answers are kept for the run only. ``extra`` are further fields of the request; None takes one out
    (``{"max_tokens": None, "max_completion_tokens": 8000}``).
    """

    url: str
    model: str
    key_env: str = "OPENAI_API_KEY"
    concurrency: int = 8
    retries: int = 5
    timeout: float = 120.0
    cache: Path | None = None
    seed: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        try:
            parts = urlsplit(self.url)
            whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
        except ValueError:
            whole = False
        if not whole or parts.username or parts.password or parts.query or parts.fragment:
            raise UserError("--llm-url: must be http://HOST/v1 or https://HOST/v1, without user, password or query")
        if not self.model:
            raise UserError("--llm-model: name the model that the endpoint serves")
        if self.concurrency < 1 or self.retries < 0 or not self.timeout > 0:
            raise UserError("--llm-concurrency must be at least 1, --llm-retries at least 0, --llm-timeout above 0")

    @property
    def completions(self) -> str:
        """The address of chat completions, whether ``url`` is that or its base."""
        url = self.url.rstrip("/")
        return url if url.endswith("/chat/completions") else f"{url}/chat/completions"

    @property
    def key(self) -> str:
        """The key from the environment, "" where there is none."""
        key = os.environ.get(self.key_env, "").strip() if self.key_env else ""
        if not (key.isascii() and (key.isprintable() or not key)) or " " in key:
            raise UserError(f"${self.key_env} holds characters that no key has; set it to the key alone")
        return key


@dataclass(frozen=True, slots=True)
class Again:
    """Why a try came to nothing, and how many seconds the endpoint asks to wait."""

    why: str
    after: float | None = None


def body(endpoint: Endpoint, ask: Ask) -> Body:
    """The request: greedy, seeded, and with room for an answer of the prompt's length."""
    room = ROOM_TOKENS + len(ask.prompt.encode())
    fields = {
        "model": endpoint.model,
        "messages": messages(ask),
        "temperature": 0,
        "seed": endpoint.seed,
        "max_tokens": room,
        **endpoint.extra,
    }
    return {name: value for name, value in fields.items() if value is not None}


def client(endpoint: Endpoint) -> httpx2.Client:
    """Connections to the endpoint, made when first needed, with its key if there is one."""
    try:
        import httpx2
    except ImportError:
        raise UserError("--rewriter llm needs httpx2: python -m pip install 'hirkit[llm]'") from None
    headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    return httpx2.Client(
        headers=headers,
        timeout=httpx2.Timeout(endpoint.timeout, connect=min(CONNECT_SECONDS, endpoint.timeout)),
        limits=httpx2.Limits(max_connections=endpoint.concurrency, max_keepalive_connections=endpoint.concurrency),
    )


def post(connections: httpx2.Client, endpoint: Endpoint, body: Body) -> Reply | Again:
    """One try. Raises ``UserError`` for what the next would not mend."""
    import httpx2

    try:
        response = connections.post(
            endpoint.completions, content=orjson.dumps(body), headers={"Content-Type": "application/json"}
        )
    except httpx2.TimeoutException:
        return Again(f"no answer within {endpoint.timeout:g} s")
    except httpx2.RequestError as err:
        return Again(_redacted(str(err) or type(err).__name__, endpoint))
    if response.status_code == 200:
        return _completion(response.content)
    words = _redacted(_says(response), endpoint)
    if response.status_code in AGAIN | set(range(500, 600)) and "insufficient_quota" not in words:
        return Again(f"{response.status_code} {words}", _retry_after(response.headers.get("Retry-After")))
    if response.status_code in (400, 413) and any(sign in words.lower() for sign in _FOR_THIS_PROMPT):
        return Reply("", refusal=f"{response.status_code} {words}")
    raise UserError(_unmendable(response.status_code, words, endpoint))


def _completion(content: bytes) -> Reply | Again:
    """The answer in a response, by the schema of chat completions; content may be text, null, or a list of parts."""
    try:
        choice = orjson.loads(content)["choices"][0]
        text, finish = choice["message"].get("content"), choice.get("finish_reason")
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        return Again(f"200, but no chat completion: {content[:60].decode(errors='backslashreplace')!r}")
    if isinstance(text, list):
        text = "".join(part["text"] for part in text if isinstance(part, dict) and isinstance(part.get("text"), str))
    if not isinstance(text, str | None) or not isinstance(finish, str | None):
        return Again("200, but no chat completion: its content is no text")
    return Reply(text or "", finish)


def _says(response: httpx2.Response) -> str:
    """What the endpoint says of an error: the message of an OpenAI-like error object, else the start of its page."""
    try:
        error = orjson.loads(response.content)
        error = error.get("error", error)
        found = [error.get(name) for name in ("code", "message", "detail")] if isinstance(error, dict) else [error]
        words = " ".join(str(part) for part in found if part)
    except (orjson.JSONDecodeError, AttributeError):
        words = response.content[:300].decode(errors="backslashreplace")
    return " ".join(words.split())[:300] or str(response.headers.get("Location", response.reason_phrase))


def _redacted(words: str, endpoint: Endpoint) -> str:
    return words.replace(endpoint.key, "***") if endpoint.key else words


def _unmendable(status: int, words: str, endpoint: Endpoint) -> str:
    """What to do about an error that will not pass."""
    key = f"${endpoint.key_env}" if endpoint.key_env else "the key's variable (--llm-key-env)"
    if status in (401, 403) and not endpoint.key:
        return f"{endpoint.url} wants a key, and {key} is not set; it says: {status} {words}"
    if status in (401, 403):
        return f"{endpoint.url} refuses the key in {key}: set it to a valid one; it says: {status} {words}"
    if status == 404:
        return (
            f"{endpoint.completions} is not there, or does not serve --llm-model {endpoint.model!r}: --llm-url mostly"
            f" ends in /v1, and its /models lists what is served; it says: 404 {words}"
        )
    if 300 <= status < 400:
        return f"{endpoint.completions} has moved; name its new address with --llm-url; it says: {status} {words}"
    if status == 429:
        return f"{endpoint.url} has no quota left for the key in {key}; it says: 429 {words}"
    return (
        f"{endpoint.url} does not take the request for --llm-model {endpoint.model!r}; where it names a field, change"
        f" that with --llm-extra; it says: {status} {words}"
    )


def _retry_after(value: str | None) -> float | None:
    """Seconds from a ``Retry-After`` header: a number, or a date."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def wait_seconds(tries: int, after: float | None, seed: str) -> float:
    """How long to wait after so many tries: as asked, else twice as long each time, less a seeded half at most.

    >>> wait_seconds(1, 7.0, "a"), 0.25 <= wait_seconds(1, None, "a") <= 0.5, 15 <= wait_seconds(9, None, "a") <= 30
    (7.0, True, True)
    """
    if after is not None:
        return after
    longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(tries - 1, 30))
    return longest * (1 - random.Random(f"{seed}:{tries}").random() / 2)
