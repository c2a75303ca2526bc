"""Our carrier and Debian's Kannel: over its fake SMSC, and over real SMPP. What phones got is asserted, not our books."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest

from app.carriers.kannel import KannelCarrier, KannelSettings, sms_service
from app.carriers.protocol import (
    Accepted,
    Cause,
    Delivery,
    InboundText,
    OutboundText,
    Part,
    Rejected,
    Request,
    Retry,
    StatusReport,
)
from app.domain.segments import GSM_BASIC, GSM_EXTENDED, Encoding, SplitPolicy, segments
from tests.peers.kannel import FAKE_ROAD, Kannel, Landed, Phones, fakesmsc, free_port, skip_without_kannel, wait_until
from tests.peers.kannel_smsc import INVALID_DESTINATION, SMPP_ROAD, THROTTLED, Smsc

pytestmark = pytest.mark.peer

SENDER = "12345"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
UNROUTABLE = "+999"


class Hook:
    """A web server that does with Kannel's webhooks what ours does: verify, parse, acknowledge."""

    def __init__(self, settings: KannelSettings, port: int) -> None:
        self.replies: list[InboundText] = []
        self.reports: list[StatusReport] = []
        self.addresses: list[str] = []
        self.refuse_next = 0
        self._carrier = KannelCarrier(settings)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def of(self, message: str) -> set[Delivery]:
        return {report.delivery for report in self.reports if report.message == message}

    def report(self, message: str, *deliveries: Delivery) -> StatusReport:
        """The last of these reports on a message, once they all came."""
        wait_until(lambda: set(deliveries) <= self.of(message), f"{deliveries} of {message}")
        return next(each for each in self.reports if each.message == message and each.delivery is deliveries[-1])

    def reply(self, number: str) -> InboundText:
        """The one reply of a number, once it came."""
        wait_until(lambda: any(each.sender == number for each in self.replies), f"a reply of {number[-3:]}")
        [reply] = [each for each in self.replies if each.sender == number]
        return reply

    def take(self, request: Request) -> bytes | None:
        with self._lock:
            self.addresses.append(f"{request.path}?{request.query}")
            if self.refuse_next and "/inbound/" in request.path:
                self.refuse_next -= 1
                return None
            self._carrier.verify(request, NOW)
            if "/inbound/" in request.path:
                self.replies.extend(self._carrier.parse_inbound(request))
            else:
                self.reports.extend(self._carrier.parse_status(request, request.path.split("/")[-2]))
            return self._carrier.acknowledge().body

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                url = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                said = hook.take(Request(self.command, url.path, url.query, headers, body, self.client_address[0]))
                self.send_response(503 if said is None else 200)
                self.send_header("content-type", "text/plain; charset=utf-8")
                self.send_header("content-length", "0")
                self.end_headers()

            do_GET = do_POST  # noqa: N815 - the base class names it so

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@dataclass
class Road:
    """Everything connected: the gateway, our settings for it, and the webhooks it calls."""

    gateway: Kannel
    settings: KannelSettings
    hook: Hook
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def number(self) -> str:
        """A phone nobody used yet."""
        return f"+88017110{next(self._numbers):05}"

    async def send(self, *texts: OutboundText, **changes: object) -> dict[str, object]:
        carrier = KannelCarrier(replace(self.settings, **changes))  # type: ignore[arg-type]
        try:
            return dict(await carrier.send(texts))
        finally:
            await carrier.aclose()


def make_road(folder: Path) -> Road:
    skip_without_kannel()
    port = free_port()
    gateway = Kannel(folder)
    settings = KannelSettings(
        gateway.sendsms_url, gateway.username, gateway.password,
        public_url=f"http://127.0.0.1:{port}", secret="a-secret-of-the-tests-own", name="kannel-dhaka",
    )  # fmt: skip
    return Road(gateway, settings, Hook(settings, port))


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    made = make_road(tmp_path_factory.mktemp("kannel"))
    with made.gateway, made.hook:
        made.gateway.start(sms_service(made.settings), f"{FAKE_ROAD}denied-prefix = {UNROUTABLE}\n")
        yield made


@pytest.fixture(scope="module")
def phones(road: Road) -> Iterator[Phones]:
    with Phones(road.gateway.smsc_port) as running:
        yield running


def outbound(message: str, to: str, text: str) -> OutboundText:
    return OutboundText(message, to, SENDER, text)


async def landed(phones: Phones, numbers: list[str]) -> dict[str, Landed]:
    """The text on each of these phones, once all have one; a second one fails."""
    await asyncio.to_thread(
        wait_until, lambda: set(numbers) <= {text.to for text in phones.texts}, f"texts to {len(numbers)} phones"
    )
    texts = [text for text in phones.texts if text.to in set(numbers)]
    assert len(texts) == len(numbers)
    return {text.to: text for text in texts}


# -- texts ----------------------------------------------------------------------------------------

BENGALI = "স্বাস্থ্য ও নিরাপত্তা সম্পর্কে আপনার অভিজ্ঞতা কেমন? শ্রমিক ক্ষতিপূরণ, কর্তৃপক্ষ, জ্ঞান।"
HINDI = "क्षमा करें, स्वास्थ्य और सुरक्षा के प्रश्न का उत्तर स्पष्ट नहीं है। श्रमिक अधिकार, ज्ञान, विद्यार्थी।"
KHMER = "ក្នុងរយៈពេល ៤ សប្តាហ៍ចុងក្រោយ តើអ្នកបានទទួលប្រាក់ឈ្នួលគ្រប់ម៉ោងដែរឬទេ? ខ្ញុំសូមអរគុណ។"
BURMESE = "ပြီးခဲ့သော ၄ ပတ်အတွင်း သင်အလုပ်လုပ်ခဲ့သော နာရီအားလုံးအတွက် လုပ်ခရရှိပါသလား။ ကျွန်ုပ်တို့ ကျေးဇူးတင်ပါသည်။"
ALPHABET = "".join(sorted(GSM_BASIC | GSM_EXTENDED)).translate({ord(each): None for each in "\r\f"})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Were you paid on time? 1 = yes, 2 = no", id="plain"),
        pytest.param(ALPHABET, id="all of GSM 03.38"),
        pytest.param(" First line\nsecond & third + 100 % \n ", id="lines, and blanks at the ends"),
        pytest.param("হ্যাঁ", id="Bengali"),
        pytest.param("Thank you 🙏 see you 😀🎉", id="emoji"),
        pytest.param("€" * 153, id="long, with escapes that may not be parted"),
        pytest.param("Were you paid all your hours? " * 15, id="long, plain"),
        pytest.param(BENGALI * 3, id="long, Bengali"),
        pytest.param("1234567" * 9 + "[~]" + "😀" * 40, id="long, emoji"),
        pytest.param("ক" * 670, id="ten parts, as many as there may be"),
    ],
)
async def test_a_text_lands_as_it_was_written(road: Road, phones: Phones, text: str) -> None:
    number = road.number()
    assert await road.send(outbound("m", number, text)) == {"m": Accepted("m")}
    got = (await landed(phones, [number]))[number]
    assert (got.sender, got.text) == (SENDER, text)


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param(BENGALI, id="Bengali"),
        pytest.param(HINDI, id="Hindi"),
        pytest.param(KHMER, id="Khmer"),
        pytest.param(BURMESE, id="Burmese"),
        pytest.param("You were paid €120 [net] of {gross} ~ £140 | 10% \\ tax ^ fine. ", id="GSM with escapes"),
    ],
)
async def test_kannel_cuts_where_our_bill_says(road: Road, phones: Phones, sentence: str) -> None:
    long = sentence * 12
    bounds = (160, 306, 459) if segments(long, SplitPolicy.CODE_UNIT).encoding is Encoding.GSM7 else (70, 134, 201)
    texts = [long[shift : shift + bound + over] for bound in bounds for over in range(-5, 4) for shift in (0, 1, 7)]
    numbers = {road.number(): text for text in texts}
    await road.send(*(outbound(f"m-{at}", *each) for at, each in enumerate(numbers.items())))
    got = await landed(phones, list(numbers))
    assert {number: got[number].text for number in numbers} == numbers
    assert [got[number].parts for number in numbers] == [segments(text, SplitPolicy.CODE_UNIT).count for text in texts]
    assert len({got[number].parts for number in numbers}) >= 3


async def test_kannel_cuts_through_an_emoji_where_our_bill_keeps_it_whole(road: Road, phones: Phones) -> None:
    # Kannel counts octets; a phone joins the halves again. So the bill is at most one part too high, never too low.
    texts = [filler * at + "😀" * 70 for at in range(6) for filler in ("ক", "🙏")] + ["😀" * 67]
    numbers = {road.number(): text for text in texts}
    await road.send(*(outbound(f"m-{at}", *each) for at, each in enumerate(numbers.items())))
    got = await landed(phones, list(numbers))
    assert {number: got[number].text for number in numbers} == numbers
    over = [segments(text, SplitPolicy.CODE_UNIT).count - got[number].parts for number, text in numbers.items()]
    assert set(over) == {0, 1}


async def test_what_kannel_refuses_is_told_apart(road: Road, phones: Phones) -> None:
    wrong = await road.send(outbound("m-wrong", road.number(), "1"), password="another")
    assert wrong == {"m-wrong": Retry(wrong["m-wrong"].after, Cause.ROUTE, "answer-authorization-failed-for-sendsms")}  # type: ignore[attr-defined]
    nowhere = await road.send(outbound("m-nowhere", f"{UNROUTABLE}171100001", "1"))
    assert nowhere == {"m-nowhere": Rejected(Cause.ROUTE, "answer-not-routable-do-not-try-again")}
    report = await asyncio.to_thread(road.hook.report, "m-nowhere", Delivery.FAILED)
    assert (report.cause, report.code) == (Cause.ROUTE, "nack-no")
    listed = await road.send(outbound("m-list", "no-number!", "1"))
    assert listed["m-list"] == Rejected(
        Cause.FILTERED, "answer-number-s-has-have-been-denied-by-white-and-or-black-lists"
    )
    elsewhere = await road.send(outbound("m-path", road.number(), "1"), sendsms_url=f"{road.settings.sendsms_url}x")
    assert elsewhere["m-path"].code == "http-404"  # type: ignore[attr-defined]


async def test_reports_name_our_message_and_tell_how_far_it_came(road: Road, phones: Phones) -> None:
    await road.send(outbound("0192-report", road.number(), BENGALI * 2))
    report = await asyncio.to_thread(road.hook.report, "0192-report", Delivery.SENT, Delivery.DELIVERED)
    assert report == StatusReport("0192-report", "0192-report", Delivery.DELIVERED)


# -- replies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["YES", "1", "হ্যাঁ, ১ 🙏", "sí & no + 100 %", "1\n2", "a" * 300])
def test_a_reply_comes_as_it_was_typed(road: Road, phones: Phones, text: str) -> None:
    number = road.number()
    phones.type_text(number, SENDER, text)
    reply = road.hook.reply(number)
    assert (reply.sender, reply.to, reply.text, reply.part) == (number, SENDER, text, None)
    assert len(reply.reference) == 36


@pytest.mark.parametrize(
    ("line", "text"),
    [
        pytest.param("ucs2 %00Y%00E%00", "YE", id="half a character cut off"),
        pytest.param("ucs2 %D8%3D%001", "\ufffd1", id="half an emoji"),
        pytest.param("data s%ED", "sí", id="eight bits, Latin"),
        pytest.param("data %E0%A6%95", "ক", id="eight bits, UTF-8"),
        pytest.param("udh %05%00%03%2A%01%01 1", "1", id="a header that is needless"),
    ],
)
def test_a_broken_reply_is_readable_and_not_lost(road: Road, phones: Phones, line: str, text: str) -> None:
    number = road.number()
    phones.type_line(f"{number} {SENDER} {line}")
    assert road.hook.reply(number).text == text


def test_a_reply_that_nobody_took_comes_again_under_the_same_reference(road: Road, phones: Phones) -> None:
    number, before = road.number(), len(road.hook.addresses)
    road.hook.refuse_next = 2
    phones.type_text(number, SENDER, "YES")
    reply = road.hook.reply(number)
    tries = [each for each in road.hook.addresses[before:] if "/inbound/" in each]
    assert (len(tries), len(set(tries))) == (3, 1)
    assert f"id={reply.reference}&" in tries[0]


async def test_nothing_is_sent_back_by_kannel_itself(road: Road, phones: Phones) -> None:
    writer, later = road.number(), road.number()
    phones.type_text(writer, SENDER, "STOP")
    await asyncio.to_thread(road.hook.reply, writer)
    await road.send(outbound("m", later, "after it"))
    await landed(phones, [later])
    assert phones.to(writer) == []


def test_no_address_holds_a_number_or_a_text(road: Road, phones: Phones) -> None:
    number = road.number()
    phones.type_text(number, SENDER, "YES")
    road.hook.reply(number)
    assert road.hook.addresses
    assert not [each for each in road.hook.addresses if "1711" in each or "YES" in each or SENDER in each]


# -- what breaks ----------------------------------------------------------------------------------


async def test_a_text_taken_while_the_network_is_away_outlives_a_kill_and_lands_once(tmp_path: Path) -> None:
    road = make_road(tmp_path)
    number = road.number()
    with road.gateway as gateway, road.hook:
        gateway.start(sms_service(road.settings))
        # No phone is connected: Kannel queues, and has the text for good.
        assert await road.send(outbound("m", number, "Once")) == {"m": Accepted("m")}
        gateway.kill("smsbox")
        gateway.kill("bearerbox")
        refused = await road.send(outbound("m2", number, "Later"))
        assert refused == {"m2": Retry(refused["m2"].after, Cause.BUSY, "connect-failed")}  # type: ignore[attr-defined]
        gateway.start_bearerbox()
        gateway.start_smsbox()
        with Phones(gateway.smsc_port) as phones:
            await asyncio.to_thread(phones.wait_for, 1)
            await asyncio.to_thread(road.hook.report, "m", Delivery.DELIVERED)
            assert phones.to(number) == ["Once"]


def test_a_reply_that_waits_in_bearerbox_outlives_a_kill_and_comes_once(tmp_path: Path) -> None:
    road = make_road(tmp_path)
    number = road.number()
    with road.gateway as gateway, road.hook:
        gateway.start(sms_service(road.settings))
        gateway.kill("smsbox")
        with Phones(gateway.smsc_port) as phones:
            phones.type_text(number, SENDER, "YES")
            wait_until(lambda: "SMS: received 1 " in gateway.status(), "bearerbox to have the reply")
            gateway.kill("bearerbox")
            gateway.start_bearerbox()
            gateway.start_smsbox()
            assert road.hook.reply(number).text == "YES"


async def test_debians_own_phones_get_and_give_the_same(tmp_path: Path) -> None:
    road = make_road(tmp_path)
    with road.gateway as gateway, road.hook:
        gateway.start(sms_service(road.settings))
        with fakesmsc(gateway.smsc_port, tmp_path, f"+8801711000001 {SENDER} ucs2 %09%B9%00!") as ledger:
            assert (await asyncio.to_thread(road.hook.reply, "+8801711000001")).text == "হ!"
            await road.send(outbound("m", "+8801711000003", "Paid on time?"))
            await asyncio.to_thread(wait_until, lambda: b"Paid on time?" in ledger.read_bytes(), "the text")
            await asyncio.to_thread(road.hook.report, "m", Delivery.DELIVERED)


# -- over real SMPP -------------------------------------------------------------------------------


@asynccontextmanager
async def smpp(folder: Path, core: str = "") -> AsyncIterator[tuple[Road, Smsc]]:
    road = make_road(folder)
    with road.hook:
        async with Smsc(road.gateway.smsc_port) as smsc:
            with road.gateway as gateway:
                await asyncio.to_thread(gateway.start, sms_service(road.settings), SMPP_ROAD, core)
                await asyncio.wait_for(smsc.bound.wait(), 20)
                yield road, smsc


async def test_over_smpp_texts_land_and_receipts_come_without_a_word_of_them(tmp_path: Path) -> None:
    async with smpp(tmp_path) as (road, smsc):
        texts = {
            "plain": f"Secret words first. {ALPHABET}",
            "bengali": BENGALI * 3,
            "emoji": "😀 হ্যাঁ",
            "long": "€" * 153,
        }
        numbers = {message: road.number() for message in texts}
        smsc.states = {numbers["bengali"]: ("UNDELIV", "027"), numbers["emoji"]: ("EXPIRED", "032")}
        outcomes = await road.send(*(outbound(message, numbers[message], text) for message, text in texts.items()))
        assert outcomes == {message: Accepted(message) for message in texts}
        await asyncio.to_thread(smsc.ledger.wait_for, len(texts))
        assert {text.to: text.text for text in smsc.ledger.texts} == {numbers[each]: texts[each] for each in texts}
        assert {text.to: text.parts for text in smsc.ledger.texts} == {
            numbers[each]: segments(texts[each], SplitPolicy.CODE_UNIT).count for each in texts
        }
        for message in texts:
            await asyncio.to_thread(road.hook.report, message, Delivery.SENT)
        await smsc.give_receipts()
        for message in ("plain", "long"):
            await asyncio.to_thread(road.hook.report, message, Delivery.DELIVERED)
        for message, code in (("bengali", "gsm-27"), ("emoji", "gsm-32")):
            report = await asyncio.to_thread(road.hook.report, message, Delivery.UNDELIVERED)
            assert (report.cause, report.code) == (Cause.UNREACHABLE, code)
        assert not [each for each in road.hook.addresses if "Secret" in each or "words" in each or "1711" in each]


async def test_over_smpp_a_throttled_text_lands_once_and_a_refused_one_never(tmp_path: Path) -> None:
    async with smpp(tmp_path) as (road, smsc):
        slow, wrong = road.number(), road.number()
        smsc.refusals.extend([THROTTLED, THROTTLED])
        await road.send(outbound("slow", slow, "Once"))
        await asyncio.to_thread(road.hook.report, "slow", Delivery.SENT)
        await smsc.give_receipts()
        await asyncio.to_thread(road.hook.report, "slow", Delivery.DELIVERED)
        assert (smsc.refused, smsc.ledger.to(slow)) == (2, ["Once"])
        smsc.refusals.append(INVALID_DESTINATION)
        await road.send(outbound("wrong", wrong, "Never"))
        report = await asyncio.to_thread(road.hook.report, "wrong", Delivery.FAILED)
        assert (report.cause, report.code) == (Cause.BAD_NUMBER, "smpp-0000000b")
        assert smsc.ledger.to(wrong) == []


async def test_over_smpp_a_gateway_told_not_to_try_again_reports_so(tmp_path: Path) -> None:
    async with smpp(tmp_path, "sms-resend-retry = 0\n") as (road, smsc):
        smsc.refusals.extend([THROTTLED, THROTTLED])  # nought means one more try
        await road.send(outbound("m", road.number(), "Never"))
        report = await asyncio.to_thread(road.hook.report, "m", Delivery.FAILED)
        assert (report.cause, report.code) == (Cause.BUSY, "nack-retries")


async def test_over_smpp_replies_come_in_every_coding_and_in_one_piece(tmp_path: Path) -> None:
    async with smpp(tmp_path, "sms-combine-concatenated-mo-timeout = 2\n") as (road, smsc):
        bengali, gsm, latin, plusless, broken = (road.number() for _ in range(5))
        await smsc.type_text(bengali, SENDER, BENGALI * 2)
        await smsc.type_part(gsm, SENDER, b"\x53\x11\x1b\x65", coding=0)
        await smsc.type_part(latin, SENDER, b"s\xed", coding=3)
        await smsc.type_text(plusless.removeprefix("+"), SENDER, "হ্যাঁ")
        await smsc.type_part(broken, SENDER, "২ of 2".encode("utf-16-be"), udh=b"\x05\x00\x03\x2a\x02\x02")
        expected = {bengali: BENGALI * 2, gsm: "S_€", latin: "sí", plusless: "হ্যাঁ"}
        for number, text in expected.items():
            assert (await asyncio.to_thread(road.hook.reply, number)).text == text
        # Its other half never came; after its time Kannel hands on what there is, and where it belongs.
        piece = await asyncio.to_thread(road.hook.reply, broken)
        assert (piece.text, piece.part) == ("২ of 2", Part("2a", 2, 2))


async def test_over_smpp_parts_out_of_order_are_put_in_order(tmp_path: Path) -> None:
    async with smpp(tmp_path) as (road, smsc):
        number = road.number()
        for at, piece in ((3, "গ"), (1, "ক"), (2, "খ")):
            await smsc.type_part(number, SENDER, piece.encode("utf-16-be"), udh=bytes([5, 0, 3, 7, 3, at]))
        assert (await asyncio.to_thread(road.hook.reply, number)).text == "কখগ"
