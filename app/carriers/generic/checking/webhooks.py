"""The parts of a definition that say what comes back: replies, reports, and what proves whose they are."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import cast

from app.carriers.generic import addresses
from app.carriers.generic.definition import (
    Digest,
    Inbound,
    PartPlaces,
    Reports,
    Signature,
    TextForm,
    Verification,
)
from app.carriers.generic.places import Kind, Place
from app.carriers.generic.reader import Document, Reader
from app.carriers.protocol import Acknowledgement, Cause, Delivery

_SIGNED = frozenset({"body", "query", "url", "timestamp"})
_WEBHOOK = (Kind.JSON, Kind.FIELD, Kind.QUERY, Kind.FORM, Kind.HEADER, Kind.BODY, Kind.FIXED)
_ALGORITHMS, _DIGESTS = ("sha256", "sha1", "sha512"), ("hex", "base64")


class WebhookReader(Reader):
    """Reads `inbound`, `reports`, `verify` and `acknowledge`."""

    def inbound(self, value: object, place: str) -> Inbound:
        """How a reply comes in."""
        document = self.mapping(
            value, place, "each only sender to text reference digest charset coding forms part country"
        )

        def stands(name: str) -> Place:
            return self.place(document.get(name), f"{place}.{name}", _WEBHOOK)

        if ("reference" in document) == ("digest" in document):
            self.fault(place, "needs a `reference`, or a `digest` of a time where the vendor gives none")
        country = str(document.get("country", ""))
        if country and not addresses.is_country(country):
            self.fault(f"{place}.country", "is no country of two capital letters (ISO 3166-1)")
        forms = self.mapping(document.get("forms", {}), f"{place}.forms")
        if ("coding" in document) != ("forms" in document):
            self.fault(place, "`coding` and `forms` go together")
        return Inbound(
            sender=stands("sender"),
            to=stands("to"),
            text=stands("text"),
            reference=self._digest(document["digest"], f"{place}.digest")
            if "digest" in document
            else stands("reference"),
            each=self.pointer(document.get("each"), f"{place}.each"),
            only=self.tests(document.get("only", []), f"{place}.only", _WEBHOOK),
            charset=self._webhook_charset(document, place),
            coding=stands("coding") if "coding" in document else None,
            forms={
                said: self.choice(TextForm, form, f"{place}.forms.{said}", TextForm.PLAIN)
                for said, form in forms.items()
            },
            part=self._part(document["part"], f"{place}.part") if "part" in document else None,
            country=country,
        )

    def _digest(self, value: object, place: str) -> Digest:
        document = self.mapping(value, place, "time")
        return Digest(self.place(document.get("time"), f"{place}.time", tuple(set(_WEBHOOK) - {Kind.FIXED})))

    def _part(self, value: object, place: str) -> PartPlaces:
        document = self.mapping(value, place, "key number count")

        def stands(name: str) -> Place:
            return self.place(document.get(name), f"{place}.{name}", _WEBHOOK)

        return PartPlaces(stands("key"), stands("number"), stands("count"))

    def _webhook_charset(self, document: Document, place: str) -> str | Place:
        given = document.get("charset", "utf-8")
        if isinstance(given, Mapping):
            return self.place(
                cast("object", given), f"{place}.charset", (Kind.QUERY, Kind.FORM, Kind.HEADER, Kind.FIELD)
            )
        return self.charset(given, f"{place}.charset")

    def reports(self, value: object, place: str) -> Reports:
        """How it is told what became of a text."""
        document = self.mapping(value, place, "each only reference message state states code charset")

        def stands(name: str) -> Place | None:
            return self.place(document[name], f"{place}.{name}", _WEBHOOK) if name in document else None

        if "reference" not in document and "message" not in document and "status_url" not in self.names:
            self.fault(place, "says of no text: name `reference` or `message`, or send {status_url}")
        states = self.mapping(document.get("states"), f"{place}.states")
        return Reports(
            state=self.place(document.get("state"), f"{place}.state", _WEBHOOK),
            states={said: self._state(meant, f"{place}.states.{said}") for said, meant in states.items()},
            reference=stands("reference"),
            message=stands("message"),
            each=self.pointer(document.get("each"), f"{place}.each"),
            only=self.tests(document.get("only", []), f"{place}.only", _WEBHOOK),
            code=stands("code"),
            charset=self._webhook_charset(document, place),
        )

    def _state(self, value: object, place: str) -> tuple[Delivery, Cause | None]:
        document = self.mapping(value if isinstance(value, Mapping) else {"delivery": value}, place, "delivery cause")
        delivery = self.choice(Delivery, document.get("delivery"), f"{place}.delivery", Delivery.QUEUED)
        lost = delivery in {Delivery.UNDELIVERED, Delivery.FAILED}
        if "cause" not in document:
            return delivery, Cause.OTHER if lost else None
        if not lost:
            self.fault(f"{place}.cause", "matters to a text that was lost alone")
        return delivery, self.choice(Cause, document["cause"], f"{place}.cause", Cause.OTHER)

    def verification(self, value: object, place: str) -> Verification:
        """What proves whose a webhook is."""
        document = self.mapping(value, place, "secret signature peers")
        secret = self.secret(document["secret"], f"{place}.secret") if "secret" in document else ""
        signature = self._signature(document["signature"], f"{place}.signature") if "signature" in document else None
        if not secret and signature is None:
            self.fault(
                place, "needs a `secret` in the address, or a `signature`; addresses of peers alone prove little"
            )
        if signature is not None and not secret:
            self._covered(signature)
        return Verification(secret, signature, self._peers(document.get("peers", []), f"{place}.peers"))

    def _covered(self, signature: Signature) -> None:
        """What is read must be what is signed, where nothing else proves whose the webhook is."""
        over = set(signature.over.names())
        if "status_url" in self.names and "url" not in over:
            self.fault("verify.signature.over", "must hold {url}, for the address says of which text a report is")
        for place in self.unsigned:
            signs_query = place.endswith(("query", "field")) and over & {"query", "url"}
            if not signs_query or (place.endswith("field") and "body" not in over):
                self.fault(place, "is not covered by the signature; sign {query} or {url}, or use a `secret` as well")

    def _signature(self, value: object, place: str) -> Signature:
        document = self.mapping(value, place, "header secret over algorithm encoding prefix timestamp tolerance")
        timestamp = str(document.get("timestamp", ""))
        over = self.template(document.get("over", "{body}"), f"{place}.over", _SIGNED, secrets=False)
        if ("timestamp" in over.names()) != bool(timestamp):
            self.fault(place, "name the header of the `timestamp`, and sign {timestamp}, or do neither")
        if "body" not in over.names():
            self.fault(f"{place}.over", "must hold {body}")
        for name in ("header", "timestamp"):
            if document.get(name) and not addresses.is_header(str(document[name])):
                self.fault(f"{place}.{name}", "is no header's name")
        return Signature(
            header=self.text(document.get("header"), f"{place}.header").lower(),
            secret=self.secret(document.get("secret"), f"{place}.secret"),
            over=over,
            algorithm=self.one_of(document.get("algorithm", "sha256"), f"{place}.algorithm", _ALGORITHMS, "sha256"),
            encoding=self.one_of(document.get("encoding", "hex"), f"{place}.encoding", _DIGESTS, "hex"),
            prefix=str(document.get("prefix", "")),
            timestamp=timestamp.lower(),
            tolerance=timedelta(seconds=self.number(document.get("tolerance", 300), f"{place}.tolerance", 1, 3600)),
        )

    def _peers(self, value: object, place: str) -> tuple[IPv4Network | IPv6Network, ...]:
        networks: list[IPv4Network | IPv6Network] = []
        for item in self.sequence(value, place):
            try:
                networks.append(ip_network(str(item)))
            except ValueError:
                self.fault(place, "is a list of addresses and networks, such as 198.51.100.0/24")
        return tuple(networks)

    def acknowledgement(self, value: object, place: str) -> Acknowledgement:
        """What a webhook is answered."""
        document = self.mapping(value, place, "body media_type")
        body = str(document.get("body", ""))
        media_type = str(document.get("media_type", "text/plain"))
        if not addresses.is_media_type(media_type):
            self.fault(f"{place}.media_type", "is no media type, as text/plain is one")
        return Acknowledgement(body.encode(errors="replace"), media_type)
