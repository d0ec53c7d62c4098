"""What the project says of itself holds: README's blocks run, generated files are fresh, style and layers are kept."""

import ast
import io
import json
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import constraints
from hirkit.demo import DATA
from hirkit.show import catalogue, skeleton
from tests.conftest import ROOT, Hirkit

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, "" for none."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [code for label, code in found if label == language]


COMMANDS = [line for block in blocks(README, "console") for line in block.splitlines()]


def test_readme_opens_with_the_two_commands_that_ci_runs() -> None:
    ci = (ROOT / ".ci" / "run").read_text()
    assert COMMANDS[:2] == [
        "python -m pip install . && hirkit demo",
        "python -m pip install -e '.[test]' && python -m pytest",
    ]
    assert all(f'echo "== {command}"' in ci for command in COMMANDS[:2])


@pytest.mark.parametrize("block", [block for block in blocks(README, "console") if block.startswith("hirkit")])
def test_every_command_of_the_readme_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a block one after the other: what one writes, the next may read."""
    for name, data in zip(("prompts.jsonl", "responses.jsonl"), DATA, strict=True):
        shutil.copy(ROOT / "hirkit" / "demo" / data, tmp_path / name)
    tasks = [{"task": "Describe a lighthouse."}, {"task": "Name three kinds of bread."}]
    (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code = "from hirkit.cli import main; main()"
    for command in block.splitlines():
        done = subprocess.run([sys.executable, "-c", code, *shlex.split(command)[1:]], capture_output=True, text=True)
        assert done.returncode == 0 or (command == "hirkit doctor" and done.returncode == 1), done.stderr


@pytest.mark.parametrize("code", [*blocks(README, "python"), *blocks(CONTRIBUTING, "python")])
def test_every_python_block_runs(code: str, tmp_path: Path) -> None:
    (tmp_path / "block.py").write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", "block.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("code", [blocks(CONTRIBUTING, "python")[0], skeleton("poem:three_lines")])
def test_the_worked_example_and_the_skeleton_pass_the_checkers_tests(code: str, tmp_path: Path) -> None:
    (tmp_path / "poem.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "constraints.testing", "poem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "1 constraints, 0 problems\n"), done.stdout + done.stderr


def test_the_readmes_tree_names_every_module_and_no_other() -> None:
    tree = blocks(README, "")[-1]
    for package in ("constraints", "hirkit", "train"):
        for path in (ROOT / package).glob("*.py"):
            if path.name != "__init__.py" and not _declares(path):
                assert path.name in tree, f"{path} is not in README's tree"
    for name in re.findall(r"\b(\w+\.py)\b", tree):
        assert list(ROOT.glob(f"*/**/{name}")), f"README's tree names {name}, which is not there"


def _declares(path: Path) -> bool:
    """Whether a module is a family of checkers: README names those by example."""
    return "@constraint(" in path.read_text(encoding="utf-8") and path.name not in ("declare.py",)


def test_the_catalogue_is_fresh() -> None:
    """Else: python -m hirkit.show > constraints/CATALOGUE.md."""
    assert (ROOT / "constraints" / "CATALOGUE.md").read_text(encoding="utf-8") == catalogue()


def code_lines(path: Path) -> int:
    """Lines that hold code: blank lines, comments and docstrings aside."""
    source = path.read_text(encoding="utf-8")
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            held.update(range(token.start[0], token.end[0] + 1) if token.string else ())
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            held.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(held)


def test_the_loop_stays_small_enough_to_read() -> None:
    assert sum(map(code_lines, (ROOT / "train").rglob("*.py"))) < 2000
    assert len((ROOT / "train" / "run.py").read_text(encoding="utf-8").splitlines()) < 300


def test_the_third_command_trains(tmp_path: Path) -> None:
    """The README's nano run, in smaller numbers: base model, two steps, the last line, the page."""
    pytest.importorskip("torch")
    install, train = COMMANDS[2].split(" && ")
    assert install.startswith("python -m pip install torch==2.13.0 '.[train]'")
    less = "nano.d_model=32 nano.heads=2 nano.steps=4 nano.batch=8 data.heldout_size=4 hir.prompts=2 save.loggers=[]"
    command = [sys.executable, *shlex.split(train)[1:], *less.split(), "steps=2", f"out={tmp_path / 'run'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.match(r"held-out ILA: \d+\.\d% before, \d+\.\d% after 2 steps", done.stdout.splitlines()[-1])
    assert (tmp_path / "run" / "run.html").exists()


def test_public_names_change_on_purpose_only() -> None:
    assert sorted(constraints.__all__) == [
        "Case",
        "Checker",
        "Constraint",
        "ConstraintError",
        "Source",
        "Verdict",
        "constraint",
        "corrects",
        "every",
        "fails",
        "get",
        "passes",
    ]


def test_help_is_there_in_a_blink(hirkit: Hirkit) -> None:
    """Under 0.3 s of CPU, best of three, and without the heavy libraries."""

    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    seconds = []
    for _ in range(3):
        before = cpu()
        done = hirkit("--help")
        seconds.append(cpu() - before)
        assert done.returncode == 0
        assert "relabel" in done.stdout
    assert min(seconds) < 0.3
    code = (
        "import sys, hirkit.cli; print([m for m in ('pydantic', 'nltk', 'rich.table', 'orjson') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command", ["ruff check .", "ruff format --check .", "mypy", "lint-imports"], ids=lambda c: c.split()[0] + c[-5:]
)
def test_style_types_and_layers(command: str) -> None:
    program, *arguments = command.split()
    path = Path(sys.executable).parent / program
    done = subprocess.run([path, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_evaluates_data() -> None:
    """No eval, pickle or unsafe YAML anywhere; exec only of our own source, in the mutation test."""
    for path in [*ROOT.glob("constraints/**/*.py"), *ROOT.glob("hirkit/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec"):
                assert path.name == "testing.py"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
                assert not {"pickle", "marshal", "shelve"} & set(names), path
