from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

import pytest
from twilio.request_validator import RequestValidator

from app.carriers.protocol import Cause, Delivery, InboundText, Request
from app.carriers.twilio import TwilioCarrier, TwilioSettings
from app.domain.errors import ForgedWebhookError, InvalidError

TOKEN = "a token"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
FORM = {
    "MessageSid": "SM1",
    "From": "+8801711000001",
    "To": "+15005550006",
    "Body": "হ্যাঁ & 1+1=2 ?",
    "NumMedia": "0",
    "Empty": "",
}


def carrier(public_url: str = "https://shiftline.example") -> TwilioCarrier:
    return TwilioCarrier(TwilioSettings("AC1", TOKEN, public_url))


def signed(
    url: str,
    form: dict[str, str] | list[tuple[str, str]] = FORM,
    *,
    path: str = "/carriers/twilio/inbound",
    query: str = "",
) -> Request:
    """A webhook as it reaches us behind a proxy, signed by Twilio's own code for the address `url`."""
    body = urlencode(form)
    many = _Many(parse_qs(body, keep_blank_values=True))
    signature = RequestValidator(TOKEN).compute_signature(url, many)
    headers = {
        "host": "10.0.0.7:8000",
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": signature,
    }
    return Request("POST", path, query, headers, body.encode())


class _Many(dict[str, list[str]]):
    def getall(self, name: str) -> list[str]:
        return self[name]


INBOUND = "https://shiftline.example/carriers/twilio/inbound"


def test_twilios_published_example_is_accepted() -> None:
    # https://www.twilio.com/docs/usage/security: token 12345 signs this form for this address.
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
    }
    request = Request("POST", "/myapp.php", "foo=1&bar=2", headers, urlencode(form).encode())
    TwilioCarrier(TwilioSettings("AC1", "12345", "https://mycompany.com")).verify(request, NOW)


@pytest.mark.parametrize(
    ("public_url", "url", "path", "query"),
    [
        pytest.param("https://shiftline.example", INBOUND, "/carriers/twilio/inbound", "", id="plain"),
        pytest.param("https://shiftline.example/", INBOUND, "/carriers/twilio/inbound", "", id="slash at the end"),
        pytest.param(
            "https://shiftline.example/line", "https://shiftline.example/line/in", "/in", "", id="proxy cuts a prefix"
        ),
        pytest.param(
            "https://shiftline.example",
            f"{INBOUND}?b=2&a=%2F+x",
            "/carriers/twilio/inbound",
            "b=2&a=%2F+x",
            id="query as it came",
        ),
        pytest.param(
            "https://shiftline.example", "https://shiftline.example/a%20b%2fc", "/a%20b%2fc", "", id="path as it came"
        ),
        pytest.param(
            "https://shiftline.example", "https://shiftline.example:443/in", "/in", "", id="Twilio adds the port"
        ),
        pytest.param(
            "https://shiftline.example:8443", "https://shiftline.example/in", "/in", "", id="Twilio drops the port"
        ),
        pytest.param("https://shiftline.example:8443", "https://shiftline.example:8443/in", "/in", "", id="port kept"),
        pytest.param("http://localhost", "http://localhost:80/in", "/in", "", id="without TLS"),
    ],
)
def test_what_twilio_signed_is_accepted(public_url: str, url: str, path: str, query: str) -> None:
    carrier(public_url).verify(signed(url, path=path, query=query), NOW)


def test_a_field_that_comes_twice_is_signed_as_twilio_does() -> None:
    form = [("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b"), ("Body", "x")]
    carrier().verify(signed(INBOUND, form), NOW)


def _without(request: Request, *headers: str) -> Request:
    return replace(request, headers={name: value for name, value in request.headers.items() if name not in headers})


def _with(request: Request, **headers: str) -> Request:
    return replace(
        request, headers={**request.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )


GOOD = signed(INBOUND)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(replace(GOOD, body=GOOD.body + b"&Body=2"), id="form changed"),
        pytest.param(replace(GOOD, path="/carriers/twilio/status/1"), id="another path"),
        pytest.param(replace(GOOD, query="a=1"), id="query added"),
        pytest.param(_without(GOOD, "x-twilio-signature"), id="no signature"),
        pytest.param(_with(GOOD, x_twilio_signature=""), id="empty signature"),
        pytest.param(_with(GOOD, x_twilio_signature="ß" * 28), id="signature not ASCII"),
        pytest.param(_with(GOOD, x_twilio_signature="AAAA"), id="short signature"),
        pytest.param(_without(GOOD, "content-type"), id="no content type"),
        pytest.param(_with(GOOD, content_type="application/json"), id="JSON"),
        pytest.param(_with(GOOD, content_type="multipart/form-data; boundary=x"), id="multipart"),
        pytest.param(replace(GOOD, body=b"Body=%ff"), id="not UTF-8"),
        pytest.param(replace(GOOD, body=b"\xff"), id="raw bytes"),
        pytest.param(replace(GOOD, body=b"&".join(b"a%d=1" % at for at in range(300))), id="far too many fields"),
        pytest.param(replace(GOOD, body=b"", method="GET"), id="empty"),
    ],
)
def test_anything_else_is_forged(request_: Request) -> None:
    with pytest.raises(ForgedWebhookError) as raised:
        carrier().verify(request_, NOW)
    assert "1711000001" not in str(raised.value)


def test_another_token_does_not_open() -> None:
    with pytest.raises(ForgedWebhookError):
        TwilioCarrier(TwilioSettings("AC1", "another", "https://shiftline.example")).verify(GOOD, NOW)


# -- reading --------------------------------------------------------------------------------------


def test_a_reply_is_read_as_it_was_written() -> None:
    assert carrier().parse_inbound(GOOD) == [InboundText("SM1", "+8801711000001", "+15005550006", "হ্যাঁ & 1+1=2 ?")]


def test_a_long_reply_comes_whole() -> None:
    form = {**FORM, "Body": "হ্যাঁ " * 60, "NumSegments": "6"}
    [reply] = carrier().parse_inbound(signed(INBOUND, form))
    assert (reply.text, reply.part) == (form["Body"], None)


def test_a_word_that_twilio_acts_on_is_still_a_reply() -> None:
    [reply] = carrier().parse_inbound(signed(INBOUND, {**FORM, "Body": "STOP", "OptOutType": "STOP"}))
    assert reply.text == "STOP"


def test_a_picture_without_words_is_an_empty_reply() -> None:
    assert carrier().parse_inbound(signed(INBOUND, {**FORM, "Body": ""}))[0].text == ""


def test_what_no_database_can_keep_stands_in_no_name() -> None:
    [reply] = carrier().parse_inbound(signed(INBOUND, {**FORM, "MessageSid": "S\0M", "To": "+1\0"}))
    assert (reply.reference, reply.to) == ("S\ufffdM", "+1\ufffd")
    form = {"MessageSid": "S\0M", "MessageStatus": "failed", "ErrorCode": "3\0"}
    [report] = carrier().parse_status(signed(INBOUND, form), "")
    assert (report.reference, report.code) == ("S\ufffdM", "3\ufffd")


@pytest.mark.parametrize("name", ["MessageSid", "From", "To"])
def test_a_reply_without_its_needs_is_invalid(name: str) -> None:
    with pytest.raises(InvalidError, match=name):
        carrier().parse_inbound(signed(INBOUND, {**FORM, name: " "}))


@pytest.mark.parametrize(
    ("state", "code", "delivery", "cause", "kept"),
    [
        pytest.param("queued", "", Delivery.QUEUED, None, "", id="queued"),
        pytest.param("sending", "", Delivery.QUEUED, None, "", id="sending"),
        pytest.param("sent", "", Delivery.SENT, None, "", id="sent"),
        pytest.param("delivered", "0", Delivery.DELIVERED, None, "", id="delivered"),
        pytest.param("undelivered", "30003", Delivery.UNDELIVERED, Cause.UNREACHABLE, "30003", id="phone off"),
        pytest.param("undelivered", "30007", Delivery.UNDELIVERED, Cause.FILTERED, "30007", id="filtered"),
        pytest.param("failed", "30005", Delivery.FAILED, Cause.BAD_NUMBER, "30005", id="no such number"),
        pytest.param("failed", "21610", Delivery.FAILED, Cause.OPTED_OUT, "21610", id="opted out"),
        pytest.param("failed", "30023", Delivery.FAILED, Cause.NEXT_DAY, "30023", id="daily cap"),
        pytest.param("failed", "", Delivery.FAILED, Cause.OTHER, "", id="failed without a word"),
        pytest.param("failed", "77777", Delivery.FAILED, Cause.OTHER, "77777", id="a code nobody knows"),
        pytest.param("canceled", "", Delivery.FAILED, Cause.OTHER, "", id="cancelled"),
    ],
)
def test_a_report_tells_how_far_and_why_not(
    state: str, code: str, delivery: Delivery, cause: Cause | None, kept: str
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": state, "ErrorCode": code}
    [report] = carrier().parse_status(signed(INBOUND, form), "our-id")
    assert (report.reference, report.message) == ("SM1", "our-id")
    assert (report.delivery, report.cause, report.code) == (delivery, cause, kept)


@pytest.mark.parametrize(
    "form", [{"MessageSid": "SM1"}, {"MessageStatus": "sent"}, {"MessageSid": "SM1", "MessageStatus": "received"}]
)
def test_a_report_that_is_none_is_invalid(form: dict[str, str]) -> None:
    with pytest.raises(InvalidError):
        carrier().parse_status(signed(INBOUND, form), "our-id")


def test_the_acknowledgement_sends_nothing_to_the_phone() -> None:
    answer = carrier().acknowledge()
    assert answer.media_type == "text/xml"
    assert answer.body.endswith(b"<Response/>")


def test_without_a_token_nothing_could_be_trusted() -> None:
    with pytest.raises(InvalidError, match="auth token"):
        TwilioCarrier(TwilioSettings("AC1", " ", "https://shiftline.example"))
