"""The people behind the SMSC: each answers every question once, after a while, with an answer known beforehand."""

import heapq
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

from tests.peers.kannel import Phones, wait_until

SHORT_CODE = "12345"
_BEGINS = re.compile(rb"\+?[0-9]+ \+?[0-9]+ (?:text|ucs-2|udh|data) ")
_CHUNK = 1_000_000


@dataclass(frozen=True)
class Question:
    """A question as phones recognise it, by words that stand in no other text of the round."""

    code: str
    words: str
    replies: Sequence[tuple[str, Any]]
    """What may be typed, with what it must be recorded as."""


@dataclass
class Person:
    """A phone, what its owner will answer, and what was typed so far, in order."""

    number: str
    answers: dict[str, tuple[str, Any]]
    typed: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)


INTRO = Question("intro", "Reply 1 to begin", (("1", None),))
THANKS = Question("thanks", "that was all", ())


class Crowd(Phones):
    """Phones that answer by themselves, and can be told to hold still while something is killed.

    The line protocol of the fake SMSC acknowledges nothing. So that no reply is lost between its two ends, nobody types
    while bearerbox dies; what it has taken must never be lost.
    """

    def __init__(self, port: int, people: int, questions: Sequence[Question], seed: int, slowest: float = 1.0) -> None:
        super().__init__(port)
        self._dice = random.Random(seed)  # noqa: S311 - a drill is played again by its seed
        self.questions = [INTRO, *questions, THANKS]
        self.people = {
            number: Person(number, {item.code: self._dice.choice(item.replies) for item in [INTRO, *questions]})
            for number in (f"+8801711{at:06}" for at in range(people))
        }
        self.strange: Counter[str] = Counter()
        self._slowest = slowest
        self._due: list[tuple[float, str, str]] = []
        self._ready = threading.Condition()
        self._typing = threading.Lock()
        self._typist = threading.Thread(target=self._type, daemon=True)

    def __enter__(self) -> Self:
        super().__enter__()
        self._typist.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._typist.join(10)
        super().__exit__()

    # -- what lands ---------------------------------------------------------------------------

    def _listen(self) -> None:
        while not self._closing.is_set():
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=2) as connection:
                connection.settimeout(None)
                self._socket = connection
                for line in _lines(connection):
                    self._landed(line)
            self._socket = None
            self._closing.wait(0.05)

    def _landed(self, line: bytes) -> None:
        before = len(self._texts)
        super()._landed(line)
        for landed in self._texts[before:]:
            self._answer(landed.to, landed.text)

    def _answer(self, number: str, text: str) -> None:
        asked, person = self.asked(text), self.people.get(number)
        if asked is None or person is None:
            self.strange[text[:60]] += 1
        elif asked.replies and asked.code not in person.answered:
            person.answered.add(asked.code)
            with self._ready:
                due = time.monotonic() + self._dice.uniform(0.05, self._slowest)
                heapq.heappush(self._due, (due, number, person.answers[asked.code][0]))
                self._ready.notify()

    def asked(self, text: str) -> Question | None:
        """Which text of the round this is; None for one that is not expected."""
        return next((item for item in self.questions if item.words in text), None)

    # -- what is typed ------------------------------------------------------------------------

    @property
    def typed(self) -> int:
        """How many texts bearerbox was given."""
        return sum(len(person.typed) for person in self.people.values())

    @property
    def waiting(self) -> int:
        """How many answers are still to be typed."""
        return len(self._due)

    def _type(self) -> None:
        while not self._closing.is_set():
            with self._ready:
                if not self._due or self._due[0][0] > time.monotonic():
                    self._ready.wait(0.02)
                    continue
                due = heapq.heappop(self._due)
            try:
                with self._typing:
                    self.type_text(due[1], SHORT_CODE, due[2])
                    self.people[due[1]].typed.append(due[2])
            except OSError:  # no network: its owner tries again
                with self._ready:
                    heapq.heappush(self._due, (time.monotonic() + 0.2, *due[1:]))

    @contextmanager
    def still(self) -> Iterator[None]:
        """While this lasts nobody types."""
        with self._typing:
            yield

    def wait_for_silence(self) -> None:
        """Waits until the phones know that their network is gone, so that nothing is typed into a dead line."""
        wait_until(lambda: self._socket is None, "the phones to lose their network")

    def twice(self) -> list[tuple[str, str]]:
        """What landed more than once on a phone: number and text."""
        counted = Counter((landed.to, landed.text) for landed in self.texts)
        return [landed for landed, times in counted.items() for _ in range(times - 1)]

    def has(self, number: str, code: str) -> bool:
        """Whether this text of the round is on the phone."""
        return any(asked is not None and asked.code == code for asked in map(self.asked, self.to(number)))


def _lines(connection: socket.socket) -> Iterator[bytes]:
    """What bearerbox wrote, line by line, to the last whole line before it died; no text of the round holds a line end."""
    held = b""
    with suppress(OSError):
        while chunk := connection.recv(_CHUNK):
            *lines, held = (held + chunk).split(b"\n")
            yield from (line for line in lines if _BEGINS.match(line))
