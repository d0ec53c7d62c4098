"""The extra `test` holds all that the tests want, and in CI all of it is there: no skip hides a broken install."""

from __future__ import annotations

import os
import re
import tomllib
from importlib import import_module
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRA = PROJECT["optional-dependencies"]["test"]
MODULES = {"import-linter": "importlinter", "pyyaml": "yaml"}
"""Packages whose module has another name than they."""
ELSEWHERE = {"vllm", "verl", "openrlhf", "transfer_queue"}
"""Modules that the extra leaves out, for they bring gigabytes of CUDA; each skip says so."""


@pytest.mark.skipif(not os.environ.get("CI"), reason="who develops may leave some out; CI may not")
@pytest.mark.filterwarnings("ignore")  # of whatever is imported here for the first time
@pytest.mark.parametrize("line", EXTRA)
def test_all_of_the_extra_is_installed(line: str) -> None:
    wanted = Requirement(line)
    assert wanted.specifier.contains(version(wanted.name), prereleases=True)
    import_module(MODULES.get(wanted.name, wanted.name.replace("-", "_")))


def test_what_tests_are_skipped_without_is_in_the_extra() -> None:
    packages = [Requirement(line).name for line in (*PROJECT["dependencies"], *EXTRA)]
    known = {MODULES.get(name, name.replace("-", "_")) for name in packages} | ELSEWHERE
    sources = [path.read_text("utf-8") for path in (ROOT / "tests").glob("*.py")]
    assert {name for text in sources for name in re.findall(r'importorskip\("(\w+)', text)} <= known
