"""Rewrites to ask for, and an endpoint to ask: chat completions over real HTTP, by whatever model a test makes up."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from constraints import Constraint
from hirkit.llm import Ask


def length(n: int, relation: str = "at least") -> Constraint:
    return Constraint("length_constraints:number_words", {"relation": relation, "num_words": n})


def keywords(*words: str) -> Constraint:
    return Constraint("keywords:existence", {"keywords": list(words)})


NO_COMMA = Constraint("punctuation:no_comma")
LOWERCASE = Constraint("change_case:english_lowercase")
PROMPT = (
    "Write a letter to Ann about the 3 kites that we flew in Oslo. Your letter should contain at least 90 words and "
    'mention the word "wind". Do not use any commas.'
)
ASKED = [length(90), keywords("wind"), NO_COMMA]
DROP = Ask(PROMPT, ASKED, [None, ASKED[1], ASKED[2]])
DROPPED = (
    'Write a letter to Ann about the 3 kites that we flew in Oslo. Your letter should mention the word "wind". '
    "Do not use any commas."
)


def numbered(n: int) -> Ask:
    prompt = f"Write a letter to Ann about kite number {n}. Use at least 90 words. Do not use any commas."
    return Ask(prompt, [length(90), NO_COMMA], [None, NO_COMMA])


def wanted(n: int) -> str:
    return f"Write a letter to Ann about kite number {n}. Do not use any commas."


Behave = Callable[[dict[str, Any], int], "tuple[int, Any] | tuple[int, Any, dict[str, str]]"]


class Server(ThreadingHTTPServer):
    """Chat completions as OpenAI defines them; ``behave`` says what becomes of the n-th request."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, behave: Behave, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.behave, self.lock = behave, threading.Lock()
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        self.at_once = self.most_at_once = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.bodies.append(request)
            server.keys.add(self.headers.get("Authorization"))
            number = len(server.bodies)
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        if self.path == "/v1/chat/completions":
            status, answer, *more = server.behave(request, number)
        else:
            status, answer, more = 404, error("Not Found"), []
        with server.lock:
            server.at_once -= 1
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(more[0] if more else {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


def completion(text: object, finish: str | None = "stop") -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1795224000,
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text, "refusal": None}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18},
    }


def error(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


@contextmanager
def serving(behave: Behave, port: int = 0) -> Iterator[Server]:
    server = Server(behave, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def good(request: dict[str, Any], _: int) -> tuple[int, Any]:
    """An obedient model: the request without its sentence on length."""
    said = request["messages"][1]["content"]
    prompt = said.split("<request>\n")[1].split("\n</request>")[0]
    return 200, completion(f"<rewritten>\n{prompt.replace(' Use at least 90 words.', '')}\n</rewritten>")
