"""The carrier of templates: an aggregator nobody wrote code for, sent through and heard."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.carriers.addresses import opaque
from app.carriers.generic import GenericCarrier, GenericSettings, parse_definition
from app.carriers.protocol import (
    Accepted,
    Carrier,
    Cause,
    Delivery,
    InboundText,
    Lookup,
    OutboundText,
    Part,
    Rejected,
    Request,
    Retry,
    StatusReport,
    Unknown,
)
from app.domain.errors import ForgedWebhookError, InvalidError
from app.domain.segments import SplitPolicy
from tests.carriers.loopback import Answer, Cut, Hang, Loopback, Received

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NUMBER, SENDER = "+8801711000001", "+8809600000005"
TEXT = "Were you paid on time? 1 = yes & 2 = no"
BENGALI = "গত ৪ সপ্তাহে? 1 = হ্যাঁ 🙏"
SECRET = "a_secret_of_the_address"
SECRETS = {"webhook": SECRET, "key": "k&y=1/ü", "sign": "a key that signs"}
PUBLIC = "https://shiftline.example"
INJECTIONS = [
    pytest.param('"}, {"to": "+1', id="JSON"),
    pytest.param("&to=15005550006#x?y=1", id="query"),
    pytest.param("</text><to>1</to><!-- ]]> &amp;", id="XML"),
    pytest.param("a\r\nX-Evil: 1\r\n\r\n", id="line ends"),
    pytest.param("{secret.key} {{to}} %00 %s \\u0000", id="templates"),
    pytest.param("../../admin", id="path"),
    pytest.param(BENGALI, id="Bengali"),
]

GATEWAY: dict[str, Any] = {
    "carrier": "gateway",
    "send": {
        "method": "GET",
        "url": "https://sms.example/send",
        "query": {"key": "{secret.key}", "to": "{to_digits}", "from": "{sender}", "text": "{text}", "id": "{message}"},
        "taken": {"status": [200], "where": [{"body": True, "match": "^OK "}]},
        "reference": {"body": True, "match": "^OK ([a-z0-9]+)"},
        "code": {"body": True, "match": "^ERR ([0-9]+)"},
        "refused": [
            {"where": [{"body": True, "match": "^ERR (21)"}], "outcome": "rejected", "cause": "bad-number"},
            {"where": [{"body": True, "match": "^ERR (5)"}], "outcome": "retry", "cause": "busy", "after": 60},
            {"status": [418], "outcome": "unknown", "cause": "other", "code": "teapot"},
        ],
    },
    "inbound": {
        "sender": {"field": "from"},
        "to": {"field": "to"},
        "text": {"field": "text"},
        "reference": {"field": "id"},
    },
    "reports": {
        "state": {"field": "state"},
        "states": {
            "DELIVRD": "delivered",
            "UNDELIV": {"delivery": "undelivered", "cause": "unreachable"},
            "REJECTD": "failed",
        },
        "reference": {"field": "id"},
        "code": {"field": "err"},
    },
    "verify": {"secret": "webhook"},
    "timeouts": {"connect": 5, "read": 30, "at_once": 5},
}


def changed(**places: Any) -> dict[str, Any]:
    """The gateway's definition with other values: `send__method="POST"`; None takes a place away."""
    document = deepcopy(GATEWAY)
    for path, value in places.items():
        *steps, last = path.split("__")
        inner = document
        for step in steps:
            inner = inner.setdefault(step, {})
        if value is None:
            inner.pop(last, None)
        else:
            inner[last] = value
    return document


def built(document: dict[str, Any], url: str = "", **secrets: str) -> GenericCarrier:
    if url:
        document = deepcopy(document)
        document["send"]["url"] = document["send"]["url"].replace("https://sms.example", url)
    return GenericCarrier(GenericSettings(parse_definition(document), SECRETS | secrets, PUBLIC))


def outbound(text: str = TEXT, message: str = "0192-a") -> OutboundText:
    return OutboundText(message, NUMBER, SENDER, text)


@dataclass
class FakeGateway(Loopback):
    def reply(self, request: Received) -> Answer:
        self.ledger.append(request)
        return Answer(f"OK ref{len(self.ledger)}".encode())


@pytest.fixture
async def fake() -> AsyncIterator[FakeGateway]:
    async with FakeGateway() as running:
        yield running


async def sent(fake: FakeGateway, document: dict[str, Any], text: str = TEXT, **secrets: str) -> Any:
    carrier = built(document, fake.url, **secrets)
    outcomes = await carrier.send([outbound(text)])
    await carrier.aclose()
    return outcomes["0192-a"]


# -- sending --------------------------------------------------------------------------------------


async def test_it_is_a_carrier_and_says_what_it_can() -> None:
    carrier: Carrier = built(GATEWAY)
    assert carrier.name == "gateway"
    assert carrier.capabilities.two_way
    assert not carrier.capabilities.looks_up
    assert carrier.capabilities.split is SplitPolicy.GRAPHEME
    assert await carrier.reconcile(NOW) == Lookup()
    await carrier.aclose()


async def test_a_text_goes_out_by_get_and_the_reference_is_found(fake: FakeGateway) -> None:
    assert await sent(fake, GATEWAY) == Accepted("ref1")
    [request] = fake.received
    assert (request.method, request.path, request.body) == ("GET", "/send", b"")
    assert request.query == {
        "key": SECRETS["key"],
        "to": "8801711000001",
        "from": SENDER,
        "text": TEXT,
        "id": "0192-a",
    }


@pytest.mark.parametrize("text", INJECTIONS)
async def test_a_text_stays_where_it_belongs(fake: FakeGateway, text: str) -> None:
    everywhere = {
        "query": changed(),
        "url": changed(send__url="https://sms.example/send?to={to}&text={text}", send__query=None),
        "form": changed(send__method="POST", send__query=None, send__form={"to": "{to}", "text": "a {text} b"}),
        "json": changed(
            send__method="POST", send__query=None, send__json={"all": [{"to": "{to}", "text": "a {text} b"}], "n": 1}
        ),
        "written": changed(
            send__method="POST",
            send__query=None,
            send__body={
                "template": '{{"to": "{to}", "text": "{text}"}}',
                "escape": "json",
                "media_type": "application/json",
            },
        ),
    }
    for document in everywhere.values():
        assert isinstance(await sent(fake, document, text), Accepted)
    query, url, form, tree, written = fake.received
    assert query.query["text"] == url.query["text"] == text
    assert (url.path, set(url.query)) == ("/send", {"to", "text"})
    assert form.form == {"to": NUMBER, "text": f"a {text} b"}
    assert tree.json == {"all": [{"to": NUMBER, "text": f"a {text} b"}], "n": 1}
    assert tree.headers["content-type"] == "application/json"
    assert written.json == {"to": NUMBER, "text": text}
    assert all("x-evil" not in request.headers for request in fake.received)


@pytest.mark.parametrize("text", [*INJECTIONS, "a\x00b\x08\ufffe"])
async def test_a_text_stays_inside_its_element(fake: FakeGateway, text: str) -> None:
    from xml.etree import ElementTree as ET

    document = changed(
        send__method="POST",
        send__query=None,
        send__body={
            "template": '<sms to="{to}" note="{text}"><text>{text}</text></sms>',
            "escape": "xml",
            "media_type": "text/xml; charset=utf-8",
        },
    )
    assert await sent(fake, document, text) == Accepted("ref1")
    root = ET.fromstring(fake.received[0].body)  # noqa: S314 - our own
    assert [(child.tag, len(child)) for child in root] == [("text", 0)]
    clean = text.translate({0: "\ufffd", 8: "\ufffd", 0xFFFE: "\ufffd"})
    assert root[0].text == root.attrib["note"] == clean
    assert root.attrib["to"] == NUMBER


async def test_a_value_in_the_path_stays_one_segment(fake: FakeGateway) -> None:
    document = changed(send__url="https://sms.example/v1/{secret.key}/to/{to}")
    await sent(fake, document, key="../a b/?#ü")
    assert unquote(fake.received[0].path) == f"/v1/../a b/?#ü/to/{NUMBER}"
    assert fake.received[0].path.count("/") == 4
    assert await sent(fake, document, key="..") == Rejected(Cause.OTHER, "unwritable")
    assert len(fake.received) == 1


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        pytest.param(
            {"auth": {"basic": {"user": "ngo", "password": "{secret.sign}"}}},
            ("authorization", "Basic " + base64.b64encode(b"ngo:a key that signs").decode()),
            id="basic",
        ),
        pytest.param({"auth": {"bearer": "{secret.sign}"}}, ("authorization", "Bearer a key that signs"), id="bearer"),
        pytest.param({"headers": {"X-API-Key": "{secret.sign}"}}, ("x-api-key", "a key that signs"), id="header"),
    ],
)
async def test_a_secret_opens_the_gateway(fake: FakeGateway, auth: dict[str, Any], header: tuple[str, str]) -> None:
    document = changed()
    document["send"] |= auth
    await sent(fake, document)
    assert fake.received[0].headers[header[0]] == header[1]


async def test_what_no_header_can_hold_is_refused_before_anything_is_sent(fake: FakeGateway) -> None:
    document = changed(send__headers={"X-Key": "{secret.key}"})
    assert await sent(fake, document) == Rejected(Cause.OTHER, "unwritable")  # ü
    assert fake.received == []
    with pytest.raises(InvalidError) as raised:
        built(document, key="a\r\nX-Evil: 1")
    assert [fault.place for fault in raised.value.faults] == ["secrets.key"]


@pytest.mark.parametrize(
    ("text", "written", "kind", "unicode"),
    [
        pytest.param(TEXT, TEXT, "text", False, id="GSM-7"),
        pytest.param(BENGALI, BENGALI.encode("utf-16-be").hex().upper(), "ucs", True, id="UCS-2, surrogates too"),
    ],
)
async def test_each_encoding_has_its_form_and_flags(
    fake: FakeGateway, text: str, written: str, kind: str, *, unicode: bool
) -> None:
    document = changed(
        send__method="POST",
        send__query=None,
        send__json={"to": "{to}", "text": "{text}", "type": "{coding.type}", "unicode": "{coding.unicode}"},
        send__codings={
            "gsm-7": {"text": "plain", "flags": {"type": "text", "unicode": False}},
            "ucs-2": {"text": "utf-16be-hex", "flags": {"type": "ucs", "unicode": True}},
        },
    )
    await sent(fake, document, text)
    assert fake.received[0].json == {"to": NUMBER, "text": written, "type": kind, "unicode": unicode}


async def test_a_form_may_be_in_another_character_set_and_a_text_it_lacks_is_not_sent_broken(fake: FakeGateway) -> None:
    document = changed(send__charset="iso-8859-1")
    assert await sent(fake, document, "Ça va, señor?", key="k") == Accepted("ref1")
    assert fake.ledger[0].query["text"] == "�a va, se�or?"  # the fake reads UTF-8
    assert await sent(fake, document, "Δ", key="k") == Rejected(Cause.OTHER, "unwritable")
    assert len(fake.received) == 1


async def test_a_number_may_be_written_as_dialled_at_home(fake: FakeGateway) -> None:
    await sent(fake, changed(send__query__to="{to_national}"))
    assert fake.received[0].query["to"] == "01711000001"


async def test_a_form_carries_the_address_of_its_reports(fake: FakeGateway) -> None:
    await sent(fake, changed(send__query__dlr="{status_url}"))
    assert fake.received[0].query["dlr"] == f"{PUBLIC}/carriers/gateway/status/0192-a/{opaque(SECRET, '0192-a')}"
    assert SECRET not in str(fake.received)


ANSWERS = [
    pytest.param(Answer(b"OK abc9"), Accepted("abc9"), 0, id="taken"),
    pytest.param(Answer(b"ERR 21 no such number +8801711000001"), Rejected(Cause.BAD_NUMBER, "21"), 0, id="bad"),
    pytest.param(Answer(b"ERR 5"), Retry(timedelta(seconds=60), Cause.BUSY, "5"), 0, id="busy"),
    pytest.param(Answer(b"ERR 5", 503), Unknown(Cause.BUSY, "5"), 0, id="busy, but 5xx: it may have been taken"),
    pytest.param(Answer(b"ERR 21", 500), Rejected(Cause.BAD_NUMBER, "21"), 0, id="bad, said with 5xx"),
    pytest.param(Answer(b"short", 418), Unknown(Cause.OTHER, "teapot"), 0, id="a code of the row's"),
    pytest.param(Answer(b"ERR 99"), Unknown(Cause.UNREADABLE, "unreadable"), 0, id="200 and a code nobody listed"),
    pytest.param(Answer(b"OK !"), Unknown(Cause.UNREADABLE, "unreadable"), 0, id="taken without a reference"),
    pytest.param(Answer(b""), Unknown(Cause.UNREADABLE, "unreadable"), 0, id="empty"),
    pytest.param(Answer(b"\xff\xfe"), Unknown(Cause.UNREADABLE, "unreadable"), 0, id="not UTF-8"),
    pytest.param(Answer(b"", 201), Unknown(Cause.UNREADABLE, "unreadable"), 0, id="another 2xx than named"),
    pytest.param(
        Answer(b"", 429, {"Retry-After": "7"}), Retry(timedelta(seconds=7), Cause.BUSY, "http-429"), 0, id="429"
    ),
    pytest.param(Answer(b"", 302, {"Location": "/x"}), Unknown(Cause.OTHER, "http-302"), 0, id="redirect"),
    pytest.param(Answer(b"", 401), Retry(timedelta(minutes=15), Cause.ROUTE, "http-401"), 0, id="wrong key"),
    pytest.param(Answer(b"", 400), Rejected(Cause.OTHER, "http-400"), 0, id="400"),
    pytest.param(Answer(b"oops", 500, taken=True), Unknown(Cause.OTHER, "http-500"), 1, id="500 after taking"),
    pytest.param(Hang(), Unknown(Cause.TIMEOUT, "no-answer"), 1, id="no answer"),
    pytest.param(Cut(), Unknown(Cause.TIMEOUT, "no-answer"), 1, id="cut off"),
]


@pytest.mark.parametrize(("answer", "outcome", "rung"), ANSWERS)
async def test_an_answer_is_told_apart_and_asked_for_once(
    fake: FakeGateway, answer: Any, outcome: object, rung: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fake.script.append(answer)
    document = changed(timeouts__read=0.5) if isinstance(answer, Hang) else GATEWAY
    assert await sent(fake, document) == outcome
    assert len(fake.received) == 1
    assert len(fake.ledger) == rung
    assert all(secret not in caplog.text for secret in ("1711000001", "paid", SECRET, "k&y"))


@pytest.mark.parametrize(
    ("place", "answer", "reference"),
    [
        pytest.param({"json": "/messages/0/id"}, Answer({"messages": [{"id": 77}]}), "77", id="JSON"),
        pytest.param({"header": "X-Message"}, Answer(b"{}", 200, {"x-message": "h1"}), "h1", id="header"),
        pytest.param(
            {"header": "Location", "match": "/([^/]+)$"}, Answer(b"{}", 200, {"Location": "/m/9"}), "9", id="end"
        ),
        pytest.param(None, Answer(b"{}"), "0192-a", id="ours"),
    ],
)
async def test_the_reference_stands_where_the_definition_says(
    fake: FakeGateway, place: dict[str, Any] | None, answer: Answer, reference: str
) -> None:
    fake.script.append(answer)
    assert await sent(fake, changed(send__taken=None, send__reference=place)) == Accepted(reference)


async def test_a_number_in_the_place_of_the_code_is_not_kept(fake: FakeGateway) -> None:
    fake.script.append(Answer({"error": "8801711000001"}, 400))
    assert await sent(fake, changed(send__code={"json": "/error"})) == Rejected(Cause.OTHER, "http-400")


async def test_a_bare_batch_asks_for_each_text_and_no_more_at_once_than_allowed(fake: FakeGateway) -> None:
    carrier = built(GATEWAY, fake.url)
    outcomes = await carrier.send([outbound(message=f"m{at}") for at in range(20)])
    await carrier.aclose()
    assert list(outcomes) == [f"m{at}" for at in range(20)]
    assert {request.query["id"] for request in fake.received} == set(outcomes)


# -- whose a webhook is ---------------------------------------------------------------------------


def webhook(
    form: dict[str, str] | bytes = b"",
    *,
    query: str = "",
    path: str = f"/carriers/gateway/inbound/{SECRET}",
    kind: str = "application/x-www-form-urlencoded",
    peer: str = "198.51.100.7",
    **headers: str,
) -> Request:
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    named = {"content-type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST" if body else "GET", path, query, named, body, peer)


REPLY = {"from": "8801711000001", "to": "8809600000005", "text": "হ্যাঁ & 1", "id": "r1"}


def test_the_secret_opens_its_own_addresses() -> None:
    carrier = built(GATEWAY)
    for path in ("inbound", "status"):
        carrier.verify(webhook(REPLY, path=f"/carriers/gateway/{path}/{SECRET}"), NOW)
    carrier.verify(webhook(REPLY, path=f"/carriers/gateway/status/m1/{opaque(SECRET, 'm1')}"), NOW)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(webhook(REPLY, path="/carriers/gateway/inbound"), id="none"),
        pytest.param(webhook(REPLY, path="/carriers/gateway/inbound/"), id="empty"),
        pytest.param(webhook(REPLY, path=f"/carriers/gateway/inbound/{SECRET}x"), id="longer"),
        pytest.param(webhook(REPLY, path=f"/carriers/{SECRET}/inbound"), id="elsewhere"),
        pytest.param(webhook(REPLY, path="/carriers/gateway/inbound", query=f"key={SECRET}"), id="in the query"),
        pytest.param(
            webhook(REPLY, path=f"/carriers/gateway/status/m2/{opaque(SECRET, 'm1')}"), id="of another message"
        ),
        pytest.param(webhook(REPLY, path=f"/carriers/gateway/inbound/{opaque(SECRET, 'm1')}"), id="of a message"),
        pytest.param(webhook(REPLY, path="/carriers/gateway/inbound/ß\ud800"), id="odd path"),
    ],
)
def test_without_the_secret_it_is_forged(request_: Request) -> None:
    with pytest.raises(ForgedWebhookError) as raised:
        built(GATEWAY).verify(request_, NOW)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("peer", "known"),
    [
        ("198.51.100.7", True),
        ("::ffff:198.51.100.7", True),
        ("2001:db8::1", True),
        ("198.51.101.7", False),
        ("", False),
        ("gateway", False),
    ],
)
def test_only_listed_addresses_may_call(peer: str, *, known: bool) -> None:
    carrier = built(changed(verify__peers=["198.51.100.0/24", "2001:db8::/32"]))
    if known:
        carrier.verify(webhook(REPLY, peer=peer), NOW)
        return
    with pytest.raises(ForgedWebhookError):
        carrier.verify(webhook(REPLY, peer=peer), NOW)


SIGNED = {
    "header": "X-Signature",
    "secret": "sign",
    "over": "{timestamp}.{body}",
    "prefix": "sha256=",
    "timestamp": "X-Time",
}


def signed(body: bytes, at: str, *, key: str = SECRETS["sign"], algorithm: str = "sha256") -> str:
    return hmac.new(key.encode(), at.encode() + b"." + body, algorithm).hexdigest()


def json_places() -> dict[str, Any]:
    return {name: {"json": f"/{name}"} for name in ("sender", "to", "text", "reference")}


def test_a_signature_over_time_and_body_opens_for_five_minutes() -> None:
    carrier = built(changed(verify={"signature": SIGNED}, inbound=json_places(), reports=None))
    body, at = b'{"text": "\xc3\xbc"}', str(int(NOW.timestamp()))
    good = webhook(body, path="/carriers/gateway/inbound", x_signature=f"SHA256={signed(body, at).upper()}", x_time=at)
    carrier.verify(good, NOW)
    carrier.verify(good, NOW + timedelta(minutes=5))
    iso = NOW.isoformat()
    carrier.verify(
        replace(good, headers={**good.headers, "x-signature": f"sha256={signed(body, iso)}", "x-time": iso}), NOW
    )
    for forged in (
        replace(good, body=body + b" "),
        replace(good, headers={**good.headers, "x-time": str(int(at) + 1)}),
        replace(good, headers={**good.headers, "x-signature": signed(body, at)}),
        replace(good, headers={**good.headers, "x-signature": "sha256=ß"}),
        replace(good, headers={"x-time": at}),
        replace(good, headers={**good.headers, "x-signature": f"sha256={signed(body, at, key='x')}"}),
    ):
        with pytest.raises(ForgedWebhookError):
            carrier.verify(forged, NOW)
    for late in (NOW + timedelta(minutes=6), NOW - timedelta(minutes=6)):
        with pytest.raises(ForgedWebhookError, match="stale"):
            carrier.verify(good, late)


@pytest.mark.parametrize("time", ["", "soon", "9" * 30, "-1", "2026-11-24T09:00:00"])
def test_a_signed_time_that_is_none_is_stale(time: str) -> None:
    carrier = built(changed(verify={"signature": SIGNED}, inbound=json_places(), reports=None))
    request = webhook(b"{}", x_signature=f"sha256={signed(b'{}', time)}", x_time=time)
    with pytest.raises(ForgedWebhookError, match="stale"):
        carrier.verify(request, NOW)


def test_a_base64_sha1_signature_over_the_address_opens_too() -> None:
    how = {"header": "sig", "secret": "sign", "over": "{url}{body}", "algorithm": "sha1", "encoding": "base64"}
    carrier = built(changed(verify={"signature": how}, inbound__reference={"query": "id"}))
    url = f"{PUBLIC}/carriers/gateway/inbound?id=1".encode()
    digest = base64.b64encode(hmac.new(SECRETS["sign"].encode(), url + b"a=1", hashlib.sha1).digest()).decode()
    request = webhook(b"a=1", path="/carriers/gateway/inbound", query="id=1", sig=digest)
    carrier.verify(request, NOW)
    with pytest.raises(ForgedWebhookError):
        carrier.verify(replace(request, query="id=2"), NOW)


# -- replies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(webhook(REPLY), id="form"),
        pytest.param(webhook(query=urlencode(REPLY)), id="query"),
        pytest.param(
            webhook({"text": REPLY["text"]}, query=urlencode({**REPLY, "text": "x"})), id="both, the form first"
        ),
    ],
)
def test_a_reply_is_read(request_: Request) -> None:
    [reply] = built(GATEWAY).parse_inbound(request_)
    assert reply == InboundText("r1", NUMBER, SENDER, "হ্যাঁ & 1")
    assert "1711000001" not in repr(reply)


def test_an_empty_reply_is_one_and_a_missing_text_is_not() -> None:
    assert built(GATEWAY).parse_inbound(webhook({**REPLY, "text": ""}))[0].text == ""
    for name in REPLY:
        with pytest.raises(InvalidError):
            built(GATEWAY).parse_inbound(webhook({key: value for key, value in REPLY.items() if key != name}))


@pytest.mark.parametrize(
    ("written", "country", "read"),
    [
        ("8801711000001", "", NUMBER),
        ("+880 1711-000001", "", NUMBER),
        ("008801711000001", "", NUMBER),
        ("01711000001", "BD", NUMBER),
        ("8801711000001", "BD", NUMBER),
        ("16263", "", "16263"),
        ("16263", "BD", "16263"),
        ("NIRAPAD", "", "NIRAPAD"),
        ("99999999999", "", "+99999999999"),
    ],
)
def test_a_number_is_brought_to_one_form(written: str, country: str, read: str) -> None:
    places = changed(inbound__country=country) if country else GATEWAY
    assert built(places).parse_inbound(webhook({**REPLY, "from": written}))[0].sender == read


def test_json_may_hold_many_replies_and_other_things() -> None:
    places = {
        "each": "/results",
        "only": [{"json": "/type", "equals": "MO"}],
        "sender": {"json": "/from"},
        "to": {"fixed": "16263"},
        "text": {"json": "/message/body"},
        "reference": {"json": "/id"},
    }
    items = [
        {"type": "MO", "from": 8801711000001, "message": {"body": "1"}, "id": 7},
        {"type": "DLR", "id": 8},
        {"type": "MO", "from": "+8801711000002", "message": {"body": "\ud83d\ude4f \ud800 \u0000"}, "id": "9"},
    ]
    carrier = built(changed(inbound=places))
    request = webhook(json.dumps({"results": items}).encode(), kind="application/json")
    assert carrier.parse_inbound(request) == [
        InboundText("7", NUMBER, "16263", "1"),
        InboundText("9", "+8801711000002", "16263", "🙏 \ufffd \ufffd"),
    ]
    assert carrier.parse_inbound(webhook(b'{"results": {"type": "DLR"}}')) == []
    for nothing in (b"{}", b'{"results": 1}x', b"[" * 100_000, b'{"results": [1]}, '):
        with pytest.raises(InvalidError):
            carrier.parse_inbound(webhook(nothing))


def test_a_raw_body_is_decoded_as_the_query_says() -> None:
    carrier = built(changed(inbound__text={"body": True}, inbound__charset={"query": "charset"}))

    def request(charset: str, body: bytes) -> Request:
        return webhook(body, query=urlencode({**REPLY, "charset": charset}), kind="text/plain")

    for charset, text in (("UTF-16BE", BENGALI), ("ISO-8859-1", "señor"), ("", BENGALI), ("UTF-8", BENGALI)):
        [reply] = carrier.parse_inbound(request(charset, text.encode(charset or "utf-8")))
        assert (reply.text, reply.sender) == (text, NUMBER)
    for charset, broken in (("UTF-16BE", b"\x00"), ("UTF-8", b"\xff"), ("rot13", b"\xff"), ("\0", b"\xff")):
        with pytest.raises(InvalidError):
            carrier.parse_inbound(request(charset, broken))


def test_a_form_may_be_in_another_character_set() -> None:
    carrier = built(changed(inbound__charset="iso-8859-1"))
    [reply] = carrier.parse_inbound(webhook(urlencode({**REPLY, "text": "señor"}, encoding="latin-1").encode()))
    assert reply.text == "señor"


def test_a_text_in_hex_is_read_by_its_coding() -> None:
    carrier = built(changed(inbound__coding={"field": "dcs"}, inbound__forms={"8": "utf-16be-hex", "b": "base64"}))
    hexed = BENGALI.encode("utf-16-be").hex()
    assert carrier.parse_inbound(webhook({**REPLY, "dcs": "8", "text": hexed}))[0].text == BENGALI
    encoded = base64.b64encode(BENGALI.encode()).decode()
    assert carrier.parse_inbound(webhook({**REPLY, "dcs": "b", "text": encoded}))[0].text == BENGALI
    assert carrier.parse_inbound(webhook({**REPLY, "dcs": "0", "text": "0041"}))[0].text == "0041"
    for broken in ("0", "xx", "d800", "00e"):
        with pytest.raises(InvalidError):
            carrier.parse_inbound(webhook({**REPLY, "dcs": "8", "text": broken}))


def test_a_digest_stands_for_a_reference_and_needs_the_key_to_be_made() -> None:
    document = changed(inbound__reference=None, inbound__digest={"time": {"field": "at"}})
    carrier = built(document)

    def reference(made: Carrier = carrier, **changes: str) -> str:
        return made.parse_inbound(webhook({**REPLY, "at": "2026-11-24 09:00:01", **changes}))[0].reference

    assert reference() == reference()
    others = {
        reference(at="2026-11-24 09:00:02"),
        reference(text="2"),
        reference(to="8809600000006"),
        reference(**{"from": "8801711000002"}),
        reference(built(document, webhook="another_secret_of_it")),
    }
    assert len({reference(), *others}) == 6
    with pytest.raises(InvalidError):
        carrier.parse_inbound(webhook(REPLY))


def test_pieces_of_a_long_text_keep_their_place() -> None:
    part = {"key": {"field": "ref"}, "number": {"field": "n"}, "count": {"field": "of"}}
    carrier = built(changed(inbound__part=part))
    [piece] = carrier.parse_inbound(webhook({**REPLY, "ref": "k", "n": "2", "of": "3"}))
    assert (piece.part, piece.reference) == (Part("k", 2, 3), "r1/2")
    for whole in ({}, {"n": "1", "of": "1"}, {"n": "0", "of": "2"}, {"n": "3", "of": "2"}, {"n": "²", "of": "9" * 9}):
        [reply] = carrier.parse_inbound(webhook({**REPLY, "ref": "k", **whole}))
        assert (reply.part, reply.reference) == (None, "r1")


# -- reports --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "message", "report"),
    [
        pytest.param(
            {"id": "x", "state": "DELIVRD"}, "m1", StatusReport("x", "m1", Delivery.DELIVERED), id="delivered"
        ),
        pytest.param(
            {"id": "x", "state": "UNDELIV", "err": "000A"},
            "",
            StatusReport("x", "", Delivery.UNDELIVERED, Cause.UNREACHABLE, "000A"),
            id="phone off",
        ),
        pytest.param(
            {"id": "x", "state": "REJECTD", "err": "+8801711000001"},
            "",
            StatusReport("x", "", Delivery.FAILED, Cause.OTHER),
            id="no number is kept as a code",
        ),
        pytest.param({"state": "DELIVRD"}, "m1", StatusReport("", "m1", Delivery.DELIVERED), id="by our id alone"),
    ],
)
def test_a_report_tells_how_far_and_why_not(form: dict[str, str], message: str, report: StatusReport) -> None:
    path = f"status/{message}/{opaque(SECRET, message)}" if message else f"status/{SECRET}"
    # A router that knows no better takes the secret of the road's own address for a message.
    request = webhook(form, path=f"/carriers/gateway/{path}")
    assert built(GATEWAY).parse_status(request, message or SECRET) == [report]


@pytest.mark.parametrize(
    "form", [{"id": "x"}, {"id": "x", "state": "LOST"}, {"state": "DELIVRD"}, {"id": "x" * 300, "state": "DELIVRD"}]
)
def test_a_report_that_says_nothing_is_invalid(form: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        built(GATEWAY).parse_status(webhook(form), "")


def test_of_many_reports_those_that_can_be_read_are() -> None:
    places = {
        "each": "/dlrs",
        "state": {"json": "/s"},
        "states": {"1": "delivered"},
        "message": {"json": "/ours"},
        "only": [{"json": "/s"}],
    }
    carrier = built(changed(reports=places))
    body = {"dlrs": [{"s": 1, "ours": "m1"}, {"s": 9, "ours": "m2"}, {"ours": "m3"}, 5]}
    assert carrier.parse_status(webhook(json.dumps(body).encode()), "") == [StatusReport("", "m1", Delivery.DELIVERED)]
    assert carrier.parse_status(webhook(b'{"dlrs": []}'), "") == []


def test_it_answers_what_the_definition_says() -> None:
    assert built(GATEWAY).acknowledge().body == b""
    said = built(changed(acknowledge={"body": "<ok/>", "media_type": "text/xml"})).acknowledge()
    assert (said.body, said.media_type) == (b"<ok/>", "text/xml")


# -- whatever comes -------------------------------------------------------------------------------

EVERYTHING = [
    GATEWAY,
    changed(
        inbound={
            "each": "/a",
            "only": [{"json": "/t", "equals": [True, 1, "x"]}],
            **{name: {"json": f"/{name}"} for name in ("sender", "to", "text", "reference")},
            "coding": {"json": "/c"},
            "forms": {"1": "utf-16be-hex", "2": "base64"},
            "part": {"key": {"json": "/k"}, "number": {"json": "/n"}, "count": {"json": "/m"}},
        },
        reports={"each": "", "state": {"json": "/s"}, "states": {"1": "sent"}, "message": {"json": "/m"}},
    ),
    changed(
        inbound__text={"body": True, "match": "[0-9]+ (.*)x"},
        inbound__charset={"field": "charset"},
        inbound__country="BD",
        reports__charset={"header": "x-charset"},
    ),
]
SOME_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1", "2", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "t", "sender", "to", "text", "reference", "c", "k", "n", "m", "s"]), inner
        )
    ),
    max_leaves=15,
)
FIELDS = st.dictionaries(
    st.sampled_from(["from", "to", "text", "id", "state", "err", "charset", "key"]),
    st.text(max_size=30)
    | st.sampled_from(["utf-16", "utf-16be", "idna", "rot13", "undefined", "hex", "DELIVRD", "\0"]),
)


@settings(max_examples=400, deadline=None)
@given(
    which=st.integers(0, len(EVERYTHING) - 1),
    body=st.binary(max_size=200)
    | SOME_JSON.map(lambda value: json.dumps(value).encode())
    | FIELDS.map(lambda form: urlencode(form, errors="replace").encode()),
    query=st.text(max_size=60) | FIELDS.map(lambda form: urlencode(form, errors="replace")),
    path=st.text(max_size=30) | st.just(f"/carriers/gateway/inbound/{SECRET}"),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "application/json", "", "\xff"]),
    charset=st.text(max_size=10),
    peer=st.text(max_size=20),
)
def test_no_webhook_brings_anything_but_a_value_or_a_refusal(
    which: int, body: bytes, query: str, path: str, kind: str, charset: str, peer: str
) -> None:
    carrier = CARRIERS[which]
    request = Request("POST", path, query, {"content-type": kind, "x-charset": charset}, body, peer)
    try:
        carrier.verify(request, NOW)
    except ForgedWebhookError:
        assert path != f"/carriers/gateway/inbound/{SECRET}"
    for parse in (carrier.parse_inbound, lambda heard: carrier.parse_status(heard, "")):
        try:
            read = parse(request)
        except InvalidError:
            continue
        for item in read:
            assert isinstance(item, InboundText | StatusReport)
            assert item.reference or isinstance(item, StatusReport)
            said = [item.reference, *([item.text, item.sender, item.to] if isinstance(item, InboundText) else [])]
            assert all("\0" not in value and value.encode() is not None for value in said)


CARRIERS = [built(document) for document in EVERYTHING]
