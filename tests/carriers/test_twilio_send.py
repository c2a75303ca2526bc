import asyncio
import csv
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

import app.carriers
from app.carriers.policy import policy
from app.carriers.protocol import (
    Accepted,
    Carrier,
    Cause,
    Delivery,
    InboundText,
    Lookup,
    OutboundText,
    Outcome,
    Rejected,
    Retry,
    Unknown,
)
from app.carriers.twilio import TwilioCarrier, TwilioSettings
from app.domain.errors import UnavailableError
from tests.carriers.fake_twilio import (
    ACCOUNT,
    SERVICE,
    TOKEN,
    Answer,
    Drip,
    FailAfterMaking,
    FakeTwilio,
    Hang,
    Made,
    Refuse,
    Reset,
)

TWILIO = policy("twilio")

NUMBER = "+8801711000001"
TEXT = "Were you paid on time? 1 = yes, 2 = no"


def settings(url: str, **changes: object) -> TwilioSettings:
    plain: dict[str, object] = {"timeout": 2.0, "connect_timeout": 10.0}  # a busy machine is slow
    return TwilioSettings(ACCOUNT, TOKEN, "https://shiftline.example", url, **(plain | changes))  # type: ignore[arg-type]


def outbound(message: str = "0192-a", to: str = NUMBER) -> OutboundText:
    return OutboundText(message, to, "+15005550006", TEXT)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio() as running:
        yield running


@pytest.fixture
async def carrier(fake: FakeTwilio) -> AsyncIterator[Carrier]:
    made = TwilioCarrier(settings(fake.url))
    yield made
    await made.aclose()


# -- the table ------------------------------------------------------------------------------------

DATA = Path(app.carriers.__file__).parent / "data"
# A carrier's own row stands for the general one of the same code.
TABLE = list(
    {
        row["code"]: row
        for name in ("http", "twilio")
        for row in csv.DictReader((DATA / f"{name}_errors.csv").read_text().splitlines())
    }.values()
)
OUTCOMES = {"retry": Retry, "rejected": Rejected, "unknown": Unknown}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["code"]) for row in TABLE])
def test_each_row_of_the_table_decides_the_outcome(row: dict[str, str]) -> None:
    code = row["code"]
    if code.startswith("http-"):
        outcome = TWILIO.refused(int(code[5:].replace("xx", "18")), "", None)
    elif code.isdigit():
        outcome = TWILIO.refused(400, code, None)
    else:
        outcome = TWILIO.without_answer(code)
    assert isinstance(outcome, OUTCOMES[row["outcome"]])
    assert outcome.cause == Cause(row["cause"])
    if isinstance(outcome, Retry):
        assert outcome.after == timedelta(seconds=int(row["after_seconds"])) > timedelta(0)
        assert outcome.attempts == (int(row["attempts"]) if row.get("attempts") else None)
    else:
        assert not row["after_seconds"]


# What the field knows of each code; the table must not drift from it.
FIELD = {
    (Retry, Cause.BUSY): ["20429", "21611", "30001", "30022", "connect-failed"],
    (Retry, Cause.NEXT_DAY): ["30023", "30027", "63038"],
    (Retry, Cause.QUIET_HOURS): ["30610"],
    (Retry, Cause.UNREACHABLE): ["30003", "30008", "30017"],
    (Retry, Cause.ROUTE): ["20003", "21408", "21606", "21612", "30002", "30018", "30024", "30032", "30034"],
    (Rejected, Cause.OPTED_OUT): ["21610"],
    (Rejected, Cause.BAD_NUMBER): ["21211", "21614", "30005", "30006"],
    (Rejected, Cause.FILTERED): ["30004", "30007"],
    (Unknown, Cause.TIMEOUT): ["30410", "no-answer"],
}


@pytest.mark.parametrize(
    ("code", "kind", "cause"),
    [pytest.param(code, *meaning, id=code) for meaning, codes in FIELD.items() for code in codes],
)
def test_a_code_means_what_the_field_says(code: str, kind: type, cause: Cause) -> None:
    outcome = TWILIO.told(code, "http-5xx")
    assert isinstance(outcome, kind)
    assert outcome.cause is cause


@pytest.mark.parametrize("code", ["30003", "30008", "30017"])
def test_an_unreachable_phone_is_tried_once_more_at_most(code: str) -> None:
    outcome = TWILIO.told(code, "http-5xx")
    assert isinstance(outcome, Retry)
    assert outcome.attempts == 2


def test_every_row_is_read_once_and_says_where_it_comes_from() -> None:
    assert len(TWILIO.rules) == len(TABLE)
    assert all(row["source"] for row in TABLE)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        pytest.param(400, "21610", Rejected(Cause.OPTED_OUT, "21610"), id="opted out"),
        pytest.param(400, "21211", Rejected(Cause.BAD_NUMBER, "21211"), id="no such number"),
        pytest.param(400, "21614", Rejected(Cause.BAD_NUMBER, "21614"), id="not a mobile"),
        pytest.param(400, "99999", Rejected(Cause.OTHER, "99999"), id="a code nobody knows"),
        pytest.param(429, "99999", Retry(timedelta(seconds=10), Cause.BUSY, "99999"), id="too many, odd code"),
        pytest.param(503, "20429", Unknown(Cause.OTHER, "20429"), id="5xx stays unknown whatever its code"),
        pytest.param(307, "", Unknown(Cause.OTHER, "http-307"), id="redirect"),
        pytest.param(401, "20003", Retry(timedelta(minutes=15), Cause.ROUTE, "20003"), id="wrong key"),
        pytest.param(408, "", Unknown(Cause.TIMEOUT, "http-408"), id="408"),
    ],
)
def test_the_code_decides_then_the_status(status: int, code: str, expected: object) -> None:
    assert TWILIO.refused(status, code, None) == expected


def test_a_wait_that_twilio_asks_for_is_kept_up_to_a_day() -> None:
    assert TWILIO.refused(429, "20429", timedelta(seconds=7)) == Retry(timedelta(seconds=7), Cause.BUSY, "20429")
    assert TWILIO.refused(429, "20429", timedelta(days=9)) == Retry(timedelta(days=1), Cause.BUSY, "20429")


def test_a_status_code_nobody_knows_still_has_a_cause() -> None:
    assert TWILIO.cause_of("12345") is Cause.OTHER


# -- sending --------------------------------------------------------------------------------------


async def test_an_accepted_text_carries_our_id_in_its_callback(carrier: Carrier, fake: FakeTwilio) -> None:
    outcomes = await carrier.send([outbound()])
    (made,) = fake.ledger
    assert outcomes == {"0192-a": Accepted(made.sid)}
    assert made.form == {
        "To": NUMBER,
        "From": "+15005550006",
        "Body": TEXT,
        "StatusCallback": "https://shiftline.example/carriers/twilio/status/0192-a",
        "ValidityPeriod": "14400",
        "SmartEncoded": "false",
    }


async def test_a_messaging_service_is_named_beside_the_sender(fake: FakeTwilio) -> None:
    carrier = TwilioCarrier(settings(fake.url, messaging_service_sid=SERVICE))
    await carrier.send([outbound()])
    await carrier.aclose()
    assert fake.ledger[0].form["MessagingServiceSid"] == SERVICE
    assert fake.ledger[0].form["From"] == "+15005550006"


async def test_a_second_account_is_a_road_of_its_own(fake: FakeTwilio) -> None:
    carrier = TwilioCarrier(settings(fake.url, name="twilio-kenya"))
    await carrier.send([outbound()])
    await carrier.aclose()
    assert carrier.name == "twilio-kenya"
    assert fake.ledger[0].form["StatusCallback"].endswith("/carriers/twilio-kenya/status/0192-a")


async def test_twilio_is_asked_to_forget_where_that_is_set(fake: FakeTwilio) -> None:
    carrier = TwilioCarrier(settings(fake.url, content_retention="discard", address_retention="obfuscate"))
    await carrier.send([outbound()])
    await carrier.aclose()
    form = fake.ledger[0].form
    assert (form["ContentRetention"], form["AddressRetention"]) == ("discard", "obfuscate")


async def test_a_batch_gives_an_outcome_for_each_text(fake: FakeTwilio) -> None:
    carrier = TwilioCarrier(settings(fake.url, timeout=30))  # a busy machine is not the point here
    batch = [outbound(f"m{at}", f"+88017110{at:05}") for at in range(100)]
    outcomes = await carrier.send(batch)
    await carrier.aclose()
    references = {outcome.reference for outcome in outcomes.values() if isinstance(outcome, Accepted)}
    assert list(outcomes) == [text.message for text in batch]
    assert references == {made.sid for made in fake.ledger}
    assert all(fake.texts_to(text.to) == 1 for text in batch)


FAILURES = [
    pytest.param(Refuse(429, 20429, "7"), Retry(timedelta(seconds=7), Cause.BUSY, "20429"), 0, id="429, Retry-After"),
    pytest.param(
        Refuse(429, 20429, "Tue, 24 Nov 2026 10:00:00 GMT"),
        Retry(timedelta(seconds=10), Cause.BUSY, "20429"),
        0,
        id="429, a date",
    ),
    pytest.param(
        Refuse(429, 20429, "9" * 5000), Retry(timedelta(seconds=10), Cause.BUSY, "20429"), 0, id="429, absurd"
    ),
    pytest.param(Refuse(429), Retry(timedelta(seconds=10), Cause.BUSY, "http-429"), 0, id="429, bare"),
    pytest.param(Refuse(400, 21610), Rejected(Cause.OPTED_OUT, "21610"), 0, id="opted out"),
    pytest.param(Refuse(400, 21211), Rejected(Cause.BAD_NUMBER, "21211"), 0, id="bad number"),
    pytest.param(Refuse(307), Unknown(Cause.OTHER, "http-307"), 0, id="redirect"),
    pytest.param(Refuse(502, html=True), Unknown(Cause.OTHER, "http-502"), 0, id="an HTML 502"),
    pytest.param(FailAfterMaking(500), Unknown(Cause.OTHER, "20500"), 1, id="500 after it was made"),
    pytest.param(Hang(), Unknown(Cause.TIMEOUT, "no-answer"), 1, id="no answer"),
    pytest.param(Drip(), Unknown(Cause.TIMEOUT, "no-answer"), 1, id="an answer without end"),
    pytest.param(Reset(), Unknown(Cause.TIMEOUT, "no-answer"), 1, id="reset after write"),
    pytest.param(Answer(b"<html>ok</html>"), Unknown(Cause.UNREADABLE, "unreadable"), 1, id="201 in HTML"),
    pytest.param(Answer(b"[]"), Unknown(Cause.UNREADABLE, "unreadable"), 1, id="201, a list"),
    pytest.param(Answer(b"{}"), Unknown(Cause.UNREADABLE, "unreadable"), 1, id="201 without a sid"),
    pytest.param(
        Answer(b'{"sid": "SM1", "date_sent": 5}'), Unknown(Cause.UNREADABLE, "unreadable"), 1, id="201, nonsense within"
    ),
    pytest.param(Answer(b""), Unknown(Cause.UNREADABLE, "unreadable"), 1, id="201, empty"),
]


async def sent_despite(fake: FakeTwilio, failure: object) -> Mapping[str, Outcome]:
    carrier = TwilioCarrier(
        settings(fake.url, **{"timeout": 0.3, "connect_timeout": 2.0} if isinstance(failure, Hang | Drip) else {})
    )
    fake.fail_next(failure)  # type: ignore[arg-type]
    outcomes = await carrier.send([outbound()])
    await carrier.aclose()
    return outcomes


@pytest.mark.parametrize(("failure", "expected", "made"), FAILURES)
async def test_a_failure_is_told_apart_and_posted_once(
    fake: FakeTwilio, failure: object, expected: object, made: int
) -> None:
    outcomes = await sent_despite(fake, failure)
    assert outcomes == {"0192-a": expected}
    assert fake.posts == 1
    assert len(fake.ledger) == made


async def test_one_texts_fate_does_not_touch_its_neighbours(carrier: Carrier, fake: FakeTwilio) -> None:
    fake.fail_next(Reset(), Refuse(400, 21610), Hang())
    outcomes = await carrier.send([outbound(f"m{at}") for at in range(6)])
    kinds = sorted(type(outcome).__name__ for outcome in outcomes.values())
    assert kinds == ["Accepted", "Accepted", "Accepted", "Rejected", "Unknown", "Unknown"]
    assert len(fake.ledger) == 5


async def test_a_refused_connection_is_safe_to_try_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connecting is refused
        carrier = TwilioCarrier(settings(f"http://127.0.0.1:{taken.getsockname()[1]}"))
        outcomes = await carrier.send([outbound()])
        await carrier.aclose()
    assert outcomes == {"0192-a": Retry(timedelta(seconds=30), Cause.BUSY, "connect-failed")}


async def test_a_wrong_key_stops_the_channel_and_loses_no_text(fake: FakeTwilio) -> None:
    carrier = TwilioCarrier(TwilioSettings(ACCOUNT, "stale", "https://shiftline.example", fake.url))
    outcomes = await carrier.send([outbound()])
    await carrier.aclose()
    assert outcomes == {"0192-a": Retry(timedelta(minutes=15), Cause.ROUTE, "20003")}


async def test_no_more_than_ten_texts_are_under_way_at_once(carrier: Carrier, fake: FakeTwilio) -> None:
    fake.fail_next(*[FailAfterMaking()] * 40)
    two_batches = [carrier.send([outbound(f"{name}{at}") for at in range(40)]) for name in "ab"]
    await asyncio.gather(*two_batches)
    assert fake.posts == 80
    assert fake.most_under_way <= 10


async def test_texts_that_wait_for_their_turn_do_not_time_out_waiting(fake: FakeTwilio) -> None:
    carrier = TwilioCarrier(settings(fake.url, timeout=0.3))
    fake.fail_next(*[Hang()] * 30)
    outcomes = await carrier.send([outbound(f"m{at}") for at in range(30)])
    await carrier.aclose()
    assert set(outcomes.values()) == {Unknown(Cause.TIMEOUT, "no-answer")}
    assert fake.posts == 30


async def test_hung_texts_do_not_hold_up_the_rest(carrier: Carrier, fake: FakeTwilio) -> None:
    fake.fail_next(*[Hang()] * 10)
    outcomes = await carrier.send([outbound(f"m{at}") for at in range(12)])
    kinds = [type(outcome).__name__ for outcome in outcomes.values()]
    assert kinds == ["Unknown"] * 10 + ["Accepted"] * 2
    assert fake.most_under_way >= 10


@pytest.mark.parametrize("failure", [failure.values[0] for failure in FAILURES])
async def test_no_number_and_no_text_is_logged(
    fake: FakeTwilio, failure: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outcomes = await sent_despite(fake, failure)
    said = caplog.text + repr(outcomes) + repr(outbound()) + repr(settings(fake.url))
    assert "1711000001" not in said
    assert "paid" not in said
    assert TOKEN not in said


# -- looking up -----------------------------------------------------------------------------------

SINCE = datetime(2026, 11, 24, 8, tzinfo=UTC)


async def test_a_lookup_tells_how_far_each_text_came(carrier: Carrier, fake: FakeTwilio) -> None:
    await carrier.send([outbound("m1"), outbound("m2"), outbound("m3")])
    fake.ledger[0].status = "delivered"
    fake.ledger[1].status, fake.ledger[1].error_code = "undelivered", 30005
    found = await carrier.reconcile(SINCE)
    queued, lost, through = found.reports
    assert queued.delivery is Delivery.QUEUED
    assert (through.reference, through.message, through.delivery) == (fake.ledger[0].sid, "", Delivery.DELIVERED)
    assert (lost.delivery, lost.cause, lost.code) == (Delivery.UNDELIVERED, Cause.BAD_NUMBER, "30005")
    assert (lost.to, lost.created) == (NUMBER, fake.now)
    assert "1711000001" not in repr(lost)
    assert found.replies == []


async def test_a_lookup_finds_the_replies_that_never_arrived(carrier: Carrier, fake: FakeTwilio) -> None:
    form = {"From": NUMBER, "To": "+15005550006", "Body": "হ্যাঁ 1"}
    fake.ledger.append(Made("SM" + "7" * 32, form, fake.now, "received", direction="inbound"))
    fake.ledger.append(Made("SM" + "8" * 32, form, fake.now, "receiving", direction="inbound"))
    for at, redacted in enumerate(({"Body": ""}, {"From": "+88017XXXXXXX"}, {"To": ""})):
        fake.ledger.append(Made(f"SM{at:032}", form | redacted, fake.now, "received", direction="inbound"))
    found = await carrier.reconcile(SINCE)
    assert found == Lookup([], [InboundText("SM" + "7" * 32, NUMBER, "+15005550006", "হ্যাঁ 1", created=fake.now)])
    assert "1711000001" not in repr(found)


async def test_a_text_whose_answer_was_lost_is_found_by_number_and_hour(carrier: Carrier, fake: FakeTwilio) -> None:
    fake.fail_next(Reset())
    await carrier.send([outbound()])
    (found,) = (await carrier.reconcile(SINCE)).reports
    assert (found.to, found.created) == (NUMBER, fake.now)
    assert found.reference == fake.ledger[0].sid


async def test_a_lookup_asks_in_utc_and_reads_every_page(carrier: Carrier, fake: FakeTwilio) -> None:
    fake.ledger.extend(Made(f"SM{at:032x}", {"To": NUMBER, "Body": TEXT}, fake.now, "sent") for at in range(2_345))
    reports = (await carrier.reconcile(SINCE.astimezone(timezone(timedelta(hours=6))))).reports
    assert len({report.reference for report in reports}) == 2_345
    assert [query["DateSent>"] for query in fake.lists] == ["2026-11-24T08:00:00Z"] * 3


async def test_a_lookup_that_fails_says_so_and_nothing_more(fake: FakeTwilio) -> None:
    carrier = TwilioCarrier(TwilioSettings(ACCOUNT, "stale", "https://shiftline.example", fake.url))
    with pytest.raises(UnavailableError) as raised:
        await carrier.reconcile(SINCE)
    await carrier.aclose()
    assert "stale" not in str(raised.value)
