"""What a path may mean: compressed files, folders and patterns of shards, addresses; the same rows from each."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from hirkit.inputs import digest, parts, size, unchanged
from hirkit.jsonl import Source, decode
from hirkit.records import UserError
from tests.conftest import Hirkit

ROWS = [
    {"key": i, "task": "Go.", "constraints": [{"id": "punctuation:no_comma"}], "response": "a" if i % 3 else "a, b"}
    for i in range(40)
]
LINES = [json.dumps(row).encode() + b"\n" for row in ROWS]


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """The same rows in three shards, each packed another way."""
    zstandard = pytest.importorskip("zstandard")
    folder = tmp_path / "shards"
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(b"".join(LINES[:10]))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(b"".join(LINES[10:20])))
    (folder / "c.jsonl.zst").write_bytes(zstandard.ZstdCompressor().compress(b"".join(LINES[20:])))
    (folder / "notes.txt").write_text("no rows")
    return folder


def test_a_folder_and_a_pattern_are_their_files_in_order(shards: Path) -> None:
    for path in (str(shards), f"{shards}/*.jsonl*"):
        source = Source(path)
        lines = list(source)
        assert [decode(line)["key"] for line in lines] == list(range(40))
        assert [line.where for line in lines[9:11]] == [f"{shards}/a.jsonl:10", f"{shards}/b.jsonl.gz:1"]
        stored = b"".join(file.read_bytes() for file in sorted(shards.glob("*.jsonl*")))
        assert (source.size, source.sha256, source.whole) == (len(stored), hashlib.sha256(stored).hexdigest(), True)
        assert (size(path), digest(path, len(stored))) == (len(stored), source.sha256)


@pytest.mark.parametrize("command", ["verify", "relabel"])
def test_shards_give_what_one_file_gives(command: str, shards: Path, hirkit: Hirkit, tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(b"".join(LINES))
    found = []
    for path in (whole, shards, shards / "*.jsonl*"):
        done = hirkit(command, path, "-o", "-")
        assert done.returncode == 0, done.stderr
        found.append([json.loads(line) | {"where": ""} for line in done.stdout.splitlines()])
    assert found[0] == found[1] == found[2]


def test_an_address_is_opened_by_fsspec() -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://rows/a.jsonl.gz", "wb") as stream:
        stream.write(gzip.compress(b"".join(LINES)))
    with fsspec.open("memory://rows/b.jsonl", "wb") as stream:
        stream.write(LINES[0])
    with fsspec.open("memory://rows/manifest.json", "wb") as stream:
        stream.write(b"{}")
    assert [decode(line)["key"] for line in Source("memory://rows/a.jsonl.gz")] == list(range(40))
    for every in ("memory://rows", "memory://rows/*.jsonl*"):
        source = Source(every)
        assert [decode(line)["key"] for line in source] == [*range(40), 0]
        assert (size(every), digest(every, 10**9)) == (source.size, source.sha256)
        assert unchanged(source.facts)
    assert parts("memory://rows/b.jsonl") == ["memory://rows/b.jsonl"]
    assert parts("https://example.org/rows?format=jsonl") == ["https://example.org/rows?format=jsonl"]
    with fsspec.open("memory://rows/b.jsonl", "wb") as stream:
        stream.write(LINES[0] * 2)
    assert not unchanged(source.facts)


def test_an_address_without_a_file_is_said(hirkit: Hirkit) -> None:
    pytest.importorskip("fsspec")
    done = hirkit("verify", "memory://nothing.jsonl")
    assert (done.returncode, "/nothing.jsonl: no such file" in done.stderr) == (2, True), done.stderr
    done = hirkit("verify", "nosuch://place/rows.jsonl")
    assert (done.returncode, "nosuch://place/rows.jsonl: Protocol not known" in done.stderr) == (2, True), done.stderr


def test_a_file_that_is_cut_off_is_not_taken_for_whole(tmp_path: Path, hirkit: Hirkit) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(LINES))[:-20])
    done = hirkit("verify", path, "-o", tmp_path / "out.jsonl")
    assert done.returncode == 3
    assert "not read to its end" in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_a_folder_without_rows_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no file of rows"):
        parts(str(tmp_path))
    with pytest.raises(UserError, match="no file of rows"):
        parts(str(tmp_path / "*.jsonl"))
    assert parts(str(tmp_path / "missing.jsonl")) == [str(tmp_path / "missing.jsonl")]  # told when it is opened


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst", "a.parquet"])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 no table at all PAR1", b"\x28\xb5\x2f\xfd and no frame"])
def test_what_is_not_what_its_name_says_is_told(name: str, content: bytes, tmp_path: Path) -> None:
    for library in ("zstandard", "pyarrow"):
        pytest.importorskip(library)
    (tmp_path / name).write_bytes(content)
    if not content and name != "a.parquet":  # nothing, compressed, is nothing
        assert list(Source(str(tmp_path / name))) == []
        return
    with pytest.raises(UserError, match=f"{name}: not read to its end"):
        list(Source(str(tmp_path / name)))


def test_a_link_to_nothing_is_a_file_that_is_missing(shards: Path) -> None:
    (shards / "d.jsonl").symlink_to("nowhere")
    for path in (shards, shards / "*"):
        with pytest.raises(FileNotFoundError, match=r"d\.jsonl"):
            list(Source(str(path)))


@pytest.mark.parametrize("place", ["memory://rows/", ""])
def test_a_file_or_an_address_is_unchanged_until_it_is_changed(place: str, tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    path = f"{place or tmp_path}/b.jsonl"

    def holds(lines: list[bytes]) -> None:
        with fsspec.open(path, "wb") as stream:
            stream.write(b"".join(lines))

    holds(LINES)
    source, begun = Source(path), Source(path)
    assert (len(list(source)), next(iter(begun)).place) == (40, "1")
    assert (unchanged(source.facts), unchanged(begun.facts)) == (True, True)
    for lines, same in ((LINES[:-1], (False, True)), ([*LINES, b" "], (False, True)), (LINES[1:], (False, False))):
        holds(lines)
        assert (unchanged(source.facts), unchanged(begun.facts)) == same


@pytest.mark.parametrize("cut", [1, 20, 2000, 4000])
def test_nor_is_zst(cut: int, tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    packed = zstandard.ZstdCompressor().compress(b"".join(line * 200 for line in LINES))
    path = tmp_path / "cut.jsonl.zst"
    path.write_bytes(packed[:-cut] if cut < len(packed) else packed[:10])
    with pytest.raises(UserError, match="not read to its end: the compressed data end in the middle"):
        list(Source(str(path)))


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
def test_several_frames_are_read_as_one(size: int, tmp_path: Path) -> None:
    """As parallel compressors write them, and as compressed files put together are."""
    zstandard = pytest.importorskip("zstandard")
    text = b"".join(LINES)
    parts = [text[i : i + size] for i in range(0, len(text), size)]
    path = tmp_path / "frames.jsonl.zst"
    path.write_bytes(b"".join(map(zstandard.ZstdCompressor().compress, parts)))
    assert [line.raw + b"\n" for line in Source(str(path))] == LINES
    path = tmp_path / "members.jsonl.gz"
    path.write_bytes(b"".join(map(gzip.compress, parts)))
    assert [line.raw + b"\n" for line in Source(str(path))] == LINES


def test_a_manifest_among_shards_is_no_rows(shards: Path) -> None:
    (shards / "manifest.json").write_text('{"shards": []}')
    assert [decode(line)["key"] for line in Source(str(shards))] == list(range(40))
