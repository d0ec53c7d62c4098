"""Settings in frozen dataclasses: read from TOML, overridden by ``key=value``, written as TOML that reads back.

A key is dotted (``optim.lr``). What is unknown is refused with the name that was probably meant, what has the wrong
type or value with a sentence; types and bounds are those of the dataclasses, which are pydantic's.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_origin, get_type_hints

import orjson

from hirkit.records import UserError

Settings = TypeVar("Settings")
Presets = Mapping[str, Mapping[str, Any]]
"""Values by dotted key, by name; "" names none."""


def read(cls: type[Settings], path: str, overrides: Sequence[str], presets: Presets, hint: str) -> Settings:
    """The settings in a TOML file under ``key=value`` overrides, or ``UserError``; of a missing file with the ``hint``.

    The later the stronger: defaults, the preset that the file names, the file, a preset among the overrides, all
    others.
    """
    known = keys(cls)
    try:
        given = dict(flat(tomllib.loads(Path(path).read_text("utf-8")), known))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; {hint}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise UserError(f"{path}: not TOML: {err}") from None
    said = dict(_override(text, known) for text in overrides)
    names = [meant(values.get("preset", ""), presets, "preset") for values in (given, said)]
    return build(cls, {**presets[names[0]], **given, **presets[names[1]], **said})


def build(cls: type[Settings], values: Mapping[str, Any]) -> Settings:
    """The settings of dotted keys and their values, all others at their defaults; or ``UserError``."""
    from pydantic import TypeAdapter, ValidationError

    known = keys(cls)
    nested: dict[str, Any] = {}
    for key, value in values.items():
        section, _, name = meant(key, known, "key").rpartition(".")
        (nested.setdefault(section, {}) if section else nested)[name] = value
    try:
        return TypeAdapter(cls).validate_json(orjson.dumps(nested), strict=True)
    except ValidationError as err:
        told = [f"{'.'.join(map(str, e['loc'][:2]))}: {e['msg']}, not {e['input']!r:.60}" for e in err.errors()]
        raise UserError("; ".join(told)) from None


def meant(name: str, known: Collection[str], what: str) -> str:
    """The name, or an error with the one that was probably meant; the last part of a key counts, too."""
    if name in known:
        return name
    ends, end = {key.rpartition(".")[2]: key for key in known}, name.rpartition(".")[2]
    near = (
        [end] if end in ends else difflib.get_close_matches(name, known, 1) or difflib.get_close_matches(end, ends, 1)
    )
    hint = f"did you mean {ends.get(near[0], near[0])!r}?" if near else f"known are: {', '.join(filter(None, known))}"
    raise UserError(f"unknown {what} {name!r}; {hint}")


def _override(text: str, known: Mapping[str, Any]) -> tuple[str, Any]:
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        raise UserError(f"{text!r} is no key=value")
    if known.get(key) is str or get_origin(known.get(key)) is Literal:
        return key, value.strip("\"'")
    try:
        return key, None if value == "none" else tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value


def flat(table: Mapping[str, Any], known: Collection[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a nested table by their dotted keys; a table that is itself the value of a known key is one."""
    for name, value in table.items():
        nested = isinstance(value, dict) and f"{prefix}{name}" not in known
        yield from flat(value, known, f"{prefix}{name}.") if nested else [(f"{prefix}{name}", value)]


def keys(cls: Any) -> dict[str, Any]:
    """Every dotted key and its type."""
    return dict(_keys(cls, ""))


def _keys(cls: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, kind in get_type_hints(cls).items():
        yield from _keys(kind, f"{prefix}{name}.") if is_dataclass(kind) else [(f"{prefix}{name}", kind)]


def dotted(settings: Any) -> dict[str, Any]:
    """All values by their dotted keys."""
    return dict(flat(asdict(settings), keys(type(settings))))


def to_toml(settings: Any) -> str:
    """The settings as TOML that reads back as themselves; what is None is left out, as that is its default."""
    lines, section = [], ""
    for key, value in sorted(dotted(settings).items(), key=lambda item: "." in item[0]):
        at, _, name = key.rpartition(".")
        lines += [f"\n[{at}]"] if at != section else []
        lines += [f"{name} = {_toml(value)}"] if value is not None else []
        section = at
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(key))} = {_toml(item)}" for key, item in value.items()) + "}"
    return repr(value) if isinstance(value, float) else orjson.dumps(value).decode().replace("\x7f", "\\u007f")
