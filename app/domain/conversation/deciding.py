"""A yes or a no: to being asked, to an offer, to "did it help?", to a call."""

from collections.abc import Mapping

from app.domain.conversation.asking import answers_in_turn, go_on, next_question
from app.domain.conversation.model import (
    Consent,
    ConsentAct,
    Conversation,
    Decide,
    Ending,
    Later,
    Purpose,
    Script,
    Send,
    Stage,
    SwitchLanguage,
)
from app.domain.conversation.steps import CONSENT, Step, end, kindly, others, survey_of
from app.domain.survey import Kind, Option, Question
from app.domain.understanding import (
    Lexicon,
    Lexicons,
    Method,
    Outcome,
    Sense,
    Understanding,
    fold,
    guess_language,
    parts_of,
    understand,
    words_of,
)
from app.domain.wording import Say

_ASKED_FIRST = "consent"
_CLEARLY = 0.95  # a yes, and nothing beside it but politeness
_NOT_YET = 3  # the third choice of "did it help?"
_ONE_OF_THREE = Question("check", Kind.SINGLE, {}, tuple(Option(code, str(code), {}) for code in (1, 2, _NOT_YET)))
_LONGEST_TIME = 8  # words; what is longer than "yes, in the evening after eight" tells more than a time


def consent(talk: Conversation, text: str, script: Script, *, cried: bool) -> Step:
    """A reply to the introduction; anything but a clear yes is no consent."""
    spoken = [script.lexicon(tongue) for tongue in others(script) if tongue != talk.language]
    said = understand(text, CONSENT, script.lexicon(talk.language), spoken)
    if said.value is True and _clear(said, text) and not _may_stop(text, script.lexicon(talk.language)):
        return _begin(_in_language_of(talk, said, script), talk.language, script, cried=cried)
    if said.value is False or said.outcome is Outcome.REFUSED:
        return refuse(_in_language_of(talk, said, script), cried=cried)
    together = _all_at_once(talk, text, script, cried=cried)
    if together is not None:
        return together
    if cried:
        return talk, [Send(Say("reask_intro", prefix="cry_ack"))]
    if talk.reasked:
        talk, ended = end(talk._replace(unclear=talk.unclear + 1), Ending.UNCLEAR)
        return talk, [Send(Say("neutral")), *ended]
    return _ask_again(talk, text, script)


def second_word(talk: Conversation, text: str, script: Script, *, cried: bool) -> Step:
    """A reply written before the first question left: a second one to the introduction."""
    said = understand(text, CONSENT, script.lexicon(talk.language))
    if said.value is False or said.outcome is Outcome.REFUSED:
        return refuse(talk, cried=cried)
    return talk, [Send(Say("question", talk.question, prefix=kindly(cried=cried)))]


def refuse(talk: Conversation, *, cried: bool) -> Step:
    """No consent this time."""
    talk, ended = end(talk, Ending.REFUSED)
    return talk, [Consent(ConsentAct.REFUSED), Send(Say("refused", prefix=kindly(cried=cried))), *ended]


def _begin(talk: Conversation, before: str, script: Script, *, cried: bool) -> Step:
    talk = talk._replace(stage=Stage.ASKING, reasked=False, before=_ASKED_FIRST)
    switched = [SwitchLanguage(talk.language)] if talk.language != before else []
    return go_on(talk, [*switched, Consent(ConsentAct.GRANTED)], script, prefix=kindly(cried=cried))


def _in_language_of(talk: Conversation, said: Understanding, script: Script) -> Conversation:
    spoken = said.method in {Method.WORD, Method.SPELLED} and said.language in others(script)
    return talk._replace(language=said.language) if spoken else talk


def _all_at_once(talk: Conversation, text: str, script: Script, *, cried: bool) -> Step | None:
    """Such as "1 1 2 5 1": a yes and every answer behind it."""
    parts = parts_of(text)
    if (
        not parts
        or parts[0].number
        or understand(parts[0].text, CONSENT, script.lexicon(talk.language)).value is not True
    ):
        return None
    opening = next_question(survey_of(script), talk)
    if opening is None:
        return None
    asking = talk._replace(stage=Stage.ASKING, reasked=False, question=opening.code)
    together = answers_in_turn(asking, parts[1:], script, cried=cried)
    return (together[0], [Consent(ConsentAct.GRANTED), *together[1]]) if together else None


def _ask_again(talk: Conversation, text: str, script: Script) -> Step:
    tongue = guess_language(text, talk.language, Lexicons.of(script.lexicons), others(script))
    talk = talk._replace(reasked=True, unclear=talk.unclear + 1)
    if tongue == talk.language:
        return talk, [Send(Say("reask_intro"))]
    # Nobody consents to what they cannot read: the whole introduction, in their language.
    return talk._replace(language=tongue), [SwitchLanguage(tongue), Send(Say("intro"))]


# -- offers, checks, calls ------------------------------------------------------------------------

_DECISIONS: Mapping[Purpose, tuple[str, str, str]] = {
    Purpose.OFFER: ("offer_accepted", "offer_declined", "offer_reask"),
    Purpose.CHECK: ("check_yes", "check_no", "check_reask"),
    Purpose.SAFE_CALL: ("safe_call_yes", "safe_call_no", "safe_call_reask"),
}


def declines_call(text: str, lexicon: Lexicon) -> bool:
    """Whether a reply to "may someone call you?" is a plain no; "not safe" is none, and more than one."""
    return _call(text, lexicon) is False


def decide(talk: Conversation, text: str, lexicon: Lexicon, *, cried: bool) -> Step:
    """A yes or a no to an offer, a check or a call. Anything but a clear yes is no consent."""
    if talk.purpose is Purpose.KEEP:
        return _keep(talk, text, lexicon)
    if talk.purpose is Purpose.CHECK and _too_early(talk, text, lexicon):
        talk, ended = end(talk, Ending.COMPLETE)
        return talk, [Later(), Send(Say("check_later", prefix=kindly(cried=cried))), *ended]
    accepted, declined, reask = _DECISIONS[talk.purpose]
    agreed = (
        _call(text, lexicon) if talk.purpose is Purpose.SAFE_CALL else _word(understand(text, CONSENT, lexicon), text)
    )
    if agreed is not None:
        talk, ended = end(talk, Ending.COMPLETE if agreed else Ending.REFUSED)
        say = Say(accepted if agreed else declined, prefix=kindly(cried=cried), fields=talk.fields)
        return talk, [Decide(agreed), Send(say), *ended]
    if cried:
        return talk, [Send(Say(reask, prefix=kindly(cried=cried), fields=talk.fields))]
    if talk.reasked:
        talk, ended = end(talk, Ending.UNCLEAR)
        return talk, [Send(Say("neutral")), *ended]
    return talk._replace(reasked=True), [Send(Say(reask, fields=talk.fields))]


def _keep(talk: Conversation, text: str, lexicon: Lexicon) -> Step:
    """Whoever stopped all texts is not answered, whatever they say; only a clear yes or no counts, and silence is a no."""
    agreed = _word(understand(text, CONSENT, lexicon), text)
    if agreed is None:
        return talk, []
    talk, ended = end(talk, Ending.COMPLETE if agreed else Ending.REFUSED)
    return talk, [Decide(agreed), *ended]


def _too_early(talk: Conversation, text: str, lexicon: Lexicon) -> bool:
    """Whether a reply to "did it help?" is "not yet": 3, or the words the text has for it."""
    later = words_of(talk.fields.get("later", ""))
    # Compared whole: in many languages the word for no stands in "not yet".
    said = understand(text, _ONE_OF_THREE, lexicon).value
    return (bool(later) and words_of(text) == later) or said == _NOT_YET


def _clear(said: Understanding, text: str) -> bool:
    """Whether a yes is one beyond doubt: "yes if you pay" and "1?" are not."""
    return said.confidence >= _CLEARLY and not {"?", "？", "؟"} & set(text)


def _may_stop(text: str, lexicon: Lexicon) -> bool:
    """Whether a yes typed without marks may be a stop word: Vietnamese "dung" is "đúng", right, and "dừng", stop."""
    stops = {fold(form) for form in lexicon.of(Sense.STOP_WRITTEN)}
    return text.isascii() and not stops.isdisjoint(words_of(text))


def _word(said: Understanding, text: str) -> bool | None:
    """The yes or the no; refusing to say is a no, and a yes that is none beyond doubt is nothing."""
    if said.outcome is Outcome.REFUSED:
        return False
    if said.value is True and not _clear(said, text):
        return None
    return said.value if isinstance(said.value, bool) else None


def _call(text: str, lexicon: Lexicon) -> bool | None:
    """A reply to "may someone call you? 1 and a good time": what begins with 1 or yes agrees, whatever time follows."""
    words = words_of(text)
    yes, no = lexicon.of(Sense.YES), lexicon.of(Sense.NO)
    if words and (words[0] == "1" or words[0] in yes) and " ".join(words[1:]) not in no:
        # "Yes, he reads this phone, do not call": whatever denies anything is no leave to call.
        denied = any(lexicon.says(word, Sense.NEGATION, Sense.NO, Sense.EXCEPT, Sense.UNSURE) for word in words[1:])
        return None if denied or len(words) > _LONGEST_TIME or "if" in words else True
    said = understand(text, CONSENT, lexicon)
    # "2 pm" is a time and declines nothing.
    return None if said.method is Method.DIGIT and said.confidence < 1 else _word(said, text)
