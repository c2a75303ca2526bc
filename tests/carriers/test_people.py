from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from app.carriers.people import Crowd, Persona, TypedText
from app.carriers.people.phrasing import swap_letters
from app.catalogue.instruments import instrument
from app.domain.conversation import Ending, Flag, Purpose, Record, Script, Send, advance, begin
from app.domain.survey import (
    Condition,
    Indicator,
    Kind,
    NeedRule,
    Option,
    Question,
    Sensitivity,
    Survey,
    Urgency,
)
from app.domain.understanding import (
    CryPhrase,
    Lexicon,
    Outcome,
    Sense,
    Understanding,
    find_cries,
    read_command,
    understand,
)


def says(*forms: str) -> dict[str, float]:
    return dict.fromkeys(forms, 0.0)


EN = Lexicon(
    "en",
    {
        Sense.YES: says("yes", "y", "yeah", "sure"),
        Sense.NO: says("no", "n", "nope"),
        Sense.STOP: says("stop", "quit"),
        Sense.START: says("start", "yes"),  # a carrier's START word: nobody may type it to say yes
        Sense.HELP: says("help"),
        Sense.AND: says("and"),
        Sense.NUMBER: {"one": 1, "two": 2, "three": 3, "seven": 7},
    },
    (CryPhrase(("he", "beats", "us"), "violence", Urgency.URGENT, Sensitivity.HIGH),),
)
ES = Lexicon(
    "es",
    {
        Sense.YES: says("si", "claro"),
        Sense.NO: says("no", "nunca"),
        Sense.STOP: says("alto"),
        Sense.AND: says("y"),
    },
)
LEXICONS = {"en": EN, "es": ES}


def _options(*words: str) -> tuple[Option, ...]:
    top = len(words)
    return tuple(
        Option(at, word, {"en": word, "es": f"{word}o"}, 100.0 * (top - at) / (top - 1))
        for at, word in enumerate(words, 1)
    )


def _often() -> tuple[Option, ...]:
    return tuple(
        Option(at, f"w{at}", {"en": word, "es": f"{word}o"}, at)
        for at, word in enumerate(("hardly", "several", "mostly", "daily"))
    )


SURVEY = Survey(
    "pulse",
    "Pulse",
    ("en", "es"),
    {},
    {},
    (
        Question("welcome", Kind.NOTE, {}),
        Question("paid", Kind.SINGLE, {}, _options("always", "mostly", "seldom", "never")),
        Question("voice", Kind.YES_NO, {}, scores={True: 100.0, False: 0.0}),
        Question("hours", Kind.NUMBER, {}, minimum=0, maximum=120),
        Question("life", Kind.SCALE, {}, minimum=0, maximum=10),
        *(Question(code, Kind.SINGLE, {}, _often()) for code in ("nervous", "worry", "down", "dull")),
        Question("dangers", Kind.MANY, {}, _options("quiet", "dusty", "burning", "falling")),
        Question("threat", Kind.YES_NO, {}),
        Question("why", Kind.TEXT, {}, ask_if=Condition("voice", values=(False,))),
        Question("more", Kind.TEXT, {}),
    ),
    indicators=(Indicator("mind", "care", ("nervous", "worry", "down", "dull"), "phq-4", instrument("phq-4")),),
    needs=(
        NeedRule("hours", Urgency.NORMAL, Sensitivity.STANDARD, Condition("hours", over=60)),
        NeedRule(
            "violence",
            Urgency.URGENT,
            Sensitivity.HIGH,
            Condition(group="any", parts=(Condition("threat", values=(True,)),)),
        ),
    ),
)
NUMBERS = [f"+88017{site:03}{person:03}00{person % 7}" for site in range(40) for person in range(60)]
BAD = {
    "paid": lambda value: value in {3, 4},
    "voice": lambda value: value is False,
    "hours": lambda value: value > 60,
    "life": lambda value: value <= 3,
    "worry": lambda value: value >= 2,
    "threat": lambda value: value is True,
}


def crowd(seed: int = 7) -> Crowd:
    return Crowd(seed, LEXICONS)


def of(persona: Persona, people: Crowd, count: int = 30) -> list[str]:
    return [number for number in NUMBERS if people.persona(number) is persona][:count]


@dataclass
class Rehearsal:
    """One conversation of one virtual worker with the pure engine, told as it went."""

    ending: Ending | None = None
    typed: list[TypedText] = field(default_factory=list)
    answers: dict[str, Understanding] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)


def rehearse(people: Crowd, number: str, language: str = "en", purpose: Purpose = Purpose.SURVEY) -> Rehearsal:
    script = Script(LEXICONS, SURVEY if purpose is Purpose.SURVEY else None)
    told = Rehearsal()
    talk, effects = begin(purpose, language)
    for _ in range(60):
        told.answers |= {effect.question: effect.understanding for effect in effects if isinstance(effect, Record)}
        told.needs += [effect.category for effect in effects if isinstance(effect, Flag)]
        says = [effect.say for effect in effects if isinstance(effect, Send)]
        replies = [
            reply for say in says for reply in people.respond(number, language, script.survey, say.key, say.question)
        ]
        told.typed += replies
        if not replies or not talk.open:
            break
        talk, effects = advance(talk, replies[0].text, script)
    told.ending = talk.ending
    return told


# -- who they are ---------------------------------------------------------------------------------


def test_every_kind_is_there_in_its_share() -> None:
    counted = Counter(map(crowd().persona, NUMBERS))
    shares = {persona: 100 * counted[persona] / len(NUMBERS) for persona in Persona}
    expected = {"quick": 45, "late": 15, "wordy": 12, "misspelt": 8, "silent": 12, "stop": 3, "cry": 3, "dead": 2}
    assert shares == pytest.approx(expected, abs=3)


def test_the_same_seed_makes_the_same_people_in_whatever_order_they_are_asked() -> None:
    forward, backward = crowd(), crowd()
    told = {number: rehearse(forward, number).typed for number in NUMBERS[:150]}
    again = {number: rehearse(backward, number).typed for number in reversed(NUMBERS[:150])}
    assert told == again


def test_another_seed_makes_other_people() -> None:
    assert list(map(crowd(1).persona, NUMBERS)) != list(map(crowd(2).persona, NUMBERS))


def test_the_same_person_answers_another_round_otherwise() -> None:
    people = crowd()
    numbers = of(Persona.QUICK, people, 100)
    march, april = (
        [people.respond(n, "en", SURVEY, "question", "paid", occasion=o) for n in numbers] for o in ("march", "april")
    )
    assert march != april


# -- what they say --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es", "xx"])
@pytest.mark.parametrize("persona", [Persona.QUICK, Persona.LATE, Persona.WORDY, Persona.MISSPELT])
def test_people_who_answer_come_to_the_end(persona: Persona, language: str) -> None:
    people = crowd()
    for number in of(persona, people):
        told = rehearse(people, number, language)
        assert told.ending is Ending.COMPLETE
        asked = {question.code for question in SURVEY.questions if question.asks and question.ask_if is None}
        assert asked <= told.answers.keys()
        assert all(answer.outcome is Outcome.ANSWER for answer in told.answers.values())


def test_the_late_take_hours_and_the_quick_do_not() -> None:
    people = crowd()
    for persona, least, most in ((Persona.LATE, 1.5, 7), (Persona.QUICK, 0, 0.1)):
        delays = [typed.delay for number in of(persona, people) for typed in rehearse(people, number).typed]
        assert all(timedelta(hours=least) <= delay <= timedelta(hours=most) for delay in delays)


def test_the_wordy_use_words_of_their_own_language() -> None:
    people = crowd()
    typed = {reply.text for number in of(Persona.WORDY, people) for reply in rehearse(people, number, "es").typed}
    assert {"si", "claro", "alwayso", "no"} <= typed
    assert "always" not in typed


def test_nobody_says_yes_with_a_word_that_is_a_command() -> None:
    people = crowd()
    said = {reply.text for number in NUMBERS for reply in people.respond(number, "en", SURVEY, "intro")}
    assert {"1", "sure", "yeah"} <= said
    assert "yes" not in said
    assert all(read_command(text, "en", LEXICONS) is None for text in said)


def test_the_misspelt_slip_first_and_give_the_digit_when_asked_again() -> None:
    people = crowd()
    paid = SURVEY.question("paid")
    assert paid is not None
    slips = 0
    for number in of(Persona.MISSPELT, people):
        first, again = (people.respond(number, "en", SURVEY, key, "paid")[0].text for key in ("question", "reask"))
        option = paid.option(int(again))
        assert option is not None
        slips += first != option.text["en"]
        assert sorted(first) == sorted(option.text["en"])
        assert understand(first, paid, EN).value in {int(again), None}
    assert slips == 30


def test_the_silent_and_the_dead_say_nothing() -> None:
    people = crowd()
    for number in [*of(Persona.SILENT, people), *of(Persona.DEAD, people)]:
        assert people.respond(number, "en", SURVEY, "intro") == []
        assert people.respond(number, "en", SURVEY, "question", "paid") == []
    assert all(map(people.is_dead, of(Persona.DEAD, people)))


@pytest.mark.parametrize("language", ["en", "es", "xx"])
def test_some_stop_midway_in_their_own_word(language: str) -> None:
    people = crowd()
    for number in of(Persona.STOP, people):
        told = rehearse(people, number, language)
        assert told.ending is Ending.STOPPED
        assert 1 <= len(told.answers) < 8


def test_some_cry_for_help_once_and_go_on() -> None:
    people = crowd()
    for number in of(Persona.CRY, people):
        told = rehearse(people, number)
        cries = [reply.text for reply in told.typed if find_cries(reply.text, EN)]
        assert cries == ["he beats us"]
        assert "violence" in told.needs
        assert told.ending is Ending.COMPLETE


def test_a_language_without_phrases_has_no_cries() -> None:
    people = crowd()
    assert {rehearse(people, number, "es").ending for number in of(Persona.CRY, people)} == {Ending.COMPLETE}


def test_texts_that_ask_nothing_get_no_reply() -> None:
    people = crowd()
    number = of(Persona.QUICK, people)[0]
    for key in ("thanks", "stopped", "refused", "neutral", "help", "offer_accepted", "check_no", "safe_call_yes"):
        assert people.respond(number, "en", SURVEY, key) == []
    assert people.respond(number, "en", SURVEY, "question", "welcome") == []


@pytest.mark.parametrize(
    ("purpose", "share"),
    [
        pytest.param(Purpose.OFFER, 0.85, id="offer"),
        pytest.param(Purpose.CHECK, 0.8, id="did it help"),
        pytest.param(Purpose.SAFE_CALL, 0.85, id="safe call"),
    ],
)
def test_most_agree_to_what_is_offered(purpose: Purpose, share: float) -> None:
    people = crowd()
    answering = [n for n in NUMBERS if people.persona(n) not in {Persona.SILENT, Persona.DEAD}]
    endings = Counter(rehearse(people, number, purpose=purpose).ending for number in answering)
    assert endings[Ending.COMPLETE] / len(answering) == pytest.approx(share, abs=0.03)
    assert endings[Ending.COMPLETE] + endings[Ending.REFUSED] == len(answering)


def test_a_safe_call_gets_a_time() -> None:
    people = crowd()
    said = {reply.text for number in NUMBERS for reply in people.respond(number, "en", None, "safe_call")}
    assert said == {"1 evening", "2"}


# -- what they mean -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", list(BAD))
def test_about_one_answer_in_seven_is_a_bad_one(code: str) -> None:
    answers = _values(code)
    bad = sum(map(BAD[code], answers.values())) / len(answers)
    assert bad == pytest.approx(0.15, abs=0.07)


def test_sites_differ() -> None:
    answers = _values("paid")
    sites: dict[str, list[bool]] = {}
    for number, value in answers.items():
        sites.setdefault(number[:-3], []).append(BAD["paid"](value))
    assert len(sites) > 30
    shares = {site: sum(bad) / len(bad) for site, bad in sites.items()}
    assert min(shares.values()) < 0.08
    assert max(shares.values()) > 0.22


def test_numbers_stay_within_the_question() -> None:
    for code in ("hours", "life"):
        question = SURVEY.question(code)
        assert question is not None
        assert all(question.minimum <= value <= question.maximum for value in _values(code).values())  # type: ignore[operator]


def _values(code: str) -> dict[str, int]:
    people = crowd()
    question = SURVEY.question(code)
    assert question is not None
    numbers = [f"+88017{site:04}{person:03}" for site in range(40) for person in range(60)]
    staying = [number for number in numbers if people.persona(number) is not Persona.STOP]
    typed = {number: people.respond(number, "xx", SURVEY, "reask", code) for number in staying}
    return {
        number: understand(reply[0].text, question, Lexicon("xx")).value for number, reply in typed.items() if reply
    }  # type: ignore[misc]


@pytest.mark.parametrize("word", ["हाँ", "হ্যাঁ", "aaaa", "no", ""])
def test_words_without_two_letters_to_swap_stay_as_they_are(word: str) -> None:
    assert swap_letters(word, Random(1)) == word  # noqa: S311
