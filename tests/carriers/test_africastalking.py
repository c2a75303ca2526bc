"""Africa's Talking, by the shapes of https://developers.africastalking.com/docs/sms."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from app.carriers.africastalking import SANDBOX, AfricasTalkingCarrier, AfricasTalkingSettings
from app.carriers.protocol import (
    Accepted,
    Carrier,
    Cause,
    Delivery,
    InboundText,
    Rejected,
    Request,
    Retry,
    StatusReport,
    Unknown,
)
from app.domain.errors import ForgedWebhookError, InvalidError
from tests.carriers.fake_vendors import (
    BENGALI,
    KEY,
    NUMBER,
    PUBLIC,
    SECRET,
    SENDER,
    FakeAfricasTalking,
    africastalking,
    outbound,
    told,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
READER = AfricasTalkingCarrier(AfricasTalkingSettings("shiftline", KEY, PUBLIC, SECRET, base_url=SANDBOX))


@pytest.fixture
async def fake() -> AsyncIterator[FakeAfricasTalking]:
    async with FakeAfricasTalking() as running:
        yield running


@pytest.fixture
async def carrier(fake: FakeAfricasTalking) -> AsyncIterator[Carrier]:
    made = africastalking(fake.url)
    yield made
    await made.aclose()


def hook(kind: str, secret: str = SECRET, **form: str) -> Request:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", f"/carriers/africastalking/{kind}/{secret}", "", headers, urlencode(form).encode())


# -- sending --------------------------------------------------------------------------------------


async def test_the_request_is_the_documented_one(carrier: Carrier, fake: FakeAfricasTalking) -> None:
    assert await carrier.send([outbound(text=BENGALI)]) == {"0192-a": Accepted("ATXid_1")}
    [request] = fake.received
    assert (request.method, request.path, request.query) == ("POST", "/version1/messaging", {})
    assert request.headers["apikey"] == KEY
    assert request.headers["accept"] == "application/json"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.form == {
        "username": "shiftline",
        "to": NUMBER,
        "from": SENDER,
        "message": BENGALI,
        "bulkSMSMode": "1",
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(100, Accepted("ATXid_x"), id="processed"),
        pytest.param(101, Accepted("ATXid_x"), id="sent"),
        pytest.param(102, Accepted("ATXid_x"), id="queued"),
        pytest.param(401, Unknown(Cause.FILTERED, "401"), id="held: it may be let go"),
        pytest.param(402, Retry(timedelta(minutes=15), Cause.ROUTE, "402"), id="invalid sender"),
        pytest.param(403, Rejected(Cause.BAD_NUMBER, "403"), id="invalid number"),
        pytest.param(404, Rejected(Cause.BAD_NUMBER, "404"), id="a landline"),
        pytest.param(405, Retry(timedelta(minutes=15), Cause.ROUTE, "405"), id="no money"),
        pytest.param(406, Rejected(Cause.OPTED_OUT, "406"), id="opted out"),
        pytest.param(407, Retry(timedelta(hours=1), Cause.ROUTE, "407"), id="no route"),
        pytest.param(409, Rejected(Cause.FILTERED, "409"), id="do not disturb"),
        pytest.param(500, Unknown(Cause.OTHER, "500"), id="internal error"),
        pytest.param(501, Unknown(Cause.OTHER, "501"), id="gateway error"),
        pytest.param(502, Rejected(Cause.FILTERED, "502"), id="rejected by gateway"),
        pytest.param(499, Unknown(Cause.OTHER, "499"), id="a code nobody published"),
        pytest.param(10100, Unknown(Cause.UNREADABLE, "unreadable"), id="no code of theirs"),
        pytest.param("101", Unknown(Cause.UNREADABLE, "unreadable"), id="not a number"),
    ],
)
async def test_the_recipients_code_decides_not_the_201(
    carrier: Carrier, fake: FakeAfricasTalking, code: object, expected: object
) -> None:
    fake.script.append(told([{"statusCode": code, "number": NUMBER, "status": "?", "messageId": "ATXid_x"}]))
    assert await carrier.send([outbound()]) == {"0192-a": expected}


@pytest.mark.parametrize(
    ("recipients", "message", "expected"),
    [
        pytest.param([], "InvalidSenderId", Retry(timedelta(minutes=15), Cause.ROUTE, "InvalidSenderId"), id="sender"),
        pytest.param([], f"Sent to 0/1 {NUMBER}", Unknown(Cause.UNREADABLE, "unreadable"), id="nobody, no reason"),
        pytest.param([{"statusCode": 101}], "", Unknown(Cause.UNREADABLE, "unreadable"), id="taken, without an id"),
        pytest.param(
            [{"statusCode": 101, "messageId": "a"}] * 2, "", Unknown(Cause.UNREADABLE, "unreadable"), id="two for one"
        ),
    ],
)
async def test_an_answer_that_is_not_about_one_text(
    carrier: Carrier, fake: FakeAfricasTalking, recipients: list[dict[str, object]], message: str, expected: object
) -> None:
    fake.script.append(told(recipients, message))
    assert await carrier.send([outbound()]) == {"0192-a": expected}


async def test_a_wrong_key_loses_no_text(fake: FakeAfricasTalking) -> None:
    carrier = africastalking(fake.url, api_key="stale")
    assert await carrier.send([outbound()]) == {"0192-a": Retry(timedelta(minutes=15), Cause.ROUTE, "http-401")}
    await carrier.aclose()


# -- who calls ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["inbound", "status"])
def test_the_address_we_give_out_is_the_one_we_take(kind: str) -> None:
    given = {"inbound": READER.address.inbound, "status": READER.address.status}[kind]
    assert given == f"{PUBLIC}/carriers/africastalking/{kind}/{SECRET}"
    READER.verify(hook(kind), NOW)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/carriers/africastalking/inbound", id="none"),
        pytest.param("/carriers/africastalking/inbound/", id="empty"),
        pytest.param("/carriers/africastalking/inbound/another_secret_of_it", id="another"),
        pytest.param(f"/carriers/africastalking/inbound/{SECRET}x", id="longer"),
        pytest.param(f"/carriers/africastalking/inbound/{SECRET[:-1]}", id="shorter"),
        pytest.param(f"/carriers/africastalking/status/0192-a/{SECRET}", id="the secret is no seal"),
        pytest.param(f"/carriers/africastalking/elsewhere/{SECRET}", id="another route"),
        pytest.param("/carriers/africastalking/inbound/%C3%9F", id="not ASCII"),
        pytest.param("/carriers/africastalking/inbound/\xdf", id="raw bytes"),
    ],
)
def test_any_other_address_is_forged(path: str) -> None:
    with pytest.raises(ForgedWebhookError) as raised:
        READER.verify(Request("POST", path, "", {}, b""), NOW)
    assert SECRET not in str(raised.value)


# -- reading --------------------------------------------------------------------------------------

REPLY = {
    "linkId": "SampleLinkId123",
    "text": "হ্যাঁ & 1+1=2 ?",
    "to": "28901",
    "id": "28a92cdf-2d63-4ee3-93df-4233d3de0356",
    "date": "2026-11-24 09:00:00",
    "from": NUMBER,
    "networkCode": "63902",
}


def test_a_reply_is_read_as_it_was_written() -> None:
    assert READER.parse_inbound(hook("inbound", **REPLY)) == [
        InboundText("28a92cdf-2d63-4ee3-93df-4233d3de0356", NUMBER, "28901", "হ্যাঁ & 1+1=2 ?")
    ]


def test_a_number_without_its_plus_finds_its_worker_and_its_channel() -> None:
    [reply] = READER.parse_inbound(hook("inbound", **(REPLY | {"from": NUMBER[1:], "to": SENDER[1:], "text": ""})))
    assert (reply.sender, reply.to, reply.text) == (NUMBER, SENDER, "")


@pytest.mark.parametrize("name", ["id", "from", "to"])
def test_a_reply_without_its_needs_is_invalid(name: str) -> None:
    with pytest.raises(InvalidError, match=name) as raised:
        READER.parse_inbound(hook("inbound", **(REPLY | {name: " "})))
    assert NUMBER[1:] not in str(raised.value)


def test_an_opt_out_it_took_itself_is_heard_as_stop_once() -> None:
    [first] = READER.parse_inbound(hook("inbound", senderId="28901", phoneNumber=NUMBER))
    [again] = READER.parse_inbound(hook("inbound", senderId="28901", phoneNumber=NUMBER[1:]))
    [other] = READER.parse_inbound(hook("inbound", senderId="28902", phoneNumber=NUMBER))
    assert (first.sender, first.to, first.text) == (NUMBER, "28901", "STOP")
    assert first == again
    assert first.reference != other.reference
    assert NUMBER[1:] not in first.reference


@pytest.mark.parametrize(
    ("state", "reason", "delivery", "cause", "code"),
    [
        pytest.param("Sent", "", Delivery.SENT, None, "", id="sent"),
        pytest.param("Submitted", "", Delivery.SENT, None, "", id="at the operator"),
        pytest.param("Buffered", "", Delivery.SENT, None, "", id="in its queue"),
        pytest.param("Success", "UserInBlackList", Delivery.DELIVERED, None, "", id="delivered, whatever came along"),
        pytest.param(
            "Failed", "UserDoesNotExist", Delivery.UNDELIVERED, Cause.BAD_NUMBER, "UserDoesNotExist", id="no such"
        ),
        pytest.param(
            "Rejected", "UserInBlackList", Delivery.FAILED, Cause.OPTED_OUT, "UserInBlackList", id="opted out"
        ),
        pytest.param("Failed", "", Delivery.UNDELIVERED, Cause.OTHER, "", id="without a word"),
        pytest.param("Failed", f"no {NUMBER}", Delivery.UNDELIVERED, Cause.OTHER, "", id="a word nobody published"),
        pytest.param(
            "AbsentSubscriber", "", Delivery.UNDELIVERED, Cause.UNREACHABLE, "AbsentSubscriber", id="phone off"
        ),
        pytest.param("Expired", "", Delivery.UNDELIVERED, Cause.UNREACHABLE, "Expired", id="expired"),
    ],
)
def test_a_report_tells_how_far_and_why_not(
    state: str, reason: str, delivery: Delivery, cause: Cause | None, code: str
) -> None:
    form = {"id": "ATXid_1", "status": state, "phoneNumber": NUMBER, "networkCode": "63902", "retryCount": "0"}
    request = hook("status", **(form | ({"failureReason": reason} if reason else {})))
    # The route hands on the last piece of the address as a message of ours: it is the secret.
    assert READER.parse_status(request, SECRET) == [StatusReport("ATXid_1", "", delivery, cause, code)]


@pytest.mark.parametrize("form", [{"id": "a"}, {"status": "Sent"}, {"id": "a", "status": "Dancing"}, {}])
def test_a_report_that_is_none_is_invalid(form: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        READER.parse_status(hook("status", **form), "")


@pytest.mark.parametrize("body", [b"text=%ff", b"\xff\xfe", b"&".join(b"a%d=1" % at for at in range(300)), b""])
def test_a_form_that_is_none_is_invalid(body: bytes) -> None:
    with pytest.raises(InvalidError):
        READER.parse_inbound(Request("POST", f"/carriers/africastalking/inbound/{SECRET}", "", {}, body))


def test_a_nul_in_a_reply_is_nothing_a_database_would_refuse() -> None:
    [reply] = READER.parse_inbound(hook("inbound", **(REPLY | {"text": "1\0"})))
    assert reply.text == "1\ufffd"


def test_what_it_can_is_told() -> None:
    can = READER.capabilities
    assert not can.looks_up
