"""What an operator says of an aggregator, checked: the values that `checking` makes of a plain document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from app.carriers.generic.places import Place, Test
from app.carriers.generic.templates import Template
from app.carriers.protocol import Acknowledgement, Cause, Delivery
from app.domain.segments import Encoding, SplitPolicy

Fields = tuple[tuple[str, Template], ...]
"""Names and what to fill in for each, in order."""


class TextForm(StrEnum):
    """How a text is written into a field."""

    PLAIN = "plain"
    UTF16_HEX = "utf-16be-hex"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class Coding:
    """What goes with a text of one encoding: its form, and flags that templates call `{coding.…}`."""

    form: TextForm = TextForm.PLAIN
    flags: Mapping[str, str | int | bool] = field(default_factory=dict[str, "str | int | bool"])


@dataclass(frozen=True, slots=True)
class FormBody:
    """A form."""

    fields: Fields


@dataclass(frozen=True, slots=True)
class JsonBody:
    """JSON whose texts are templates."""

    tree: Any


@dataclass(frozen=True, slots=True)
class TextBody:
    """A body written out, XML for example; `escape` names how values are escaped in it."""

    template: Template
    escape: str
    media_type: str


Body = FormBody | JsonBody | TextBody


@dataclass(frozen=True, slots=True)
class AnswerTest:
    """Which answers are meant: the status is among these (2xx where none is named), and the tests hold."""

    statuses: frozenset[int] = frozenset()
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an answer means that does not say the text was taken; `outcome` is rejected, retry or unknown."""

    answers: AnswerTest
    outcome: str
    cause: Cause
    after: timedelta
    code: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """How a text is handed over, and how the answer is read. Without a `reference`, ours is the reference."""

    method: str
    url: Template
    query: Fields = ()
    headers: Fields = ()
    body: Body | None = None
    basic: tuple[Template, Template] | None = None
    charset: str = "utf-8"
    codings: Mapping[Encoding, Coding] = field(default_factory=dict["Encoding", "Coding"])
    taken: AnswerTest = field(default_factory=AnswerTest)
    refused: tuple[Refusal, ...] = ()
    reference: Place | None = None
    code: Place | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """A reference of our own making, where the vendor gives none: of sender, receiver, text and this time."""

    time: Place


@dataclass(frozen=True, slots=True)
class PartPlaces:
    """Where the pieces of a long text say which they are."""

    key: Place
    number: Place
    count: Place


@dataclass(frozen=True, slots=True)
class Inbound:
    """Where a reply stands in a webhook.

    `each` leads to a list of replies in JSON; what fails `only` is no reply. `forms` tells by the value in `coding`
    how the text is written. Numbers without a country code are read as dialled in `country`.
    """

    sender: Place
    to: Place
    text: Place
    reference: Place | Digest
    each: tuple[str, ...] | None = None
    only: tuple[Test, ...] = ()
    charset: str | Place = "utf-8"
    coding: Place | None = None
    forms: Mapping[str, TextForm] = field(default_factory=dict[str, "TextForm"])
    part: PartPlaces | None = None
    country: str = ""


@dataclass(frozen=True, slots=True)
class Reports:
    """Where word of a text we sent stands in a webhook. `message` is the place of our id, where the address has none."""

    state: Place
    states: Mapping[str, tuple[Delivery, Cause | None]]
    reference: Place | None = None
    message: Place | None = None
    each: tuple[str, ...] | None = None
    only: tuple[Test, ...] = ()
    code: Place | None = None
    charset: str | Place = "utf-8"


@dataclass(frozen=True, slots=True)
class Signature:
    """A keyed digest in a header; `over` is a template of body, query, url and timestamp."""

    header: str
    secret: str
    over: Template
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    timestamp: str = ""
    tolerance: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Verification:
    """How a webhook proves whose it is; all that is given must hold. `secret` names the one in the address."""

    secret: str = ""
    signature: Signature | None = None
    peers: tuple[IPv4Network | IPv6Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """An aggregator. `secrets` are the names of those its templates and its verification use; seconds are seconds."""

    name: str
    send: Sending
    verify: Verification
    inbound: Inbound | None = None
    reports: Reports | None = None
    acknowledge: Acknowledgement = field(default_factory=lambda: Acknowledgement(b"", "text/plain"))
    two_way: bool = False
    split: SplitPolicy = SplitPolicy.GRAPHEME
    segments_per_second: float = 1.0
    connect: float = 5.0
    read: float = 15.0
    at_once: int = 5
    secrets: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
