"""Vonage, by the shapes of https://developer.vonage.com/messaging/sms and of its own SDK's signatures."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from app.carriers.protocol import (
    Accepted,
    Carrier,
    Cause,
    Delivery,
    InboundText,
    Part,
    Rejected,
    Request,
    Retry,
    StatusReport,
    Unknown,
)
from app.carriers.vonage import SignatureMethod, VonageCarrier, VonageSettings
from app.carriers.vonage.webhooks import signature
from app.domain.errors import ForgedWebhookError, InvalidError
from tests.carriers.fake_vendors import (
    BENGALI,
    KEY,
    NUMBER,
    SENDER,
    SIGNING,
    TEXT,
    FakeVonage,
    outbound,
    parts,
    vonage,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def reader(method: SignatureMethod = SignatureMethod.SHA256) -> VonageCarrier:
    return VonageCarrier(VonageSettings("abcd1234", KEY, SIGNING, method))


READER = reader()


@pytest.fixture
async def fake() -> AsyncIterator[FakeVonage]:
    async with FakeVonage() as running:
        yield running


@pytest.fixture
async def carrier(fake: FakeVonage) -> AsyncIterator[Carrier]:
    made = vonage(fake.url)
    yield made
    await made.aclose()


# -- sending --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"), [pytest.param(TEXT, "text", id="GSM"), pytest.param(BENGALI, "unicode", id="unicode")]
)
async def test_the_request_is_the_documented_one(carrier: Carrier, fake: FakeVonage, text: str, kind: str) -> None:
    assert await carrier.send([outbound(text=text)]) == {"0192-a": Accepted("0A00000000000001")}
    [request] = fake.received
    assert (request.method, request.path, request.query) == ("POST", "/sms/json", {})
    assert request.form == {
        "api_key": "abcd1234",
        "api_secret": KEY,
        "from": SENDER[1:],
        "to": NUMBER[1:],
        "text": text,
        "type": kind,
        "client-ref": "0192-a",
        "status-report-req": "1",
        "ttl": "14400000",
    }


TAKEN = {"status": "0", "message-id": "0A1"}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([TAKEN], Accepted("0A1"), id="taken"),
        pytest.param([TAKEN, {"status": "0", "message-id": "0A2"}], Accepted("0A1"), id="in two parts"),
        pytest.param([{"status": "1"}], Retry(timedelta(seconds=10), Cause.BUSY, "1"), id="throttled"),
        pytest.param([{"status": "2"}], Rejected(Cause.OTHER, "2"), id="missing parameter"),
        pytest.param([{"status": "4"}], Retry(timedelta(minutes=15), Cause.ROUTE, "4"), id="wrong key"),
        pytest.param([{"status": "5"}], Unknown(Cause.OTHER, "5"), id="internal error"),
        pytest.param([{"status": "6"}], Rejected(Cause.BAD_NUMBER, "6"), id="unknown prefix"),
        pytest.param([{"status": "7"}], Rejected(Cause.OPTED_OUT, "7"), id="barred"),
        pytest.param([{"status": "9"}], Retry(timedelta(minutes=15), Cause.ROUTE, "9"), id="no money"),
        pytest.param([{"status": "15"}], Retry(timedelta(minutes=15), Cause.ROUTE, "15"), id="invalid sender"),
        pytest.param([{"status": "33"}], Rejected(Cause.BAD_NUMBER, "33"), id="deactivated"),
        pytest.param([{"status": "777"}], Unknown(Cause.OTHER, "777"), id="a status nobody published"),
        pytest.param([TAKEN, {"status": "1"}], Unknown(Cause.BUSY, "1"), id="one part is on its way"),
        pytest.param([{"status": "1"}, TAKEN], Unknown(Cause.BUSY, "1"), id="the second part is on its way"),
        pytest.param([{"status": "0"}], Unknown(Cause.UNREADABLE, "unreadable"), id="taken, without an id"),
        pytest.param([{"status": NUMBER}], Unknown(Cause.UNREADABLE, "unreadable"), id="no status"),
        pytest.param([{"status": 0}], Unknown(Cause.UNREADABLE, "unreadable"), id="not a text"),
        pytest.param([], Unknown(Cause.UNREADABLE, "unreadable"), id="nothing"),
    ],
)
async def test_the_parts_statuses_decide_not_the_200(
    carrier: Carrier, fake: FakeVonage, messages: list[Any], expected: object
) -> None:
    fake.script.append(parts(*messages))
    assert await carrier.send([outbound()]) == {"0192-a": expected}


async def test_a_wrong_key_loses_no_text(fake: FakeVonage) -> None:
    carrier = vonage(fake.url, api_secret="stale")
    assert await carrier.send([outbound()]) == {"0192-a": Retry(timedelta(minutes=15), Cause.ROUTE, "4")}
    await carrier.aclose()


# -- who calls ------------------------------------------------------------------------------------

# From the tests of Vonage's own PHP SDK, test/Client/SignatureTest.php.
PUBLISHED = {
    "message-timestamp": "2013-11-21 15:27:30",
    "messageId": "020000001B0FE827",
    "msisdn": "14843472194",
    "text": "Test again",
    "timestamp": "1385047698",
    "to": "13239877404",
    "type": "text",
}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("md5hash", "d2e7b1dc968737c5998ad624e02f90b7"),
        ("md5", "DDEBD46008C2D4E93CCE578A332A52D5"),
        ("sha1", "27D0D05C2876C7CB1720DBCDBA4D492E1E55C09A"),
        ("sha256", "DDB8397C2B90AAC7F3882D306475C9A5058C92322EEF43C92B298B6E0FC0D330"),
        (
            "sha512",
            (
                "E0D3C650F8C9D1A5C174D10DDDBFB003E561F59B265616208B0487C5D819481C"
                "D3C311D59CF6165ECD1139622D5BA3A256C0D763AC4A9AD9144B5A426B94FE82"
            ),
        ),
    ],
)
def test_the_signatures_of_vonages_own_tests(method: str, expected: str) -> None:
    told = signature(PUBLISHED | {"sig": "is not signed"}, "my_secret_key_for_testing", SignatureMethod(method))
    assert told.lower() == expected.lower()


def test_what_would_part_the_fields_is_signed_as_a_line() -> None:
    given = {
        "keyword": "TEST",
        "message-timestamp": "2017-04-04 22:57:47",
        "messageId": "0B00000042AC53BD",
        "msisdn": "14843472194",
        "nonce": "929d6744-bd28-42c8-b6cf-31d5b4f43732",
        "text": "Test with & and =",
        "timestamp": "1491346667",
        "to": "12192259404",
        "type": "text",
    }
    assert signature(given, "my_secret_key_for_testing", SignatureMethod.MD5_HASH) == "e06d9763e3fd0b9c31beb5fc2fcb011c"


REPLY = {
    "api-key": "abcd1234",
    "msisdn": NUMBER[1:],
    "to": SENDER[1:],
    "messageId": "0A0000000123ABCD1",
    "text": "হ্যাঁ & 1+1=2 ? 🙏",
    "type": "unicode",
    "keyword": "হ্যাঁ",
    "message-timestamp": "2026-11-24 09:00:00",
}


def signed(
    form: dict[str, str], *, way: str = "form", at: datetime = NOW, method: SignatureMethod = SignatureMethod.SHA256
) -> Request:
    given = form | {"timestamp": str(int(at.timestamp())), "nonce": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"}
    return carried(given | {"sig": signature(given, SIGNING, method)}, way)


def carried(given: dict[str, Any], way: str) -> Request:
    path = "/carriers/vonage/inbound"
    if way == "query":
        return Request("GET", path, urlencode(given), {}, b"")
    if way == "json":
        return Request("POST", path, "", {"content-type": "application/json"}, json.dumps(given).encode())
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    return Request("POST", path, "", headers, urlencode(given).encode())


@pytest.mark.parametrize("way", ["form", "query", "json"])
@pytest.mark.parametrize("method", list(SignatureMethod))
def test_what_vonage_signed_is_accepted_and_read_however_it_comes(way: str, method: SignatureMethod) -> None:
    request = signed(REPLY, way=way, method=method)
    reader(method).verify(request, NOW)
    assert READER.parse_inbound(request) == [InboundText("0A0000000123ABCD1", NUMBER, SENDER, "হ্যাঁ & 1+1=2 ? 🙏")]


@pytest.mark.parametrize(
    ("at", "fresh"),
    [
        pytest.param(NOW - timedelta(hours=24), True, id="its last repetition, a day later"),
        pytest.param(NOW - timedelta(hours=26), False, id="replayed"),
        pytest.param(NOW + timedelta(minutes=4), True, id="a clock that is ahead"),
        pytest.param(NOW + timedelta(minutes=6), False, id="from the future"),
    ],
)
def test_a_webhook_is_good_for_as_long_as_vonage_repeats_it(at: datetime, *, fresh: bool) -> None:
    request = signed(REPLY, at=at)
    if fresh:
        READER.verify(request, NOW)
        return
    with pytest.raises(ForgedWebhookError, match="stale"):
        READER.verify(request, NOW)


def _with(**changes: str) -> Request:
    given = REPLY | {"timestamp": str(int(NOW.timestamp()))}
    return carried(given | {"sig": signature(given, SIGNING, SignatureMethod.SHA256)} | changes, "form")


def _odd_time(written: str) -> Request:
    given = REPLY | {"timestamp": written}
    return carried(given | {"sig": signature(given, SIGNING, SignatureMethod.SHA256)}, "form")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(_with(text="1"), id="text changed"),
        pytest.param(_with(msisdn="14843472194"), id="sender changed"),
        pytest.param(_with(extra="1"), id="field added"),
        pytest.param(_with(timestamp=str(int(NOW.timestamp()) + 1)), id="time changed"),
        pytest.param(_with(sig=""), id="empty signature"),
        pytest.param(_with(sig="AAAA"), id="short signature"),
        pytest.param(_with(sig="ß" * 64), id="not ASCII"),
        pytest.param(carried(REPLY, "form"), id="not signed"),
        pytest.param(_odd_time("soon"), id="no time"),
        pytest.param(_odd_time("9" * 300), id="a wild time"),
        pytest.param(_odd_time("9" * 11), id="a time without a date"),
        pytest.param(_odd_time("-1"), id="before time"),
        pytest.param(signed(REPLY, method=SignatureMethod.MD5_HASH), id="another way of signing"),
        pytest.param(Request("POST", "/", "", {"content-type": "application/json"}, b"[]"), id="JSON, a list"),
        pytest.param(Request("POST", "/", "", {"content-type": "application/json"}, b"[" * 50_000), id="JSON, deep"),
        pytest.param(carried({"sig": ["a"], "timestamp": 1}, "json"), id="JSON, nested"),
        pytest.param(Request("GET", "/", "", {}, b""), id="a test call"),
        pytest.param(Request("POST", "/", "", {}, b"\xff"), id="raw bytes"),
    ],
)
def test_anything_else_is_forged(request_: Request) -> None:
    with pytest.raises(ForgedWebhookError) as raised:
        READER.verify(request_, NOW)
    assert NUMBER[1:] not in str(raised.value)


def test_another_secret_does_not_open() -> None:
    with pytest.raises(ForgedWebhookError):
        VonageCarrier(VonageSettings("abcd1234", KEY, "another secret")).verify(signed(REPLY), NOW)


# -- reading --------------------------------------------------------------------------------------


def piece(number: int, **changes: str) -> InboundText:
    form = {
        "concat": "true",
        "concat-ref": "7",
        "concat-total": "3",
        "concat-part": str(number),
        "messageId": f"p{number}",
    }
    [read] = READER.parse_inbound(signed(REPLY | form | changes))
    return read


def test_the_pieces_of_a_long_reply_say_where_they_belong() -> None:
    pieces = [piece(2), piece(1), piece(3)]
    assert [one.reference for one in pieces] == ["p2", "p1", "p3"]
    [key] = {one.part.key for one in pieces if one.part}
    assert [one.part for one in pieces] == [Part(key, number, 3) for number in (2, 1, 3)]
    assert NUMBER[1:] not in repr(pieces)


@pytest.mark.parametrize("changes", [{"msisdn": "254711000002"}, {"to": "28901"}, {"concat-ref": "8"}])
def test_pieces_of_others_are_kept_apart(changes: dict[str, str]) -> None:
    first, other = piece(1).part, piece(1, **changes).part
    assert first
    assert other
    assert first.key != other.key


@pytest.mark.parametrize(
    "changes",
    [
        {"concat-part": "0"},
        {"concat-part": "4"},
        {"concat-part": "one"},
        {"concat-part": "²"},
        {"concat-total": "9999"},
        {"concat-total": ""},
        {"concat-ref": " "},
    ],
)
def test_a_piece_of_nothing_is_invalid(changes: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        piece(1, **changes)


def test_what_is_no_text_is_an_empty_reply() -> None:
    form = {name: value for name, value in REPLY.items() if name != "text"} | {
        "type": "binary",
        "data": "SGk=",
        "udh": "00",
    }
    assert READER.parse_inbound(signed(form))[0].text == ""


def test_a_reply_to_a_short_code_keeps_it() -> None:
    assert READER.parse_inbound(signed(REPLY | {"to": "28901"}))[0].to == "28901"


@pytest.mark.parametrize("name", ["messageId", "msisdn", "to"])
def test_a_reply_without_its_needs_is_invalid(name: str) -> None:
    with pytest.raises(InvalidError, match=name):
        READER.parse_inbound(signed(REPLY | {name: " "}))


RECEIPT = {
    "err-code": "0",
    "message-timestamp": "2026-11-24 09:00:00",
    "messageId": "0B00000127FDBC63",
    "msisdn": NUMBER[1:],
    "network-code": "63902",
    "price": "0.03330000",
    "scts": "2611240900",
    "status": "delivered",
    "to": SENDER[1:],
    "client-ref": "0192-a",
}


@pytest.mark.parametrize(
    ("state", "error", "delivery", "cause", "code"),
    [
        pytest.param("accepted", "0", Delivery.SENT, None, "", id="accepted"),
        pytest.param("buffered", "0", Delivery.SENT, None, "", id="buffered"),
        pytest.param("unknown", "1", Delivery.SENT, None, "", id="nothing is known"),
        pytest.param("delivered", "0", Delivery.DELIVERED, None, "", id="delivered"),
        pytest.param("expired", "2", Delivery.UNDELIVERED, Cause.UNREACHABLE, "dlr-2", id="phone off"),
        pytest.param("failed", "3", Delivery.UNDELIVERED, Cause.BAD_NUMBER, "dlr-3", id="number gone"),
        pytest.param("rejected", "6", Delivery.FAILED, Cause.FILTERED, "dlr-6", id="spam filter"),
        pytest.param("failed", "9", Delivery.UNDELIVERED, Cause.OPTED_OUT, "dlr-9", id="asked not to"),
        pytest.param("failed", NUMBER, Delivery.UNDELIVERED, Cause.OTHER, "", id="a code nobody published"),
        pytest.param("failed", "", Delivery.UNDELIVERED, Cause.OTHER, "", id="without a word"),
    ],
)
@pytest.mark.parametrize("way", ["form", "query", "json"])
def test_a_receipt_names_our_id_and_tells_how_far(
    way: str, state: str, error: str, delivery: Delivery, cause: Cause | None, code: str
) -> None:
    request = signed(RECEIPT | {"status": state, "err-code": error}, way=way)
    READER.verify(request, NOW)
    assert READER.parse_status(request, "") == [StatusReport("0B00000127FDBC63", "0192-a", delivery, cause, code)]


@pytest.mark.parametrize("changes", [{"status": ""}, {"status": "dancing"}, {"messageId": ""}])
def test_a_receipt_that_is_none_is_invalid(changes: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        READER.parse_status(signed(RECEIPT | changes), "")


def test_what_json_may_spell_and_no_database_keeps_is_replaced() -> None:
    request = signed(REPLY | {"text": "1\ud800\0"}, way="json")
    READER.verify(request, NOW)
    assert READER.parse_inbound(request)[0].text == "1\ufffd\ufffd"
