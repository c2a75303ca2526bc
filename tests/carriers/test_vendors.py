"""What every road by a vendor's published shape must do alike, whatever the vendor."""

import csv
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app.carriers
from app.carriers.policy import policy
from app.carriers.protocol import Accepted, Carrier, Cause, Rejected, Request, Retry, Unknown
from app.domain.errors import ForgedWebhookError, InvalidError, UnavailableError
from tests.carriers import fake_vendors as fakes
from tests.carriers.fake_vendors import BENGALI, KEY, SECRET, SIGNING, TEXT, outbound
from tests.carriers.loopback import Answer, Cut, Hang, Loopback

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
VENDORS: dict[str, tuple[type[Loopback], Callable[..., Carrier]]] = {
    "africastalking": (fakes.FakeAfricasTalking, fakes.africastalking),
    "infobip": (fakes.FakeInfobip, fakes.infobip),
    "vonage": (fakes.FakeVonage, fakes.vonage),
    "android": (fakes.FakeAndroid, fakes.android),
}
every_vendor = pytest.mark.parametrize("vendor", list(VENDORS))


@pytest.fixture
async def fake(vendor: str) -> AsyncIterator[Loopback]:
    async with VENDORS[vendor][0]() as running:
        yield running


@pytest.fixture
async def carrier(vendor: str, fake: Loopback) -> AsyncIterator[Carrier]:
    made = VENDORS[vendor][1](fake.url)
    yield made
    await made.aclose()


# -- the tables -----------------------------------------------------------------------------------

DATA = Path(app.carriers.__file__).parent / "data"
ROWS = [
    pytest.param(vendor, row, id=f"{vendor} {row['code']}")
    for vendor in VENDORS
    for row in csv.DictReader((DATA / f"{vendor}_errors.csv").read_text().splitlines())
]
OUTCOMES = {"retry": Retry, "rejected": Rejected, "unknown": Unknown}


@pytest.mark.parametrize(("vendor", "row"), ROWS)
def test_each_row_decides_what_a_2xx_tells_and_has_a_source(vendor: str, row: dict[str, str]) -> None:
    outcome = policy(vendor).told(row["code"], "unreadable")
    assert isinstance(outcome, OUTCOMES[row["outcome"]])
    assert (outcome.cause, outcome.code) == (Cause(row["cause"]), row["code"])
    assert bool(row["after_seconds"]) == isinstance(outcome, Retry)
    assert re.match(r"https://|an? (code|status) the vendor does not publish", row["source"])


@every_vendor
def test_no_row_stands_twice(vendor: str) -> None:
    codes = [row["code"] for row in csv.DictReader((DATA / f"{vendor}_errors.csv").read_text().splitlines())]
    assert len(codes) == len(set(codes))


# -- sending --------------------------------------------------------------------------------------


@every_vendor
async def test_a_batch_gives_an_outcome_for_each_text_and_each_goes_out_once(carrier: Carrier, fake: Loopback) -> None:
    outcomes = await carrier.send([outbound(f"m{at}", f"{TEXT} {at}") for at in range(25)])
    assert list(outcomes) == [f"m{at}" for at in range(25)]
    assert len({outcome.reference for outcome in outcomes.values() if isinstance(outcome, Accepted)}) == 25
    assert len(fake.ledger) == len(fake.received) == 25


FAILURES = [
    pytest.param(Hang(), Unknown(Cause.TIMEOUT, "no-answer"), 1, id="hangs after taking it"),
    pytest.param(Cut(), Unknown(Cause.TIMEOUT, "no-answer"), 1, id="hangs up after taking it"),
    pytest.param(Answer(status=500, taken=True), Unknown(Cause.OTHER, "http-500"), 1, id="500 after taking it"),
    pytest.param(Answer(b"<html>", 502), Unknown(Cause.OTHER, "http-502"), 0, id="an HTML 502"),
    pytest.param(Answer(b"<html>", taken=True), Unknown(Cause.UNREADABLE, "unreadable"), 1, id="2xx in HTML"),
    pytest.param(Answer(b"", taken=True), Unknown(Cause.UNREADABLE, "unreadable"), 1, id="2xx, empty"),
    pytest.param(Answer({}, taken=True), Unknown(Cause.UNREADABLE, "unreadable"), 1, id="2xx, an empty object"),
    pytest.param(Answer([[]], taken=True), Unknown(Cause.UNREADABLE, "unreadable"), 1, id="2xx, a list"),
    pytest.param(Answer(b"[" * 50_000), Unknown(Cause.UNREADABLE, "unreadable"), 0, id="2xx, brackets without end"),
    pytest.param(Answer(status=302), Unknown(Cause.OTHER, "http-302"), 0, id="redirect"),
    pytest.param(Answer(status=401), Retry(timedelta(minutes=15), Cause.ROUTE, "http-401"), 0, id="wrong key"),
    pytest.param(Answer(status=403), Retry(timedelta(minutes=15), Cause.ROUTE, "http-403"), 0, id="not allowed"),
    pytest.param(Answer(status=400), Rejected(Cause.OTHER, "http-400"), 0, id="a bad request"),
    pytest.param(Answer(status=429), Retry(timedelta(seconds=10), Cause.BUSY, "http-429"), 0, id="too many"),
    pytest.param(
        Answer(status=429, headers={"retry-after": "7"}),
        Retry(timedelta(seconds=7), Cause.BUSY, "http-429"),
        0,
        id="too many, Retry-After",
    ),
]


@every_vendor
@pytest.mark.parametrize(("failure", "expected", "made"), FAILURES)
async def test_a_failure_is_told_apart_and_posted_once(
    carrier: Carrier, fake: Loopback, failure: Answer | Hang | Cut, expected: object, made: int
) -> None:
    fake.script.append(failure)
    assert await carrier.send([outbound()]) == {"0192-a": expected}
    assert len(fake.received) == 1
    assert len(fake.ledger) == made


@every_vendor
async def test_a_refused_connection_is_safe_to_try_again(vendor: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connecting is refused
        carrier = VENDORS[vendor][1](f"http://127.0.0.1:{taken.getsockname()[1]}")
        outcomes = await carrier.send([outbound()])
        await carrier.aclose()
    assert outcomes == {"0192-a": Retry(timedelta(seconds=30), Cause.BUSY, "connect-failed")}


@every_vendor
async def test_one_texts_fate_does_not_touch_its_neighbours(carrier: Carrier, fake: Loopback) -> None:
    fake.script.extend([Cut(), Answer(status=429), Answer(status=500)])
    outcomes = await carrier.send([outbound(f"m{at}") for at in range(6)])
    kinds = sorted(type(outcome).__name__ for outcome in outcomes.values())
    assert kinds == ["Accepted", "Accepted", "Accepted", "Retry", "Unknown", "Unknown"]


@every_vendor
@pytest.mark.parametrize("failure", [failure.values[0] for failure in FAILURES])
async def test_no_number_no_text_and_no_secret_is_logged_or_shown(
    vendor: str, carrier: Carrier, fake: Loopback, failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="app")
    caplog.set_level(logging.INFO)
    fake.script.append(failure)
    outcomes = await carrier.send([outbound(text=BENGALI)])
    # What the loopback and its port are called is no secret of ours.
    said = caplog.text + repr(outcomes) + repr(vars(carrier).get("_settings")) + repr(vars(carrier).get("address"))
    for kept in ("711000001", "সপ্তাহে", KEY, SECRET, SIGNING):
        assert kept not in said


@every_vendor
async def test_the_name_of_the_road_is_a_setting(vendor: str, fake: Loopback) -> None:
    second = VENDORS[vendor][1](fake.url, name="second-account")
    assert second.name == "second-account"
    await second.aclose()


@every_vendor
async def test_it_looks_up_or_says_that_it_cannot(carrier: Carrier, fake: Loopback) -> None:
    found = await carrier.reconcile(NOW)
    assert (len(fake.received) == 1) == carrier.capabilities.looks_up
    assert not found.reports


@every_vendor
@pytest.mark.parametrize(
    "failure", [Cut(), Hang(), Answer(status=500), Answer(b"<html>"), Answer({"results": 1}), Answer(b"[" * 50_000)]
)
async def test_a_lookup_that_fails_says_so_and_nothing_more(
    carrier: Carrier, fake: Loopback, failure: Answer | Cut | Hang
) -> None:
    if not carrier.capabilities.looks_up:
        return
    fake.script.append(failure)
    with pytest.raises(UnavailableError) as raised:
        await carrier.reconcile(NOW)
    assert KEY not in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)


# -- webhooks -------------------------------------------------------------------------------------

paths = st.one_of(
    st.text(max_size=60),
    st.builds("/carriers/x/{}/{}".format, st.sampled_from(["inbound", "status", "status/m"]), st.text(max_size=40)),
    st.sampled_from(
        [f"/carriers/x/inbound/{SECRET}", f"/carriers/x/status/{SECRET}", f"/carriers/x/status/a/{SECRET}"]
    ),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = (
    *("id", "status", "from", "to", "text", "senderId", "phoneNumber", "failureReason"),
    *("results", "messageId", "error", "name", "groupId"),
    *("msisdn", "concat", "concat-ref", "concat-part", "concat-total", "timestamp", "sig"),
    *("event", "payload", "sender", "message", "receivedAt", "reason"),
)
names = st.sampled_from(NAMES)


def _form(fields: dict[str, str]) -> bytes:
    return urlencode(fields, errors="replace").encode()


requests = st.builds(
    Request,
    st.sampled_from(["GET", "POST"]),
    paths,
    st.text(max_size=60),
    st.dictionaries(
        st.sampled_from(["content-type", "x-signature", "x-timestamp"]),
        st.sampled_from(["application/json", "application/x-www-form-urlencoded", "1764000000", "ß"])
        | st.text(max_size=9),
    ),
    st.binary(max_size=80)
    | st.dictionaries(names, values, max_size=8).map(lambda fields: json.dumps(fields).encode())
    | st.dictionaries(names, st.text(max_size=9), max_size=8).map(_form),
)


@cache
def reader(vendor: str) -> Carrier:
    """A carrier that only reads; making one builds a TLS context, which is slow."""
    return VENDORS[vendor][1]("http://127.0.0.1:9")


@every_vendor
@settings(deadline=None)
@given(request_=requests)
def test_no_webhook_raises_anything_but_forged_or_invalid(vendor: str, request_: Request) -> None:
    carrier = reader(vendor)
    for read in (
        lambda: carrier.verify(request_, NOW),
        lambda: carrier.parse_inbound(request_),
        lambda: carrier.parse_status(request_, "m"),
    ):
        with suppress(ForgedWebhookError, InvalidError):
            read()


@every_vendor
@settings(deadline=None)
@given(request_=requests)
def test_nothing_random_is_the_vendors(vendor: str, request_: Request) -> None:
    if request_.path.endswith((f"inbound/{SECRET}", f"x/status/{SECRET}")) and vendor in {"africastalking", "infobip"}:
        return  # that is the secret
    with pytest.raises(ForgedWebhookError):
        reader(vendor).verify(request_, NOW)


@every_vendor
def test_the_acknowledgement_says_nothing(vendor: str) -> None:
    assert reader(vendor).acknowledge().body == b""


@every_vendor
def test_a_road_without_its_secret_is_not_built(vendor: str) -> None:
    name = {"vonage": "signature_secret", "android": "signing_key"}.get(vendor, "secret")
    for weak in ("", "short"):
        with pytest.raises(InvalidError):
            VENDORS[vendor][1]("http://127.0.0.1:9", **{name: weak})
