"""Definitions: every fault named by its place, and two shapes that aggregators publish."""

import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import app.carriers
from app.carriers.addresses import opaque
from app.carriers.generic import GenericCarrier, GenericSettings, parse_definition, read_definition
from app.carriers.generic.patterns import PatternError, find, read_pattern
from app.carriers.protocol import (
    Accepted,
    Cause,
    Delivery,
    InboundText,
    OutboundText,
    Rejected,
    Request,
    Retry,
    Unknown,
)
from app.domain.errors import InvalidError
from tests.carriers.loopback import Answer, Loopback, Received

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DATA = Path(app.carriers.__file__).parent / "data"
NUMBER, SENDER = "+8801711000001", "+8809600000005"
SECRET = "a_secret_of_the_address"
TEXT = "Were you paid on time? 1 = yes & 2 = no"
BENGALI = "গত ৪ সপ্তাহে? 1 = হ্যাঁ"

GOOD: dict[str, Any] = {
    "carrier": "gateway",
    "send": {"url": "https://sms.example/send", "form": {"to": "{to}", "text": "{text}"}},
    "verify": {"secret": "webhook"},
}
REPLY = {"sender": {"form": "f"}, "to": {"form": "t"}, "text": {"form": "m"}, "reference": {"form": "i"}}


def with_(path: str, value: Any) -> dict[str, Any]:
    document = deepcopy(GOOD)
    *steps, last = path.split("/")
    inner = document
    for step in steps:
        inner = inner.setdefault(step, {})
    inner[last] = value
    return document


def places_of(document: object) -> list[str]:
    return [fault.place for fault in read_definition(document)[1] if fault.severity == "error"]


def test_a_small_definition_is_enough() -> None:
    assert read_definition(GOOD)[1] == []
    definition = parse_definition(GOOD)
    assert (definition.two_way, definition.reports, definition.secrets) == (False, None, {"webhook"})


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        pytest.param("carrier", "Gate Way", "carrier", id="a name that is no address"),
        pytest.param("sned", {}, "sned", id="a section misspelt"),
        pytest.param("send/url", "file:///etc/passwd", "send.url", id="a file"),
        pytest.param("send/url", "ftp://sms.example/", "send.url", id="another scheme"),
        pytest.param("send/url", "gopher://127.0.0.1:6379/_x", "send.url", id="yet another"),
        pytest.param("send/url", "http://169.254.169.254/latest/meta-data", "send.url", id="a cloud's keys"),
        pytest.param("send/url", "http://[fe80::1]/", "send.url", id="link-local"),
        pytest.param("send/url", "http://[::ffff:169.254.169.254]/", "send.url", id="link-local, wrapped"),
        pytest.param("send/url", "http://2852039166/", "send.url", id="link-local as one number"),
        pytest.param("send/url", "http://0xa9.0xfe.0xa9.0xfe/", "send.url", id="link-local in hex"),
        pytest.param("send/url", "http://0.0.0.0/", "send.url", id="nowhere"),
        pytest.param("send/url", "https://user:pass@sms.example/", "send.url", id="a password in the address"),
        pytest.param("send/url", "https://{secret.host}/", "send.url", id="a host to fill in"),
        pytest.param("send/url", "https://sms.example{secret.x}/", "send.url", id="the end of a host to fill in"),
        pytest.param("send/url", "https://sms.example/#x", "send.url", id="a fragment"),
        pytest.param("send/url", "https://sms.example/a b", "send.url", id="a blank"),
        pytest.param("send/url", "https://sms.example/{text}", "send.url", id="a text in the path"),
        pytest.param("send/url", "https://sms.example/\r\nX: 1", "send.url", id="line ends"),
        pytest.param("send/method", "DELETE", "send.method", id="a method"),
        pytest.param("send/method", "GET", "send.method", id="GET with a form"),
        pytest.param("send/json", {}, "send", id="two bodies"),
        pytest.param("send/form/x", "{nobody}", "send.form.x", id="a name nobody fills"),
        pytest.param("send/form/x", "{", "send.form.x", id="a lonely brace"),
        pytest.param("send/form/x", "{coding.dcs}", "send.codings", id="a flag nobody gives"),
        pytest.param("send/form/text", "x", "send", id="no text"),
        pytest.param("send/form/to", "x", "send", id="no receiver"),
        pytest.param("send/form/dlr", "{status_url}", "send", id="reports without a section"),
        pytest.param("send/headers", {"X-T": "{text}"}, "send.headers.X-T", id="a text in a header"),
        pytest.param("send/headers", {"Content-Length": "1"}, "send.headers.Content-Length", id="a length"),
        pytest.param("send/headers", {"X-A\r\nB": "1"}, "send.headers.X-A\r\nB", id="a header's name with line ends"),
        pytest.param("send/headers", {"X-A": "1\r\nB: 2"}, "send.headers.X-A", id="a header with line ends"),
        pytest.param("send/charset", "rot13", "send.charset", id="a character set that is none"),
        pytest.param("send/codings", {"gsm-7": {}}, "send.codings", id="one coding of two"),
        pytest.param(
            "send/codings", {"gsm-7": {"text": "hex"}, "ucs-2": {}}, "send.codings.gsm-7.text", id="a form of text"
        ),
        pytest.param("send/taken", {"status": [99]}, "send.taken.status", id="a status"),
        pytest.param("send/reference", {"json": "id"}, "send.reference.json", id="a pointer"),
        pytest.param("send/reference", {"query": "id"}, "send.reference", id="an answer has no query"),
        pytest.param("send/reference", {"json": "/a", "header": "b"}, "send.reference", id="two places"),
        pytest.param("send/reference", {"body": True, "match": "(a+)+"}, "send.reference.match", id="a wild pattern"),
        pytest.param("send/refused", [{"outcome": "rejected"}], "send.refused[1]", id="a refusal of everything"),
        pytest.param(
            "send/refused", [{"status": [400], "outcome": "retry"}], "send.refused[1].after", id="a retry without time"
        ),
        pytest.param(
            "send/refused",
            [{"status": [400], "outcome": "rejected", "cause": "moon"}],
            "send.refused[1].cause",
            id="a cause",
        ),
        pytest.param(
            "send/refused",
            [{"status": [400], "outcome": "rejected", "code": "8801711000001"}],
            "send.refused[1].code",
            id="a number as code",
        ),
        pytest.param("inbound", REPLY | {"text": {}}, "inbound.text", id="no place"),
        pytest.param("inbound", REPLY | {"digest": {"time": {"form": "t"}}}, "inbound", id="reference and digest"),
        pytest.param(
            "inbound",
            {name: place for name, place in REPLY.items() if name != "reference"},
            "inbound",
            id="no reference and no digest",
        ),
        pytest.param("inbound", REPLY | {"country": "Bangladesh"}, "inbound.country", id="a country"),
        pytest.param("inbound", REPLY | {"coding": {"form": "c"}}, "inbound", id="a coding without forms"),
        pytest.param("inbound", REPLY | {"each": "a"}, "inbound.each", id="a pointer to a list"),
        pytest.param("reports", {"state": {"form": "s"}, "states": {"1": "sent"}}, "reports", id="of no text"),
        pytest.param(
            "reports",
            {"state": {"form": "s"}, "states": {"1": "flown"}, "message": {"form": "m"}},
            "reports.states.1.delivery",
            id="a state",
        ),
        pytest.param("verify", {}, "verify", id="no proof"),
        pytest.param("verify", {"peers": ["10.0.0.0/8"]}, "verify", id="peers alone"),
        pytest.param("verify/peers", ["10.0.0.1/8"], "verify.peers", id="a network with host bits"),
        pytest.param(
            "verify/signature",
            {"header": "s", "secret": "k", "algorithm": "md5"},
            "verify.signature.algorithm",
            id="md5",
        ),
        pytest.param(
            "verify/signature",
            {"header": "s", "secret": "k", "over": "{timestamp}{body}"},
            "verify.signature",
            id="time",
        ),
        pytest.param(
            "verify/signature", {"header": "s", "secret": "k", "over": "x"}, "verify.signature.over", id="no body"
        ),
        pytest.param("capabilities", {"two_way": True}, "capabilities.two_way", id="two ways without replies"),
        pytest.param("capabilities", {"two_way": "yes"}, "capabilities.two_way", id="yes for true"),
        pytest.param("capabilities", {"split": "word"}, "capabilities.split", id="a split"),
        pytest.param("capabilities", {"segments_per_second": 0}, "capabilities.segments_per_second", id="no rate"),
        pytest.param("timeouts", {"read": float("inf")}, "timeouts.read", id="for ever"),
        pytest.param("acknowledge", {"media_type": "text\r\nx"}, "acknowledge.media_type", id="media type"),
    ],
)
def test_a_fault_is_named_by_its_place(path: str, value: Any, place: str) -> None:
    assert place in places_of(with_(path, value))
    with pytest.raises(InvalidError) as raised:
        parse_definition(with_(path, value))
    assert place in [fault.place for fault in raised.value.faults]


def test_all_faults_are_named_at_once() -> None:
    document = with_("send/url", "file:///x")
    document |= {"carrier": "X", "verify": {}, "capabilities": {"split": "word"}}
    assert places_of(document) == ["carrier", "send.url", "verify", "capabilities.split"]


def test_what_a_signature_does_not_cover_is_not_read_on_its_word() -> None:
    """A signature over an empty body is the same for every query: whoever has seen one could write any reply."""
    signature = {"header": "s", "secret": "k"}
    places = {name: {"query": name} for name in REPLY}
    document = GOOD | {"inbound": places, "verify": {"signature": signature}}
    assert places_of(document) == [f"inbound.{name}.query" for name in REPLY]
    assert places_of(document | {"verify": {"signature": signature, "secret": "webhook"}}) == []
    assert places_of(document | {"verify": {"signature": signature | {"over": "{url}{body}"}}}) == []
    assert places_of(document | {"inbound": REPLY}) == []


def test_a_signature_covers_the_address_that_names_the_text() -> None:
    reports = {"state": {"form": "s"}, "states": {"1": "sent"}}
    signature = {"header": "s", "secret": "k"}
    document = with_("send/form/dlr", "{status_url}") | {"reports": reports, "verify": {"signature": signature}}
    assert places_of(document) == ["verify.signature.over"]
    assert places_of(document | {"verify": {"signature": signature | {"over": "{url}{body}"}}}) == []
    assert places_of(document | {"verify": {"signature": signature, "secret": "webhook"}}) == []


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("https://sms.example/", False),
        ("http://sms.example/", True),
        ("http://127.0.0.1:13013/cgi-bin/sendsms", False),
        ("http://192.168.1.20/", False),
        ("http://203.0.113.9/?to={to}", False),  # for documentation, and so private
        ("http://8.8.8.8/", True),
    ],
)
def test_a_road_that_others_can_read_is_warned_of(url: str, *, warned: bool) -> None:
    definition, faults = read_definition(with_("send/url", url))
    assert [fault.severity for fault in faults] == ["warning"] * warned
    assert parse_definition(with_("send/url", url)) == definition


@pytest.mark.parametrize(
    "secrets", [{}, {"webhook": "short"}, {"webhook": "sixteen letters/and more"}, {"webhook": SECRET, "x": "a\nb"}]
)
def test_secrets_must_fit_and_are_not_shown(secrets: Mapping[str, str]) -> None:
    with pytest.raises(InvalidError) as raised:
        GenericCarrier(GenericSettings(parse_definition(GOOD), secrets, "https://shiftline.example"))
    said = str(raised.value) + str(raised.value.faults)
    assert all(value not in said for value in secrets.values())


# -- patterns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    ["(a+)+", "(a|aa)*", "(?:a*)*", r"(a)\1", "(?=a)", "(?P<x>a)", "a{1000}", "a{,5}", "a{2", "[a", "(", "", "a" * 201,
     r"\X", "(?i)a", "(a{9}){9}", "a**"],
)  # fmt: skip
def test_a_pattern_that_may_run_away_is_refused(written: str) -> None:
    with pytest.raises(PatternError):
        read_pattern(written)


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        (r"^OK ([0-9]+)", "OK 17", "17"),
        (r"^0\|[^|]*\|([0-9]{1,20})", "0|IN_PROGRESS|9", "9"),
        (r"id=(\w+)", "x id=ab9 y", "ab9"),
        ("a|b", "xb", "b"),
        (r"<id>([^<]*)</id>", "<r><id>7</id></r>", "7"),
        (r"\{([a-z]+)\}", "{ok}", "ok"),
        ("x", "abc", None),
        ("z", "a" * 4_000 + "z", None),
    ],
)
def test_a_pattern_finds_its_group(written: str, text: str, found: str | None) -> None:
    assert find(read_pattern(written), text) == found


def test_the_worst_pattern_allowed_is_cut_off() -> None:
    worst = read_pattern("a*" * 8 + "[xy]")
    started = time.process_time()
    assert find(worst, "a" * 100_000) is None
    assert time.process_time() - started < 2


@settings(max_examples=300, deadline=None)
@given(written=st.text(alphabet=r"ab(?:)[]{}1,9*+|\.^$-dw", max_size=30), text=st.text(alphabet="ab19", max_size=200))
def test_no_pattern_takes_longer_than_it_may(written: str, text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(PatternError):
        find(read_pattern(written), text)
    assert time.process_time() - started < 2


DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["{to}", "{text}", "/a", "POST"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "carrier",
                    "send",
                    "inbound",
                    "reports",
                    "verify",
                    "capabilities",
                    "timeouts",
                    "acknowledge",
                    "url",
                    "form",
                    "json",
                    "body",
                    "auth",
                    "basic",
                    "taken",
                    "refused",
                    "status",
                    "where",
                    "outcome",
                    "reference",
                    "secret",
                    "signature",
                    "header",
                    "over",
                    "peers",
                    "sender",
                    "to",
                    "text",
                    "state",
                    "states",
                    "each",
                    "only",
                    "charset",
                    "codings",
                    "gsm-7",
                    "ucs-2",
                    "flags",
                    "match",
                    "digest",
                    "time",
                    "part",
                    "key",
                    "number",
                    "count",
                ]
            ),
            inner,
            max_size=8,
        )
    ),
    max_leaves=40,
)


@settings(max_examples=300, deadline=None)
@given(document=DOCUMENTS)
def test_whatever_is_written_is_answered_with_faults(document: object) -> None:
    _, faults = read_definition(document)
    assert all(fault.message for fault in faults)


# -- shapes that aggregators publish --------------------------------------------------------------


def shipped(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / f"{name}.yaml").read_text())


def built(name: str, fake: Loopback, secrets: Mapping[str, str]) -> GenericCarrier:
    document = shipped(name)
    scheme, _, rest = document["send"]["url"].partition("://")
    assert scheme == "https"
    document["send"]["url"] = f"{fake.url}/{rest.partition('/')[2]}"
    settings_ = GenericSettings(parse_definition(document), {"webhook": SECRET, **secrets}, "https://shiftline.example")
    return GenericCarrier(settings_)


@pytest.mark.parametrize("name", ["bulksms-eapi", "sinch"])
def test_a_shipped_definition_has_no_fault_and_says_where_it_is_from(name: str) -> None:
    document = shipped(name)
    assert read_definition(document)[1] == []
    assert (document["carrier"], bool(document["source"])) == (name, True)


MANUAL = Path(__file__).parents[2] / "docs/carriers.md"


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(carrier:.*?)```", MANUAL.read_text(), re.DOTALL))
def test_the_manuals_examples_are_right(example: str) -> None:
    assert read_definition(yaml.safe_load(example))[1] == []


@dataclass
class FakeBulkSms(Loopback):
    """BulkSMS's EAPI as its pages show it: a form in Latin-1, one line back."""

    def reply(self, request: Received) -> Answer:
        form = dict(parse_qsl(request.body.decode("latin-1"), encoding="latin-1", keep_blank_values=True))
        if (form.pop("username"), form.pop("password")) != ("john", "abcd1234"):
            return Answer(b"23|invalid credentials|")
        if not form["msisdn"].isdigit():
            return Answer(b"24|invalid msisdn|")
        text = form["message"]
        sixteen = form["dca"] == "16bit"
        self.ledger.append(form | {"heard": bytes.fromhex(text).decode("utf-16-be") if sixteen else text})
        return Answer(f"0|IN_PROGRESS|{100 + len(self.ledger)}".encode())


@pytest.fixture
async def bulksms() -> AsyncIterator[tuple[FakeBulkSms, GenericCarrier]]:
    async with FakeBulkSms() as fake:
        carrier = built("bulksms-eapi", fake, {"username": "john", "password": "abcd1234"})
        yield fake, carrier
        await carrier.aclose()


@pytest.mark.parametrize("text", [TEXT, "Ça va? señor £", BENGALI])
async def test_bulksms_hears_what_was_written(bulksms: tuple[FakeBulkSms, GenericCarrier], text: str) -> None:
    fake, carrier = bulksms
    assert await carrier.send([OutboundText("m1", NUMBER, SENDER, text)]) == {"m1": Accepted("101")}
    assert (fake.ledger[0]["heard"], fake.ledger[0]["msisdn"]) == (text, NUMBER[1:])
    assert fake.received[0].path == "/eapi/submission/send_sms/2/2.0"


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("40|Temporarily unavailable|", Retry(timedelta(minutes=5), Cause.BUSY, "40")),
        ("23|invalid credentials|", Retry(timedelta(hours=1), Cause.ROUTE, "23")),
        ("24|invalid data|", Rejected(Cause.OTHER, "24")),
        ("22|Internal fatal error|", Unknown(Cause.OTHER, "22")),
        ("71|never heard of|", Unknown(Cause.UNREADABLE, "unreadable")),
    ],
)
async def test_bulksms_refuses(bulksms: tuple[FakeBulkSms, GenericCarrier], line: str, outcome: object) -> None:
    fake, carrier = bulksms
    fake.script.append(Answer(line.encode()))
    assert await carrier.send([OutboundText("m1", NUMBER, SENDER, TEXT)]) == {"m1": outcome}
    assert fake.ledger == []


async def test_bulksms_brings_a_reply(bulksms: tuple[FakeBulkSms, GenericCarrier]) -> None:
    _, carrier = bulksms

    def request(**fields: str) -> Request:
        query = urlencode(
            {"msisdn": "447781470659", "sender": NUMBER[1:], "msg_id": "4711", **fields}, encoding="latin-1"
        )
        return Request("GET", f"/carriers/bulksms-eapi/inbound/{SECRET}", query, {}, b"")

    plain = request(message="sí", dca="7bit")
    carrier.verify(plain, NOW)
    assert carrier.parse_inbound(plain) == [InboundText("4711", NUMBER, "+447781470659", "sí")]
    hexed = request(message="004200430044060006010602", dca="16bit")  # the page's own example
    assert carrier.parse_inbound(hexed)[0].text == "BCD\u0600\u0601\u0602"
    assert carrier.parse_inbound(request(message="00ff", dca="8bit")) == []
    assert carrier.acknowledge().body  # or it would come again


@dataclass
class FakeSinch(Loopback):
    """Sinch's batches as its reference shows them."""

    def reply(self, request: Received) -> Answer:
        if request.headers.get("authorization") != "Bearer t0ken" or request.path != "/xms/v1/plan1/batches":
            return Answer(b"", 401)
        batch = request.json
        if not all(number.isdigit() for number in batch["to"]):
            return Answer({"code": "syntax_invalid_parameter_format", "text": "Invalid to"}, 400)
        self.ledger.append(batch)
        return Answer(batch | {"id": f"01FC{len(self.ledger)}", "canceled": False}, 201)


@pytest.fixture
async def sinch() -> AsyncIterator[tuple[FakeSinch, GenericCarrier]]:
    async with FakeSinch() as fake:
        carrier = built("sinch", fake, {"plan": "plan1", "token": "t0ken"})
        yield fake, carrier
        await carrier.aclose()


async def test_sinch_takes_a_text_with_our_id(sinch: tuple[FakeSinch, GenericCarrier]) -> None:
    fake, carrier = sinch
    assert await carrier.send([OutboundText("m1", NUMBER, SENDER, BENGALI)]) == {"m1": Accepted("01FC1")}
    assert fake.ledger == [
        {
            "type": "mt_text",
            "from": SENDER[1:],
            "to": [NUMBER[1:]],
            "body": BENGALI,
            "delivery_report": "per_recipient",
            "callback_url": f"https://shiftline.example/carriers/sinch/status/m1/{opaque(SECRET, 'm1')}",
            "client_reference": "m1",
        }
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (
            Answer({"code": "syntax_invalid_parameter_format"}, 400),
            Rejected(Cause.BAD_NUMBER, "syntax_invalid_parameter_format"),
        ),
        (
            Answer({"code": "missing_callback_url"}, 403),
            Retry(timedelta(minutes=15), Cause.ROUTE, "missing_callback_url"),
        ),
        (Answer(b"", 401), Retry(timedelta(minutes=15), Cause.ROUTE, "http-401")),
        (Answer(b"", 429), Retry(timedelta(seconds=10), Cause.BUSY, "http-429")),
        (Answer({"id": "x"}, 200), Unknown(Cause.UNREADABLE, "unreadable")),
        (Answer(b"", 503, taken=True), Unknown(Cause.OTHER, "http-503")),
    ],
)
async def test_sinch_refuses(sinch: tuple[FakeSinch, GenericCarrier], answer: Answer, outcome: object) -> None:
    fake, carrier = sinch
    fake.script.append(answer)
    assert await carrier.send([OutboundText("m1", NUMBER, SENDER, TEXT)]) == {"m1": outcome}
    assert len(fake.received) == 1


def heard(body: Any, path: str = "inbound") -> Request:
    headers = {"content-type": "application/json"}
    secret = opaque(SECRET, "m1") if path.endswith("/m1") else SECRET
    return Request("POST", f"/carriers/sinch/{path}/{secret}", "", headers, json.dumps(body).encode())


async def test_sinch_brings_replies_and_reports(sinch: tuple[FakeSinch, GenericCarrier]) -> None:
    _, carrier = sinch
    reply = {"type": "mo_text", "id": "01X", "from": NUMBER[1:], "to": "12345", "body": BENGALI}
    assert carrier.parse_inbound(heard(reply)) == [InboundText("01X", NUMBER, "12345", BENGALI)]
    assert carrier.parse_inbound(heard(reply | {"type": "mo_binary"})) == []
    report = {
        "type": "recipient_delivery_report_sms",
        "batch_id": "01FC1",
        "recipient": NUMBER[1:],
        "code": 401,
        "status": "Dispatched",
        "client_reference": "m1",
    }
    [sent] = carrier.parse_status(heard(report, "status/m1"), "m1")
    assert (sent.reference, sent.message, sent.delivery, sent.code) == ("01FC1", "m1", Delivery.SENT, "")
    [lost] = carrier.parse_status(heard(report | {"status": "Expired", "code": 406}, "status"), "")
    assert (lost.message, lost.delivery, lost.cause, lost.code) == (
        "m1",
        Delivery.UNDELIVERED,
        Cause.UNREACHABLE,
        "406",
    )
    assert carrier.parse_status(heard(report | {"type": "delivery_report_sms"}), "") == []
