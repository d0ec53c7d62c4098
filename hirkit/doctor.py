"""What is installed, what is missing, which constraints that touches, and the command that mends it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from constraints import lexicon
from constraints.needs import FirstTag, LanguageId, MissingNeed, Sentences, StopWords, WordTokens
from constraints.punkt import punkt_status, sentence_model
from constraints.registry import every
from hirkit.records import UserError

if TYPE_CHECKING:
    from rich.console import Console

EXTRAS = {
    "fast": ("numpy",),
    "nlp": ("spacy",),
    "data": ("datasets", "fsspec", "huggingface_hub", "pandas", "pyarrow", "zstandard"),
    "plots": ("matplotlib",),
    "llm": ("httpx2",),
    "train": ("torch", "transformers", "matplotlib", "tensorboard"),
    "lora": ("peft",),
    "trl": ("trl",),
    "vllm": ("vllm",),
}
State = Literal["ok", "substitute", "missing"]
CORE = ("emoji", "langdetect", "markdown-it-py", "nltk", "orjson", "pydantic", "rich", "syllapy", "typer")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing hirkit may use: its state, what stands on it, and what mends it."""

    what: str
    state: State
    detail: str
    touches: tuple[str, ...] = ()
    mend: str = ""

    def row(self) -> dict[str, Any]:
        """The finding as data."""
        return {
            "what": self.what,
            "state": self.state,
            "detail": self.detail,
            "touches": list(self.touches),
            "mend": self.mend or None,
        }


def examine() -> list[Finding]:
    """Look at this machine: data first, then libraries, then extras."""
    return [_punkt(), _stop_words(), _tagger(), _language(), *_libraries(), *_extras()]


def _touched(*kinds: Any) -> tuple[str, ...]:
    both = {checker.id for rules in ("published", "fixed") for checker in every(rules) if _asks(checker.needs, kinds)}
    return tuple(sorted(both))


def _asks(needs: Any, kinds: tuple[Any, ...]) -> bool:
    return any(kind in kinds for kind in needs.values())


def _punkt() -> Finding:
    status, used = punkt_status(), sentence_model()
    state: State = "ok" if used.name.startswith("punkt_tab") else "substitute"
    return Finding("sentences", state, _using(used, status), _touched(Sentences, WordTokens), status.mend)


def _stop_words() -> Finding:
    status, used = lexicon.stop_words_status(), lexicon.stop_words()
    state: State = "ok" if used.name != lexicon.built_in_stop_words().name else "substitute"
    return Finding("stop words", state, _using(used, status), _touched(StopWords), status.mend)


def _tagger() -> Finding:
    status, touches = lexicon.tagger_status(), _touched(FirstTag)
    try:
        return Finding("tagger", "ok", _using(lexicon.tagger(), status), touches, status.mend)
    except MissingNeed as err:
        return Finding("tagger", "missing", str(err), touches, status.mend)


def _using(used: Any, status: Any) -> str:
    """What is in use, from where, and what is wrong with what is installed."""
    where = f" from {status.path}" if status.state == "installed" else f"; {status.state}"
    return f"using {used.name} sha256:{used.digest}{where}" + (f": {status.why}" if status.why else "")


def _language() -> Finding:
    from constraints.langid import detect

    touches = _touched(LanguageId)
    try:
        detect("The quick brown fox jumps over the lazy dog.")
    except OSError as err:
        return Finding(
            "languages", "missing", str(err), touches, "python -m pip install --force-reinstall langdetect==1.0.9"
        )
    return Finding("languages", "ok", f"langdetect {version('langdetect')}, 55 profiles, seed 0", touches)


def _libraries() -> Iterator[Finding]:
    for name in CORE:
        try:
            yield Finding(name, "ok", version(name))
        except PackageNotFoundError:
            yield Finding(name, "missing", "part of the core install", mend=f"python -m pip install {name}")


def _extras() -> Iterator[Finding]:
    for extra, packages in EXTRAS.items():
        missing = [package for package in packages if find_spec(package) is None]
        detail = ", ".join(packages) if not missing else f"without {', '.join(missing)}"
        state: State = "missing" if missing else "ok"
        yield Finding(
            f"extra {extra}", state, detail, mend=f"python -m pip install 'hirkit[{extra}]'" if missing else ""
        )


MARKS = {"ok": "[green]✓[/green]", "substitute": "[yellow]~[/yellow]", "missing": "[red]✗[/red]"}


def show(findings: list[Finding], console: Console) -> None:
    """The findings for a reader: what is in order in a line each, the rest with what it touches and what mends it."""
    from rich.markup import escape

    for found in findings:
        console.print(f"{MARKS[found.state]} [bold]{found.what}[/bold]: {escape(found.detail)}", soft_wrap=True)
        if found.state != "ok" and found.touches:
            console.print(f"    touches: {', '.join(found.touches)}", soft_wrap=True)
        if found.mend:
            console.print(f"    mended by: [cyan]{escape(found.mend)}[/cyan]", soft_wrap=True)


DATA = {"punkt": "punkt_tab", "stopwords": "stopwords", "tagger": "averaged_perceptron_tagger_eng"}
"""What can be installed, and what NLTK calls it."""


SPACY = "spacy"
"""spaCy's small English model: no constraint of ours needs it, those of a plugin may."""


def _install_spacy() -> None:
    if find_spec("spacy") is None:
        raise UserError("spaCy is not installed: python -m pip install 'hirkit[nlp]'")
    from spacy.cli.download import download

    try:
        download("en_core_web_sm")
    except SystemExit:  # it has said why on the terminal
        raise UserError(
            "en_core_web_sm could not be fetched. On a machine with a network: python -m spacy download "
            "en_core_web_sm; or pip install its wheel from a file",
            code=3,
        ) from None


def install_data(folder: Path | None, names: list[str]) -> str:
    """Fetch data with NLTK's own downloader, and say where it is; explain where there is no network."""
    from nltk.downloader import Downloader

    if unknown := sorted(set(names) - set(DATA) - {SPACY}):
        raise UserError(f"no data is called {', '.join(unknown)}; there are {', '.join((*DATA, SPACY))}")
    if SPACY in names:
        _install_spacy()
        names = [name for name in names if name != SPACY]
        if not names:
            return "en_core_web_sm is installed"
    target = str(folder) if folder else Downloader().default_download_dir()
    packages = [DATA[name] for name in names or DATA]
    by_hand = (
        f"On a machine with a network: python -m nltk.downloader -d DIR {' '.join(packages)}; copy DIR here and set "
        "NLTK_DATA=DIR (no other account may write to it: chmod -R go-w DIR)."
    )
    for package in packages:
        try:
            done = Downloader().download(package, download_dir=target, quiet=True, raise_on_error=True)
        except (ValueError, OSError) as err:
            raise UserError(f"{package} could not be fetched ({err}). {by_hand}", code=3) from None
        if not done:
            raise UserError(f"{package} could not be fetched. {by_hand}", code=3)
    hint = "" if folder is None else f"; set NLTK_DATA={target}{os.pathsep}$NLTK_DATA"
    return f"{', '.join(packages)} now in {target}{hint}"
