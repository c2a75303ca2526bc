"""The part of a definition that says how a text is handed over."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from app.carriers.generic import addresses
from app.carriers.generic.definition import (
    AnswerTest,
    Body,
    Coding,
    Fields,
    FormBody,
    JsonBody,
    Refusal,
    Sending,
    TextBody,
    TextForm,
)
from app.carriers.generic.places import Kind
from app.carriers.generic.reader import Document, Reader
from app.carriers.generic.templates import ESCAPES, Slot, Template
from app.carriers.protocol import Cause
from app.domain.errors import Fault
from app.domain.segments import Encoding

_NUMBERS = frozenset({"to", "to_digits", "to_national", "sender", "sender_digits", "message", "status_url"})
_ANSWER = (Kind.JSON, Kind.HEADER, Kind.BODY)
_METHODS = ("GET", "POST", "PUT")
_OUTCOMES = ("rejected", "retry", "unknown")
_DEEPEST = 8
_ERROR_STATUSES = range(100, 600)
# Headers that the exchange itself must set, or a value in them would say where the body ends.
_NOT_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te"})


class SendingReader(Reader):
    """Reads `send`."""

    def sending(self, value: object, place: str) -> Sending:
        """How a text is handed over, and what an answer to it means."""
        document = self.mapping(
            value,
            place,
            "method url query headers form json body auth charset codings taken refused reference code",
        )
        method = self.one_of(document.get("method", "POST"), f"{place}.method", _METHODS, "POST")
        url = self._url(document.get("url"), f"{place}.url")
        everywhere = _NUMBERS | {"text"}
        body = self._body(document, place, everywhere)
        if method == "GET" and body is not None:
            self.fault(f"{place}.method", "GET carries no body; put the fields into `query`")
        codings = self._codings(document.get("codings", {}), f"{place}.codings")
        sending = Sending(
            method=method,
            url=url,
            query=self.fields(document.get("query", {}), f"{place}.query", everywhere),
            headers=self._headers(document, place),
            body=body,
            basic=self._basic(document.get("auth", {}), f"{place}.auth"),
            charset=self.charset(document.get("charset", "utf-8"), f"{place}.charset"),
            codings=codings,
            taken=self._answers(document.get("taken", {}), f"{place}.taken"),
            refused=tuple(
                self._refusal(row, f"{place}.refused[{number}]")
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

    def _url(self, value: object, place: str) -> Template:
        template = self.template(value, place, _NUMBERS | {"text"})
        query = False
        for piece in template.pieces:
            query = query or (isinstance(piece, str) and "?" in piece)
            if isinstance(piece, Slot) and (piece.name == "text" or piece.name.startswith("coding.")) and not query:
                self.fault(place, f"{{{piece.name}}} cannot stand in the path; put it behind the ? or into `query`")
        for severity, message in addresses.faults_of(template.lead(), whole=len(template.pieces) == 1):
            self.faults.append(Fault(place, message, severity))
        return template

    def _headers(self, document: Document, place: str) -> Fields:
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

    def _basic(self, value: object, place: str) -> tuple[Template, Template] | None:
        document = self.mapping(value, place, "basic bearer")
        if "basic" not in document:
            return None
        pair = self.mapping(document["basic"], f"{place}.basic", "user password")
        user = self.template(pair.get("user"), f"{place}.basic.user", frozenset())
        return user, self.template(pair.get("password"), f"{place}.basic.password", frozenset())

    def _body(self, document: Document, place: str, allowed: frozenset[str]) -> Body | None:
        given = [name for name in ("form", "json", "body") if name in document]
        if len(given) > 1:
            self.fault(place, f"has more than one body: {', '.join(given)}")
        if "form" in given:
            return FormBody(self.fields(document["form"], f"{place}.form", allowed))
        if "json" in given:
            return JsonBody(self._tree(document["json"], f"{place}.json", allowed))
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

    def _tree(self, value: object, place: str, allowed: frozenset[str], depth: int = 0) -> Any:
        if depth > _DEEPEST:
            self.fault(place, f"is nested more than {_DEEPEST} deep")
            return None
        if isinstance(value, Mapping):
            return {
                str(key): self._tree(item, f"{place}.{key}", allowed, depth + 1)
                for key, item in cast("Mapping[object, Any]", value).items()
            }
        if isinstance(value, list):
            rows = enumerate(cast("list[Any]", value), 1)
            return [self._tree(item, f"{place}[{number}]", allowed, depth + 1) for number, item in rows]
        if isinstance(value, str):
            return self.template(value, place, allowed)
        if value is not None and not isinstance(value, bool | int | float):
            self.fault(place, "is no JSON value")
        return value

    def _codings(self, value: object, place: str) -> dict[Encoding, Coding]:
        document = self.mapping(value, place, "gsm-7 ucs-2")
        if document and len(document) != len(Encoding):
            self.fault(place, "needs both gsm-7 and ucs-2")
        return {
            encoding: self._coding(document[encoding.lower()], f"{place}.{encoding.lower()}")
            for encoding in Encoding
            if encoding.lower() in document
        }

    def _coding(self, value: object, place: str) -> Coding:
        document = self.mapping(value, place, "text flags")
        flags = self.mapping(document.get("flags", {}), f"{place}.flags")
        for name, item in flags.items():
            if not isinstance(item, str | int):
                self.fault(f"{place}.flags.{name}", "must be a text, a whole number, true or false")
        form = self.choice(TextForm, document.get("text", "plain"), f"{place}.text", TextForm.PLAIN)
        return Coding(form, dict(flags))

    def _answers(self, value: object, place: str) -> AnswerTest:
        document = self.mapping(value, place, "status where")
        return self._answer_test(document, place)

    def _answer_test(self, document: Document, place: str) -> AnswerTest:
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

    def _refusal(self, value: object, place: str) -> Refusal:
        document = self.mapping(value, place, "status where outcome cause after code")
        answers = self._answer_test(document, place)
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
