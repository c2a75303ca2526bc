"""Respondents one by one, for the NGO alone: pseudonymous, k-anonymous on their traits, without texts, logged."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.anonymity import coarsen
from app.domain.errors import ConflictError, InvalidError
from app.domain.sheets import Column, Sheet, Value
from app.domain.survey import Condition, Kind, Question, Sensitivity, Survey
from app.jobs.context import Context
from app.jobs.takeaway.files import WRITERS
from app.store.keys import Caller
from app.store.programmes import get_programme
from app.store.respondents import Respondent, Taken, log_taken, respondents
from app.store.rounds import get_round
from app.store.surveys import load_survey

MOST_PEOPLE = 200_000
"""In one file."""

_TRAITS = ("site", "country", "gender", "age_band", "employment")
# What tells least of why somebody feels as they do goes first; where they work, and then the country, last.
_GIVEN_UP = tuple(_TRAITS.index(name) for name in ("employment", "age_band", "gender", "site", "country"))


async def take_respondents(
    context: Context, caller: Caller, programme: UUID, round_id: UUID, reason: str, form: str, now: datetime
) -> bytes:
    """A closed round's respondents as a file, with new names each time; it is logged before it is handed out.

    Raises:
        NotFoundError: no such round in this programme.
        ConflictError: the round is not closed: two files of different days would tell who came in between.
        InvalidError: more people than one file holds.
    """
    async with context.database.transaction() as store:
        asked = await get_round(store, programme, round_id)
        if asked.state != "closed":
            raise ConflictError("Respondents are told of when the round has closed.")
        survey = await load_survey(store, asked.survey)
        threshold = (await get_programme(store, programme)).threshold
        people = await respondents(store, programme, round_id, MOST_PEOPLE + 1)
    if len(people) > MOST_PEOPLE:
        raise InvalidError(f"One file holds at most {MOST_PEOPLE:,} respondents.")
    sheet = _sheet(survey, people, threshold, asked.name)
    content = await asyncio.to_thread(WRITERS[form][1], sheet)
    told = len(sheet.rows)
    taken = Taken(
        programme, caller.key, round_id, reason, form, threshold, told, len(people) - told, sha256(content).digest()
    )
    async with context.database.transaction() as store:
        await log_taken(store, taken, now)
    return content


def _sheet(survey: Survey, people: Sequence[Respondent], k: int, name: str) -> Sheet:
    hidden = withheld(survey)
    questions = [question for question in survey.questions if question.asks and question.code not in hidden]
    questions = [question for question in questions if question.kind is not Kind.TEXT]
    indicators = [of for of in survey.indicators if not hidden.intersection(of.of)]
    columns = (
        Column("respondent", "text", "A name of this file alone: another file gives the same person another."),
        *(Column(trait, "text", "`*` where too few share it; empty where it is not stated.") for trait in _TRAITS),
        Column("disposition", "text", "`complete` or `partial`."),
        *(Column(f"q_{question.code}", _kind(question), f"The answer to {question.code}.") for question in questions),
        *(Column(f"i_{of.code}", "number", f"The score on {of.code}.") for of in indicators),
    )
    told = coarsen([tuple(getattr(person, trait) for trait in _TRAITS) for person in people], k, _GIVEN_UP)
    rows = [
        (
            secrets.token_hex(8), *traits, person.disposition,
            *(_answer(question, person.answers.get(question.code)) for question in questions),
            *(person.scores.get(of.code) for of in indicators),
        )
        for person, traits in zip(people, told, strict=True)
        if traits is not None
    ]  # fmt: skip
    # In the order of invitations the first row would be known from the roster.
    secrets.SystemRandom().shuffle(rows)
    about = {
        "round": name,
        "anonymity": f"each combination of {', '.join(_TRAITS)} is shared by at least {k} respondents of this file",
        "left out": str(len(people) - len(rows)),
        "not in this file": "what was answered in words, and questions that raise a need of the high tier",
    }
    return Sheet("respondents", columns, tuple(rows), about)


def _kind(question: Question) -> Any:
    return "number" if question.kind in {Kind.NUMBER, Kind.SCALE} else "text"


def withheld(survey: Survey) -> frozenset[str]:
    """The questions that alone raise a need of the high tier, the signs, and whether answers were told: too grave for a row."""
    grave = {code for rule in survey.needs if rule.sensitivity is Sensitivity.HIGH for code in _questions_in(rule.when)}
    return frozenset({*grave, *survey.signs, survey.told} - {""})


def _questions_in(condition: Condition) -> Iterator[str]:
    if condition.question:
        yield condition.question
    for part in condition.parts:
        yield from _questions_in(part)


def _answer(question: Question, value: Any) -> Value:
    match question.kind:
        case _ if value is None:
            return None
        case Kind.YES_NO:
            return "yes" if value else "no"
        case Kind.SINGLE | Kind.MANY:
            named: Mapping[int, str] = {option.code: option.value for option in question.options}
            codes: Sequence[int] = value if isinstance(value, list) else [value]
            return ";".join(named.get(code, str(code)) for code in codes)
        case _:
            return value
