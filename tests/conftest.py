"""What the tests share: where the real data is, and how hypothesis runs in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models: more threads only wait for each other on a busy machine

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """Real prompts, responses and reference verdicts."""
    if not SHARED.is_dir():
        pytest.skip("needs the real data, which stands beside the repository in CI")
    return SHARED


Hirkit = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def hirkit() -> Hirkit:
    """Run the command line as a user does, in a process of its own."""

    def run(*args: str | Path, stdin: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", "from hirkit.cli import main; main()", *map(str, args)],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8", **env},
            timeout=300,
        )

    return run
