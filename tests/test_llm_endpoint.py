"""The llm rewriter: how an endpoint is asked, what is kept of its answers, and what goes wrong; over real HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hirkit.llm import Ask, Endpoint, rewrite_llm
from hirkit.llm.cache import Reply, key, load, place, store
from hirkit.llm.endpoint import body, wait_seconds
from hirkit.records import UserError
from hirkit.span import Refused
from tests import tiny_llama
from tests.llm_server import (
    DROP,
    DROPPED,
    LOWERCASE,
    NO_COMMA,
    PROMPT,
    Behave,
    Server,
    completion,
    error,
    good,
    numbered,
    serving,
    wanted,
)

KEY = "sk-not-a-real-key-0123456789"


@pytest.fixture(autouse=True)
def _a_key_and_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr("hirkit.llm.endpoint.FIRST_WAIT_SECONDS", 0.01)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def run(server: Server, asks: list[Ask], cache: Path | None = None, **more: Any) -> list[str | Refused]:
    return list(rewrite_llm(Endpoint(server.url, "m", cache=cache, **more), asks))


def test_rewrites_come_in_order_a_bounded_number_at_a_time_and_no_ask_twice(tmp_path: Path) -> None:
    """30 asks, of which 10 and 11 are the same: 29 requests, at most 4 under way; early ones take longest."""

    def behave(request: dict[str, Any], number: int) -> tuple[int, Any]:
        time.sleep(0.05 if number < 8 else 0.005)
        return good(request, number)

    asks = [numbered(n if n != 11 else 10) for n in range(30)]
    with serving(behave) as server:
        found = run(server, asks, tmp_path, concurrency=4)
    assert found == [wanted(n if n != 11 else 10) for n in range(30)]
    assert len(server.bodies) == 29
    assert 1 < server.most_at_once <= 4
    assert server.keys == {f"Bearer {KEY}"}


def test_the_request_is_greedy_seeded_and_of_bounded_length() -> None:
    request = body(Endpoint("http://h/v1", "m", seed=7), DROP)
    assert {name: request[name] for name in ("model", "temperature", "seed")} == {
        "model": "m",
        "temperature": 0,
        "seed": 7,
    }
    assert request["max_tokens"] == 1024 + len(PROMPT)
    more = {"max_tokens": None, "max_completion_tokens": 5, "chat_template_kwargs": {"enable_thinking": False}}
    request = body(Endpoint("http://h/v1", "m", extra=more), DROP)
    assert "max_tokens" not in request
    assert (request["max_completion_tokens"], request["chat_template_kwargs"]) == (5, {"enable_thinking": False})


def test_a_second_run_asks_nobody_and_gives_the_same(tmp_path: Path) -> None:
    with serving(lambda request, n: (200, completion(f"answer {n}")) if n % 2 else good(request, n)) as server:
        first = run(server, [numbered(n) for n in range(9)], tmp_path)
    assert len(server.bodies) == 9
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}
    assert len(kept) == 9
    again = list(
        rewrite_llm(Endpoint(server.url, "m", cache=tmp_path), [numbered(n) for n in range(9)])
    )  # nobody there
    assert again == first
    elsewhere = Endpoint("https://example.invalid/v2", "m", cache=tmp_path, key_env="NO_SUCH_KEY")
    assert list(rewrite_llm(elsewhere, [numbered(n) for n in range(9)])) == first  # whoever serves the model
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.json")} == kept
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_another_model_seed_or_setting_is_another_request(tmp_path: Path) -> None:
    with serving(good) as server:
        for more in ({}, {"seed": 1}, {"extra": {"top_p": 0.5}}, {}):
            run(server, [numbered(1)], tmp_path, **more)
        assert len(server.bodies) == 3
        assert list(rewrite_llm(Endpoint(server.url, "n", cache=tmp_path), [numbered(1)])) == [wanted(1)]
        assert len(server.bodies) == 4


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"reply": 1}', b'{"request": {}, "reply": {"text": "x"}}'])
def test_a_damaged_answer_is_asked_for_again(tmp_path: Path, damage: bytes) -> None:
    with serving(good) as server:
        run(server, [numbered(1)], tmp_path)
        (path,) = tmp_path.rglob("*.json")
        whole = path.read_bytes()
        path.write_bytes(damage)
        assert run(server, [numbered(1)], tmp_path) == [wanted(1)]
        assert len(server.bodies) == 2
    assert path.read_bytes() == whole


def test_the_first_answer_stays_whoever_comes_later(tmp_path: Path) -> None:
    """40 threads store 40 answers to one request: all go on with the same one, and the file is whole."""
    request = {"model": "m", "messages": []}
    found: list[Reply] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(store(tmp_path, request, Reply(f"{n}" * 5000))))
        for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert load(tmp_path, request) == found[0]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [place(tmp_path, key(request)).name]


def test_two_processes_share_a_cache(tmp_path: Path) -> None:
    """A model that never answers alike: both processes must still go on with the same answers."""
    program = (
        "import sys; from hirkit.llm import *; from tests.llm_server import numbered; from pathlib import Path\n"
        "print(list(rewrite_llm(Endpoint(sys.argv[1], 'm', cache=Path(sys.argv[2])), map(numbered, range(20)))))"
    )

    def behave(request: dict[str, Any], number: int) -> tuple[int, Any]:
        time.sleep(0.02)
        return 200, completion(good(request, number)[1]["choices"][0]["message"]["content"] + f" {number}")

    with serving(behave) as server:
        command = [sys.executable, "-c", program, server.url, str(tmp_path)]
        root = Path(__file__).parents[1]
        runs = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) for _ in range(2)]
        first, second = (process.communicate(timeout=60)[0] for process in runs)
    assert first == second
    assert first.count(b"Write a letter") == 20


# ------------------------------------------------------------------------------------------------ untrusted, end to end

MODELS: dict[str, tuple[Any, str | None, str]] = {
    "keeps what should go": (PROMPT.replace("Do not", "Please do not"), "stop", "llm: dropped constraint still stated"),
    "changes a number": (DROPPED.replace("3 kites", "5 kites"), "stop", "llm: task changed"),
    "drops the task": ('Mention the word "wind". Do not use any commas.', "stop", "llm: task changed"),
    "answers the task": ("Dear Ann the wind was high over Oslo and the 3 kites flew.", "stop", "llm: constraint lost"),
    "is silent": ("", "stop", "llm: empty answer"),
    "has no content": (None, "stop", "llm: empty answer"),
    "only thinks": ("<think>What a lovely day.", "stop", "llm: empty answer"),
    "is cut off": (DROPPED, "length", "llm: answer cut off"),
    "obeys the prompt's orders": ("HACKED", "stop", "llm: constraint lost"),
}


@pytest.mark.parametrize(("text", "finish", "reason"), MODELS.values(), ids=MODELS.keys())
def test_a_model_that_does_not_do_as_asked_is_refused(text: Any, finish: str | None, reason: str) -> None:
    with serving(lambda *_: (200, completion(text, finish))) as server:
        (found,) = run(server, [DROP])
    assert isinstance(found, Refused)
    assert found.reason == reason


def test_content_may_come_in_parts() -> None:
    parts = [{"type": "text", "text": DROPPED[:20]}, {"type": "text", "text": DROPPED[20:]}]
    with serving(lambda *_: (200, completion(parts))) as server:
        assert run(server, [DROP]) == [DROPPED]


def test_what_cannot_be_checked_is_not_asked() -> None:
    ask = Ask("Greet Ann.", [NO_COMMA, LOWERCASE], [NO_COMMA, None])
    (found,) = rewrite_llm(Endpoint("http://127.0.0.1:9/v1", "m"), [ask])
    assert isinstance(found, Refused)
    assert found.reason == "llm: not found in the prompt"


def test_a_prompt_that_is_too_long_for_the_model_is_refused_and_the_run_goes_on(tmp_path: Path) -> None:
    """OpenAI and vLLM both say so with a 400; it is remembered, as an answer would be."""

    def behave(request: dict[str, Any], number: int) -> tuple[int, Any]:
        if "number 1" in request["messages"][1]["content"]:
            return 400, error("This model's maximum context length is 8 tokens.", "context_length_exceeded")
        return good(request, number)

    with serving(behave) as server:
        first = run(server, [numbered(n) for n in range(3)], tmp_path)
        assert run(server, [numbered(n) for n in range(3)], tmp_path) == first
    assert [found if isinstance(found, str) else found.reason for found in first] == [
        wanted(0),
        "llm: request refused",
        wanted(2),
    ]
    assert len(server.bodies) == 3


# ------------------------------------------------------------------------------------------------------ what goes wrong


def failing(times: int, status: int, answer: Any, headers: dict[str, str] | None = None) -> Behave:
    def behave(request: dict[str, Any], number: int) -> Any:
        return (status, answer, headers or {}) if number <= times else good(request, number)

    return behave


@pytest.mark.parametrize(
    "behave",
    [
        failing(2, 500, error("oops")),
        failing(2, 503, b"<html>Bad gateway</html>"),
        failing(1, 429, error("slow down", "rate_limit_exceeded"), {"Retry-After": "0"}),
        failing(2, 200, b'{"choices": ['),
        failing(2, 200, {"choices": []}),
        failing(2, 200, completion({"no": "text"})),
        failing(2, 200, b"[]"),
        failing(2, 408, b""),
    ],
    ids=["500", "503", "429", "malformed", "no choice", "no text", "a list", "408"],
)
def test_what_passes_is_tried_again(behave: Behave) -> None:
    with serving(behave) as server:
        assert run(server, [numbered(1)]) == [wanted(1)]
    assert len(server.bodies) in (2, 3)


def test_an_endpoint_is_waited_for_as_long_as_it_asks() -> None:
    """``Retry-After: 1``: the second request comes a second later, though the waits of our own are 10 ms."""
    with serving(failing(1, 429, error("slow down"), {"Retry-After": "1"})) as server:
        start = time.monotonic()
        assert run(server, [numbered(1)]) == [wanted(1)]
    assert 1 <= time.monotonic() - start < 5


def test_a_date_to_wait_for_is_understood() -> None:
    headers = {"Retry-After": "Thu, 01 Jan 2015 00:00:00 GMT"}
    with serving(failing(2, 429, error("slow down"), headers)) as server:
        assert run(server, [numbered(1)]) == [wanted(1)]


def test_waits_double_up_to_a_bound_and_come_from_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """0.5, 1, 2, … 30 seconds, each less a half at most; the same for the same seed."""
    monkeypatch.setattr("hirkit.llm.endpoint.FIRST_WAIT_SECONDS", 0.5)
    for tries, longest in ((1, 0.5), (2, 1.0), (3, 2.0), (7, 30.0), (2000, 30.0)):
        waits = {wait_seconds(tries, None, seed) for seed in "abcdef"}
        assert len(waits) == 6
        assert all(longest / 2 <= wait <= longest for wait in waits)
    assert wait_seconds(3, None, "a") == wait_seconds(3, None, "a")
    assert wait_seconds(3, 7.5, "a") == 7.5


def test_a_server_that_is_still_starting_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hirkit.llm.endpoint.FIRST_WAIT_SECONDS", 0.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found: list[Any] = []
    asker = threading.Thread(
        target=lambda: found.extend(rewrite_llm(Endpoint(f"http://127.0.0.1:{port}/v1", "m"), [numbered(1)]))
    )
    asker.start()
    time.sleep(0.5)
    with serving(good, port):
        asker.join(30)
    assert found == [wanted(1)]


STOPS: dict[str, tuple[Behave, dict[str, Any], int, str]] = {
    "500 for ever": (failing(99, 500, error("oops")), {"retries": 2}, 3, r"did not answer in 3 tries: 500 oops"),
    "junk for ever": (failing(99, 200, b"<html>"), {"retries": 1}, 3, r"in 2 tries: 200, but no chat completion"),
    "come back tomorrow": (
        failing(99, 429, error("slow down"), {"Retry-After": "86400"}),
        {},
        3,
        r"asks to wait 86400 s",
    ),
    "401": (
        failing(99, 401, error(f"Incorrect API key: {KEY}", "invalid_api_key")),
        {},
        2,
        r"refuses the key in \$OPE",
    ),
    "403": (failing(99, 403, error("no access")), {}, 2, r"refuses the key in \$OPENAI_API_KEY.*no access"),
    "no key": (
        failing(99, 401, error("key?")),
        {"key_env": "NO_SUCH_KEY"},
        2,
        r"wants a key, and \$NO_SUCH_KEY is not",
    ),
    "no such model": (
        failing(99, 404, error("The model 'm' does not exist", "model_not_found")),
        {},
        2,
        r"serve --llm-model 'm'.*ends in /v1.*/models lists.*model_not_found",
    ),
    "a field": (failing(99, 400, error("Unsupported value: 'temperature'")), {}, 2, r"--llm-extra.*400 Unsupported"),
    "422": (failing(99, 422, {"detail": [{"loc": ["seed"]}]}), {}, 2, r"--llm-extra.*422 .*seed"),
    "moved": (failing(99, 301, b"", {"Location": "http://else/v1"}), {}, 2, r"has moved.*http://else/v1"),
    "no quota": (failing(99, 429, error("pay", "insufficient_quota")), {}, 2, r"has no quota left"),
}


@pytest.mark.parametrize(("behave", "more", "code", "words"), STOPS.values(), ids=STOPS.keys())
def test_what_does_not_pass_stops_the_run_with_what_to_do(
    behave: Behave, more: dict[str, Any], code: int, words: str
) -> None:
    with serving(behave) as server, pytest.raises(UserError, match=words) as caught:
        run(server, [numbered(1)], **more)
    assert caught.value.code == code
    assert KEY not in str(caught.value)
    assert len(server.bodies) == 1 + (more.get("retries", 0) if code == 3 else 0)


def test_an_endpoint_that_does_not_answer_in_time_stops_the_run_and_what_it_answered_is_kept(tmp_path: Path) -> None:
    """Of 6 asks the fourth is never answered: three answers are in the cache, and the message counts them."""
    gate = threading.Event()

    def behave(request: dict[str, Any], number: int) -> tuple[int, Any]:
        if "number 3" in request["messages"][1]["content"] and not gate.is_set():
            gate.wait(2)
        return good(request, number)

    with serving(behave) as server:
        endpoint = Endpoint(server.url, "m", cache=tmp_path, concurrency=1, retries=1, timeout=0.3)
        with pytest.raises(UserError, match=r"no answer within 0.3 s; nothing is lost: 3 answers are in") as caught:
            list(rewrite_llm(endpoint, map(numbered, range(6))))
        assert caught.value.code == 3
        gate.set()
        before = len(server.bodies)
        kept = len(list(tmp_path.rglob("*.json")))
        assert f"{kept} answers" in str(caught.value)
        assert kept == 3
        assert run(server, [numbered(n) for n in range(6)], tmp_path) == [wanted(n) for n in range(6)]
        assert len(server.bodies) - before == 6 - kept


def test_nobody_there_is_an_error_that_names_the_address() -> None:
    with pytest.raises(
        UserError, match=r"^http://127.0.0.1:9/v1 did not answer in 2 tries: .* is lost, as no cache was"
    ):
        list(rewrite_llm(Endpoint("http://127.0.0.1:9/v1", "m", retries=1), [numbered(1)]))


def test_whoever_stops_listening_leaves_no_thread_behind(tmp_path: Path) -> None:
    with serving(good) as server:
        results = rewrite_llm(Endpoint(server.url, "m", cache=tmp_path, concurrency=2), map(numbered, range(1000)))
        assert next(results) == wanted(0)
        results.close()  # type: ignore[attr-defined]
        assert len(server.bodies) <= 4 * 2 + 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("llm")]


@pytest.mark.parametrize(
    ("url", "more", "words"),
    [
        ("localhost:8000", {}, "--llm-url"),
        ("ftp://h/v1", {}, "--llm-url"),
        ("http://[h/v1", {}, "--llm-url"),
        ("http://user:secret@h/v1", {}, "--llm-url"),
        ("http://h:port/v1", {}, "--llm-url"),
        ("http://h/v1", {"model": ""}, "--llm-model"),
        ("http://h/v1", {"concurrency": 0}, "--llm-concurrency"),
        ("http://h/v1", {"timeout": float("nan")}, "--llm-timeout"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(url: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        Endpoint(**{"url": url, "model": "m", **more})
    assert "secret" not in str(caught.value)


def test_the_address_may_be_given_with_or_without_its_end() -> None:
    for url in ("http://h/v1", "http://h/v1/", "http://h/v1/chat/completions"):
        assert Endpoint(url, "m").completions == "http://h/v1/chat/completions"


def test_a_key_with_a_line_break_in_it_is_an_error_that_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\nx")
    with pytest.raises(UserError, match=r"\$OPENAI_API_KEY holds characters") as caught:
        list(rewrite_llm(Endpoint("http://127.0.0.1:9/v1", "m"), [numbered(1)]))
    assert KEY not in str(caught.value)


def test_a_cache_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("x")
    with serving(good) as server, pytest.raises(UserError, match="is no folder"):
        run(server, [numbered(1)], tmp_path / "cache")


def test_without_httpx2_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(UserError, match=r"hirkit\[llm\]"):
        list(rewrite_llm(Endpoint("http://127.0.0.1:9/v1", "m"), [numbered(1)]))


def test_the_package_is_imported_without_the_http_client() -> None:
    program = "import sys, hirkit.llm; print('httpx2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"


# ------------------------------------------------------------------------------------------------ a real model's server


@pytest.fixture(scope="module")
def transformers_serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """``transformers serve`` with a random Llama of one layer: the real protocol, and nothing but junk to read."""
    for module in ("torch", "transformers", "fastapi", "uvicorn", "openai"):
        pytest.importorskip(module, reason="transformers serve wants it")
    folder = tmp_path_factory.mktemp("model")
    _tiny_model(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    program = "import sys; from transformers.cli.transformers import main; sys.argv[0] = 'transformers'; main()"
    command = [sys.executable, "-c", program, "serve", str(folder), "--host", "127.0.0.1", "--port", port]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "HF_HUB_CACHE": str(folder)}
    log = (folder / "log").open("wb")
    process = subprocess.Popen([*command, "--device", "cpu"], env=environment, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}/v1", str(folder)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _tiny_model(folder: Path) -> None:
    template = (
        "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )
    letters = tiny_llama.tokenizer(template, ["<eos>"], eos_token="<eos>", pad_token="<eos>")
    ends = {"eos_token_id": letters.eos_token_id, "pad_token_id": letters.eos_token_id}
    size = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "max_position_embeddings": 8192}
    tiny_llama.llama(len(letters), **size, **ends).save_pretrained(folder)
    letters.save_pretrained(folder)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch and transformers, at import
def test_a_real_server_is_spoken_to_and_its_junk_refused(
    transformers_serve: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts within the retries; its model exists by its path only; a second run does not need it."""
    monkeypatch.setattr("hirkit.llm.endpoint.FIRST_WAIT_SECONDS", 2.0)
    url, model = transformers_serve
    endpoint = Endpoint(url, model, key_env="", cache=tmp_path, concurrency=2, retries=9, extra={"max_tokens": 40})
    found = list(rewrite_llm(endpoint, [numbered(n) for n in range(4)]))
    assert {result.reason for result in found if isinstance(result, Refused)} <= {
        "llm: answer cut off",
        "llm: constraint lost",
        "llm: empty answer",
    }
    assert not any(isinstance(result, str) for result in found)
    assert list(
        rewrite_llm(Endpoint("http://127.0.0.1:9/v1", model, cache=tmp_path, extra=endpoint.extra), [numbered(0)])
    )
    with pytest.raises(UserError, match="--llm-model 'nobody'"):
        list(rewrite_llm(Endpoint(url, "nobody", key_env="", retries=0), [numbered(0)]))
