"""The carrier itself: the definition, its secrets, and the one exchange."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.carriers.addresses import SecretAddress
from app.carriers.exchange import Exchange
from app.carriers.generic import webhooks
from app.carriers.generic.addresses import is_webhook_secret
from app.carriers.generic.definition import Definition
from app.carriers.generic.sending import judge, write
from app.carriers.generic.templates import TemplateError
from app.carriers.policy import policy
from app.carriers.protocol import (
    Acknowledgement,
    Capabilities,
    Cause,
    InboundText,
    Lookup,
    OutboundText,
    Outcome,
    Rejected,
    Request,
    StatusReport,
)
from app.domain.errors import Fault, InvalidError


@dataclass(frozen=True, slots=True)
class GenericSettings:
    """What an entry point configures: a checked definition, the values of its secrets, and where we are reached."""

    definition: Definition
    secrets: Mapping[str, str] = field(repr=False)
    public_url: str
    proxy: str | None = field(default=None, repr=False)


class GenericCarrier:
    """An aggregator by its definition, as a `Carrier`.

    Raises:
        InvalidError: a secret is missing or cannot be used, with its name and never its value.
    """

    def __init__(self, settings: GenericSettings) -> None:
        definition = settings.definition
        if faults := secret_faults(definition, settings.secrets):
            raise InvalidError("The carrier's secrets do not fit its definition.", faults)
        self.name: str = definition.name
        self._settings = settings
        self._definition = definition
        secret = definition.verify.secret
        self._address = SecretAddress(self.name, settings.public_url, settings.secrets[secret]) if secret else None
        self._exchange = Exchange(
            connect=definition.connect, read=definition.read, at_once=definition.at_once, proxy=settings.proxy
        )
        self.capabilities: Capabilities = Capabilities(
            two_way=definition.two_way,
            looks_up=False,
            split=definition.split,
            segments_per_second=definition.segments_per_second,
        )

    async def send(self, batch: Sequence[OutboundText]) -> Mapping[str, Outcome]:
        """Hands over a batch, a request for each text; an outcome for each, by our message id."""
        return await self._exchange.hand_over(batch, policy("generic"), self._create)

    async def _create(self, text: OutboundText) -> Outcome:
        try:
            made = write(self._definition.send, text, self._settings.secrets, self._status_url(text.message))
        except TemplateError:
            return Rejected(Cause.OTHER, "unwritable")  # nothing was sent
        answer = await self._exchange.ask(
            made.method, made.url, headers=made.headers, content=made.content, auth=made.auth
        )
        return judge(self._definition.send, answer, text.message, policy("generic"))

    def _status_url(self, message: str) -> str:
        if self._address is not None:
            return self._address.status_of(message)
        return f"{self._settings.public_url.rstrip('/')}/carriers/{self.name}/status/{message}"

    def verify(self, request: Request, now: datetime) -> None:
        """Raises ForgedWebhookError unless all hold that the definition asks for."""
        if self._address is not None:
            self._address.verify(request)
        url = self._settings.public_url.rstrip("/") + request.path + (f"?{request.query}" if request.query else "")
        webhooks.verify(self._definition.verify, request, self._settings.secrets, url, now)

    def parse_inbound(self, request: Request) -> Sequence[InboundText]:
        """The replies in a verified webhook; empty where the definition's `only` says it tells of something else."""
        if self._definition.inbound is None:
            raise InvalidError("This carrier's definition takes no replies.")
        verification = self._definition.verify
        name = verification.secret or (verification.signature.secret if verification.signature else "")
        return webhooks.inbound(self._definition.inbound, request, self._settings.secrets[name])

    def parse_status(self, request: Request, message: str) -> Sequence[StatusReport]:
        """The reports in a verified webhook."""
        if self._definition.reports is None:
            raise InvalidError("This carrier's definition takes no reports.")
        # Where the address is the road's own, what stands in the message's place is the secret.
        ours = message if self._address is None else self._address.message(request)
        return webhooks.reports(self._definition.reports, request, ours)

    def acknowledge(self) -> Acknowledgement:
        """What the definition says; an empty text where it says nothing."""
        return self._definition.acknowledge

    async def reconcile(self, since: datetime) -> Lookup:
        """Empty: a definition tells of no look-up."""
        del since
        return Lookup()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._exchange.aclose()


def secret_faults(definition: Definition, secrets: Mapping[str, str]) -> list[Fault]:
    """What is wrong with the secrets given for a definition; no fault repeats a value."""
    faults = [Fault(f"secrets.{name}", "is missing") for name in sorted(definition.secrets - secrets.keys())]
    faults += [
        Fault(f"secrets.{name}", "holds a line end or another control character")
        for name, value in sorted(secrets.items())
        if not value.isprintable()
    ]
    webhook = definition.verify.secret
    if webhook in secrets and not is_webhook_secret(secrets[webhook]):
        faults.append(
            Fault(f"secrets.{webhook}", "must be 16 to 128 letters, digits, - and _: it stands in an address")
        )
    signature = definition.verify.signature
    if signature is not None and not secrets.get(signature.secret):
        faults.append(Fault(f"secrets.{signature.secret}", "may not be empty"))
    return faults
