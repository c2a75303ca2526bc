"""Debian's Kannel on free ports: bearerbox and smsbox as an operator runs them, and phones behind its fake SMSC.

    with Kannel(folder) as gateway:                # free ports, nothing runs yet
        settings = KannelSettings(gateway.sendsms_url, gateway.username, gateway.password, …)
        gateway.start(sms_service(settings))
        with Phones(gateway.smsc_port) as phones:
            phones.type_text("+8801711000001", "12345", "YES")
            [text] = phones.wait_for(1)

The boxes are killed with -9 at the end, for after SIGTERM bearerbox goes on while mail is queued.
"""

import re
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote_from_bytes, unquote_to_bytes

import httpx2
import pytest

from app.domain.segments import GSM_BASIC, GSM_EXTENDED

BEARERBOX, SMSBOX = Path("/usr/sbin/bearerbox"), Path("/usr/sbin/smsbox")
FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")

_CORE = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = adm
status-password = stat
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
store-type = spool
store-location = {folder}/spool
dlr-storage = spool
dlr-spool = {folder}/dlr
sms-resend-freq = 1
"""
FAKE_ROAD = """\
group = smsc
smsc = fake
smsc-id = fake
host = 127.0.0.1
port = {port}
connect-allow-ip = 127.0.0.1
"""
_SMSBOX = """\
group = smsbox
smsbox-id = box1
bearerbox-host = 127.0.0.1
sendsms-interface = 127.0.0.1
sendsms-port = {sendsms}
http-request-retry = 20
http-queue-delay = 1
max-pending-requests = 64

group = smsbox-route
smsbox-id = box1
smsc-id = fake

group = sendsms-user
username = {username}
password = {password}
concatenation = true
max-messages = 10
"""


def skip_without_kannel() -> None:
    """Skips the test, loudly, where Kannel is not installed."""
    if not all(program.exists() for program in (BEARERBOX, SMSBOX, FAKESMSC)):
        pytest.skip("KANNEL IS NOT TESTED: `make kannel` installs it, as root on Debian")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Kannel:
    """One gateway in a folder of its own, which holds its configuration, spools and logs."""

    folder: Path
    username: str = "shiftline"
    password: str = "a password of the test's"
    smsc_port: int = field(default_factory=free_port)
    _ports: dict[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("admin", "boxes", "sendsms")}
    )
    _boxes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    log_level: ClassVar[str] = "0"
    """Kannel's own: 0 tells all, octet by octet, 1 what it was given."""

    @property
    def sendsms_url(self) -> str:
        return f"http://127.0.0.1:{self._ports['sendsms']}/cgi-bin/sendsms"

    @property
    def configuration(self) -> Path:
        return self.folder / "kannel.conf"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill("smsbox")
        self.kill("bearerbox")

    def start(self, service: str, smsc: str = FAKE_ROAD, core: str = "") -> None:
        """Both boxes, with this sms-service; `smsc` is the group of its road, `core` more lines of the core group."""
        for name in ("spool", "dlr"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        values = {**self._ports, "folder": self.folder, "username": self.username, "password": self.password}
        groups = (_CORE.format(**values) + core, smsc.format(port=self.smsc_port), _SMSBOX.format(**values), service)
        self.configuration.write_text("\n".join(groups))
        self.start_bearerbox()
        self.start_smsbox()

    def start_bearerbox(self) -> None:
        self._start("bearerbox", BEARERBOX, bool)

    def start_smsbox(self) -> None:
        self._start("smsbox", SMSBOX, lambda status: "smsbox:box1" in status)

    def kill(self, box: str) -> None:
        """Ends a box with -9, by its process; nothing where it does not run."""
        running = self._boxes.pop(box, None)
        if running is not None:
            running.kill()
            running.wait(10)

    def alive(self, box: str) -> bool:
        return box in self._boxes and self._boxes[box].poll() is None

    def status(self) -> str:
        """What bearerbox tells of itself; empty while it does not answer."""
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"http://127.0.0.1:{self._ports['admin']}/status.txt?password=stat", timeout=2).text
        return ""

    def log(self, box: str) -> str:
        return (self.folder / f"{box}.log").read_text(errors="replace")

    def _start(self, box: str, program: Path, ready: Callable[[str], bool]) -> None:
        self.kill(box)  # without its bearerbox, a smsbox takes a while to end by itself
        with (self.folder / f"{box}.log").open("ab") as log:
            self._boxes[box] = subprocess.Popen(
                [program, "-v", self.log_level, self.configuration], stdout=log, stderr=log, cwd=self.folder
            )
        wait_until(lambda: ready(self.status()) or not self.alive(box), f"{box} to start")
        assert self.alive(box), self.log(box)[-2000:]


def wait_until(come: Callable[[], object], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not come():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s for {what}")
        time.sleep(0.02)


# -- phones ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Landed:
    """One text on a phone, put together from its parts."""

    sender: str
    to: str
    text: str
    parts: int = 1


class Ledger:
    """What phones received, part by part: the truth, whatever anybody else's books say."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._texts: list[Landed] = []
        self.parts: list[bytes] = []
        self._pieces: dict[tuple[str, str, bytes], dict[int, bytes]] = {}

    @property
    def texts(self) -> list[Landed]:
        with self._changed:
            return list(self._texts)

    def to(self, number: str) -> list[str]:
        return [text.text for text in self.texts if text.to == number]

    def wait_for(self, count: int, seconds: float = 20) -> list[Landed]:
        """The texts, once there are so many."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._texts) >= count, seconds):
                pytest.fail(f"waited {seconds} s for {count} texts, {len(self._texts)} came")
            return list(self._texts)

    def add(self, sender: str, to: str, body: bytes, udh: bytes, decode: Callable[[bytes], str]) -> None:
        """One part with its user data header; `decode` reads the whole text."""
        with self._changed:
            self.parts.append(udh + body)
            if not udh:
                self._texts.append(Landed(sender, to, decode(body)))
            else:
                reference, count, number = udh[3:-2], udh[-2], udh[-1]
                pieces = self._pieces.setdefault((sender, to, reference), {})
                assert number not in pieces, "a part came twice"
                pieces[number] = body
                if len(pieces) == count:
                    del self._pieces[sender, to, reference]
                    whole = b"".join(pieces[at] for at in range(1, count + 1))
                    self._texts.append(Landed(sender, to, decode(whole), count))
            self._changed.notify_all()


def _guess(body: bytes) -> str:
    # The fake road does not say how a part with a header is coded. What reads as GSM in UTF-8 is no UTF-16 in practice.
    with suppress(UnicodeDecodeError):
        text = body.decode()
        if GSM_BASIC.union(GSM_EXTENDED).issuperset(text):
            return text
    return body.decode("utf-16-be")


class Phones(Ledger):
    """Phones behind bearerbox's fake SMSC, on its line protocol. They come back when bearerbox does."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._socket: socket.socket | None = None
        self._writing = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: self._socket, "the phones to find their network")
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def type_text(self, number: str, to: str, text: str) -> None:
        """Types a text, in ASCII where it is so and in UCS-2 else; OSError while there is no network."""
        if text.isascii() and text.isprintable():
            self.type_line(f"{number} {to} text {text}")
        else:
            self.type_line(f"{number} {to} ucs2 {quote_from_bytes(text.encode('utf-16-be'), safe='')}")

    def type_line(self, line: str) -> None:
        """A line of the protocol as it stands."""
        with self._writing:
            if self._socket is None:
                raise OSError("no network")
            self._socket.sendall(line.encode() + b"\n")

    def _listen(self) -> None:
        while not self._closing.is_set():
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=2) as connection:
                connection.settimeout(None)
                self._socket = connection
                for text in _texts(connection):
                    self._landed(text)
            self._socket = None
            self._closing.wait(0.1)

    def _landed(self, line: bytes) -> None:
        sender, to, kind, rest = line.split(b" ", 3)
        udh = b""
        if kind == b"udh":
            header, _, rest = rest.partition(b" data ")
            udh = _unquoted(header)
        body = rest if kind == b"text" else _unquoted(rest)
        self.add(sender.decode(), to.decode(), body, udh, _DECODE.get(kind, _guess))


_BEGINS = re.compile(rb"\+?[0-9]+ \+?[0-9]+ (?:text|ucs-2|udh|data) ")
_STILL = 0.02
_DECODE = {b"text": bytes.decode, b"ucs-2": lambda body: body.decode("utf-16-be")}


def _texts(connection: socket.socket) -> Iterator[bytes]:
    """The lines that bearerbox writes, each with what follows it where a line end stands in the text itself."""
    held, text = b"", b""
    while True:
        if text and not select.select([connection], [], [], _STILL)[0]:
            yield text  # nothing followed
            text = b""
        chunk = connection.recv(1_000_000)
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            if not text or _BEGINS.match(line):
                yield from [text] if text else []
                text = line
            else:
                text += b"\n" + line
        if not chunk:
            yield from [text] if text else []
            return


def _unquoted(quoted: bytes) -> bytes:
    return unquote_to_bytes(quoted.replace(b"+", b" "))


@contextmanager
def fakesmsc(port: int, folder: Path, text: str) -> Iterator[Path]:
    """Debian's own phones: they send a text, a line of the protocol, and write what they receive to the file given."""
    ledger = folder / "fakesmsc.log"
    with ledger.open("wb") as log:
        running = subprocess.Popen(
            [FAKESMSC, "-H", "127.0.0.1", "-r", str(port), "-m", "1", text], stdout=log, stderr=log, cwd=folder
        )
    try:
        yield ledger
    finally:
        running.kill()
        running.wait(10)
