import asyncio
import csv
import logging
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest

import app.carriers
from app.carriers.addresses import SecretAddress
from app.carriers.kannel import KannelCarrier, KannelSettings, post_url, sms_service
from app.carriers.policy import policy
from app.carriers.protocol import Accepted, Carrier, Cause, Lookup, OutboundText, Rejected, Retry, Unknown
from app.domain.errors import InvalidError
from app.domain.segments import SplitPolicy

NUMBER = "+8801711000001"
TEXT = "Were you paid on time? 1 = yes, 2 = no"
SECRET = "a-secret-of-the-tests-own"
PASSWORD = "a password"


@dataclass(frozen=True)
class Answer:
    """What the fake answers."""

    status: int
    body: str = ""
    headers: str = ""


@dataclass(frozen=True)
class Hang:
    """Take the text, and never answer."""


@dataclass(frozen=True)
class Reset:
    """Take the text, and hang up instead of answering."""


@dataclass(frozen=True)
class Taken:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


ACCEPTED = Answer(202, "0: Accepted for delivery")


@dataclass
class FakeKannel:
    """Kannel's sendsms on a bare socket, with answers by script and a ledger of what came."""

    ledger: list[Taken] = field(default_factory=list)
    script: deque[Answer | Hang | Reset] = field(default_factory=deque)

    async def __aenter__(self) -> Self:
        self._closing = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/cgi-bin/sendsms"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            line, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest if each)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.ledger.append(Taken(line, headers, body))
            await self._answer(self.script.popleft() if self.script else ACCEPTED, writer)
        writer.close()

    async def _answer(self, answer: Answer | Hang | Reset, writer: asyncio.StreamWriter) -> None:
        if isinstance(answer, Hang):
            await self._closing.wait()
        if isinstance(answer, Answer):
            body = answer.body.encode()
            head = f"HTTP/1.1 {answer.status} x\r\n{answer.headers}connection: close\r\ncontent-length: {len(body)}"
            writer.write(f"{head}\r\n\r\n".encode() + body)
            await writer.drain()


def settings(url: str, **changes: object) -> KannelSettings:
    plain: dict[str, object] = {"timeout": 2.0, "connect_timeout": 10.0}  # a busy machine is slow
    return KannelSettings(url, "shiftline", PASSWORD, "https://shiftline.example/", SECRET, **(plain | changes))  # type: ignore[arg-type]


def outbound(message: str = "0192-a", text: str = TEXT) -> OutboundText:
    return OutboundText(message, NUMBER, "+15005550006", text)


@pytest.fixture
async def fake() -> AsyncIterator[FakeKannel]:
    async with FakeKannel() as running:
        yield running


@pytest.fixture
async def carrier(fake: FakeKannel) -> AsyncIterator[Carrier]:
    made = KannelCarrier(settings(fake.url))
    yield made
    await made.aclose()


# -- the table ------------------------------------------------------------------------------------

KANNEL = policy("kannel")
DATA = Path(app.carriers.__file__).parent / "data"
TABLE = list(csv.DictReader((DATA / "kannel_errors.csv").read_text().splitlines()))
OUTCOMES = {"retry": Retry, "rejected": Rejected, "unknown": Unknown}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["code"]) for row in TABLE])
def test_each_row_of_the_table_is_whole(row: dict[str, str]) -> None:
    outcome = KANNEL.told(row["code"], "http-4xx")
    assert isinstance(outcome, OUTCOMES[row["outcome"]])
    assert (outcome.cause, outcome.code) == (Cause(row["cause"]), row["code"])
    assert bool(row["after_seconds"]) == isinstance(outcome, Retry)
    assert row["source"]


def test_no_row_is_listed_twice() -> None:
    assert len({row["code"] for row in TABLE}) == len(TABLE)


# -- sending --------------------------------------------------------------------------------------


async def test_a_text_goes_by_post_and_no_address_holds_a_number(carrier: Carrier, fake: FakeKannel) -> None:
    outcomes = await carrier.send([outbound()])
    (taken,) = fake.ledger
    assert outcomes == {"0192-a": Accepted("0192-a")}
    assert taken.line == "POST /cgi-bin/sendsms HTTP/1.1"
    assert taken.body == TEXT.encode()
    told = {name: value for name, value in taken.headers.items() if name.startswith("x-kannel-")}
    assert told == {
        "x-kannel-username": "shiftline",
        "x-kannel-password": PASSWORD,
        "x-kannel-from": "+15005550006",
        "x-kannel-to": NUMBER,
        "x-kannel-validity": "240",
        "x-kannel-dlr-mask": "31",
        "x-kannel-dlr-url": (
            f"{SecretAddress('kannel', 'https://shiftline.example', SECRET).status_of('0192-a')}"
            "?type=%d&answer=%k&meta=%D"
        ),
    }
    assert SECRET not in told["x-kannel-dlr-url"]


@pytest.mark.parametrize(
    ("text", "coding"),
    [
        pytest.param("¿Sí?", "2", id="í is not in GSM 03.38"),
        pytest.param("Paid {€120} in full? ¿Si? [1]", None, id="GSM 03.38 with its extension"),
        pytest.param("হ্যাঁ", "2", id="Bengali"),
        pytest.param("Thanks 🙏", "2", id="emoji"),
        pytest.param("it’s", "2", id="a curly quote"),
        pytest.param("", None, id="nothing"),
    ],
)
async def test_what_gsm_lacks_is_coded_ucs2(carrier: Carrier, fake: FakeKannel, text: str, coding: str | None) -> None:
    await carrier.send([outbound(text=text)])
    (taken,) = fake.ledger
    assert taken.headers.get("x-kannel-coding") == coding
    assert taken.headers["content-type"] == "text/plain; charset=UTF-8"
    assert taken.body.decode() == text


async def test_an_smsc_is_named_where_one_is_set(fake: FakeKannel) -> None:
    carrier = KannelCarrier(settings(fake.url, smsc="robi-1", dlr_mask=3, validity=10))
    await carrier.send([outbound()])
    await carrier.aclose()
    told = fake.ledger[0].headers
    assert (told["x-kannel-smsc"], told["x-kannel-dlr-mask"], told["x-kannel-validity"]) == ("robi-1", "3", "1")


async def test_a_text_that_kannel_would_cut_short_is_not_handed_over(fake: FakeKannel) -> None:
    carrier = KannelCarrier(settings(fake.url, most_parts=2))
    outcomes = await carrier.send([outbound("two", "ক" * 134), outbound("three", "ক" * 135)])
    await carrier.aclose()
    assert outcomes == {"two": Accepted("two"), "three": Rejected(Cause.OTHER, "too-long")}
    assert len(fake.ledger) == 1


MINUTE = timedelta(minutes=1)
ANSWERS = [
    pytest.param(ACCEPTED, Accepted("0192-a"), id="accepted"),
    pytest.param(Answer(202, "3: Queued for later delivery"), Accepted("0192-a"), id="queued"),
    pytest.param(Answer(202, "Sent."), Accepted("0192-a"), id="sent at once"),
    pytest.param(Answer(200, "<html>Log in</html>"), Unknown(Cause.UNREADABLE, "unreadable"), id="a portal's 200"),
    pytest.param(Answer(302), Unknown(Cause.OTHER, "http-302"), id="redirect"),
    pytest.param(
        Answer(403, "Authorization failed for sendsms"),
        Retry(15 * MINUTE, Cause.ROUTE, "answer-authorization-failed-for-sendsms"),
        id="wrong password",
    ),
    pytest.param(
        Answer(403, "Not routable. Do not try again."),
        Rejected(Cause.ROUTE, "answer-not-routable-do-not-try-again"),
        id="not routable",
    ),
    pytest.param(Answer(403, "Forbidden"), Retry(15 * MINUTE, Cause.ROUTE, "http-403"), id="a proxy's 403"),
    pytest.param(
        Answer(400, "Number(s) has/have been denied by white- and/or black-lists."),
        Rejected(Cause.FILTERED, "answer-number-s-has-have-been-denied-by-white-and-or-black-lists"),
        id="black list",
    ),
    pytest.param(Answer(400, f"No {NUMBER}"), Rejected(Cause.OTHER, "http-400"), id="a sentence nobody knows"),
    pytest.param(Answer(404, "Unknown request."), Retry(15 * MINUTE, Cause.ROUTE, "http-404"), id="wrong address"),
    pytest.param(
        Answer(503, "Temporal failure, try again later."),
        Retry(MINUTE, Cause.BUSY, "answer-temporal-failure-try-again-later"),
        id="queue full",
    ),
    pytest.param(Answer(503, "no server"), Unknown(Cause.OTHER, "http-503"), id="a proxy's 503"),
    pytest.param(
        Answer(500, f"Sending failed. Failed receivers are: {NUMBER}"), Unknown(Cause.OTHER, "http-500"), id="failed"
    ),
    pytest.param(Answer(502, "connect failed"), Unknown(Cause.OTHER, "http-502"), id="not our own word for it"),
    pytest.param(
        Answer(429, "", "retry-after: 7\r\n"), Retry(timedelta(seconds=7), Cause.BUSY, "http-429"), id="a proxy's 429"
    ),
    pytest.param(Hang(), Unknown(Cause.TIMEOUT, "no-answer"), id="no answer"),
    pytest.param(Reset(), Unknown(Cause.TIMEOUT, "no-answer"), id="hung up"),
]


@pytest.mark.parametrize(("answer", "expected"), ANSWERS)
async def test_an_answer_is_told_apart_and_asked_for_once(
    carrier: Carrier, fake: FakeKannel, answer: Answer | Hang | Reset, expected: object
) -> None:
    fake.script.append(answer)
    assert await carrier.send([outbound()]) == {"0192-a": expected}
    assert len(fake.ledger) == 1


@pytest.mark.parametrize("answer", [each.values[0] for each in ANSWERS])
async def test_no_number_no_text_and_no_secret_is_logged(
    carrier: Carrier, fake: FakeKannel, answer: Answer | Hang | Reset, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fake.script.append(answer)
    outcomes = await carrier.send([outbound()])
    said = caplog.text + repr(outcomes) + repr(settings(fake.url))
    for kept in ("1711000001", "paid", PASSWORD, SECRET):
        assert kept not in said


async def test_a_refused_connection_is_safe_to_try_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connecting is refused
        carrier = KannelCarrier(settings(f"http://127.0.0.1:{taken.getsockname()[1]}/cgi-bin/sendsms"))
        outcomes = await carrier.send([outbound()])
        await carrier.aclose()
    assert outcomes == {"0192-a": Retry(timedelta(seconds=30), Cause.BUSY, "connect-failed")}


async def test_one_texts_fate_does_not_touch_its_neighbours(carrier: Carrier, fake: FakeKannel) -> None:
    fake.script.extend([Reset(), Answer(403, "Not routable. Do not try again."), Hang()])
    outcomes = await carrier.send([outbound(f"m{at}") for at in range(6)])
    kinds = sorted(type(outcome).__name__ for outcome in outcomes.values())
    assert kinds == ["Accepted", "Accepted", "Accepted", "Rejected", "Unknown", "Unknown"]


# -- what it is and how it is set up --------------------------------------------------------------


async def test_kannel_cannot_be_asked_afterwards(carrier: Carrier) -> None:
    assert not carrier.capabilities.looks_up
    assert await carrier.reconcile(datetime(2026, 11, 24, tzinfo=UTC)) == Lookup()


async def test_two_kannels_are_two_roads(fake: FakeKannel) -> None:
    carrier = KannelCarrier(settings(fake.url, name="kannel-dhaka", segments_per_second=3.0))
    await carrier.aclose()
    able = carrier.capabilities
    assert carrier.name == "kannel-dhaka"
    assert able.two_way
    assert (able.split, able.segments_per_second) == (SplitPolicy.CODE_UNIT, 3.0)


def test_the_post_url_holds_the_secret_and_nothing_of_a_worker() -> None:
    made = settings("http://127.0.0.1:13013/cgi-bin/sendsms", name="kannel-dhaka")
    address = f"https://shiftline.example/carriers/kannel-dhaka/inbound/{SECRET}?id=%I&ts=%T&coding=%c&charset=%C"
    assert post_url(made) == address
    group = sms_service(made).splitlines()
    assert group[0] == "group = sms-service"
    assert {"max-messages = 0", "send-sender = true", f'post-url = "{address}"'} <= set(group)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"secret": "short"}, id="short secret"),
        pytest.param({"secret": "a secret with blanks in it"}, id="secret with blanks"),
        pytest.param({"password": "パスワード"}, id="password not ASCII"),
        pytest.param({"password": "a\r\nX-Kannel-To: 1"}, id="header in a password"),
        pytest.param({"username": " blank"}, id="blank in front"),
        pytest.param({"smsc": "é"}, id="smsc not ASCII"),
        pytest.param({"public_url": "https://a.example/%d"}, id="% in the address"),
        pytest.param({"public_url": "ftp://a.example"}, id="not HTTP"),
        pytest.param({"name": "../twilio"}, id="name that is a path"),
        pytest.param({"allowed_peers": ("localhost",)}, id="a name for a peer"),
        pytest.param({"trusted_proxies": ("10.0.0.0/33",)}, id="no such network"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_and_not_repeated(wrong: dict[str, object]) -> None:
    plain: dict[str, object] = {
        "sendsms_url": "http://127.0.0.1:13013/cgi-bin/sendsms", "username": "u", "password": "p",
        "public_url": "https://a.example", "secret": SECRET,
    }  # fmt: skip
    with pytest.raises(InvalidError) as raised:
        KannelCarrier(KannelSettings(**(plain | wrong)))  # type: ignore[arg-type]
    assert all(str(value) not in str(raised.value) for value in wrong.values())
