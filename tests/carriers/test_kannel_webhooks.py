from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.carriers.addresses import SecretAddress
from app.carriers.kannel import KannelCarrier, KannelSettings
from app.carriers.kannel.characters import read
from app.carriers.protocol import Cause, Delivery, InboundText, Part, Request
from app.domain.errors import ForgedWebhookError, InvalidError
from app.domain.segments import GSM_BASIC, GSM_EXTENDED

SECRET = "a-secret-of-the-tests-own"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ADDRESS = SecretAddress("kannel", "", SECRET)
QUERY = "id=4609fe0d-f0fe-46e0-b220-4229a8050703&ts=1795644776&coding=0&charset=UTF-8"
HEADERS = {"x-kannel-from": "+8801711000001", "x-kannel-to": "12345"}


def carrier(**changes: object) -> KannelCarrier:
    plain: dict[str, object] = {"allowed_peers": ("10.0.0.7", "10.1.0.0/16", "2001:db8::/32")}
    made = KannelSettings("http://127.0.0.1:13013/s", "u", "p", "https://a.example", SECRET, **(plain | changes))  # type: ignore[arg-type]
    return KannelCarrier(made)


REPLY = Request("POST", ADDRESS.inbound, QUERY, HEADERS, b"YES", "10.0.0.7")
REPORT = Request("GET", ADDRESS.status_of("our-id"), "type=1&answer=&meta=", {}, b"", "10.0.0.7")


# -- is it Kannel? --------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", [REPLY, REPORT, replace(REPLY, path=f"/line{REPLY.path}")])
def test_the_right_address_from_the_right_place_is_accepted(request_: Request) -> None:
    carrier().verify(request_, NOW)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/carriers/kannel/inbound", id="no secret"),
        pytest.param("/carriers/kannel/inbound/", id="empty secret"),
        pytest.param(ADDRESS.inbound[:-1], id="secret cut short"),
        pytest.param(f"{ADDRESS.inbound}/", id="slash behind"),
        pytest.param(f"/carriers/kannel/inbound/{SECRET.upper()}", id="other letters"),
        pytest.param("/carriers/kannel/inbound/ß", id="not ASCII"),
        pytest.param("/carriers/kannel/status/our-id", id="report without proof"),
        pytest.param(ADDRESS.status_of("our-id").replace("our-id", "another"), id="proof of another message"),
        pytest.param(f"/carriers/kannel/status/our-id/{'0' * 32}", id="proof of nothing"),
        pytest.param(f"/carriers/kannel/status/our-id/{SECRET}", id="secret for a proof"),
        pytest.param(ADDRESS.status_of("our-id").replace("status", "inbound"), id="proof where the secret belongs"),
        pytest.param(SecretAddress("kannel", "", "another-secret-entirely").inbound, id="another Kannel's"),
    ],
)
def test_any_other_address_is_forged(path: str) -> None:
    with pytest.raises(ForgedWebhookError) as raised:
        carrier().verify(replace(REPLY, path=path), NOW)
    assert SECRET not in str(raised.value)


PROXY = ("192.0.2.0/24", "10.1.0.9")


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "admitted"),
    [
        pytest.param("10.0.0.7", None, (), True, id="an address on the list"),
        pytest.param("10.1.200.3", None, (), True, id="in a network on the list"),
        pytest.param("::ffff:10.0.0.7", None, (), True, id="IPv4 on a socket for both"),
        pytest.param("2001:db8::7", None, (), True, id="IPv6"),
        pytest.param("10.0.0.8", None, (), False, id="next door"),
        pytest.param("", None, (), False, id="from nowhere"),
        pytest.param("testclient", None, (), False, id="no address at all"),
        pytest.param("10.0.0.8", "10.0.0.7", (), False, id="claims to be forwarded, by nobody we trust"),
        pytest.param("10.0.0.7", "198.51.100.1", (), True, id="the header means nothing without a proxy"),
        pytest.param("192.0.2.1", "10.0.0.7", PROXY, True, id="through a proxy"),
        pytest.param("192.0.2.1", "10.0.0.7, 192.0.2.2", PROXY, True, id="through two"),
        pytest.param("192.0.2.1", "10.0.0.7:51234", PROXY, True, id="with a port"),
        pytest.param("192.0.2.1", "[2001:db8::7]:51234", PROXY, True, id="IPv6 with a port"),
        pytest.param(
            "192.0.2.1", "10.0.0.7, 198.51.100.1", PROXY, False, id="what is left of the caller is his own word"
        ),
        pytest.param("192.0.2.1", "198.51.100.1", PROXY, False, id="a stranger through the proxy"),
        pytest.param("192.0.2.1", "10.0.0.7, nonsense", PROXY, False, id="nonsense"),
        pytest.param("192.0.2.1", " , ", PROXY, False, id="nothing between commas"),
        pytest.param("192.0.2.1", None, PROXY, False, id="the proxy itself"),
        pytest.param("10.1.0.9", None, PROXY, True, id="a proxy that is on the list itself"),
        pytest.param("10.1.0.9", "198.51.100.1", PROXY, False, id="a stranger through that"),
        pytest.param("10.1.0.9", "10.1.0.9", PROXY, True, id="all hops are proxies"),
    ],
)
def test_who_called_is_who_a_trusted_proxy_says(
    peer: str, forwarded: str | None, proxies: tuple[str, ...], *, admitted: bool
) -> None:
    request = replace(REPLY, peer=peer, headers=HEADERS | ({"x-forwarded-for": forwarded} if forwarded else {}))
    road = carrier(trusted_proxies=proxies)
    if admitted:
        road.verify(request, NOW)
        return
    with pytest.raises(ForgedWebhookError):
        road.verify(request, NOW)


# -- replies --------------------------------------------------------------------------------------


def test_a_reply_is_read_as_it_was_written() -> None:
    [reply] = carrier().parse_inbound(REPLY)
    assert reply == InboundText("4609fe0d-f0fe-46e0-b220-4229a8050703", "+8801711000001", "12345", "YES")


def test_numbers_in_the_address_are_read_where_the_headers_are_missing() -> None:
    query = f"{QUERY}&{urlencode({'from': '+8801711000001', 'to': '12345'})}"
    [reply] = carrier().parse_inbound(replace(REPLY, headers={}, query=query))
    assert (reply.sender, reply.to) == ("+8801711000001", "12345")


@pytest.mark.parametrize(
    ("raw", "read_as"),
    [
        pytest.param("8801711000001", "+8801711000001", id="the plus left out"),
        pytest.param("008801711000001", "+8801711000001", id="dialled with 00"),
        pytest.param(" +8801711000001 ", "+8801711000001", id="blanks around"),
        pytest.param("5215512345678", "+525512345678", id="the old form of Mexico"),
        pytest.param("01711000001", "01711000001", id="national, which tells no country"),
        pytest.param("12345", "12345", id="short code"),
        pytest.param("16123456", "16123456", id="eight digits that are no number"),
        pytest.param("BANGLALINK", "BANGLALINK", id="a name"),
    ],
)
def test_a_number_gets_its_plus_where_it_surely_has_one(raw: str, read_as: str) -> None:
    [reply] = carrier().parse_inbound(replace(REPLY, headers=HEADERS | {"x-kannel-from": raw}))
    assert reply.sender == read_as


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(replace(REPLY, query=""), id="no query"),
        pytest.param(replace(REPLY, query="id=%20"), id="empty id"),
        pytest.param(replace(REPLY, headers={"x-kannel-to": "1"}), id="no sender"),
        pytest.param(replace(REPLY, headers={"x-kannel-from": "1"}), id="no receiver"),
        pytest.param(replace(REPLY, query="&".join(f"a{at}=1" for at in range(60))), id="far too many fields"),
    ],
)
def test_a_reply_without_its_needs_is_invalid(request_: Request) -> None:
    with pytest.raises(InvalidError) as raised:
        carrier().parse_inbound(request_)
    assert "1711000001" not in str(raised.value)


BENGALI = "হ্যাঁ, ১ 🙏"
GSM_BODY = bytes([0x53, 0x11, 0x20, 0x1B, 0x65, 0x31])


@pytest.mark.parametrize(
    ("charset", "coding", "body", "text"),
    [
        pytest.param("UTF-8", "0", "sí, ñ €".encode(), "sí, ñ €", id="UTF-8"),
        pytest.param("UTF-16BE", "2", BENGALI.encode("utf-16-be"), BENGALI, id="UTF-16BE"),
        pytest.param("utf16-be", "2", BENGALI.encode("utf-16-be"), BENGALI, id="as older manuals spell it"),
        pytest.param("UCS-2", "", BENGALI.encode("utf-16-be"), BENGALI, id="UCS-2"),
        pytest.param("", "2", BENGALI.encode("utf-16-be"), BENGALI, id="only the coding says so"),
        pytest.param("mojibake", "2", BENGALI.encode("utf-16-be"), BENGALI, id="unknown charset, UCS-2 by its coding"),
        pytest.param(
            "UTF-16BE", "2", b"\xff\xfe" + BENGALI.encode("utf-16-le"), BENGALI, id="little end first, marked"
        ),
        pytest.param("UTF-16BE", "2", b"\xfe\xff" + "1".encode("utf-16-be"), "1", id="a mark in front"),
        pytest.param("UTF-16BE", "2", "YES".encode("utf-16-be") + b"\x00", "YES", id="odd length"),
        pytest.param("UTF-16BE", "2", b"\xd8\x3d\x00\x31", "\ufffd1", id="half an emoji"),
        pytest.param("UTF-16BE", "2", b"", "", id="nothing"),
        pytest.param("UTF-8", "0", b"s\xed", "s\ufffd", id="broken UTF-8"),
        pytest.param("UTF-8", "0", b"1\x00", "1", id="NUL"),
        pytest.param("ISO-8859-1", "0", b"s\xed \x93ok\x94", "sí “ok”", id="Latin-1, with quotes of Windows"),
        pytest.param("ISO-8859-5", "0", "да".encode("iso-8859-5"), "да", id="another ISO"),
        pytest.param("windows-1256", "0", "نعم".encode("windows-1256"), "نعم", id="Windows"),
        pytest.param("GSM", "0", GSM_BODY, "S_ €1", id="GSM septets"),
        pytest.param("gsm-7", "0", b"\x1b\x1b1\x1b", " 1 ", id="GSM escapes of nothing"),
        pytest.param("GSM", "0", b"1\xff", "1\ufffd", id="no septet"),
        pytest.param("8-BIT", "1", "হ্যাঁ".encode(), "হ্যাঁ", id="octets that are UTF-8"),
        pytest.param("8-BIT", "1", b"s\xed", "sí", id="octets that are not"),
        pytest.param("binary", "", b"1", "1", id="no charset at all"),
        pytest.param("unicode_escape", "", b"\\x31", "\\x31", id="a codec that is no charset"),
        pytest.param("windows-9999", "", "sí".encode(), "sí", id="no such page"),
        pytest.param("\x00\udc80", "", b"1", "1", id="nonsense"),
    ],
)
def test_a_reply_is_readable_whatever_its_charset(charset: str, coding: str, body: bytes, text: str) -> None:
    assert read(body, charset, coding) == text
    query = f"id=1&coding={quote(coding)}&charset={quote(charset, errors='replace')}"
    [reply] = carrier().parse_inbound(replace(REPLY, query=query, body=body))
    assert reply.text == text


def test_the_table_of_septets_is_the_alphabet_of_the_bill() -> None:
    septets = {read(bytes([one]), "gsm", "") for one in range(128) if one != 0x1B}
    escaped = {read(bytes([0x1B, one]), "gsm", "") for one in range(128)} - {" "}
    assert (septets, escaped) == (GSM_BASIC, GSM_EXTENDED)


@given(st.binary(max_size=300), st.text(max_size=20), st.sampled_from(["0", "1", "2", "", "x"]))
def test_no_body_and_no_charset_breaks_the_reading(body: bytes, charset: str, coding: str) -> None:
    text = read(body, charset, coding)
    assert "\0" not in text
    text.encode()


@pytest.mark.parametrize(
    ("header", "part"),
    [
        pytest.param("%05%00%03%2A%02%01", Part("2a", 1, 2), id="eight bits"),
        pytest.param("%06%08%04%01%2A%03%03", Part("012a", 3, 3), id="sixteen bits"),
        pytest.param("%0B%05%04%1B%58%1B%58%00%03%2A%02%02", Part("2a", 2, 2), id="behind another element"),
        pytest.param("%05%00%03+%02%01", Part("20", 1, 2), id="Kannel's + is 0x20"),
        pytest.param("", None, id="none"),
        pytest.param("%05%00%03%2A%01%01", None, id="one of one"),
        pytest.param("%05%00%03%2A%02%03", None, id="three of two"),
        pytest.param("%05%00%03%2A%02%00", None, id="from nought"),
        pytest.param("%05%00%03%2A", None, id="cut off"),
        pytest.param("%06%05%04%1B%58%1B%58", None, id="a port alone"),
        pytest.param("ß%", None, id="nonsense"),
    ],
)
def test_a_single_piece_says_where_it_belongs(header: str, part: Part | None) -> None:
    [reply] = carrier().parse_inbound(replace(REPLY, headers=HEADERS | {"x-kannel-udh": header}))
    assert reply.part == part


# -- reports --------------------------------------------------------------------------------------


def meta(error: str) -> str:
    return f"?orig_msg?dlr_mask=31&?smpp?dlr_err={error}&"


@pytest.mark.parametrize(
    ("fields", "delivery", "cause", "code"),
    [
        pytest.param({"type": "1"}, Delivery.DELIVERED, None, "", id="delivered"),
        pytest.param({"type": "4"}, Delivery.SENT, None, "", id="buffered"),
        pytest.param({"type": "8", "answer": "ACK/"}, Delivery.SENT, None, "", id="taken by the SMSC"),
        pytest.param({"type": "1", "meta": meta("%03%00%00")}, Delivery.DELIVERED, None, "", id="delivered, no error"),
        pytest.param({"type": "1", "meta": meta("%03%00%1B")}, Delivery.DELIVERED, None, "", id="delivered all the same"),
        pytest.param({"type": "2"}, Delivery.UNDELIVERED, Cause.OTHER, "type-2", id="not delivered"),
        pytest.param(
            {"type": "2", "meta": meta("%03%00%1B")}, Delivery.UNDELIVERED, Cause.UNREACHABLE, "gsm-27", id="phone off"
        ),
        pytest.param(
            {"type": "2", "meta": meta("%03%00+")}, Delivery.UNDELIVERED, Cause.UNREACHABLE, "gsm-32", id="0x20 is a +"
        ),
        pytest.param(
            {"type": "2", "meta": meta("027")}, Delivery.UNDELIVERED, Cause.UNREACHABLE, "gsm-27", id="error in digits"
        ),
        pytest.param(
            {"type": "2", "meta": meta("%03%00%01")}, Delivery.UNDELIVERED, Cause.OTHER, "gsm-1",
            id="unknown subscriber, or what an SMSC calls 1",
        ),
        pytest.param({"type": "2", "meta": meta("%03")}, Delivery.UNDELIVERED, Cause.OTHER, "type-2", id="error cut off"),
        pytest.param({"type": "34"}, Delivery.UNDELIVERED, Cause.UNREACHABLE, "type-34", id="expired"),
        pytest.param({"type": "66"}, Delivery.UNDELIVERED, Cause.OTHER, "type-66", id="lost track of"),
        pytest.param(
            {"type": "16", "answer": "NACK/0x0000000B/Invalid"}, Delivery.FAILED, Cause.BAD_NUMBER, "smpp-0000000b",
            id="no such number",
        ),
        pytest.param(
            {"type": "16", "answer": "NACK/0x00000058/Throttling"}, Delivery.FAILED, Cause.BUSY, "smpp-00000058",
            id="throttled",
        ),
        pytest.param(
            {"type": "16", "answer": "NACK/0x00000499/Vendor"}, Delivery.FAILED, Cause.OTHER, "smpp-00000499",
            id="a status nobody listed",
        ),
        pytest.param({"type": "16", "answer": "NACK/Retries"}, Delivery.FAILED, Cause.BUSY, "nack-retries", id="retries"),
        pytest.param({"type": "16", "answer": "NACK/no"}, Delivery.FAILED, Cause.ROUTE, "nack-no", id="no SMSC"),
        pytest.param(
            {"type": "16", "answer": "NACK/8801711000001"}, Delivery.FAILED, Cause.OTHER, "type-16", id="a number"
        ),
        pytest.param({"type": "16", "answer": "NACK/Dear"}, Delivery.FAILED, Cause.OTHER, "type-16", id="a text"),
        pytest.param({"type": "16"}, Delivery.FAILED, Cause.OTHER, "type-16", id="refused without a word"),
    ],
)  # fmt: skip
def test_a_report_tells_how_far_and_why_not(
    fields: dict[str, str], delivery: Delivery, cause: Cause | None, code: str
) -> None:
    [report] = carrier().parse_status(replace(REPORT, query=urlencode(fields)), "our-id")
    assert (report.reference, report.message) == ("our-id", "our-id")
    assert (report.delivery, report.cause, report.code) == (delivery, cause, code)


@pytest.mark.parametrize("query", ["", "type=", "type=3", "type=delivered", "type=%00", "type=%d"])
def test_a_report_that_is_none_is_invalid(query: str) -> None:
    with pytest.raises(InvalidError):
        carrier().parse_status(replace(REPORT, query=query), "our-id")


def test_a_report_on_no_message_is_invalid() -> None:
    with pytest.raises(InvalidError):
        carrier().parse_status(REPORT, "")


def test_an_smscs_bytes_do_not_lose_its_report() -> None:
    [report] = carrier().parse_status(replace(REPORT, query="type=1&answer=%ff%fe&meta=%80"), "our-id")
    assert report.delivery is Delivery.DELIVERED


def test_the_acknowledgement_sends_nothing_to_the_phone() -> None:
    answer = carrier().acknowledge()
    assert (answer.body, answer.media_type) == (b"", "text/plain")
