"""The engine's corners that no dialogue shows: a text out of the blue, and states that cannot be."""

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.conversation import (
    Ask,
    Consent,
    ConsentAct,
    Conversation,
    Decide,
    Flag,
    Later,
    Purpose,
    Script,
    Send,
    Stage,
    SwitchLanguage,
    advance,
    begin,
    reached,
    unprompted,
)
from app.domain.survey.parse import parse_survey
from app.domain.understanding import Wish
from app.domain.wording import Say
from tests.domain.test_surveys import GOOD

CATALOGUE = load_catalogue()
SCRIPT = Script(CATALOGUE.lexicons)
SURVEY = parse_survey(GOOD)


def heard(text: str, *, opted_out: bool = False, quiet: bool = False) -> list[object]:
    return list(unprompted(text, "en", SCRIPT, opted_out=opted_out, quiet=quiet))


def test_a_text_out_of_the_blue_is_answered_neutrally() -> None:
    assert heard("hello?") == [Send(Say("neutral"))]


def test_a_second_text_is_not_answered_so_that_two_machines_do_not_talk_for_ever() -> None:
    assert heard("I am on leave", quiet=True) == []


@pytest.mark.parametrize("opted_out", [True, False])
def test_start_brings_the_line_back(*, opted_out: bool) -> None:
    assert heard("START", opted_out=opted_out) == [Consent(ConsentAct.RESTORED), Send(Say("started"))]


def test_stop_out_of_the_blue_is_honoured() -> None:
    assert heard("stop") == [Consent(ConsentAct.WITHDRAWN), Send(Say("stopped"))]


@pytest.mark.parametrize("text", ["hello", "HELP", "lang bn", "yes"])
def test_whoever_opted_out_is_texted_nothing_but_after_start(text: str) -> None:
    assert heard(text, opted_out=True) == []


def test_stop_said_again_closes_all_contact_and_is_not_answered() -> None:
    assert heard("STOP", opted_out=True) == [Ask(Wish.NO_CONTACT)]


def test_a_cry_of_one_who_opted_out_is_still_heard() -> None:
    (flag,) = heard("my supervisor hits me", opted_out=True)
    assert isinstance(flag, Flag)
    assert flag.sensitivity == "high"


def test_a_cry_out_of_the_blue_is_flagged_and_answered_neutrally() -> None:
    flag, answer = heard("my supervisor hits me")
    assert isinstance(flag, Flag)
    assert answer == Send(Say("neutral"))


def test_help_and_a_language_out_of_the_blue() -> None:
    assert heard("help") == [Ask(Wish.MENU)]
    assert heard("lang bn") == [SwitchLanguage("bn"), Send(Say("neutral"))]


@pytest.mark.parametrize(
    ("text", "language"),
    [("no se puede hablar español", "es"), ("lăng mạ tiếng việt", "vi"), ("sem bota português", "pt")],
)
def test_a_cry_beside_a_languages_name_is_heard_and_switches_nothing(text: str, language: str) -> None:
    flag, answer = unprompted(text, language, SCRIPT, opted_out=False, quiet=False)
    assert isinstance(flag, Flag)
    assert answer == Send(Say("neutral"))
    talk, _ = begin(Purpose.CHECK, language, {"service": "Demo Centre"})
    talk, effects = advance(talk, text, SCRIPT)
    assert effects == [flag, Send(Say("check_reask", prefix="cry_ack", fields={"service": "Demo Centre"}))]


@pytest.mark.parametrize(("text", "language"), [("ช่วยด้วย", "th"), ("别骚扰我", "zh")])
def test_a_cry_that_is_an_order_too_is_heard_and_obeyed_out_of_the_blue(text: str, language: str) -> None:
    flag, *obeyed = unprompted(text, language, SCRIPT, opted_out=False, quiet=False)
    assert isinstance(flag, Flag)
    assert obeyed in ([Ask(Wish.MENU)], [Consent(ConsentAct.WITHDRAWN), Send(Say("stopped"))])


def test_a_cry_at_the_door_does_not_count_as_a_failed_try() -> None:
    talk, _ = begin(Purpose.SURVEY, "en")
    script = Script(SCRIPT.lexicons, SURVEY)
    talk, effects = advance(talk, "my supervisor hits me", script)
    assert not talk.reasked
    assert effects[-1] == Send(Say("reask_intro", prefix="cry_ack"))


def test_a_language_the_survey_does_not_speak_is_not_switched_to() -> None:
    talk, _ = begin(Purpose.SURVEY, "en")
    again, effects = advance(talk, "lang bn", Script(SCRIPT.lexicons, SURVEY))
    assert again == talk
    assert effects == [Send(Say("intro", prefix="languages", fields={"languages": "English"}))]


def test_a_survey_conversation_needs_its_survey_and_its_question() -> None:
    talk = Conversation(Purpose.SURVEY, "en", Stage.ASKING, question="gone")
    with pytest.raises(ValueError, match="survey"):
        advance(talk, "1", SCRIPT)
    with pytest.raises(ValueError, match="gone"):
        advance(talk, "1", Script(SCRIPT.lexicons, SURVEY))


def test_a_language_without_a_lexicon_still_reads_digits() -> None:
    talk, _ = begin(Purpose.CHECK, "xx", {"service": "Demo Centre"})
    talk, _ = advance(talk, "1", SCRIPT)
    assert talk.ending == "complete"


def test_refusing_to_say_is_no_agreement() -> None:
    talk, _ = begin(Purpose.OFFER, "en", {"service": "Demo Centre"})
    talk, _ = advance(talk, "prefer not to say", SCRIPT)
    assert talk.ending == "refused"


def test_a_safe_call_asked_again_then_left_to_a_person() -> None:
    talk, _ = begin(Purpose.SAFE_CALL, "en")
    talk, effects = advance(talk, "who are you?", SCRIPT)
    assert effects == [Send(Say("safe_call", prefix="help"))]
    talk, effects = advance(talk, "who are you?", SCRIPT)
    assert effects == [Send(Say("safe_call_reask"))]
    talk, _ = advance(talk, "blue", SCRIPT)
    assert talk.ending == "unclear"


def test_the_partial_point_is_reached_by_it_or_by_what_comes_after() -> None:
    talk = Conversation(Purpose.SURVEY, "en", Stage.ASKING, answers={"why": 1})
    assert reached(talk, SURVEY, "late")
    assert not reached(Conversation(Purpose.SURVEY, "en", Stage.ASKING), SURVEY, "late")
    assert not reached(talk, SURVEY, "")


@pytest.mark.parametrize(
    "text", ["yes he reads this phone, do not call", "1 not safe", "yes but don't call me", "1 if my husband not home"]
)
def test_no_leave_to_call_comes_from_a_text_that_denies_anything(text: str) -> None:
    talk, effects = advance(begin(Purpose.SAFE_CALL, "en")[0], text, SCRIPT)
    assert effects == [Send(Say("safe_call_reask"))]
    assert talk.open


def test_a_cry_beside_a_machines_words_is_heard() -> None:
    _, effects = advance(begin(Purpose.CHECK, "en")[0], "my boss hits me. i am driving", SCRIPT)
    assert isinstance(effects[0], Flag)


@pytest.mark.parametrize("text", ["yes stop", "1 stop", "Stop\nSent from my phone"])
def test_a_yes_beside_stop_is_a_stop(text: str) -> None:
    _, effects = advance(begin(Purpose.OFFER, "en", {"service": "X"})[0], text, SCRIPT)
    assert effects[0] == Consent(ConsentAct.WITHDRAWN)


@pytest.mark.parametrize("text", ["1?", "yes if you pay", "yes my husband will answer"])
def test_a_doubtful_yes_to_an_offer_is_asked_again(text: str) -> None:
    talk, effects = advance(begin(Purpose.OFFER, "en", {"service": "X"})[0], text, SCRIPT)
    assert talk.open
    assert [effect.say.key for effect in effects if isinstance(effect, Send)] == ["offer_reask"]


@pytest.mark.parametrize("language", sorted(CATALOGUE.texts))
def test_a_plain_no_to_did_it_help_is_no_not_yet(language: str) -> None:
    not_yet = CATALOGUE.text("check_not_yet", language)
    talk, _ = begin(Purpose.CHECK, language, {"service": "Demo Centre", "later": not_yet})
    script = Script(CATALOGUE.lexicons)
    assert Later() in advance(talk, not_yet, script)[1]
    for word in ("2", CATALOGUE.text("no", language)):
        assert Decide(agreed=False) in advance(talk, word, script)[1]
