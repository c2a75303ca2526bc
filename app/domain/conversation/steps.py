"""What every part of the conversation is made of: the text that stands open, and the end."""

from collections.abc import Mapping

from app.domain.conversation.model import Close, Conversation, Effect, Ending, Flag, Purpose, Script, Stage
from app.domain.scoring import Answers, needs_raised
from app.domain.survey import Kind, Question, Survey
from app.domain.wording import Say

Step = tuple[Conversation, list[Effect]]

CONSENT = Question(code="consent", kind=Kind.YES_NO, text={})
"""What a yes or a no to an introduction, an offer or a call answers."""

_FIRST_TEXT: Mapping[Purpose, str] = {
    Purpose.SURVEY: "intro",
    Purpose.OFFER: "offer",
    Purpose.CHECK: "check",
    Purpose.SAFE_CALL: "safe_call",
    Purpose.MENU: "menu",
    Purpose.TOPICS: "topics",
    Purpose.CANCEL: "cancel_which",
    Purpose.KEEP: "stopped_case",
}


def first(talk: Conversation) -> Say:
    """The text the conversation began with."""
    return Say(_FIRST_TEXT[talk.purpose], fields=talk.fields)


def current(talk: Conversation) -> Say:
    """The text that stands open."""
    return first(talk) if talk.stage is Stage.CONSENT else Say("question", talk.question)


def end(talk: Conversation, ending: Ending) -> Step:
    """The conversation closed."""
    return talk._replace(stage=Stage.CLOSED, ending=ending, pausing=False), [Close(ending)]


def kindly(*, cried: bool) -> str:
    """The service text in front of an answer to somebody who told of a need."""
    return "cry_ack" if cried else ""


def survey_of(script: Script) -> Survey:
    """The survey of a survey conversation."""
    if script.survey is None:
        raise ValueError("a survey conversation needs its survey")
    return script.survey


def raised(survey: Survey, before: Answers, after: Answers, question: Question) -> list[Effect]:
    """The needs that an answer to the question made true."""
    return [
        Flag(rule.category, rule.urgency, rule.sensitivity, question.code)
        for rule in needs_raised(survey, before, after)
    ]


def others(script: Script) -> tuple[str, ...]:
    """The languages a worker may answer in beside their own."""
    return script.survey.languages if script.survey else ()
