"""Letters to a real SMTP server: sealed on the way, refused or taken, and never a word of the server's kept."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.carriers.mail import Mail, Mailed, Mailer, MailSettings
from app.domain.errors import InvalidError
from tests.carriers.mail_server import certificate, mail_server

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
LETTER = Mail("0193", "desk@bank.example", "Shiftline: অনুরোধ", "There is something on your desk.\n")
FROM = "Open Line <line@ngo.example>"


def plain(port: int) -> Mailer:
    return Mailer(MailSettings.parse(f"smtp://127.0.0.1:{port}", FROM))


async def test_a_letter_arrives_as_it_was_written_and_says_that_a_machine_wrote_it() -> None:
    async with mail_server() as post:
        assert await plain(post.port).send([LETTER], NOON) == [Mailed()]
        (letter,) = post.letters
    assert post.recipients == ["desk@bank.example"]
    assert letter["From"] == "Open Line <line@ngo.example>"
    assert letter["Subject"] == "Shiftline: অনুরোধ"
    assert letter["Message-ID"] == "<0193@ngo.example>"
    assert letter["Date"].datetime == NOON
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().split() == ["There", "is", "something", "on", "your", "desk."]


@pytest.mark.parametrize(
    ("scheme", "implicit"),
    [pytest.param("smtp+starttls", False, id="STARTTLS"), pytest.param("smtps", True, id="TLS from the first byte")],
)
async def test_the_way_is_sealed_and_the_account_named(tmp_path: Path, scheme: str, *, implicit: bool) -> None:
    server, trust = certificate(tmp_path)
    async with mail_server(server, implicit=implicit) as post:
        url = f"{scheme}://line:p%40ss%3Aword@127.0.0.1:{post.port}"
        assert await Mailer(MailSettings.parse(url, FROM), trust).send([LETTER], NOON) == [Mailed()]
        assert post.sealed == [True]
        wrong = url.replace("word", "wort")
        assert await Mailer(MailSettings.parse(wrong, FROM), trust).send([LETTER], NOON) == [Mailed("account-535")]
        assert await Mailer(MailSettings.parse(url, FROM)).send([LETTER], NOON) == [Mailed("certificate")]


async def test_no_letter_goes_unsealed_where_sealing_was_asked_for() -> None:
    async with mail_server() as post:
        url = f"smtp+starttls://line:secret@127.0.0.1:{post.port}"
        (answer,) = await Mailer(MailSettings.parse(url, FROM)).send([LETTER], NOON)
    assert not answer.taken
    assert post.letters == []


async def test_a_recipient_that_is_refused_holds_up_no_other_and_the_servers_words_are_not_kept() -> None:
    gone, busy = Mail("1", "gone@bank.example", "s", "b"), Mail("2", "busy@bank.example", "s", "b")
    async with mail_server() as post:
        post.refuses = {
            gone.recipient: "550 no gone@bank.example here",
            busy.recipient: "450 try busy@bank.example later",
        }
        answers = await plain(post.port).send([gone, busy, LETTER], NOON)
    assert answers == [Mailed("recipient-550", final=True), Mailed("recipient-450"), Mailed()]
    assert post.recipients == [LETTER.recipient]


async def test_content_that_is_refused_for_good_is_final_and_a_full_disk_is_not() -> None:
    async with mail_server() as post:
        post.content = "554 spam"
        assert await plain(post.port).send([LETTER], NOON) == [Mailed("content-554", final=True)]
        post.content = "452 full"
        assert await plain(post.port).send([LETTER], NOON) == [Mailed("content-452")]


async def test_a_server_that_is_gone_or_silent_is_a_fault_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.carriers.mail._LONGEST_SECONDS", 0.2)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side has had enough
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await plain(port).send([LETTER, LETTER], NOON) == [Mailed("timeout")] * 2
    async with mail_server() as post:
        pass
    assert await plain(post.port).send([LETTER], NOON) == [Mailed("unreachable")]


async def test_nothing_in_a_letter_can_add_a_recipient_or_a_header() -> None:
    async with mail_server() as post:
        for bad in (
            Mail("1", "a@b.example\nBcc: c@d.example", "s", "b"),
            Mail("2", "a@b.example", "s\nBcc: x@y.example", "b"),
        ):
            (answer,) = await plain(post.port).send([bad], NOON)
            assert not answer.taken
    assert post.letters == []


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        pytest.param("smtp://line:secret@mail.example", FROM, id="a password over an open line"),
        pytest.param("http://mail.example", FROM, id="no mail server"),
        pytest.param("smtps://", FROM, id="no host"),
        pytest.param("smtps://mail.example:x", FROM, id="no port"),
        pytest.param("smtps://mail.example", "Open Line", id="from nobody"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_without_repeating_them(url: str, sender: str) -> None:
    with pytest.raises(InvalidError) as problem:
        MailSettings.parse(url, sender)
    assert "secret" not in problem.value.message


def test_ports_are_the_usual_ones_and_a_local_relay_may_have_a_password() -> None:
    assert MailSettings.parse("smtps://mail.example", FROM).port == 465
    assert MailSettings.parse("smtp+starttls://mail.example", FROM).port == 587
    assert MailSettings.parse("smtp://line:secret@127.0.0.1", FROM).port == 25
    assert "secret" not in repr(MailSettings.parse("smtp://line:secret@127.0.0.1", FROM))
