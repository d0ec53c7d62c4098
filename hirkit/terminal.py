"""How the command line speaks: tables and JSON on stdout, everything else on stderr, errors as sentences."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import typer

if TYPE_CHECKING:
    from rich.console import Console


def print_json(document: Any) -> None:
    """One JSON document on stdout, in UTF-8 whatever the locale."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE
    print_bytes(orjson.dumps(document, option=options))


def print_bytes(text: bytes, stream: TextIO | None = None) -> None:
    """Bytes as they are on stdout, or on another stream, after what was printed there before."""
    stream = stream or sys.stdout
    stream.flush()
    stream.buffer.write(text)
    stream.buffer.flush()


def summary_to(out: str | None, as_json: bool, summary: dict[str, Any], *tables: Any) -> None:
    """The summary, on stdout unless the rows went there."""
    from rich.console import Console

    if as_json and out != "-":
        print_json(summary)
    elif as_json:
        import orjson

        options = orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE
        print_bytes(orjson.dumps(summary, option=options), sys.stderr)
    else:
        Console(stderr=out == "-").print(*tables)


def show_rejected(console: Console, shown: Sequence[str], count: int, kept: str | None) -> None:
    """The first few bad rows, and where all of them are kept, if they are."""
    for bad in shown:
        console.print(bad, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if count:
        where = f", kept in {kept}" if kept else "; with -o OUT they are kept"
        console.print(f"{count} bad rows in all{where}", style="yellow", markup=False, soft_wrap=True)


def progress(console: Console, quiet: bool) -> Any:
    """A progress bar over the bytes of a file, or none where nobody watches."""
    from hirkit.progress import Progress

    return Progress(console, enabled=console.is_terminal and not quiet)


@contextmanager
def reporting(go_on: bool = False, by_file: bool = False) -> Iterator[Console]:
    """Messages go to stderr; what a user can mend ends the command with a sentence, not a stack trace.

    ``go_on`` says that the same command would go on where this one was stopped; ``by_file``, that it has several
    outputs, of which some may be done.
    """
    from rich.console import Console

    from constraints import ConstraintError
    from hirkit.records import UserError

    console = Console(stderr=True)
    left = "what is done is kept" if by_file else "nothing was written"
    ended = f"{left}; give the same command again to go on" if go_on else left
    try:
        with terminable():
            yield console
    except FileNotFoundError as err:
        stop(console, f"{err.filename or err}: no such file", 2)
    except FileExistsError as err:
        stop(console, f"{err.filename}: exists already; remove it or name another", 2)
    except IsADirectoryError as err:
        stop(console, f"{err.filename}: is a folder; name a file", 2)
    except PermissionError as err:
        stop(console, f"{err.filename or err}: permission denied", 2)
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(3) from None
    except OSError as err:
        stop(console, f"{err.filename or 'output'}: {err.strerror or err}; {left}", 3)
    except UserError as err:
        stop(console, str(err), err.code)
    except ConstraintError as err:
        stop(console, str(err), 2)
    except KeyboardInterrupt:
        stop(console, f"interrupted; {ended}", 130)
    except Terminated:
        stop(console, f"terminated; {ended}", 143)


class Terminated(BaseException):
    """SIGTERM, as schedulers send it: what is half done is cleared away as after Ctrl-C."""


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM raises ``Terminated`` meanwhile; in the main thread, to which signals come."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(*_: Any) -> NoReturn:
    raise Terminated


def stop(console: Console, message: str, code: int) -> NoReturn:
    """Say why, and exit."""
    console.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)
