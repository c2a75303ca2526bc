"""The conversation: state and reply in, state and effects out. It never sends, saves or looks at a clock."""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.conversation.model import (
    Close,
    Consent,
    ConsentAct,
    Conversation,
    Decide,
    Effect,
    Ending,
    Flag,
    Purpose,
    Record,
    Script,
    Send,
    Stage,
    SwitchLanguage,
)
from app.domain.scoring import needs_raised
from app.domain.survey import Kind, Question, Survey
from app.domain.survey.conditions import condition_holds
from app.domain.understanding import (
    Command,
    Lexicon,
    Method,
    Order,
    Outcome,
    Sense,
    Understanding,
    find_cries,
    fold,
    read_command,
    tokens,
    understand,
)
from app.domain.wording import FALLBACK_LANGUAGE, Say

Step = tuple[Conversation, list[Effect]]

_CONSENT = Question(code="consent", kind=Kind.YES_NO, text={})
_FIRST_TEXT: Mapping[Purpose, str] = {
    Purpose.SURVEY: "intro",
    Purpose.OFFER: "offer",
    Purpose.CHECK: "check",
    Purpose.SAFE_CALL: "safe_call",
}


def begin(purpose: Purpose, language: str, fields: Mapping[str, str] | None = None) -> Step:
    """A new conversation and its first text; a survey's tells the purpose and asks for consent."""
    talk = Conversation(purpose, language, Stage.CONSENT, fields=dict(fields or {}))
    return talk, [Send(_first(talk))]


def advance(talk: Conversation, text: str, script: Script) -> Step:
    """One reply. STOP, HELP, START and a change of language come before anything else.

    Args:
        talk: an open conversation.
        text: the reply as it came.
        script: the survey and the lexicons.

    Returns:
        The new state and the effects in the order they are to be carried out.
    """
    command = read_command(text, talk.language, script.lexicons)
    if command is not None:
        return _obey(talk, command, script)
    flags = _cries(text, talk.language, script)
    if talk.purpose is not Purpose.SURVEY:
        talk, effects = _decide(talk, text, script.lexicon(talk.language), cried=bool(flags))
    elif talk.stage is Stage.CONSENT:
        talk, effects = _consent(talk, text, script, cried=bool(flags))
    else:
        talk, effects = _answer(talk, text, script, cried=bool(flags))
    return talk, [*flags, *effects]


def remind(talk: Conversation) -> Step:
    """The one reminder: the last text again, behind a friendly word."""
    say = _first(talk) if talk.stage is Stage.CONSENT else Say("question", talk.question)
    return talk, [Send(replace(say, prefix="reminder"))]


def expire(talk: Conversation) -> Step:
    """The window closed, or the worker stayed silent."""
    return _end(talk, Ending.EXPIRED)


def unprompted(text: str, language: str, script: Script, *, opted_out: bool, quiet: bool) -> list[Effect]:
    """A text while no conversation is open.

    Args:
        text: as it came.
        language: of the enrolment, or the best guess for an unknown sender.
        script: the lexicons.
        opted_out: the worker withdrew: only START is answered, though a cry is still heard.
        quiet: a neutral answer was sent lately; another would start a ping-pong with an automatic reply.
    """
    command = read_command(text, language, script.lexicons)
    if command is not None and command.order is Order.START:
        return [Consent(ConsentAct.RESTORED), Send(Say("started"))]
    flags = _cries(text, language, script)
    if opted_out:
        return flags
    if command is None:
        return flags if quiet else [*flags, Send(Say("neutral"))]
    if command.order is Order.STOP:
        return [Consent(ConsentAct.WITHDRAWN), Send(Say("stopped"))]
    if command.order is Order.LANGUAGE:
        return [SwitchLanguage(command.language), Send(Say("neutral"))]
    return [Send(Say("help"))]


def _cries(text: str, language: str, script: Script) -> list[Effect]:
    """The needs the words themselves tell, in the worker's language or in English: phrases are no short words to mix up."""
    found: dict[str, Effect] = {}
    for tongue in dict.fromkeys((language, FALLBACK_LANGUAGE)):
        for cry in find_cries(text, script.lexicon(tongue)):
            found.setdefault(cry.category, Flag(cry.category, cry.urgency, cry.sensitivity))
    return list(found.values())


# -- commands -------------------------------------------------------------------------------------


def _obey(talk: Conversation, command: Command, script: Script) -> Step:
    match command.order:
        case Order.STOP:
            talk, ended = _end(talk, Ending.STOPPED)
            return talk, [Consent(ConsentAct.WITHDRAWN), Send(Say("stopped")), *ended]
        case Order.HELP:
            return talk, [Send(Say("help"))]
        case Order.START:
            return talk, [Send(_current(talk))]
        case Order.LANGUAGE:
            offered = script.survey.languages if script.survey else tuple(script.lexicons)
            if command.language not in offered:
                return talk, [Send(_current(talk))]
            talk = replace(talk, language=command.language)
            return talk, [SwitchLanguage(command.language), Send(_current(talk))]


def _first(talk: Conversation) -> Say:
    return Say(_FIRST_TEXT[talk.purpose], fields=talk.fields)


def _current(talk: Conversation) -> Say:
    return _first(talk) if talk.stage is Stage.CONSENT else Say("question", talk.question)


def _end(talk: Conversation, ending: Ending) -> Step:
    return replace(talk, stage=Stage.CLOSED, ending=ending), [Close(ending)]


# -- consent, offers, checks ----------------------------------------------------------------------


def _consent(talk: Conversation, text: str, script: Script, *, cried: bool) -> Step:
    said = understand(text, _CONSENT, script.lexicon(talk.language))
    if said.value is True:
        talk = replace(talk, stage=Stage.ASKING, reasked=False)
        return _next(talk, [Consent(ConsentAct.GRANTED)], script, cried=cried)
    if said.value is False or said.outcome is Outcome.REFUSED:
        talk, ended = _end(talk, Ending.REFUSED)
        return talk, [Consent(ConsentAct.REFUSED), Send(Say("refused", prefix=_kindly(cried=cried))), *ended]
    if cried:
        return talk, [Send(Say("reask_intro", prefix="cry_ack"))]
    if talk.reasked:
        talk, ended = _end(replace(talk, unclear=talk.unclear + 1), Ending.UNCLEAR)
        return talk, [Send(Say("neutral")), *ended]
    return replace(talk, reasked=True, unclear=talk.unclear + 1), [Send(Say("reask_intro"))]


def _kindly(*, cried: bool) -> str:
    """The service text in front of an answer to somebody who told of a need."""
    return "cry_ack" if cried else ""


_DECISIONS: Mapping[Purpose, tuple[str, str, str]] = {
    Purpose.OFFER: ("offer_accepted", "offer_declined", "offer_reask"),
    Purpose.CHECK: ("check_yes", "check_no", "check_reask"),
    Purpose.SAFE_CALL: ("safe_call_yes", "safe_call_no", "safe_call_reask"),
}


def _decide(talk: Conversation, text: str, lexicon: Lexicon, *, cried: bool) -> Step:
    """A yes or a no to an offer, a check or a call. Anything but a clear yes is no consent."""
    accepted, declined, reask = _DECISIONS[talk.purpose]
    agreed = _call(text, lexicon) if talk.purpose is Purpose.SAFE_CALL else _word(understand(text, _CONSENT, lexicon))
    if agreed is not None:
        talk, ended = _end(talk, Ending.COMPLETE if agreed else Ending.REFUSED)
        say = Say(accepted if agreed else declined, prefix=_kindly(cried=cried), fields=talk.fields)
        return talk, [Decide(agreed), Send(say), *ended]
    if cried:
        return talk, [Send(Say(reask, prefix=_kindly(cried=cried), fields=talk.fields))]
    if talk.reasked:
        talk, ended = _end(talk, Ending.UNCLEAR)
        return talk, [Send(Say("neutral")), *ended]
    return replace(talk, reasked=True), [Send(Say(reask, fields=talk.fields))]


def _word(said: Understanding) -> bool | None:
    """The yes or the no; refusing to say is a no."""
    if said.outcome is Outcome.REFUSED:
        return False
    return said.value if isinstance(said.value, bool) else None


def _call(text: str, lexicon: Lexicon) -> bool | None:
    """A reply to "may someone call you? 1 and a good time": what begins with 1 or yes agrees, whatever time follows."""
    words = tokens(fold(text))
    if (
        words
        and (words[0] == "1" or words[0] in lexicon.of(Sense.YES))
        and " ".join(words[1:]) not in lexicon.of(Sense.NO)
    ):
        return True
    said = understand(text, _CONSENT, lexicon)
    # "2 pm" is a time and declines nothing.
    return None if said.method is Method.DIGIT and said.confidence < 1 else _word(said)


# -- questions ------------------------------------------------------------------------------------


def _answer(talk: Conversation, text: str, script: Script, *, cried: bool) -> Step:
    survey = _survey(script)
    question = survey.question(talk.question)
    if question is None:
        raise ValueError(talk.question)
    understanding = understand(text, question, script.lexicon(talk.language))
    if not understanding.settled and cried:
        # What was written deserves an answer of its own; the question waits and this was no failed try.
        return talk, [Send(Say("question", question.code, prefix="cry_ack"))]
    if not understanding.settled and not talk.reasked:
        return replace(talk, reasked=True, unclear=talk.unclear + 1), [Send(Say("reask", question.code))]
    settled = _settle(talk, question, understanding)
    raised = [
        Flag(rule.category, rule.urgency, rule.sensitivity, question.code)
        for rule in needs_raised(survey, talk.answers, settled.answers)
    ]
    return _next(settled, [Record(question.code, understanding), *raised], script, cried=cried)


def _settle(talk: Conversation, question: Question, understanding: Understanding) -> Conversation:
    unclear = talk.unclear + (0 if understanding.settled else 1)
    value = understanding.value if understanding.outcome is Outcome.ANSWER else None
    return replace(talk, reasked=False, unclear=unclear, answers={**talk.answers, question.code: value})


def _next(talk: Conversation, effects: list[Effect], script: Script, *, cried: bool = False) -> Step:
    """The next question that applies, with the notes before it, or thanks and the end."""
    survey = _survey(script)
    notes: list[str] = []
    at = _position(survey, talk.question)
    prefix = _kindly(cried=cried)
    for question in survey.questions[at + 1 :]:
        if question.ask_if is not None and not condition_holds(question.ask_if, talk.answers, {}):
            continue
        if not question.asks:
            notes.append(question.code)
            continue
        talk = replace(talk, question=question.code)
        return talk, [*effects, Send(Say("question", question.code, tuple(notes), prefix))]
    talk, ended = _end(talk, Ending.COMPLETE)
    return talk, [*effects, Send(Say("thanks", notes=tuple(notes), prefix=prefix)), *ended]


def _position(survey: Survey, code: str) -> int:
    return next((at for at, question in enumerate(survey.questions) if question.code == code), -1)


def _survey(script: Script) -> Survey:
    if script.survey is None:
        raise ValueError("a survey conversation needs its survey")
    return script.survey


def reached(talk: Conversation, survey: Survey, code: str) -> bool:
    """Whether the conversation settled the question, or one after it."""
    settled = [_position(survey, done) for done in talk.answers]
    return bool(code) and bool(settled) and max(settled) >= _position(survey, code)
