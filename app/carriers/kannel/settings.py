"""What an entry point configures, and what Kannel must be told in turn: the addresses at which it reaches us."""

import re
from dataclasses import dataclass, field

from app.carriers.addresses import SecretAddress
from app.domain.errors import InvalidError

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ADDRESS = re.compile(r"https?://[!-$&-~]+")  # no blank, and no % for Kannel to replace
_HEADER = re.compile(r"[!-~](?:[ -~]*[!-~])?")  # Kannel strips blanks at both ends


@dataclass(frozen=True, slots=True)
class KannelSettings:
    """One Kannel, as one road.

    `public_url` is where Kannel reaches us, without the path; `secret` guards both webhooks. `allowed_peers` and
    `trusted_proxies` are addresses or networks: who may call, and who may say for whom it calls. `most_parts` is
    the `max-messages` of its sendsms-user. A text that waits longer than `validity` seconds is dropped, lest it
    arrive at night; Kannel counts in minutes. `timeout` and `connect_timeout` are seconds.

    Raises:
        InvalidError: a setting that could not work. The message repeats no secret.
    """

    sendsms_url: str
    username: str
    password: str = field(repr=False)
    public_url: str
    secret: str = field(repr=False)
    allowed_peers: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    trusted_proxies: tuple[str, ...] = ()
    smsc: str = ""
    dlr_mask: int = 31
    most_parts: int = 10
    validity: int = 14_400
    segments_per_second: float = 10.0
    timeout: float = 15.0
    connect_timeout: float = 5.0
    proxy: str | None = field(default=None, repr=False)
    name: str = "kannel"

    def __post_init__(self) -> None:
        _must(_NAME.fullmatch(self.name), "A road's name is a few small letters, digits and hyphens.")
        address(self)
        _must(_ADDRESS.fullmatch(self.sendsms_url), "The address of Kannel's sendsms cannot be used.")
        _must(_ADDRESS.fullmatch(self.public_url), "Kannel cannot be given this public address.")
        _must(_HEADER.fullmatch(self.username), "Kannel's user is written in ASCII.")
        _must(_HEADER.fullmatch(self.password), "Kannel's password is written in ASCII.")
        _must(not self.smsc or _HEADER.fullmatch(self.smsc), "The SMSC's id is written in ASCII.")


def _must(met: object, otherwise: str) -> None:
    if not met:
        raise InvalidError(otherwise)


def address(settings: KannelSettings) -> SecretAddress:
    """Where Kannel reaches us. It keeps these addresses in its spool and may log them: a report's shows no secret."""
    return SecretAddress(settings.name, settings.public_url, settings.secret)


def report_url(settings: KannelSettings, message: str) -> str:
    """The dlr-url of one text.

    Of the SMSC's answer Kannel puts in the first word (%k) and the error code (%D), not the whole (%A): an SMPP
    receipt ends with the first characters of the text.
    """
    return f"{address(settings).status_of(message)}?type=%d&answer=%k&meta=%D"


def post_url(settings: KannelSettings) -> str:
    """The post-url of Kannel's sms-service; it needs `send-sender = true`, for numbers come in headers, not in the URL."""
    return f"{address(settings).inbound}?id=%I&ts=%T&coding=%c&charset=%C"


def sms_service(settings: KannelSettings) -> str:
    """The group of kannel.conf that brings every reply here and never answers a phone by itself."""
    return (
        "group = sms-service\n"
        "keyword = default\n"
        "catch-all = true\n"
        "max-messages = 0\n"
        "omit-empty = true\n"
        "assume-plain-text = true\n"
        "send-sender = true\n"
        f'post-url = "{post_url(settings)}"\n'
    )
