"""Infobip, by the shapes of https://www.infobip.com/docs/api/channels/sms, version 3."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.carriers.infobip import InfobipCarrier, InfobipSettings
from app.carriers.protocol import (
    Accepted,
    Carrier,
    Cause,
    Delivery,
    InboundText,
    Lookup,
    Rejected,
    Request,
    Retry,
    StatusReport,
    Unknown,
)
from app.domain.errors import ForgedWebhookError, InvalidError, UnavailableError
from tests.carriers.fake_vendors import (
    BENGALI,
    KEY,
    NUMBER,
    PUBLIC,
    SECRET,
    SENDER,
    FakeInfobip,
    accepted,
    infobip,
    outbound,
)
from tests.carriers.loopback import Answer, Cut

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
READER = InfobipCarrier(InfobipSettings("https://xxxxx.api.infobip.com", KEY, PUBLIC, SECRET))
DESTINATION = {"to": NUMBER[1:], "messageId": "0192-a"}


@pytest.fixture
async def fake() -> AsyncIterator[FakeInfobip]:
    async with FakeInfobip() as running:
        yield running


@pytest.fixture
async def carrier(fake: FakeInfobip) -> AsyncIterator[Carrier]:
    made = infobip(fake.url)
    yield made
    await made.aclose()


def status(group: int, name: str) -> dict[str, Any]:
    return {"groupId": group, "groupName": "?", "id": 1, "name": name, "description": f"about {NUMBER}"}


def hook(path: str, *results: Any) -> Request:
    headers = {"content-type": "application/json"}
    return Request("POST", path, "", headers, json.dumps({"results": results}).encode())


# -- sending --------------------------------------------------------------------------------------


async def test_the_request_is_the_documented_one(carrier: Carrier, fake: FakeInfobip) -> None:
    assert await carrier.send([outbound(text=BENGALI)]) == {"0192-a": Accepted("0192-a")}
    [request] = fake.received
    assert (request.method, request.path) == ("POST", "/sms/3/messages")
    assert request.headers["authorization"] == f"App {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "messages": [
            {
                "sender": SENDER[1:],
                "destinations": [{"to": NUMBER[1:], "messageId": "0192-a"}],
                "content": {"text": BENGALI},
                "options": {"validityPeriod": {"amount": 240, "timeUnit": "MINUTES"}},
                "webhooks": {
                    "delivery": {"url": READER.address.status_of("0192-a")},
                    "contentType": "application/json",
                },
            }
        ]
    }


async def test_the_vendor_is_never_told_the_secret(carrier: Carrier, fake: FakeInfobip) -> None:
    await carrier.send([outbound()])
    assert SECRET.encode() not in fake.received[0].body


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(status(1, "PENDING_ACCEPTED"), Accepted("0192-a"), id="accepted"),
        pytest.param(status(3, "DELIVERED_TO_HANDSET"), Accepted("0192-a"), id="already there"),
        pytest.param(
            status(5, "REJECTED_DESTINATION"), Rejected(Cause.BAD_NUMBER, "REJECTED_DESTINATION"), id="bad number"
        ),
        pytest.param(
            status(5, "REJECTED_DESTINATION_BLOCKLISTED"),
            Rejected(Cause.OPTED_OUT, "REJECTED_DESTINATION_BLOCKLISTED"),
            id="on the blocklist",
        ),
        pytest.param(
            status(5, "REJECTED_NOT_ENOUGH_CREDITS"),
            Rejected(Cause.ROUTE, "REJECTED_NOT_ENOUGH_CREDITS"),
            id="no money: final for this id",
        ),
        pytest.param(
            status(5, "REJECTED_DUPLICATE_MESSAGE_ID"),
            Unknown(Cause.OTHER, "REJECTED_DUPLICATE_MESSAGE_ID"),
            id="it had this id before",
        ),
        pytest.param(status(5, f"NEW {NUMBER}"), Rejected(Cause.OTHER, "group-5"), id="a name nobody published"),
        pytest.param(status(2, "NEW"), Rejected(Cause.UNREACHABLE, "group-2"), id="undeliverable"),
        pytest.param(status(4, "EXPIRED_EXPIRED"), Rejected(Cause.OTHER, "EXPIRED_EXPIRED"), id="expired"),
        pytest.param(status(9, "NEW"), Unknown(Cause.UNREADABLE, "unreadable"), id="a group nobody published"),
        pytest.param({"groupId": "1", "name": "x"}, Unknown(Cause.UNREADABLE, "unreadable"), id="not a number"),
    ],
)
async def test_the_messages_status_decides_not_the_200(
    carrier: Carrier, fake: FakeInfobip, told: dict[str, Any], expected: object
) -> None:
    fake.script.append(accepted(DESTINATION, told))
    assert await carrier.send([outbound()]) == {"0192-a": expected}


@pytest.mark.parametrize(
    "body",
    [
        {"errorCode": "E400", "description": f"{NUMBER} is wrong", "violations": []},
        {"requestError": {"serviceException": {"messageId": "BAD_REQUEST", "text": f"{NUMBER} is wrong"}}},
        {"errorCode": f"E {NUMBER}"},
    ],
)
async def test_a_refusal_in_either_form_is_read_and_not_repeated(
    carrier: Carrier, fake: FakeInfobip, body: dict[str, Any]
) -> None:
    fake.script.append(Answer(body, 400))
    assert await carrier.send([outbound()]) == {"0192-a": Rejected(Cause.OTHER, "http-400")}


async def test_a_second_try_of_a_text_it_has_never_makes_a_second_text(carrier: Carrier, fake: FakeInfobip) -> None:
    fake.script.append(Cut())
    assert await carrier.send([outbound()]) == {"0192-a": Unknown(Cause.TIMEOUT, "no-answer")}
    again = await carrier.send([outbound()])
    assert again == {"0192-a": Unknown(Cause.OTHER, "REJECTED_DUPLICATE_MESSAGE_ID")}
    assert len(fake.ledger) == 1


async def test_a_wrong_key_loses_no_text(fake: FakeInfobip) -> None:
    carrier = infobip(fake.url, api_key="stale")
    assert await carrier.send([outbound()]) == {"0192-a": Retry(timedelta(minutes=15), Cause.ROUTE, "http-401")}
    await carrier.aclose()


# -- who calls ------------------------------------------------------------------------------------

SEALED = READER.address.status_of("0192-a").removeprefix(PUBLIC)


@pytest.mark.parametrize(
    "path",
    [
        f"/carriers/infobip/inbound/{SECRET}",
        f"/carriers/infobip/status/{SECRET}",
        SEALED,
    ],
)
def test_the_addresses_we_give_out_are_those_we_take(path: str) -> None:
    READER.verify(Request("POST", path, "", {}, b""), NOW)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(SEALED.replace("0192-a", "0192-b"), id="another message under this seal"),
        pytest.param(SEALED[:-1] + ("0" if SEALED[-1] != "0" else "1"), id="another seal"),
        pytest.param(SEALED[:-1], id="a shorter seal"),
        pytest.param(SEALED.rpartition("/")[0], id="no seal"),
        pytest.param(SEALED.rpartition("/")[0] + "/", id="an empty seal"),
        pytest.param(f"/carriers/infobip/status/0192-a/{SECRET}", id="the secret is no seal"),
        pytest.param(SEALED.replace("/status/0192-a/", "/inbound/"), id="a seal opens no inbox"),
    ],
)
def test_a_seal_opens_its_own_message_alone(path: str) -> None:
    with pytest.raises(ForgedWebhookError):
        READER.verify(Request("POST", path, "", {}, b""), NOW)


def test_another_secret_seals_otherwise() -> None:
    other = InfobipCarrier(InfobipSettings("https://x", KEY, PUBLIC, "another_secret_of_it"))
    with pytest.raises(ForgedWebhookError):
        other.verify(Request("POST", SEALED, "", {}, b""), NOW)


# -- reading --------------------------------------------------------------------------------------

INBOX = f"/carriers/infobip/inbound/{SECRET}"
REPORTS = f"/carriers/infobip/status/{SECRET}"


def reply(**changes: Any) -> dict[str, Any]:
    return {
        "messageId": "817790313235066447",
        "from": NUMBER[1:],
        "to": SENDER[1:],
        "text": "QUIZ হ্যাঁ 🙏",
        "cleanText": "হ্যাঁ 🙏",
        "keyword": "QUIZ",
        "receivedAt": "2026-11-24T09:00:00.000+0000",
        "smsCount": 2,
        "price": {"pricePerMessage": 0, "currency": "EUR"},
        "callbackData": None,
    } | changes


def test_several_replies_come_in_one_webhook_with_their_keywords() -> None:
    request = hook(INBOX, reply(), reply(messageId="2", to="28901", text=None))
    assert READER.parse_inbound(request) == [
        InboundText("817790313235066447", NUMBER, SENDER, "QUIZ হ্যাঁ 🙏"),
        InboundText("2", NUMBER, "28901", ""),
    ]


@pytest.mark.parametrize(
    "results",
    [
        pytest.param([reply(messageId="")], id="no id"),
        pytest.param([reply(**{"from": None})], id="nobody"),
        pytest.param([reply(to=" ")], id="to nobody"),
        pytest.param([reply(text={"a": 1})], id="no text"),
        pytest.param([reply(text=True)], id="neither yes nor no"),
        pytest.param([reply(), 5], id="no object"),
    ],
)
def test_a_reply_without_its_needs_is_invalid(results: list[Any]) -> None:
    with pytest.raises(InvalidError) as raised:
        READER.parse_inbound(hook(INBOX, *results))
    assert NUMBER[1:] not in str(raised.value)


def test_a_malformed_reply_does_not_refuse_its_neighbours() -> None:
    read = READER.parse_inbound(hook(INBOX, reply(), reply(messageId=""), reply(messageId="2")))
    assert [text.reference for text in read] == ["817790313235066447", "2"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"results": {}}', b"\xff", b"[" * 50_000, b"null", b'"x"'])
def test_a_body_that_is_none_is_invalid(body: bytes) -> None:
    for read in (READER.parse_inbound, lambda request: READER.parse_status(request, "")):
        with pytest.raises(InvalidError):
            read(Request("POST", INBOX, "", {}, body))


def report(message: str, told: dict[str, Any], error: str = "NO_ERROR") -> dict[str, Any]:
    return {
        "bulkId": "BULK-ID-123-xyz",
        "price": {"pricePerMessage": 0.01, "currency": "EUR"},
        "status": told,
        "error": {"groupId": 0, "id": 0, "name": error, "permanent": False},
        "messageId": message,
        "to": NUMBER[1:],
        "sender": SENDER[1:],
        "sentAt": "2026-11-24T09:00:00.000+0100",
        "doneAt": "2026-11-24T09:00:00.000+0100",
        "messageCount": 1,
    }


@pytest.mark.parametrize(
    ("told", "error", "delivery", "cause", "code"),
    [
        pytest.param(status(1, "PENDING_ENROUTE"), "NO_ERROR", Delivery.SENT, None, "", id="on its way"),
        pytest.param(status(3, "DELIVERED_TO_OPERATOR"), "NO_ERROR", Delivery.SENT, None, "", id="at the operator"),
        pytest.param(status(3, "DELIVERED_TO_HANDSET"), "NO_ERROR", Delivery.DELIVERED, None, "", id="delivered"),
        pytest.param(
            status(2, "UNDELIVERABLE_NOT_DELIVERED"),
            "EC_ABSENT_SUBSCRIBER",
            Delivery.UNDELIVERED,
            Cause.UNREACHABLE,
            "EC_ABSENT_SUBSCRIBER",
            id="phone off",
        ),
        pytest.param(
            status(2, "UNDELIVERABLE_NOT_DELIVERED"),
            "EC_UNKNOWN_SUBSCRIBER",
            Delivery.UNDELIVERED,
            Cause.BAD_NUMBER,
            "EC_UNKNOWN_SUBSCRIBER",
            id="no such number",
        ),
        pytest.param(
            status(2, "UNDELIVERABLE_REJECTED_OPERATOR"),
            "NO_ERROR",
            Delivery.UNDELIVERED,
            Cause.FILTERED,
            "UNDELIVERABLE_REJECTED_OPERATOR",
            id="the status, where the operator gives no reason",
        ),
        pytest.param(
            status(5, "REJECTED_DESTINATION_BLOCKLISTED"),
            "EC_BLACKLISTED_DESTINATIONADDRESS",
            Delivery.FAILED,
            Cause.OPTED_OUT,
            "EC_BLACKLISTED_DESTINATIONADDRESS",
            id="opted out",
        ),
        pytest.param(status(4, f"NEW {NUMBER}"), "NEW", Delivery.UNDELIVERED, Cause.OTHER, "group-4", id="unlisted"),
    ],
)
def test_a_report_tells_how_far_and_why_not(
    told: dict[str, Any], error: str, delivery: Delivery, cause: Cause | None, code: str
) -> None:
    found = READER.parse_status(hook(REPORTS, report("0192-a", told, error)), SECRET)
    assert found == [StatusReport("0192-a", "0192-a", delivery, cause, code)]


def test_several_reports_come_in_one_webhook() -> None:
    delivered = status(3, "DELIVERED_TO_HANDSET")
    found = READER.parse_status(hook(REPORTS, report("a", delivered), report("b", delivered)), SECRET)
    assert [one.message for one in found] == ["a", "b"]


def test_a_messages_own_address_speaks_of_no_other() -> None:
    delivered = status(3, "DELIVERED_TO_HANDSET")
    found = READER.parse_status(hook(SEALED, report("0192-a", delivered), report("b", delivered)), "0192-a")
    assert [one.message for one in found] == ["0192-a"]


def test_a_refused_copy_says_nothing_of_the_text() -> None:
    assert READER.parse_status(hook(SEALED, report("0192-a", status(5, "REJECTED_DUPLICATE_MESSAGE_ID"))), "") == []


@pytest.mark.parametrize(
    "told", [None, {}, {"name": "x"}, {"groupId": 1}, {"groupId": [], "name": "x"}, status(0, "OK")]
)
def test_a_report_that_is_none_is_invalid(told: Any) -> None:
    with pytest.raises(InvalidError):
        READER.parse_status(hook(REPORTS, report("0192-a", told)), "")


# -- looking up -----------------------------------------------------------------------------------


def log(message: str, told: dict[str, Any], error: str = "NO_ERROR") -> dict[str, Any]:
    plain = report(message, told, error)
    return plain | {"destination": plain.pop("to"), "content": {"text": "Were you paid?"}}


async def test_a_lookup_tells_how_far_each_text_came(carrier: Carrier, fake: FakeInfobip) -> None:
    fake.logs = [
        log("a", status(3, "DELIVERED_TO_HANDSET")),
        log("b", status(2, "UNDELIVERABLE_NOT_DELIVERED"), "EC_UNKNOWN_SUBSCRIBER"),
        log("c", status(5, "REJECTED_DUPLICATE_MESSAGE_ID")),
    ]
    sent = datetime(2026, 11, 24, 8, tzinfo=UTC)
    found = await carrier.reconcile(NOW)
    assert found == Lookup(
        [
            StatusReport("a", "a", Delivery.DELIVERED, to=NUMBER, created=sent),
            StatusReport("b", "b", Delivery.UNDELIVERED, Cause.BAD_NUMBER, "EC_UNKNOWN_SUBSCRIBER", NUMBER, sent),
        ]
    )
    assert NUMBER[1:] not in repr(found)


async def test_a_lookup_asks_in_utc_and_reads_every_page(carrier: Carrier, fake: FakeInfobip) -> None:
    fake.logs = [log(f"m{at}", status(1, "PENDING_ENROUTE")) for at in range(2_345)]
    found = await carrier.reconcile(NOW.astimezone(timezone(timedelta(hours=6))))
    assert len({report.message for report in found.reports}) == 2_345
    assert [request.query.get("cursor") for request in fake.received] == [None, "1000", "2000"]
    assert {request.query["sentSince"] for request in fake.received} == {"2026-11-24T09:00:00.000+00:00"}
    assert {request.path for request in fake.received} == {"/sms/3/logs"}


async def test_a_log_without_a_time_is_still_a_report(carrier: Carrier, fake: FakeInfobip) -> None:
    for written in ("", "soon", "0001-01-01T00:00:00+14:00", "2026-11-24T09:00:00"):
        fake.logs = [log("a", status(1, "PENDING_ENROUTE")) | {"sentAt": written}]
        [found] = (await carrier.reconcile(NOW)).reports
        assert found.created is None


async def test_a_lookup_without_end_is_given_up(carrier: Carrier, fake: FakeInfobip) -> None:
    fake.script.extend([Answer({"results": [], "cursor": {"nextCursor": "again"}})] * 101)
    with pytest.raises(UnavailableError):
        await carrier.reconcile(NOW)
    assert len(fake.received) == 100
