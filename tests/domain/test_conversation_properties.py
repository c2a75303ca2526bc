"""What holds for every conversation, whatever is written in it."""

import json
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.catalogue import bundled_surveys, load_catalogue
from app.catalogue.documents import read_yaml
from app.domain.conversation import (
    Ask,
    Chosen,
    Close,
    Consent,
    ConsentAct,
    Conversation,
    Decide,
    Effect,
    Ending,
    Later,
    Purpose,
    Record,
    Script,
    Send,
    Stage,
    advance,
    begin,
    expire,
    listed,
    reached,
    unprompted,
)
from app.domain.survey.conditions import condition_holds
from app.domain.survey.parse import parse_survey
from app.domain.understanding import Sense
from app.domain.wording import Voice, render

CATALOGUE = load_catalogue()
LANGUAGES = sorted(CATALOGUE.lexicons)
PULSE = parse_survey(read_yaml(next(path for path in bundled_surveys() if path.stem == "factory-pulse")))
SCRIPT = Script(CATALOGUE.lexicons, PULSE)
VOICE = Voice(CATALOGUE.texts, "Open Line", PULSE)


@cache
def _words() -> list[str]:
    known = {
        "1",
        "2",
        "3",
        "4",
        "0",
        "48",
        "200",
        "1 no",
        "STOP",
        "HELP",
        "START",
        "lang bn",
        "lang sw",
        "ok",
        "👍",
        "",
        "skip",
        "no idea",
        "my boss hits me",
        "no, he hits me",
        "4 not yet paid",
        "?",
    }
    for lexicon in CATALOGUE.lexicons.values():
        for sense in (Sense.YES, Sense.NO, Sense.ACKNOWLEDGE, Sense.UNSURE):
            known |= lexicon.of(sense).keys()
    return sorted(known)


REPLIES = st.lists(
    st.one_of(st.sampled_from(_words()), st.text(max_size=12), st.sampled_from(["1", "2", "3"])), max_size=30
)


FIELDS = {"service": "Demo Centre", **listed([("wages", "pay"), ("health", "health")])}


def held(purpose: Purpose, language: str, replies: list[str]) -> tuple[Conversation, list[Effect]]:
    """The conversation after the replies, kept as JSON and read back between them, and all its effects."""
    talk, effects = begin(purpose, language, FIELDS)
    everything = list(effects)
    for reply in replies:
        if not talk.open:
            break
        talk, effects = advance(talk, reply, SCRIPT)
        answered = sum(isinstance(effect, Send | Ask | Chosen) for effect in effects)
        # One reply, one text; but nobody is texted who stopped all texts.
        assert answered == 1 or (purpose is Purpose.KEEP and answered == 0)
        talk = Conversation.from_json(json.loads(json.dumps(talk.to_json())))
        everything += effects
        for effect in effects:
            assert not isinstance(effect, Send) or render(effect.say, talk.language, VOICE)
    return talk, everything


@settings(max_examples=150, deadline=None)
@given(REPLIES, st.sampled_from(LANGUAGES))
def test_nothing_is_asked_or_recorded_without_consent(replies: list[str], language: str) -> None:
    _, effects = held(Purpose.SURVEY, language, replies)
    granted = Consent(ConsentAct.GRANTED)
    before = effects[: effects.index(granted)] if granted in effects else effects
    assert not any(isinstance(effect, Record) for effect in before)
    assert not any(isinstance(effect, Send) and effect.say.question for effect in before)
    assert effects.count(granted) <= 1


@settings(max_examples=150, deadline=None)
@given(REPLIES, st.sampled_from(LANGUAGES))
def test_a_question_is_recorded_once_in_order_and_only_when_it_applies(replies: list[str], language: str) -> None:
    """Or again right behind itself, where the worker corrected it."""
    talk, effects = held(Purpose.SURVEY, language, ["1", *replies])
    every = [effect.question for effect in effects if isinstance(effect, Record)]
    recorded = [code for at, code in enumerate(every) if at == 0 or every[at - 1] != code]
    order = [question.code for question in PULSE.questions]
    assert recorded == sorted(set(recorded), key=order.index)
    assert set(recorded) == set(talk.answers)
    for code in recorded:
        question = PULSE.question(code)
        assert question is not None
        assert question.ask_if is None or condition_holds(question.ask_if, talk.answers, {})
        assert reached(talk, PULSE, code)


@settings(max_examples=150, deadline=None)
@given(REPLIES, st.sampled_from(LANGUAGES), st.sampled_from(list(Purpose)))
def test_it_closes_once_and_says_how(replies: list[str], language: str, purpose: Purpose) -> None:
    talk, effects = held(purpose, language, replies)
    closings = [effect for effect in effects if isinstance(effect, Close)]
    assert len(closings) == (0 if talk.open else 1)
    assert talk.ending == (closings[0].ending if closings else None)
    assert talk.open is (talk.stage is not Stage.CLOSED)
    if talk.ending is Ending.STOPPED:
        assert Consent(ConsentAct.WITHDRAWN) in effects
    if talk.ending is Ending.COMPLETE and purpose is not Purpose.SURVEY:
        # Something was settled, and it says what: agreed, too early, picked, or another wish.
        settled = [effect for effect in effects if isinstance(effect, Decide | Later | Chosen | Ask)]
        assert settled
        assert Decide(agreed=False) not in settled
    else:
        assert Decide(agreed=True) not in effects


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["xyzzy", "who are you", "ok", "👍", "", "9999"]), min_size=40, max_size=40),
    st.sampled_from(LANGUAGES),
)
def test_nobody_is_asked_the_same_more_than_twice(replies: list[str], language: str) -> None:
    """Once more where they asked who we are; and who answers nothing at all is let go."""
    talk, effects = held(Purpose.SURVEY, language, ["1", *replies])
    assert talk.ending is Ending.UNCLEAR
    asked = [effect.say.question for effect in effects if isinstance(effect, Send) and effect.say.question]
    assert max(map(asked.count, asked)) == (3 if talk.introduced else 2)
    # Each unclear question counts twice: the reply that was asked again and the one that was given up.
    assert talk.unclear == 2 * len(talk.answers)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.sampled_from(LANGUAGES), st.booleans())
def test_whoever_opted_out_is_texted_only_after_start(text: str, language: str, quiet: bool) -> None:
    sends = [
        effect for effect in unprompted(text, language, SCRIPT, opted_out=True, quiet=quiet) if isinstance(effect, Send)
    ]
    assert all(effect.say.key == "started" for effect in sends)


def test_an_expired_conversation_is_closed() -> None:
    talk, effects = expire(begin(Purpose.SURVEY, "en")[0])
    assert (talk.open, effects) == (False, [Close(Ending.EXPIRED)])
