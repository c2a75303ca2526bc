"""From a document (YAML or JSON, already decoded) to a `Definition`, naming every fault at once."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, cast

from app.carriers.generic import addresses
from app.carriers.generic.definition import (
    AnswerTest,
    Body,
    Coding,
    Definition,
    Digest,
    Fields,
    FormBody,
    Inbound,
    JsonBody,
    PartPlaces,
    Refusal,
    Reports,
    Sending,
    Signature,
    TextBody,
    TextForm,
    Verification,
)
from app.carriers.generic.places import Kind, Place
from app.carriers.generic.reader import Document, Reader
from app.carriers.generic.templates import ESCAPES, Slot, Template
from app.carriers.protocol import Acknowledgement, Cause, Delivery
from app.domain.errors import Fault, InvalidError
from app.domain.segments import Encoding, SplitPolicy

_NUMBERS = frozenset({"to", "to_digits", "to_national", "sender", "sender_digits", "message", "status_url"})
_SIGNED = frozenset({"body", "query", "url", "timestamp"})
_ANSWER = (Kind.JSON, Kind.HEADER, Kind.BODY)
_WEBHOOK = (Kind.JSON, Kind.FIELD, Kind.QUERY, Kind.FORM, Kind.HEADER, Kind.BODY, Kind.FIXED)
_METHODS = ("GET", "POST", "PUT")
_OUTCOMES = ("rejected", "retry", "unknown")
_ALGORITHMS, _DIGESTS = ("sha256", "sha1", "sha512"), ("hex", "base64")
_DEEPEST = 8
_ERROR_STATUSES = range(100, 600)
# Headers that the exchange itself must set, or a value in them would say where the body ends.
_NOT_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te"})


def parse_definition(document: object) -> Definition:
    """The definition a document describes.

    Raises:
        InvalidError: with a `Fault` for every malformed place, not the first alone.
    """
    definition, faults = read_definition(document)
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        raise InvalidError(f"The carrier's definition has {len(errors)} fault(s).", faults)
    return definition


def read_definition(document: object) -> tuple[Definition, list[Fault]]:
    """What can be made of a document, with stand-ins at its malformed places, and the faults of those."""
    checker = _Checker()
    return checker.definition(document), checker.faults


class _Checker(Reader):
    """The sections of a definition."""

    # -- the definition -------------------------------------------------------------------------

    def definition(self, value: object) -> Definition:
        document = self.mapping(
            value, "", "carrier source send inbound reports verify acknowledge capabilities timeouts"
        )
        name = self.text(document.get("carrier"), "carrier")
        if name and not addresses.is_name(name):
            self.fault("carrier", "must be 2 to 31 small letters, digits and -, a letter first: it stands in addresses")
        sending = self.sending(document.get("send"), "send")
        self.unsigned.clear()  # what stands in answers needs no signature
        inbound = self.inbound(document["inbound"], "inbound") if "inbound" in document else None
        reports = self.reports(document["reports"], "reports") if "reports" in document else None
        verify = self.verification(document.get("verify"), "verify")
        can = self.mapping(document.get("capabilities", {}), "capabilities", "two_way split segments_per_second")
        two_way = self.flag(can.get("two_way", inbound is not None), "capabilities.two_way")
        if two_way and inbound is None:
            self.fault("capabilities.two_way", "needs `inbound`, which says where a reply stands")
        if "status_url" in self.names and reports is None:
            self.fault("send", "gives {status_url} away, and `reports` is missing, which says what will come there")
        times = self.mapping(document.get("timeouts", {}), "timeouts", "connect read at_once")
        return Definition(
            name=name,
            send=sending,
            verify=verify,
            inbound=inbound,
            reports=reports,
            acknowledge=self.acknowledgement(document.get("acknowledge", {}), "acknowledge"),
            two_way=two_way,
            split=self.choice(SplitPolicy, can.get("split", "grapheme"), "capabilities.split", SplitPolicy.GRAPHEME),
            segments_per_second=self.number(
                can.get("segments_per_second", 1.0), "capabilities.segments_per_second", 0.01, 1000
            ),
            connect=self.number(times.get("connect", 5.0), "timeouts.connect", 0.1, 60),
            read=self.number(times.get("read", 15.0), "timeouts.read", 0.1, 120),
            at_once=int(self.number(times.get("at_once", 5), "timeouts.at_once", 1, 100)),
            secrets=frozenset(self.secrets),
            names=frozenset(self.names),
        )

    def acknowledgement(self, value: object, place: str) -> Acknowledgement:
        document = self.mapping(value, place, "body media_type")
        body = str(document.get("body", ""))
        media_type = str(document.get("media_type", "text/plain"))
        if not addresses.is_media_type(media_type):
            self.fault(f"{place}.media_type", "is no media type, as text/plain is one")
        return Acknowledgement(body.encode(errors="replace"), media_type)

    # -- sending --------------------------------------------------------------------------------

    def sending(self, value: object, place: str) -> Sending:
        document = self.mapping(
            value,
            place,
            "method url query headers form json body auth charset codings taken refused reference code",
        )
        method = self.one_of(document.get("method", "POST"), f"{place}.method", _METHODS, "POST")
        url = self.url(document.get("url"), f"{place}.url")
        everywhere = _NUMBERS | {"text"}
        body = self.body(document, place, everywhere)
        if method == "GET" and body is not None:
            self.fault(f"{place}.method", "GET carries no body; put the fields into `query`")
        codings = self.codings(document.get("codings", {}), f"{place}.codings")
        sending = Sending(
            method=method,
            url=url,
            query=self.fields(document.get("query", {}), f"{place}.query", everywhere),
            headers=self.headers(document, place),
            body=body,
            basic=self.basic(document.get("auth", {}), f"{place}.auth"),
            charset=self.charset(document.get("charset", "utf-8"), f"{place}.charset"),
            codings=codings,
            taken=self.answers(document.get("taken", {}), f"{place}.taken"),
            refused=tuple(
                self.refusal(row, f"{place}.refused[{number}]")
                for number, row in enumerate(self.sequence(document.get("refused", []), f"{place}.refused"), 1)
            ),
            reference=self.place(document["reference"], f"{place}.reference", _ANSWER)
            if "reference" in document
            else None,
            code=self.place(document["code"], f"{place}.code", _ANSWER) if "code" in document else None,
        )
        if not {"to", "to_digits", "to_national"} & self.names:
            self.fault(place, "says nowhere to whom: {to}, {to_digits} or {to_national} is missing")
        if "text" not in self.names:
            self.fault(place, "says nowhere what: {text} is missing")
        for name in sorted(self.flags):
            for encoding, coding in codings.items():
                if name.removeprefix("coding.") not in coding.flags:
                    self.fault(f"{place}.codings.{encoding.lower()}", f"gives no value for {{{name}}}")
            if not codings:
                self.fault(f"{place}.codings", f"gives no value for {{{name}}}")
        return sending

    def url(self, value: object, place: str) -> Template:
        template = self.template(value, place, _NUMBERS | {"text"})
        query = False
        for piece in template.pieces:
            query = query or (isinstance(piece, str) and "?" in piece)
            if isinstance(piece, Slot) and (piece.name == "text" or piece.name.startswith("coding.")) and not query:
                self.fault(place, f"{{{piece.name}}} cannot stand in the path; put it behind the ? or into `query`")
        for severity, message in addresses.faults_of(template.lead(), whole=len(template.pieces) == 1):
            self.faults.append(Fault(place, message, severity))
        return template

    def headers(self, document: Document, place: str) -> Fields:
        fields = list(self.fields(document.get("headers", {}), f"{place}.headers", _NUMBERS - {"status_url"}))
        for name, template in fields:
            if not addresses.is_header(name) or name.lower() in _NOT_OURS:
                self.fault(f"{place}.headers.{name}", "cannot be set here")
            if any(not addresses.is_printable(piece) for piece in template.pieces if isinstance(piece, str)):
                self.fault(f"{place}.headers.{name}", "holds more than printable ASCII")
        auth = document.get("auth", {})
        if isinstance(auth, Mapping) and "bearer" in auth:
            token = self.template(cast("Document", auth)["bearer"], f"{place}.auth.bearer", frozenset())
            fields.append(("authorization", Template(("Bearer ", *token.pieces))))
        return tuple(fields)

    def basic(self, value: object, place: str) -> tuple[Template, Template] | None:
        document = self.mapping(value, place, "basic bearer")
        if "basic" not in document:
            return None
        pair = self.mapping(document["basic"], f"{place}.basic", "user password")
        user = self.template(pair.get("user"), f"{place}.basic.user", frozenset())
        return user, self.template(pair.get("password"), f"{place}.basic.password", frozenset())

    def body(self, document: Document, place: str, allowed: frozenset[str]) -> Body | None:
        given = [name for name in ("form", "json", "body") if name in document]
        if len(given) > 1:
            self.fault(place, f"has more than one body: {', '.join(given)}")
        if "form" in given:
            return FormBody(self.fields(document["form"], f"{place}.form", allowed))
        if "json" in given:
            return JsonBody(self.tree(document["json"], f"{place}.json", allowed))
        if "body" not in given:
            return None
        written = self.mapping(document["body"], f"{place}.body", "template escape media_type")
        media_type = self.text(written.get("media_type"), f"{place}.body.media_type", "text/plain")
        if not addresses.is_media_type(media_type):
            self.fault(f"{place}.body.media_type", "is no media type, as text/xml is one")
        return TextBody(
            self.template(written.get("template"), f"{place}.body.template", allowed),
            self.one_of(written.get("escape"), f"{place}.body.escape", ESCAPES, "xml"),
            media_type,
        )

    def tree(self, value: object, place: str, allowed: frozenset[str], depth: int = 0) -> Any:
        if depth > _DEEPEST:
            self.fault(place, f"is nested more than {_DEEPEST} deep")
            return None
        if isinstance(value, Mapping):
            return {
                str(key): self.tree(item, f"{place}.{key}", allowed, depth + 1)
                for key, item in cast("Mapping[object, Any]", value).items()
            }
        if isinstance(value, list):
            rows = enumerate(cast("list[Any]", value), 1)
            return [self.tree(item, f"{place}[{number}]", allowed, depth + 1) for number, item in rows]
        if isinstance(value, str):
            return self.template(value, place, allowed)
        if value is not None and not isinstance(value, bool | int | float):
            self.fault(place, "is no JSON value")
        return value

    def codings(self, value: object, place: str) -> dict[Encoding, Coding]:
        document = self.mapping(value, place, "gsm-7 ucs-2")
        if document and len(document) != len(Encoding):
            self.fault(place, "needs both gsm-7 and ucs-2")
        return {
            encoding: self.coding(document[encoding.lower()], f"{place}.{encoding.lower()}")
            for encoding in Encoding
            if encoding.lower() in document
        }

    def coding(self, value: object, place: str) -> Coding:
        document = self.mapping(value, place, "text flags")
        flags = self.mapping(document.get("flags", {}), f"{place}.flags")
        for name, item in flags.items():
            if not isinstance(item, str | int):
                self.fault(f"{place}.flags.{name}", "must be a text, a whole number, true or false")
        form = self.choice(TextForm, document.get("text", "plain"), f"{place}.text", TextForm.PLAIN)
        return Coding(form, dict(flags))

    def answers(self, value: object, place: str) -> AnswerTest:
        document = self.mapping(value, place, "status where")
        return self.answer_test(document, place)

    def answer_test(self, document: Document, place: str) -> AnswerTest:
        statuses: set[int] = set()
        for item in self.sequence(document.get("status", []), f"{place}.status"):
            family = str(item).removesuffix("xx")
            if family != str(item) and family in {"1", "2", "3", "4", "5"}:
                statuses.update(range(int(family) * 100, int(family) * 100 + 100))
            elif isinstance(item, int) and item in _ERROR_STATUSES:
                statuses.add(item)
            else:
                self.fault(f"{place}.status", "is a list of statuses such as 202, or of families such as 2xx")
        return AnswerTest(frozenset(statuses), self.tests(document.get("where", []), f"{place}.where", _ANSWER))

    def refusal(self, value: object, place: str) -> Refusal:
        document = self.mapping(value, place, "status where outcome cause after code")
        answers = self.answer_test(document, place)
        if not answers.statuses and not answers.tests:
            self.fault(place, "matches every answer: name a status, or a test in `where`")
        outcome = self.one_of(document.get("outcome"), f"{place}.outcome", _OUTCOMES, "unknown")
        after = timedelta()
        if outcome == "retry":
            after = timedelta(seconds=self.number(document.get("after"), f"{place}.after", 1, 86_400))
        elif "after" in document:
            self.fault(f"{place}.after", "matters to a retry alone")
        code = str(document.get("code", ""))
        if code and not addresses.is_code(code):
            self.fault(f"{place}.code", "must be short and of letters, digits, _, . and -")
        cause = self.choice(Cause, document.get("cause", "other"), f"{place}.cause", Cause.OTHER)
        return Refusal(answers, outcome, cause, after, code)

    # -- webhooks -------------------------------------------------------------------------------

    def inbound(self, value: object, place: str) -> Inbound:
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
            reference=self.digest(document["digest"], f"{place}.digest")
            if "digest" in document
            else stands("reference"),
            each=self.pointer(document.get("each"), f"{place}.each"),
            only=self.tests(document.get("only", []), f"{place}.only", _WEBHOOK),
            charset=self.webhook_charset(document, place),
            coding=stands("coding") if "coding" in document else None,
            forms={
                said: self.choice(TextForm, form, f"{place}.forms.{said}", TextForm.PLAIN)
                for said, form in forms.items()
            },
            part=self.part(document["part"], f"{place}.part") if "part" in document else None,
            country=country,
        )

    def digest(self, value: object, place: str) -> Digest:
        document = self.mapping(value, place, "time")
        return Digest(self.place(document.get("time"), f"{place}.time", tuple(set(_WEBHOOK) - {Kind.FIXED})))

    def part(self, value: object, place: str) -> PartPlaces:
        document = self.mapping(value, place, "key number count")

        def stands(name: str) -> Place:
            return self.place(document.get(name), f"{place}.{name}", _WEBHOOK)

        return PartPlaces(stands("key"), stands("number"), stands("count"))

    def webhook_charset(self, document: Document, place: str) -> str | Place:
        given = document.get("charset", "utf-8")
        if isinstance(given, Mapping):
            return self.place(
                cast("object", given), f"{place}.charset", (Kind.QUERY, Kind.FORM, Kind.HEADER, Kind.FIELD)
            )
        return self.charset(given, f"{place}.charset")

    def reports(self, value: object, place: str) -> Reports:
        document = self.mapping(value, place, "each only reference message state states code charset")

        def stands(name: str) -> Place | None:
            return self.place(document[name], f"{place}.{name}", _WEBHOOK) if name in document else None

        if "reference" not in document and "message" not in document and "status_url" not in self.names:
            self.fault(place, "says of no text: name `reference` or `message`, or send {status_url}")
        states = self.mapping(document.get("states"), f"{place}.states")
        return Reports(
            state=self.place(document.get("state"), f"{place}.state", _WEBHOOK),
            states={said: self.state(meant, f"{place}.states.{said}") for said, meant in states.items()},
            reference=stands("reference"),
            message=stands("message"),
            each=self.pointer(document.get("each"), f"{place}.each"),
            only=self.tests(document.get("only", []), f"{place}.only", _WEBHOOK),
            code=stands("code"),
            charset=self.webhook_charset(document, place),
        )

    def state(self, value: object, place: str) -> tuple[Delivery, Cause | None]:
        document = self.mapping(value if isinstance(value, Mapping) else {"delivery": value}, place, "delivery cause")
        delivery = self.choice(Delivery, document.get("delivery"), f"{place}.delivery", Delivery.QUEUED)
        lost = delivery in {Delivery.UNDELIVERED, Delivery.FAILED}
        if "cause" not in document:
            return delivery, Cause.OTHER if lost else None
        if not lost:
            self.fault(f"{place}.cause", "matters to a text that was lost alone")
        return delivery, self.choice(Cause, document["cause"], f"{place}.cause", Cause.OTHER)

    def verification(self, value: object, place: str) -> Verification:
        document = self.mapping(value, place, "secret signature peers")
        secret = self.secret(document["secret"], f"{place}.secret") if "secret" in document else ""
        signature = self.signature(document["signature"], f"{place}.signature") if "signature" in document else None
        if not secret and signature is None:
            self.fault(
                place, "needs a `secret` in the address, or a `signature`; addresses of peers alone prove little"
            )
        if signature is not None and not secret:
            self.covered(signature)
        return Verification(secret, signature, self.peers(document.get("peers", []), f"{place}.peers"))

    def covered(self, signature: Signature) -> None:
        """What is read must be what is signed, where nothing else proves whose the webhook is."""
        over = set(signature.over.names())
        if "status_url" in self.names and "url" not in over:
            self.fault("verify.signature.over", "must hold {url}, for the address says of which text a report is")
        for place in self.unsigned:
            signs_query = place.endswith(("query", "field")) and over & {"query", "url"}
            if not signs_query or (place.endswith("field") and "body" not in over):
                self.fault(place, "is not covered by the signature; sign {query} or {url}, or use a `secret` as well")

    def signature(self, value: object, place: str) -> Signature:
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

    def peers(self, value: object, place: str) -> tuple[IPv4Network | IPv6Network, ...]:
        networks: list[IPv4Network | IPv6Network] = []
        for item in self.sequence(value, place):
            try:
                networks.append(ip_network(str(item)))
            except ValueError:
                self.fault(place, "is a list of addresses and networks, such as 198.51.100.0/24")
        return tuple(networks)
