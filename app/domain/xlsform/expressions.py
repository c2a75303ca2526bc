"""The part of XPath that a form may use here, read into tests and groups of tests.

Known are `${question}`, `.`, numbers, texts in quotes, `= != < <= > >=`, `and`, `or`, `not()`, `selected()` and brackets;
in a calculation also `if(test, value, value)`. Everything else is refused.
"""

import re
from dataclasses import dataclass
from typing import Literal

from app.domain.phrases import phrase

_LONGEST = 2000
_DEEPEST = 8
_TOKEN = re.compile(
    r"\s*(?:(?P<question>\$\{\s*[^{}\s]+\s*\})|(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign><=|>=|!=|[=<>(),.-])|(?P<word>[A-Za-z][\w-]*))"
)
_TURNED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class ExpressionError(Exception):
    """The expression is malformed, or uses what is not known here; the message says which."""


@dataclass(frozen=True, slots=True)
class Test:
    """`question sign value`; the question is `.` for the one the expression belongs to."""

    question: str
    sign: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Tests that hold together, of which one holds, or of which none does."""

    kind: Literal["all", "any", "not"]
    parts: tuple["Expression", ...]


Expression = Test | Group


@dataclass(frozen=True, slots=True)
class Choice:
    """A calculation: one value where the test holds, else the other; without a test always the first."""

    when: Expression | None
    then: str
    otherwise: str = ""


def read_expression(text: str) -> Expression:
    """A test or a group of them.

    Raises:
        ExpressionError: saying what is not known, or missing.
    """
    reader = _Reader(text)
    found = reader.any()
    reader.end()
    return found


def read_calculation(text: str) -> Choice:
    """A value, or a choice between two.

    Raises:
        ExpressionError: it is neither.
    """
    reader = _Reader(text)
    found = reader.choice()
    reader.end()
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > _LONGEST:
        raise ExpressionError(phrase("is longer than {longest:,} characters", longest=_LONGEST))
    tokens: list[tuple[str, str]] = []
    at, whole = 0, text.rstrip()
    while at < len(whole):
        found = _TOKEN.match(whole, at)
        if found is None:
            raise ExpressionError(phrase("{found!r} is not known here", found=whole[at:].strip()[:1]))
        tokens.append((str(found.lastgroup), found.group().strip()))
        at = found.end()
    return tokens


class _Reader:
    """Walks the tokens once, from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise ExpressionError(phrase("{found!r} is not expected there", found=self._tokens[self._at][1]))

    def any(self) -> Expression:
        """`a or b or c`."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError("is nested too deep")
        found = self._several("or", "any")
        self._depth -= 1
        return found

    def choice(self) -> Choice:
        """`if(test, value, value)`, or a value."""
        if not self._called("if"):
            return Choice(None, self._value())
        when = self.any()
        self._take(",")
        then = self._value()
        self._take(",")
        otherwise = self._value()
        self._take(")")
        return Choice(when, then, otherwise)

    def _several(self, word: str, kind: Literal["all", "any"]) -> Expression:
        parts = [self._joined() if word == "or" else self._one()]
        while self._skip("word", word):
            parts.append(self._joined() if word == "or" else self._one())
        flat = [part for found in parts for part in _parts(found, kind)]
        return flat[0] if len(flat) == 1 else Group(kind, tuple(flat))

    def _joined(self) -> Expression:
        return self._several("and", "all")

    def _one(self) -> Expression:
        if self._skip("sign", "("):
            found = self.any()
            self._take(")")
            return found
        if self._called("not"):
            inner = self.any()
            self._take(")")
            return Group("not", _parts(inner, "any"))
        if self._called("selected"):
            question = self._question()
            self._take(",")
            value = self._value()
            self._take(")")
            return Test(question, "selected", value)
        return self._comparison()

    def _comparison(self) -> Test:
        turned = not self._at_question()
        value = self._value() if turned else ""
        question = "" if turned else self._question()
        sign = self._next("a comparison such as = or >")[1]
        if sign not in _TURNED:
            raise ExpressionError(phrase("{sign!r} is not expected there; compare with = != < <= > >=", sign=sign))
        if turned:
            return Test(self._question(), _TURNED[sign], value)
        return Test(question, sign, self._value())

    # -- tokens ---------------------------------------------------------------------------------

    def _at_question(self) -> bool:
        kind, text = self._tokens[self._at] if self._at < len(self._tokens) else ("", "")
        return kind == "question" or text == "."

    def _question(self) -> str:
        kind, text = self._next("a question")
        if kind != "question" and text != ".":
            raise ExpressionError(
                phrase("{text!r} is not expected there, but a question such as ${{hours}}", text=text)
            )
        return text if text == "." else text[2:-1].strip()

    def _value(self) -> str:
        kind, text = self._next("a value")
        if kind == "text":
            return text[1:-1]
        if text == "-" and self._at < len(self._tokens) and self._tokens[self._at][0] == "number":
            return f"-{self._next('a number')[1]}"
        if kind == "number":
            return text
        if kind == "word" and self._tokens[self._at : self._at + 1] == [("sign", "(")]:
            raise ExpressionError(
                phrase(
                    "the function {name}() is not known here; known are not(), selected() and, calculating, if()",
                    name=text,
                )
            )
        raise ExpressionError(phrase("{text!r} is not expected there, but a number, or a text in quotes", text=text))

    def _called(self, name: str) -> bool:
        if self._tokens[self._at : self._at + 2] != [("word", name), ("sign", "(")]:
            return False
        self._at += 2
        return True

    def _skip(self, kind: str, text: str) -> bool:
        if self._tokens[self._at : self._at + 1] != [(kind, text)]:
            return False
        self._at += 1
        return True

    def _take(self, sign: str) -> None:
        if not self._skip("sign", sign):
            raise ExpressionError(phrase("{sign!r} is missing", sign=sign))

    def _next(self, wanted: str) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise ExpressionError(phrase("ends where {wanted} should stand", wanted=wanted))
        self._at += 1
        return self._tokens[self._at - 1]


def _parts(found: Expression, kind: str) -> tuple[Expression, ...]:
    """The parts of a group of this kind; anything else is a part itself."""
    return found.parts if isinstance(found, Group) and found.kind == kind else (found,)
