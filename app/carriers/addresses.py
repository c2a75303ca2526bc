"""A webhook's address that holds a secret, for vendors that sign nothing; and a vendor's numbers with their plus."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from app.carriers.protocol import Request
from app.domain.errors import ForgedWebhookError, InvalidError

_SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")
_OPAQUE = 32  # hexadecimal digits: 128 bits
_LONGEST_SHORT_CODE = 8


@dataclass(frozen=True, slots=True)
class SecretAddress:
    """The addresses a vendor is given for one road.

    One of the road's own ends in the secret: /inbound/<secret>, /status/<secret>. One of a single message ends in a
    MAC of our id under it, and speaks of that message alone: /status/<our id>/<MAC>. So what a vendor's logs show
    of a message opens nothing else.

    Raises:
        InvalidError: the secret is short, or would not stand in an address as it is.
    """

    road: str
    public_url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _SECRET.fullmatch(self.secret):
            raise InvalidError("The secret of a webhook's address is 16 to 128 letters, digits, - and _.")

    @property
    def inbound(self) -> str:
        """Where replies go."""
        return f"{self._road}/inbound/{self.secret}"

    @property
    def status(self) -> str:
        """Where reports on any message go."""
        return f"{self._road}/status/{self.secret}"

    def status_of(self, message: str) -> str:
        """Where reports on this message go."""
        return f"{self._road}/status/{message}/{opaque(self.secret, message)}"

    def verify(self, request: Request) -> None:
        """Raises ForgedWebhookError unless the address is one of these."""
        match request.path.split("/"):
            case [*_, "carriers", _, "status", message, claimed]:
                expected = opaque(self.secret, message)
            case [*_, "carriers", _, "inbound" | "status", claimed]:
                expected = self.secret
            case _:
                raise ForgedWebhookError("The webhook's address holds no secret.")
        if not same(expected, claimed):
            raise ForgedWebhookError("The secret in the webhook's address is wrong.")

    def message(self, request: Request) -> str:
        """Our id in the address of a verified report, empty where the address is the road's own."""
        match request.path.split("/"):
            case [*_, "carriers", _, "status", message, _]:
                return message
            case _:
                return ""

    @property
    def _road(self) -> str:
        return f"{self.public_url.rstrip('/')}/carriers/{self.road}"


def opaque(secret: str, *what: str) -> str:
    """A name for these under a secret, the same every time, that tells nothing of them to who does not know it."""
    # A separator that no field of a webhook holds: cleaned texts have no NUL.
    signed = "\0".join(what).encode(errors="replace")
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()[:_OPAQUE]


def same(expected: str, claimed: str) -> bool:
    """Whether the two are equal, in a time that tells nothing; any text may be claimed."""
    return hmac.compare_digest(expected.encode(), claimed.encode(errors="replace"))


def e164(number: str) -> str:
    """A phone's number with the plus that many vendors leave out; a short code or a name as it is."""
    plain = number.strip()
    whole = plain.isascii() and plain.isdigit() and len(plain) > _LONGEST_SHORT_CODE
    return f"+{plain}" if whole else plain


def digits(number: str) -> str:
    """A number without its plus, as many vendors want it."""
    return number.removeprefix("+")
