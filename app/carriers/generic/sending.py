"""A text as the request that hands it over, and the answer as its outcome. Pure: nothing is sent here."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast
from urllib.parse import quote_plus

import phonenumbers

from app.carriers.exchange import Answer, UnreadableError
from app.carriers.generic.addresses import is_code
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
from app.carriers.generic.places import Heard, Place
from app.carriers.generic.templates import ESCAPES, Template, as_is, encoded, in_header, in_url
from app.carriers.policy import Policy
from app.carriers.protocol import Accepted, OutboundText, Outcome, Rejected, Retry, Unknown
from app.domain.errors import InvalidError
from app.domain.segments import SplitPolicy, segments

_FORM = "application/x-www-form-urlencoded"
_SUCCESS, _FAULT = range(200, 300), 500
_LONGEST_REFERENCE = 200


@dataclass(frozen=True, slots=True)
class Handover:
    """A request, ready to be sent."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    auth: tuple[str, str] | None = field(repr=False)


def write(sending: Sending, text: OutboundText, secrets: Mapping[str, str], status_url: str) -> Handover:
    """The request that hands over a text.

    Raises:
        TemplateError: a value cannot stand where it should; nothing was sent.
    """
    coding = _coding(sending, text.text)
    values = _values(text, coding, secrets, status_url)
    in_query = partial(in_url, charset=sending.charset)
    url = sending.url.fill(values, in_query)
    query = _form(sending.query, values, sending.charset)
    content, media_type = _content(sending.body, values, coding, sending.charset)
    headers = {name.lower(): template.fill(values, in_header) for name, template in sending.headers}
    if content is not None:
        headers.setdefault("content-type", media_type)
    return Handover(
        method=sending.method,
        url=url + (("&" if "?" in url else "?") + query if query else ""),
        headers=headers,
        content=content,
        auth=_pair(sending.basic, values),
    )


def judge(sending: Sending, answer: Answer, message: str, policy: Policy) -> Outcome:
    """What an answer means: the first refusal it matches, else taken, else what its status says anywhere.

    Raises:
        UnreadableError: it is a success, and says neither; the text is most likely on its way.
    """
    heard = Heard(answer.headers, answer.body)
    code = _code(heard, sending.code)
    for row in sending.refused:
        if _matches(row.answers, answer.status, heard, otherwise=True):
            return _refused(row, answer, code)
    if answer.status not in _SUCCESS:
        return policy.refused(answer.status, code, answer.wait)
    if not _matches(sending.taken, answer.status, heard, otherwise=False):
        raise UnreadableError
    reference = message if sending.reference is None else _found(heard, sending.reference)
    if not reference or len(reference) > _LONGEST_REFERENCE:
        raise UnreadableError
    return Accepted(reference)


def _pair(basic: tuple[Template, Template] | None, values: Mapping[str, str]) -> tuple[str, str] | None:
    if basic is None:
        return None
    user, password = basic
    return user.fill(values, as_is), password.fill(values, as_is)


def _coding(sending: Sending, text: str) -> Coding:
    # The encoding does not depend on where a carrier cuts.
    return sending.codings.get(segments(text, SplitPolicy.CODE_UNIT).encoding, Coding())


def _values(text: OutboundText, coding: Coding, secrets: Mapping[str, str], status_url: str) -> Mapping[str, str]:
    return {
        "to": text.to,
        "to_digits": text.to.removeprefix("+"),
        "to_national": _national(text.to),
        "sender": text.sender,
        "sender_digits": text.sender.removeprefix("+"),
        "text": _written(text.text, coding.form),
        "message": text.message,
        "status_url": status_url,
        **{f"coding.{name}": _shown(flag) for name, flag in coding.flags.items()},
        **{f"secret.{name}": value for name, value in secrets.items()},
    }


def _national(number: str) -> str:
    """The digits as dialled at home; those of the number itself where it is none."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number.removeprefix("+")
    dialled = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(filter(str.isdigit, dialled))


def _written(text: str, form: TextForm) -> str:
    match form:
        case TextForm.PLAIN:
            return text
        case TextForm.UTF16_HEX:
            return text.encode("utf-16-be").hex().upper()
        case TextForm.BASE64:
            return base64.b64encode(text.encode()).decode()


def _shown(flag: str | int | bool) -> str:
    return str(flag).lower() if isinstance(flag, bool) else str(flag)


def _form(fields: Fields, values: Mapping[str, str], charset: str) -> str:
    pairs = ((name, template.fill(values, as_is)) for name, template in fields)
    return "&".join(f"{quote_plus(name)}={quote_plus(encoded(value, charset))}" for name, value in pairs)


def _content(body: Body | None, values: Mapping[str, str], coding: Coding, charset: str) -> tuple[bytes | None, str]:
    match body:
        case None:
            return None, ""
        case FormBody(fields):
            return _form(fields, values, charset).encode("ascii"), _FORM
        case JsonBody(tree):
            return json.dumps(_grown(tree, values, coding), ensure_ascii=False).encode(
                errors="replace"
            ), "application/json"
        case TextBody(template, escape, media_type):
            return encoded(template.fill(values, ESCAPES[escape]), charset), media_type


def _grown(tree: Any, values: Mapping[str, str], coding: Coding) -> Any:
    """The JSON with its templates filled; a flag that stands alone keeps its type."""
    if isinstance(tree, Template):
        names = list(tree.names())
        if len(tree.pieces) == 1 and names and names[0].startswith("coding."):
            return coding.flags[names[0].removeprefix("coding.")]
        return tree.fill(values, as_is)
    if isinstance(tree, dict):
        return {name: _grown(item, values, coding) for name, item in cast("dict[str, Any]", tree).items()}
    if isinstance(tree, list):
        return [_grown(item, values, coding) for item in cast("list[Any]", tree)]
    return tree


def _matches(test: AnswerTest, status: int, heard: Heard, *, otherwise: bool) -> bool:
    """`otherwise`: whether any status will do where none is named; else a success must be one."""
    if not (status in test.statuses if test.statuses else otherwise or status in _SUCCESS):
        return False
    try:
        return heard.passes(test.tests)
    except InvalidError:
        return False


def _refused(row: Refusal, answer: Answer, code: str) -> Outcome:
    code = row.code or code
    if row.outcome == "rejected":
        return Rejected(row.cause, code)
    # Whatever a 5xx says, the text may have been taken before the fault.
    if row.outcome == "unknown" or answer.status >= _FAULT:
        return Unknown(row.cause, code)
    return Retry(row.after, row.cause, code)


def _code(heard: Heard, place: Place | None) -> str:
    code = (_found(heard, place) if place else "").strip()
    return code if is_code(code) else ""


def _found(heard: Heard, place: Place) -> str:
    try:
        return (heard.find(place) or "").strip()
    except InvalidError:
        return ""
