"""Letters to a mail server by SMTP, as RFC 5321 says; never a second try, which is the caller's affair.

Unlike a text, a letter whose fate is unknown may be sent again: it bears the same Message-ID, and reading it twice
harms nobody.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app.domain.errors import InvalidError
from app.domain.mailboxes import mailbox

_STEP_SECONDS = 20.0
_LONGEST_SECONDS = 60.0
_GOODBYE_SECONDS = 3.0
_PERMANENT = 500
_PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}
_WRONG = (
    "SHIFTLINE_SMTP_URL must read smtp+starttls://user:password@host:587, smtps://user:password@host:465,"
    " or smtp://host:25 without a password; SHIFTLINE_MAIL_FROM must be an address, such as `Open Line <line@example.org>`."
)


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The server that takes our letters, how the way there is sealed, and whom the letters are from."""

    host: str
    port: int
    scheme: str
    user: str
    password: str = field(repr=False)
    name: str
    sender: str

    @classmethod
    def parse(cls, url: str, sender: str) -> "MailSettings":
        """Settings as the environment holds them.

        Raises:
            InvalidError: they are malformed, or a password would cross the network unsealed; the message repeats neither.
        """
        try:
            parts = urlsplit(url.strip())
            port = parts.port or _PORTS[parts.scheme]
        except (KeyError, ValueError):
            raise InvalidError(_WRONG) from None
        host, user = parts.hostname or "", unquote(parts.username or "")
        if not host or (user and parts.scheme == "smtp" and not _on_this_machine(host)):
            raise InvalidError(_WRONG)
        name, address = parseaddr(sender)
        return cls(host, port, parts.scheme, user, unquote(parts.password or ""), name, mailbox(address))


def _on_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter on its way: the same `id` each time it is tried."""

    id: str
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mailed:
    """What came of a letter: taken (no fault), or the kind of fault, never the server's words, which hold the address.

    `final` says that the same again would be refused again.
    """

    fault: str = ""
    final: bool = False

    @property
    def taken(self) -> bool:
        """Whether the server took it."""
        return not self.fault


class Mailer:
    """Hands letters to one mail server, a connection a batch.

    Args:
        settings: which server.
        trust: whose certificates are believed; the system's where none is given.
    """

    def __init__(self, settings: MailSettings, trust: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._trust = trust

    async def send(self, mails: Sequence[Mail], now: datetime) -> list[Mailed]:
        """Hand over a batch; never raises for what the server does."""
        client = self._client()
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                await client.connect()
        except Exception as problem:  # noqa: BLE001 - whatever broke, nothing was handed over: it is tried again
            return [Mailed(_fault(problem))] * len(mails)
        try:
            return [await self._hand_over(client, mail, now) for mail in mails]
        finally:
            with suppress(Exception):  # whatever a goodbye meets, the letters are with the server or not
                await client.quit(timeout=_GOODBYE_SECONDS)
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            # Else the resolver is asked for this machine's name, and everybody waits for it.
            local_hostname=settings.sender.rpartition("@")[2],
            timeout=_STEP_SECONDS,
            use_tls=settings.scheme == "smtps",
            start_tls=settings.scheme == "smtp+starttls",
            tls_context=self._trust,
            username=settings.user or None,
            password=settings.password or None,
        )

    async def _hand_over(self, client: aiosmtplib.SMTP, mail: Mail, now: datetime) -> Mailed:
        try:
            # The client bounds each step, not their sum.
            async with asyncio.timeout(_LONGEST_SECONDS):
                await client.send_message(self._written(mail, now))
        except aiosmtplib.SMTPRecipientsRefused as problem:
            code = problem.recipients[0].code
            return Mailed(f"recipient-{code}", final=code >= _PERMANENT)
        except aiosmtplib.SMTPDataError as problem:
            return Mailed(f"content-{problem.code}", final=problem.code >= _PERMANENT)
        except Exception as problem:  # noqa: BLE001 - the kind alone is safe to keep
            return Mailed(_fault(problem))
        return Mailed()

    def _written(self, mail: Mail, now: datetime) -> EmailMessage:
        settings = self._settings
        written = EmailMessage()
        written["From"] = Address(settings.name, addr_spec=settings.sender)
        written["To"] = Address(addr_spec=mail.recipient)
        written["Subject"] = mail.subject
        written["Date"] = format_datetime(now)
        written["Message-ID"] = f"<{mail.id}@{settings.sender.rpartition('@')[2]}>"
        written["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine is to answer
        written.set_content(mail.body)
        return written


_FAULTS: Mapping[type[Exception], str] = {
    aiosmtplib.SMTPAuthenticationError: "account",
    aiosmtplib.SMTPSenderRefused: "sender",
    aiosmtplib.SMTPResponseException: "server",
    ssl.SSLError: "certificate",
    TimeoutError: "timeout",
    OSError: "unreachable",
}


def _fault(problem: Exception) -> str:
    """The kind of a fault, by the first that fits, with the server's code where it gave one."""
    if isinstance(problem.__cause__, ssl.SSLError):
        problem = problem.__cause__  # as the client tells of it where TLS begins at once
    kind = next((name for known, name in _FAULTS.items() if isinstance(problem, known)), type(problem).__name__)
    return f"{kind}-{problem.code}" if isinstance(problem, aiosmtplib.SMTPResponseException) else kind
