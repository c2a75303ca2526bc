"""The conversation: state and reply in, state and effects out. It never sends, saves or looks at a clock."""

from app.domain.conversation.asking import answer, position, question_of
from app.domain.conversation.deciding import consent, decide, declines_call, second_word
from app.domain.conversation.model import (
    Ask,
    Consent,
    ConsentAct,
    Conversation,
    Decide,
    Effect,
    Ending,
    Flag,
    Pause,
    Purpose,
    Script,
    Send,
    Stage,
    SwitchLanguage,
    WrongPerson,
)
from app.domain.conversation.picking import PICKED, pick
from app.domain.conversation.steps import CONSENT, Step, current, end, first, others
from app.domain.survey import Survey
from app.domain.understanding import (
    Command,
    Method,
    Order,
    Understanding,
    Wish,
    cries_in,
    guess_language,
    hear,
    read_aside,
    read_command,
    read_language,
    read_when,
    read_wish,
)
from app.domain.wording import Say

_TOMORROW = 2


def begin(purpose: Purpose, language: str, fields: dict[str, str] | None = None) -> Step:
    """A new conversation and its first text; a survey's tells the purpose and asks for consent."""
    talk = Conversation(purpose, language, Stage.CONSENT, fields=dict(fields or {}))
    return talk, [Send(first(talk))]


def advance(talk: Conversation, text: str, script: Script, *, early: bool = False) -> Step:
    """One reply. STOP, HELP, START and a change of language come before anything else.

    Args:
        talk: an open conversation.
        text: the reply as it came.
        script: the survey and the lexicons.
        early: the reply was written before the text that stands open had left.

    Returns:
        The new state and the effects in the order they are to be carried out; none at all for what a machine wrote.
    """
    question = question_of(talk, script) if talk.stage is Stage.ASKING else CONSENT
    heard = hear(text, question, talk.language, script.lexicons, others(script))
    flags = _flags(text, talk.language, script)
    if (
        isinstance(heard, Command)
        and not _spent(talk, heard.order, cried=bool(flags))
        and not _answers_call(talk, text)
    ):
        return _obey(talk, heard, flags, script)
    wish = _wish(talk, text, heard, script)
    if wish is not None:
        return _grant(talk, wish, flags)
    said = None if isinstance(heard, Command) else heard
    if talk.pausing:
        talk, effects = _when(talk, text, said, script)
    else:
        talk, effects = _reply(talk, text, said, script, cried=bool(flags), early=early)
    return talk, [*flags, *effects]


def _wish(talk: Conversation, text: str, heard: Understanding | Command, script: Script) -> Wish | None:
    """What the worker asks of the line. While a survey asks, only what is no answer to its question: "not safe" may be one."""
    if talk.purpose is Purpose.KEEP or isinstance(heard, Command):
        return None
    if talk.purpose is Purpose.SURVEY and heard.settled:
        return None  # most replies, so they are not read again
    wish = read_wish(text, talk.language, script.lexicons)
    if talk.purpose is Purpose.SAFE_CALL and wish and declines_call(text, script.lexicon(talk.language)):
        return None
    if talk.purpose is not Purpose.SURVEY:
        return wish
    return wish if wish in {Wish.STATUS, Wish.NO_CONTACT} else None


def _grant(talk: Conversation, wish: Wish, flags: list[Effect]) -> Step:
    """How requests stand is told and the open text waits; any other wish ends what was open."""
    if wish is Wish.STATUS:
        return talk, [*flags, Ask(wish)]
    talk, ended = end(talk, Ending.COMPLETE)
    return talk, [*flags, *ended, Ask(wish)]


def _answers_call(talk: Conversation, text: str) -> bool:
    """Whether a text gives leave to call, whatever time it names: "1, later at nine"."""
    return talk.purpose is Purpose.SAFE_CALL and text.strip()[:1] in {"1", "2"}


def _spent(talk: Conversation, order: Order, *, cried: bool) -> bool:
    """Whether an order was obeyed before and once is enough, or a text tells of a need, and is read for it.

    Whoever writes "no se puede hablar español" may speak of the workplace, and wants no other language.
    """
    if order in {Order.AUTO, Order.LANGUAGE} and cried:
        return True
    return (order is Order.LATER and talk.pausing) or (order is Order.WHO and talk.introduced)


def _reply(
    talk: Conversation, text: str, said: Understanding | None, script: Script, *, cried: bool, early: bool
) -> Step:
    if talk.purpose in PICKED:
        return pick(talk, text, script.lexicon(talk.language), cried=cried)
    if talk.purpose is not Purpose.SURVEY:
        return decide(talk, text, script.lexicon(talk.language), cried=cried)
    if talk.stage is Stage.CONSENT:
        return consent(talk, text, script, cried=cried)
    if early and talk.before == "consent":
        return second_word(talk, text, script, cried=cried)
    return answer(talk, text, script, said, cried=cried, early=early)


def remind(talk: Conversation) -> Step:
    """The one reminder: the last text again, behind a friendly word."""
    return talk._replace(pausing=False), [Send(current(talk)._replace(prefix="reminder"))]


def resume(talk: Conversation) -> Step:
    """The open text again, as what a reply answers: the time the worker named has come, or they asked for it."""
    talk = talk._replace(pausing=False)
    return talk, [Send(current(talk))]


def expire(talk: Conversation) -> Step:
    """The window closed, or the worker stayed silent."""
    return end(talk, Ending.EXPIRED)


def unprompted(text: str, language: str, script: Script, *, opted_out: bool, quiet: bool) -> list[Effect]:
    """A text while no conversation is open.

    Args:
        text: as it came.
        language: of the enrolment; empty for an unknown sender, whose language is guessed from the text.
        script: the lexicons.
        opted_out: the worker withdrew: only START is answered, though a cry is still heard.
        quiet: a neutral answer was sent lately; another would start a ping-pong with an automatic reply.
    """
    spoken = language or guess_language(text, "en", script.words, tuple(script.lexicons))
    command = read_command(text, spoken, script.lexicons)
    if command is not None and command.order is Order.START:
        return [Consent(ConsentAct.RESTORED), Send(Say("started"))]
    flags = _flags(text, spoken, script)
    wish = read_wish(text, spoken, script.lexicons) if language and command is None else None
    if opted_out and command is not None and command.order is Order.STOP:
        wish = Wish.NO_CONTACT  # they said it before, and a service may still have their request
    # Whoever wants no text from us may still say that it is not safe to be called.
    if wish is Wish.NO_CONTACT or (wish is not None and not opted_out):
        return [*flags, Ask(wish)]
    if opted_out:
        return flags
    if command is None and not flags:
        command = read_language(text, spoken, script.lexicons)
    if command is None:
        return [*flags, *_remark(text, spoken, script, quiet=quiet, known=bool(language), cried=bool(flags))]
    return [*flags, *_ordered(command, known=bool(language))]


def _ordered(command: Command, *, known: bool) -> list[Effect]:
    if command.order is Order.STOP:
        return [Consent(ConsentAct.WITHDRAWN), Send(Say("stopped"))]
    if command.order is Order.LANGUAGE:
        switched = [SwitchLanguage(command.language)] if command.language else []
        return [*switched, Send(Say("neutral"))]
    # A stranger learns what this is, and nothing of what it can do for whom.
    return [Ask(Wish.MENU)] if known else [Send(Say("help"))]


def _remark(text: str, language: str, script: Script, *, quiet: bool, known: bool, cried: bool) -> list[Effect]:
    aside = None if cried else read_aside(text, language, script.lexicons)
    if aside is Order.AUTO:
        return []
    if aside is Order.WRONG_PERSON:
        return [WrongPerson(), Send(Say("wrong_person"))]
    if aside is Order.WHO and known:  # a stranger learns nothing of what this is about
        return [Send(Say("help"))]
    return [] if quiet else [Send(Say("neutral"))]


def _flags(text: str, language: str, script: Script) -> list[Effect]:
    """The needs the words themselves tell, in whatever language: a cry is no short word to mix up; digits tell none."""
    if text.strip().isdecimal():
        return []
    return [Flag(cry.category, cry.urgency, cry.sensitivity) for cry in cries_in(text, language, script.words)]


# -- orders ---------------------------------------------------------------------------------------


def _obey(talk: Conversation, command: Command, flags: list[Effect], script: Script) -> Step:  # noqa: PLR0911 - a case an order
    if talk.purpose is Purpose.KEEP or (talk.purpose in PICKED and command.order is Order.START):
        return _obey_aside(talk, command, flags)
    match command.order:
        case Order.STOP:
            talk, ended = end(talk, Ending.STOPPED)
            return talk, [*flags, Consent(ConsentAct.WITHDRAWN), Send(Say("stopped")), *ended]
        case Order.WRONG_PERSON:
            talk, ended = end(talk, Ending.WRONG_PERSON)
            return talk, [*flags, WrongPerson(), Send(Say("wrong_person")), *ended]
        case Order.AUTO:
            return talk, []
        case Order.HELP:
            return talk, [*flags, Send(Say("help"))]
        case Order.WHO:
            return talk._replace(introduced=True, pausing=False), [*flags, Send(_introduced(talk))]
        case Order.LATER:
            return talk._replace(pausing=True, reasked=False), [*flags, Send(Say("later"))]
        case Order.START:
            return resume(talk)
        case Order.LANGUAGE:
            return _switch(talk, command.language, script)


def _obey_aside(talk: Conversation, command: Command, flags: list[Effect]) -> Step:
    """START to a list lets the line write again; so it does, with the request, from whoever stopped all texts.

    Nothing else they order is answered.
    """
    if command.order is not Order.START:
        return talk, flags
    talk, ended = end(talk, Ending.COMPLETE)
    if talk.purpose is not Purpose.KEEP:
        return talk, [*flags, *ended, Ask(Wish.CONTACT)]
    return talk, [*flags, Consent(ConsentAct.RESTORED), Decide(agreed=True), Send(Say("started")), *ended]


def _introduced(talk: Conversation) -> Say:
    """Who we are, and the open text again; an introduction says who we are itself."""
    say = current(talk)
    return say if say.key == "intro" else say._replace(prefix="help")


def _switch(talk: Conversation, language: str, script: Script) -> Step:
    """The open text again in the language; where the survey lacks it, behind the languages that it has."""
    if script.survey is None and not language:
        return resume(talk)
    offered = script.survey.languages if script.survey else tuple(script.lexicons)
    if language not in offered:
        told = ", ".join(map(script.words.names.called, offered))
        say = current(talk)
        say = say._replace(prefix="languages", fields={**say.fields, "languages": told})
        return talk._replace(pausing=False), [Send(say)]
    talk, again = resume(talk._replace(language=language))
    return talk, [SwitchLanguage(language), *again]


def _when(talk: Conversation, text: str, said: Understanding | None, script: Script) -> Step:
    """The reply to "when may we ask again?"; words that answer the open question are welcome too, a digit names a time."""
    when = read_when(text, script.lexicon(talk.language))
    if when is None and said is not None and said.settled and said.method in {Method.WORD, Method.FUZZY}:
        return _reply(talk._replace(pausing=False), text, said, script, cried=False, early=False)
    if when is None and not talk.reasked:
        return talk._replace(reasked=True), [Send(Say("later_reask"))]
    talk = talk._replace(pausing=False, reasked=False)
    return talk, [Pause(when or _TOMORROW), Send(Say("later_set"))]


def reached(talk: Conversation, survey: Survey, code: str) -> bool:
    """Whether the conversation settled the question, or one after it."""
    settled = [position(survey, done) for done in talk.answers]
    return bool(code) and bool(settled) and max(settled) >= position(survey, code)
