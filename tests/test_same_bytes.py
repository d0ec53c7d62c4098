"""Same input, same bytes, wherever a command runs; and whatever ends it early, nothing is half-written.

Numbers of workers are in test_verify.py and test_pipeline.py, kill -9 in test_pipeline.py.
"""

import errno
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hirkit.demo import DATA
from hirkit.lots import GROUPS
from tests.conftest import ROOT

MAIN = "from hirkit.cli import main; main()"
ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
OTHER = {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2", "TZ": "America/St_Johns"}


def started(folder: Path, *args: str, limit: Callable[[], None] | None = None, **env: str):
    def prepare() -> None:
        signal.signal(
            signal.SIGINT, signal.SIG_DFL
        )  # a shell's background jobs ignore Ctrl-C, and so would their children
        if limit is not None:
            limit()

    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *args],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=prepare,
        start_new_session=True,
    )


def run(folder: Path, *args: str, stdin: bytes = b"", **more) -> tuple[int, str]:
    with started(folder, *args, **more) as process:
        _, told = process.communicate(stdin)
    return process.returncode, told.decode()


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


# ----------------------------------------------------------------------------------------------------- the same


def rows() -> Iterator[dict]:
    """The example set, and texts whose case, width or direction a locale might see otherwise."""
    yield from map(json.loads, (ROOT / "hirkit" / "demo" / DATA[1]).read_bytes().splitlines())
    texts = ["I İ ı i. TITLE IS IT", "straße ǅ ﬁ", "٣ ３ ²", "\u202eabc\u202c 👩‍👩‍👧", "Grüße aus Köln"]
    for key, text in enumerate(texts):
        asked = [
            {"id": "change_case:english_lowercase", "args": {}, "text": "Write in lower case."},
            {"id": "keywords:existence", "args": {"keywords": ["i", "ß"]}, "text": "Say i and ß."},
            {"id": "length_constraints:number_words", "args": {"relation": "at least", "num_words": 2}, "text": "Two."},
            {"id": "punctuation:no_comma", "args": {}, "text": "No commas, ü."},
        ]
        for response in (text, text.lower()):
            yield {"key": f"ü{key}", "task": f"Wähle {key}.", "constraints": asked, "response": response}


@pytest.fixture(scope="module")
def responses() -> bytes:
    lines = [json.dumps(row, ensure_ascii=False).encode() for row in rows()]
    return b"\n".join([*lines[:40], '{"key": "ü", "response": '.encode(), *lines[40:]])


def everything(folder: Path, responses: bytes, **env) -> dict[str, bytes]:
    """What verify, relabel and shard leave, in a folder of their own, and what verify prints."""
    folder.mkdir()
    shutil.copy(ROOT / "hirkit" / "demo" / DATA[0], folder / "prompts.jsonl")
    (folder / "responses.jsonl").write_bytes(responses)
    common = ("responses.jsonl", "--prompts", "prompts.jsonl", "-o")
    with started(folder, "verify", *common, "verdicts.jsonl", "--json", **env) as process:
        out, told = process.communicate()
    assert process.returncode == 3, told  # the bad row
    (folder / "shown.json").write_bytes(out)
    for args in (
        ("relabel", *common, "replays.jsonl", "--rejected", "no.jsonl", "--strategy", "drop,relax"),
        ("shard", "responses.jsonl", "-o", "shards", "--shards", "3", "--by", "key"),
    ):
        code, said = run(folder, *args, **env)
        assert code == 3, said
    return files(folder)


@pytest.fixture(scope="module")
def straight(responses: bytes, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    found = everything(tmp_path_factory.mktemp("straight") / "run", responses)
    assert len(found["replays.jsonl"].splitlines()) > 50
    assert "ß".encode() in found["verdicts.jsonl"]
    return found


@pytest.fixture(scope="module")
def turkish(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A locale where "I" in lower case is "ı", made for this test."""
    place = tmp_path_factory.mktemp("locale")
    make = ["localedef", "--no-archive", "-i", "tr_TR", "-f", "UTF-8", str(place / "tr_TR.UTF-8")]
    if shutil.which("localedef") is None or subprocess.run(make, capture_output=True).returncode:
        pytest.skip("this system cannot make a Turkish locale")
    return {"LOCPATH": str(place), "LC_ALL": "tr_TR.UTF-8"}


def test_in_every_locale_time_zone_folder_and_hash_seed(
    responses: bytes, straight: dict[str, bytes], tmp_path: Path
) -> None:
    """Where text is ASCII unless told otherwise."""
    env = {**ASCII, "PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu"}
    assert everything(tmp_path / "run", responses, **env) == straight


def test_in_turkish(turkish: dict[str, str], responses: bytes, straight: dict[str, bytes], tmp_path: Path) -> None:
    assert everything(tmp_path / "run", responses, **turkish) == straight


def test_from_standard_input(responses: bytes, straight: dict[str, bytes], tmp_path: Path) -> None:
    """To standard output, too, and once more in another environment."""
    prompts = str(ROOT / "hirkit" / "demo" / DATA[0])
    found = {}
    for command in (("verify",), ("relabel", "--strategy", "drop,relax")):
        with started(tmp_path, *command, "-", "--prompts", prompts, "-o", "-", **OTHER) as process:
            found[command[0]], _ = process.communicate(responses)
    assert found["verify"] == straight["verdicts.jsonl"]
    assert found["relabel"] == straight["replays.jsonl"].replace(b'"where":"responses.jsonl:', b'"where":"stdin:')
    cut = ("shard", "-", "-o", "shards", "--shards", "3", "--by", "key")
    assert run(tmp_path, *cut, stdin=responses, **OTHER)[0] == 3
    for name, content in files(tmp_path).items():
        assert name == "shards/manifest.json" or content == straight[name]


def test_a_name_that_no_result_could_hold_is_refused(tmp_path: Path) -> None:
    """On disk names are bytes; in a locale that does not read them as UTF-8 they could not be written down."""
    name = "r\xe9s.jsonl".encode("latin-1")
    Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_text('{"key": 1, "response": "x"}\n')
    (tmp_path / "ok.jsonl").write_text('{"key": 1, "response": "x"}\n')
    here = os.fsdecode(name)
    for args in (("verify", here), ("verify", "ok.jsonl", "-o", here), ("relabel", here, "-o", "out"),
                 ("shard", here, "--rows", "1", "-o", "out"), ("verify", ".")):  # fmt: skip
        code, told = run(tmp_path, *args)
        assert (code, "the name is not read as UTF-8" in told) == (2, True), told
    assert len(list(tmp_path.iterdir())) == 2


# ------------------------------------------------------------------------------------------------ not half-written

COMMANDS = {
    "verify": ("responses.jsonl", "--prompts", "prompts.jsonl"),
    "relabel": ("responses.jsonl", "--prompts", "prompts.jsonl", "--rules", "fixed"),
    "compose": ("tasks.jsonl",),
    "shard": ("responses.jsonl", "--rows", "100"),
}
commands = pytest.mark.parametrize("command", COMMANDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in zip(("prompts.jsonl", "responses.jsonl"), DATA, strict=True):
        shutil.copy(ROOT / "hirkit" / "demo" / data, tmp_path / name)
    (tmp_path / "tasks.jsonl").write_text("".join(f"Write about thing {i}.\n" for i in range(60)))
    return tmp_path


def left(folder: Path, command: str) -> set[str]:
    """What a command that failed leaves, besides relabel's work, with which the same command goes on."""
    inputs = {"prompts.jsonl", "responses.jsonl", "tasks.jsonl"}
    work = {"out.work", "out.lock"} if command == "relabel" else set()
    return {file.name for file in folder.iterdir()} - inputs - work


@commands
def test_a_disk_that_is_full(command: str, folder: Path) -> None:
    """No file may grow beyond 9 kB: what is written ends in the middle. With more room the same command is whole."""
    room = 9000

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    (folder / "before").mkdir()
    code, told = run(folder, command, *COMMANDS[command], "-o", "out", limit=limit)
    assert (code, told) == (3, f"output: {os.strerror(errno.EFBIG)}; nothing was written\n")
    assert left(folder, command) == {"before"}
    assert run(folder, command, *COMMANDS[command], "-o", "out")[0] == 0
    assert {"out.partial", "out.work", "out.lock"}.isdisjoint(file.name for file in folder.iterdir())


def test_a_pipe_is_written_to_and_stays_a_pipe(folder: Path) -> None:
    """As /dev/null does: what is no file is not replaced by one."""
    os.mkfifo(folder / "pipe")
    with started(folder, "verify", *COMMANDS["verify"], "-o", "pipe") as process:
        found = (folder / "pipe").read_bytes()
        process.communicate()
    assert process.returncode == 0
    assert len(found.splitlines()) == 112
    assert (folder / "pipe").is_fifo()


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 kB."""
    place = tmp_path / "tiny"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip("needs the right to mount a disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="needs the right to mount a disk")
def test_a_disk_that_is_really_full(folder: Path, tiny: Path) -> None:
    for command in ("verify", "shard"):
        code, told = run(folder, command, *COMMANDS[command], "-o", "tiny/out")
        assert (code, told) == (3, "output: No space left on device; nothing was written\n")
        assert list(tiny.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "where"),
    [(command, where) for command in COMMANDS for where in ("there is no such/out", "tasks.jsonl/out", "closed/out")]
    + [("compose", "a folder"), ("shard", "a folder")],  # to the others a folder is one output for each file
)
def test_an_output_that_cannot_be_written(command: str, where: str, folder: Path) -> None:
    if where == "closed/out":
        where = "/sys/out" if os.geteuid() == 0 else where  # even root cannot write there
        (folder / "closed").mkdir(mode=0o500)
    told = "make it first"
    if where == "a folder":
        (folder / where).mkdir()
        (folder / where / "mine").write_text("mine")
        told = "is there already" if command == "shard" else "is a folder; name a file"
    elif where.endswith("s/out") or where.startswith("closed"):
        told = "ermission denied" if os.access("/sys", os.W_OK) else ""
    before = files(folder)
    code, said = run(folder, command, *COMMANDS[command], "-o", where)
    assert code == 2 or told == "", said
    assert told in said
    assert len(said.splitlines()) == 1
    assert files(folder) == before


# ------------------------------------------------------------------------------------------------ told to end


def below(group: int) -> set[int]:
    """The processes of a group that live."""
    found = set()
    for path in Path("/proc").iterdir():
        try:
            state, _, of = (path / "stat").read_text().rsplit(")", 1)[1].split()[:3]
        except (OSError, ValueError):
            continue
        if int(of) == group and state != "Z":
            found.add(int(path.name))
    return found


def ended(process: subprocess.Popen, how: str) -> tuple[int, str]:
    """Ctrl-C reaches the whole group, as from a terminal; a scheduler's SIGTERM the process alone. No process stays."""
    if how == "SIGINT":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.terminate()
    _, told = process.communicate(timeout=60)
    until = time.monotonic() + 30
    while below(process.pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert below(process.pid) == set()
    return process.returncode, told.decode().splitlines()[-1]


def many(groups: int) -> Iterator[bytes]:
    asked = [
        {"id": "punctuation:no_comma", "args": {}, "text": "Use no commas."},
        {
            "id": "length_constraints:number_words",
            "args": {"relation": "at least", "num_words": 60},
            "text": "60 words.",
        },
    ]
    for key in range(groups):
        text = "word " * random.Random(key).randint(40, 80)
        yield json.dumps(
            {"key": key, "task": "Write.", "layout": "t1", "constraints": asked, "response": text}
        ).encode()


CODES = {"SIGINT": (130, "interrupted; nothing was written"), "SIGTERM": (143, "terminated; nothing was written")}
proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to count processes")


@proc
@pytest.mark.parametrize("how", CODES)
def test_verify_told_to_end_leaves_nothing(how: str, tmp_path: Path) -> None:
    """It waits for more rows, both processes at work; an older output stays."""
    text = b"\n".join(many(300)) + b"\n"
    (tmp_path / "out").write_text("older")
    with started(tmp_path, "verify", "-", "-o", "out", "--workers", "2") as process:
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.flush()
        while len(below(process.pid)) < 4 or not (tmp_path / "out.partial").exists():  # two, and who tidies up
            time.sleep(0.02)
        assert ended(process, how) == CODES[how]
    assert files(tmp_path) == {"out": b"older"}


LOTS = ("relabel", "rows.jsonl", "-o", "out", "--workers", "2")


@proc
def test_relabel_told_to_end_goes_on(tmp_path: Path) -> None:
    """Told to end when the first of two lots is judged; the same command then leaves what it would have left."""
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join(many(2 * GROUPS)))
    with started(tmp_path, *LOTS) as process:
        while not list(tmp_path.glob("out.work/judged-*")):
            time.sleep(0.005)
        code, told = ended(process, "SIGINT")
    assert (code, told) == (130, "interrupted; nothing was written; give the same command again to go on")
    assert {path.name for path in tmp_path.iterdir()} == {"rows.jsonl", "out.work"}
    assert run(tmp_path, *LOTS)[0] == 0
    resumed = files(tmp_path)
    for name in resumed.keys() - {"rows.jsonl"}:
        (tmp_path / name).unlink()
    assert run(tmp_path, *LOTS)[0] == 0
    assert files(tmp_path) == resumed
