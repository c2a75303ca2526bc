"""From a survey document (YAML or JSON, already decoded) to a `Survey`, naming every fault at once."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from math import isfinite
from typing import Any, Literal, TypeVar, cast

from app.domain.errors import Fault, SurveyInvalidError
from app.domain.phrases import phrase
from app.domain.survey.measures import read_indicator, read_instruments, read_signs, sign_rule
from app.domain.survey.model import (
    Condition,
    Kind,
    NeedRule,
    Option,
    Question,
    Review,
    Sensitivity,
    Status,
    Survey,
    Texts,
    Urgency,
    Value,
)

Document = Mapping[str, Any]
_E = TypeVar("_E", bound=StrEnum)
_DEEPEST = 8  # groups in groups; nobody can read more, and a thousand would exhaust the stack
_GROUPS: tuple[Literal["all", "any", "not"], ...] = ("all", "any", "not")
_YES, _NO = frozenset({"yes", "true", "on", "1"}), frozenset({"no", "false", "off", "0"})
_NAMES = "survey title languages reviews purpose questions partial_after indicators needs source instruments signs told"
_TESTS = ("over", "under", "at_least", "at_most")


def parse_survey(document: object) -> Survey:
    """The survey a document describes.

    Raises:
        SurveyInvalidError: with a `Fault` for every malformed place, not the first alone.
    """
    survey, faults = read_survey(document)
    if faults:
        raise SurveyInvalidError(phrase("The survey has {number} fault(s).", number=len(faults)), faults)
    return survey


def read_survey(document: object) -> tuple[Survey, list[Fault]]:
    """What can be made of a document, with stand-ins at its malformed places, and the faults of those."""
    reader = _Reader()
    return reader.survey(document), reader.faults


class _Reader:
    """Walks a document and collects faults; a faulty place yields a stand-in so that the walk goes on."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, place: str, message: str) -> None:
        self.faults.append(Fault(place, message))

    # -- plain values ---------------------------------------------------------------------------

    def mapping(self, value: object, place: str) -> Document:
        if isinstance(value, Mapping):
            return {_name(key): item for key, item in cast("Mapping[object, Any]", value).items()}
        self.fault(place, "must be a mapping of names to values")
        return {}

    def sequence(self, value: object, place: str) -> Sequence[Any]:
        if isinstance(value, list | tuple):
            return cast("Sequence[Any]", value)
        self.fault(place, "must be a list")
        return ()

    def text(self, value: object, place: str) -> str:
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.fault(place, "must be a text that is not empty")
        return ""

    def number(self, value: object, place: str) -> float | None:
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)):
            return value
        self.fault(place, "must be a number")
        return None

    def choice(self, kind: type[_E], value: object, place: str, default: _E) -> _E:
        try:
            return kind(cast("str", value))
        except ValueError:
            known = tuple(item.value for item in kind)
            self.fault(place, phrase("{value!r} is not known here; use one of: {known}", value=str(value), known=known))
            return default

    def known(self, document: Document, allowed: str, place: str) -> None:
        for key in document.keys() - set(allowed.split()):
            self.fault(
                f"{place}.{key}".lstrip("."),
                phrase("is not a name known here; known are: {known}", known=", ".join(allowed.split())),
            )

    def texts(self, value: object, place: str) -> Texts:
        return {
            language: self.text(words, f"{place}.{language}") for language, words in self.mapping(value, place).items()
        }

    def listed(self, document: Document, key: str, each: Callable[[object, str], Any]) -> tuple[Any, ...]:
        rows = self.sequence(document.get(key, ()), key)
        return tuple(each(row, f"{key}[{number}]") for number, row in enumerate(rows, 1))

    # -- the survey -----------------------------------------------------------------------------

    def survey(self, value: object) -> Survey:
        document = self.mapping(value, "survey")
        self.known(document, _NAMES, "")
        instruments = read_instruments(self, document.get("instruments", {}))
        signs = read_signs(self, document.get("signs", {}))
        languages = tuple(
            self.text(item, "languages") for item in self.sequence(document.get("languages", ()), "languages")
        )
        reviews = self.mapping(document.get("reviews", {}), "reviews")
        return Survey(
            code=self.text(document.get("survey"), "survey"),
            title=self.text(document.get("title"), "title"),
            languages=languages,
            reviews={language: self.review(item, f"reviews.{language}") for language, item in reviews.items()},
            purpose=self.texts(document.get("purpose", {}), "purpose"),
            questions=self.listed(document, "questions", self.question),
            partial_after=str(document.get("partial_after", "")),
            indicators=self.listed(
                document, "indicators", lambda row, place: read_indicator(self, row, place, instruments)
            ),
            needs=(*self.listed(document, "needs", self.need), *(sign_rule(*sign) for sign in signs.items())),
            source=str(document.get("source", "")),
            signs=tuple(signs),
            told=str(document.get("told", "")),
        )

    def review(self, value: object, place: str) -> Review:
        document = self.mapping(value, place)
        self.known(document, "status by on note", place)
        review = Review(
            status=self.choice(Status, document.get("status", "draft"), f"{place}.status", Status.DRAFT),
            by=str(document.get("by") or ""),
            on=str(document.get("on") or ""),
            note=str(document.get("note") or ""),
        )
        if review.status is not Status.DRAFT and not (review.by and review.on):
            self.fault(
                place, phrase("a wording that is {status} needs `by` (who) and `on` (when)", status=str(review.status))
            )
        return review

    def question(self, value: object, place: str) -> Question:
        document = self.mapping(value, place)
        code = str(document.get("code") or "")
        place = f"questions.{code}" if code else place
        self.known(document, "code kind text reask options min max score ask_if", place)
        kind = self.choice(Kind, document.get("kind"), f"{place}.kind", Kind.TEXT)
        scores = self.mapping(document.get("score", {}), f"{place}.score")
        return Question(
            code=self.text(document.get("code"), f"{place}.code"),
            kind=kind,
            text=self.texts(document.get("text", {}), f"{place}.text"),
            options=tuple(
                self.option(item, f"{place}.options[{number}]")
                for number, item in enumerate(self.sequence(document.get("options", ()), f"{place}.options"), 1)
            ),
            minimum=self.number(document.get("min"), f"{place}.min"),
            maximum=self.number(document.get("max"), f"{place}.max"),
            scores={self.truth(key, place): self.score(item, f"{place}.score.{key}") for key, item in scores.items()},
            ask_if=self.condition(document["ask_if"], f"{place}.ask_if") if document.get("ask_if") else None,
            reask=self.texts(document.get("reask", {}), f"{place}.reask"),
        )

    def truth(self, key: str, place: str) -> bool:
        if key.casefold() not in _YES | _NO:
            self.fault(f"{place}.score.{key}", "is neither `yes` nor `no`")
        return key.casefold() in _YES

    def score(self, value: object, place: str) -> float:
        if value is None:
            self.fault(place, "must be a number")
        return self.number(value, place) or 0.0

    def option(self, value: object, place: str) -> Option:
        document = self.mapping(value, place)
        self.known(document, "code value score text", place)
        code = document.get("code")
        if not isinstance(code, int) or isinstance(code, bool) or code < 0:
            self.fault(f"{place}.code", "must be a whole number from 0: it is what a worker replies with")
            code = 0
        return Option(
            code=code,
            value=str(document.get("value", code)),
            text=self.texts(document.get("text", {}), f"{place}.text"),
            score=self.number(document.get("score"), f"{place}.score"),
        )

    def condition(self, value: object, place: str) -> Condition:
        document = self.mapping(value, place)
        for group in _GROUPS:
            if group in document:
                return self.group(group, document, place)
        self.known(document, "question indicator is over under at_least at_most", place)
        if bool(document.get("question")) == bool(document.get("indicator")):
            self.fault(place, "must name a `question` or an `indicator`")
        if not document.get("is") and all(document.get(test) is None for test in _TESTS):
            self.fault(place, "must test something: `is`, `over`, `under`, `at_least` or `at_most`")
        return Condition(
            question=str(document.get("question", "")),
            indicator=str(document.get("indicator", "")),
            values=tuple(
                self.value(item, f"{place}.is") for item in self.sequence(document.get("is", ()), f"{place}.is")
            ),
            over=self.number(document.get("over"), f"{place}.over"),
            under=self.number(document.get("under"), f"{place}.under"),
            at_least=self.number(document.get("at_least"), f"{place}.at_least"),
            at_most=self.number(document.get("at_most"), f"{place}.at_most"),
        )

    def group(self, group: Literal["all", "any", "not"], document: Document, place: str) -> Condition:
        self.known(document, group, place)
        inner = document[group]
        alone = group == "not" and isinstance(inner, Mapping)
        rows: Sequence[Any] = [inner] if alone else self.sequence(inner, f"{place}.{group}")
        if not rows:
            self.fault(f"{place}.{group}", "must hold at least one test")
        if place.count("[") > _DEEPEST:
            self.fault(place, "is nested too deep")
            rows = ()
        parts = tuple(self.condition(row, f"{place}.{group}[{number}]") for number, row in enumerate(rows, 1))
        return Condition(group=group, parts=parts)

    def value(self, item: object, place: str) -> Value:
        if isinstance(item, str):
            return item.casefold() == "yes" if item.casefold() in {"yes", "no"} else item
        if isinstance(item, bool | int) or (isinstance(item, float) and isfinite(item)):
            return item
        self.fault(place, "must list option codes, numbers, texts, yes or no")
        return ""

    def need(self, value: object, place: str) -> NeedRule:
        document = self.mapping(value, place)
        self.known(document, "category urgency sensitivity when", place)
        return NeedRule(
            category=self.text(document.get("category"), f"{place}.category"),
            urgency=self.choice(Urgency, document.get("urgency", "normal"), f"{place}.urgency", Urgency.NORMAL),
            sensitivity=self.choice(
                Sensitivity, document.get("sensitivity", "standard"), f"{place}.sensitivity", Sensitivity.STANDARD
            ),
            when=self.condition(document.get("when"), f"{place}.when"),
        )


def _name(key: object) -> str:
    # YAML 1.1 reads a bare yes, no or on as a boolean; JSON and quoted YAML bring the word.
    return {True: "on", False: "off"}[key] if isinstance(key, bool) else str(key)
