"""The walkthrough is run as it is read: its bash blocks in one session, each answer held against the one printed."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_BLOCK = re.compile(r"^```(bash|json|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "=== end of step"
_SECONDS = 240


@dataclass
class Step:
    """A bash block, and the output printed below it, if any."""

    script: str
    expected: str | None = None


def steps(page: str) -> list[Step]:
    found: list[Step] = []
    for kind, content in _BLOCK.findall(page):
        if kind == "bash":
            found.append(Step(content))
        else:
            assert found, f"an output before any command: {content}"
            assert found[-1].expected is None, f"a second output of the same commands: {content}"
            found[-1].expected = content
    return found


def fits(expected: str, given: str) -> bool:
    """Whether an output is the expected one: `…` stands for anything, white space for nothing."""
    bare = re.sub(r"\s+", "", expected)
    pattern = ".*".join(re.escape(part) for part in bare.split("…"))
    return re.fullmatch(pattern, re.sub(r"\s+", "", given), re.DOTALL) is not None


@pytest.mark.parametrize(
    ("expected", "given", "good"),
    [
        pytest.param('{"a": 1}', '{"a":1}\n', True, id="white space is nothing"),
        pytest.param('{"a": …}', '{"a": [1, 2]}', True, id="anything"),
        pytest.param('{"a": 1}', '{"a": 1, "b": 2}', False, id="more than was said"),
        pytest.param('{"a": …, "c": 3}', '{"a": 1}', False, id="less than was said"),
    ],
)
def test_an_output_is_held_against_the_printed_one(expected: str, given: str, *, good: bool) -> None:
    assert fits(expected, given) is good


@pytest.fixture
def place() -> Iterator[Path]:
    # Not pytest's own folder: it is closed to others, and under root PostgreSQL runs as somebody else.
    with TemporaryDirectory(prefix="shiftline-walk-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _run(script: str, place: Path) -> tuple[int, str, str]:
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(place),
        "LANG": "C.UTF-8",
        "SHIFTLINE_VAR": str(place / "var"),
        "SHIFTLINE_PORT": str(_free_port()),
    }
    with subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", script], cwd=place, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as session:  # fmt: skip
        try:
            out, err = session.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(session.pid, signal.SIGTERM)
            out, err = session.communicate(timeout=30)
        return session.returncode, out, err


# Whatever happens, the server the page started is stopped, and waited for.
_TIDY = """trap 'if [ -n "${server:-}" ] && kill "$server" 2>/dev/null; then wait "$server" || true; fi' EXIT\n"""


def test_the_walkthrough_works_as_it_is_printed(root: Path, place: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("NO CURL: the walkthrough is not tested here; install curl")
    page = steps((root / "docs" / "walkthrough.md").read_text(encoding="utf-8"))
    assert len(page) > 10, "the walkthrough lost its blocks"
    script = _TIDY + "".join(f"{step.script}\nprintf '%s\\n' '{_MARK}'\n" for step in page)
    code, out, err = _run(script, place)
    given = out.split(f"{_MARK}\n")
    log = (place / "var" / "serve.log").read_text() if (place / "var" / "serve.log").exists() else ""
    told = f"\nstderr:\n{err}\nserve.log:\n{log}"
    for number, step in enumerate(page):
        assert number < len(given) - 1, f"this block failed ({code}):\n{step.script}\nit printed:\n{given[-1]}{told}"
        if step.expected is not None:
            assert fits(step.expected, given[number]), (
                f"after\n{step.script}\nthe page says\n{step.expected}\nbut there came\n{given[number]}{told}"
            )
    assert code == 0, told
