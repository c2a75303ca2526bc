"""`shiftline …` as its users give it: a process of its own, forked from one that has read the program already.

To read it takes four seconds of a processor, and there are forty commands.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import app.cli
from tests.drills.processes import FORKS

SHIFTLINE = Path(sys.executable).parent / "shiftline"


def shiftline(
    place: Path, *arguments: str | Path, more: Mapping[str, str] | None = None, typed: str = "", seconds: float = 60
) -> "subprocess.CompletedProcess[str]":
    """What a command answers in `place`, with what was typed, under these settings and no others."""
    words = [str(word) for word in arguments]
    with TemporaryDirectory(prefix="shiftline-said-") as folder:
        said = Path(folder)
        (said / "typed").write_text(typed, encoding="utf-8")
        running = FORKS.Process(target=_become, args=(words, settings(place, more), str(place), folder), daemon=True)
        running.start()
        running.join(seconds)
        if running.is_alive():
            running.kill()
            raise subprocess.TimeoutExpired(words, seconds)
        told, complained = ((said / name).read_text(encoding="utf-8") for name in ("out", "err"))
        return subprocess.CompletedProcess(words, running.exitcode or 0, told, complained)


def installed(place: Path, *arguments: str, seconds: float = 60) -> "subprocess.CompletedProcess[str]":
    """The same by the script that is installed."""
    return subprocess.run(
        [SHIFTLINE, *arguments], cwd=place, env=settings(place), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=seconds, check=False,
    )  # fmt: skip


def settings(place: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of somebody who has set nothing but this."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
        "SHIFTLINE_VAR": str(place / "var"),
        **(more or {}),
    }


def _become(words: list[str], environment: Mapping[str, str], place: str, said: str) -> None:
    """In the new process: be the command."""
    os.chdir(place)
    for number, name in enumerate(("typed", "out", "err")):
        os.dup2(os.open(Path(said, name), os.O_RDWR | os.O_CREAT, 0o600), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a forked process has none
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["shiftline", *words]
    app.cli.main()
