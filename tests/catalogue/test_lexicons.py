"""The tables of words: readable, complete, free of contradictions."""

import re
from pathlib import Path

import pytest
import yaml

from app.catalogue.catalogue import load_catalogue
from app.catalogue.lexicons import clashes, load_lexicons
from app.catalogue.places import DATA
from app.domain.segments import Encoding, SplitPolicy, segments
from app.domain.understanding import Lexicon, Sense, find_cries, read_command

LANGUAGES = sorted(
    [
        "bn",
        "hi",
        "ur",
        "ta",
        "si",
        "ne",
        "my",
        "km",
        "lo",
        "th",
        "vi",
        "id",
        "fil",
        "zh",
        "ar",
        "tr",
        "am",
        "sw",
        "ha",
        "yo",
        "rw",
        "so",
        "es",
        "pt",
        "fr",
        "ht",
        "en",
    ]
)
LEXICONS = load_catalogue().lexicons
TEXTS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["texts"] for path in (DATA / "texts").glob("*.yaml")
}
NEEDED = (
    Sense.YES, Sense.NO, Sense.UNSURE, Sense.REFUSE, Sense.SKIP, Sense.ACKNOWLEDGE, Sense.POLITE, Sense.UNIT,
    Sense.APPROX, Sense.ALL, Sense.NONE, Sense.EXCEPT, Sense.NEGATION, Sense.NEGATION_BEFORE, Sense.DEGREE,
    Sense.CORRECTION, Sense.LATER, Sense.WHEN, Sense.WHO, Sense.WRONG_PERSON, Sense.AUTO, Sense.STOP, Sense.START,
    Sense.HELP, Sense.STATUS, Sense.END_REQUEST, Sense.NO_CONTACT, Sense.SPEAK, Sense.SPEAKS_OF, Sense.AND,
    Sense.TO,
)  # fmt: skip
WISHES = (Sense.STATUS, Sense.END_REQUEST, Sense.NO_CONTACT)
PLAIN = ("en", "es", "fil", "id", "rw", "so", "sw")
"""Languages that need no sign beside those of GSM 03.38: one such sign doubles the price of a text."""
MOST_SEGMENTS = 3


@pytest.fixture(params=LANGUAGES)
def lexicon(request: pytest.FixtureRequest) -> Lexicon:
    return LEXICONS[request.param]


def test_no_form_says_two_things_that_exclude_each_other(lexicon: Lexicon) -> None:
    assert sorted(clashes(lexicon)) == []


def test_no_number_in_digits_answers_yes_or_no(lexicon: Lexicon) -> None:
    """Arabic "l2", a no, folds to 12: a thumb's l beside a digit is one."""
    assert [form for form in lexicon.polar if form.isdecimal()] == []


def test_every_number_to_a_hundred_can_be_spelled(lexicon: Lexicon) -> None:
    assert set(range(101)) - set(lexicon.of(Sense.NUMBER).values()) == set()


def test_every_sense_has_words_of_its_own(lexicon: Lexicon) -> None:
    assert [sense for sense in NEEDED if not any(any(map(str.isalpha, form)) for form in lexicon.of(sense))] == []


def test_every_evening_morrow_and_week_can_be_named(lexicon: Lexicon) -> None:
    assert set(lexicon.of(Sense.WHEN).values()) == {1, 2, 3}


def test_degrees_run_from_very_bad_to_very_good(lexicon: Lexicon) -> None:
    worded = {value for form, value in lexicon.of(Sense.DEGREE).items() if any(map(str.isalpha, form))}
    assert worded >= {-2, -1, 1, 2}


def test_cries_tell_of_every_grave_category(lexicon: Lexicon) -> None:
    told = {cry.category for cry in lexicon.cries}
    assert told >= {"harassment", "counselling", "documents", "wages", "health", "safety"}


def test_no_cry_is_a_single_short_word(lexicon: Lexicon) -> None:
    assert [cry.words for cry in lexicon.cries if len("".join(cry.words)) < 3] == []


def test_the_service_speaks_the_language(lexicon: Lexicon) -> None:
    assert TEXTS[lexicon.language].keys() == TEXTS["en"].keys()


def test_no_text_loses_a_place_to_fill(lexicon: Lexicon) -> None:
    import string

    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, text in TEXTS[lexicon.language].items():
        assert places(text) == places(TEXTS["en"][key]), key


@pytest.mark.parametrize("language", PLAIN)
def test_texts_that_can_be_cheap_are(language: str) -> None:
    costs = {key: segments(re.sub(r"\{\w+\}", "", text), SplitPolicy.GRAPHEME) for key, text in TEXTS[language].items()}
    assert [key for key, cost in costs.items() if cost.encoding is not Encoding.GSM7] == []


def test_the_menu_fits_few_segments_in_every_language(lexicon: Lexicon) -> None:
    texts = TEXTS[lexicon.language]
    for contact in (texts["menu_pause"], texts["menu_again"]):
        menu = texts["menu"].format(organiser="Fair Work Alliance", contact=contact)
        assert segments(menu, SplitPolicy.GRAPHEME).count <= MOST_SEGMENTS


def test_what_is_asked_of_the_line_is_no_command_and_no_cry(lexicon: Lexicon) -> None:
    for sense in WISHES:
        for form in lexicon.of(sense):
            assert read_command(form, lexicon.language, LEXICONS) is None, form
            assert not find_cries(form, lexicon), form


def test_what_is_asked_of_the_line_is_one_thing_and_nothing_a_machine_says(lexicon: Lexicon) -> None:
    for sense in WISHES:
        others = {*WISHES} - {sense}
        assert [form for form in lexicon.of(sense) if lexicon.says(form, *others, Sense.AUTO, Sense.LATER)] == []


def test_a_malformed_row_is_told_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "lexicons"
    folder.mkdir()
    (folder / "xx.csv").write_text(
        "sense,form,value,source,reviewed_by\nyes,ja,,authors,\nyess,jo,,authors,\nnumber,een,,authors,\n",
        encoding="utf-8",
    )
    with pytest.raises(Exception, match="cannot be read") as caught:
        load_lexicons(tmp_path)
    assert [fault.place for fault in caught.value.faults] == ["xx.csv line 3", "xx.csv line 4"]


def test_rows_that_say_the_same_number_share_it() -> None:
    """A number of its own for each of the rows weighs two MiB."""
    numbers = [value for lexicon in LEXICONS.values() for forms in lexicon.words.values() for value in forms.values()]
    assert len({id(number) for number in numbers}) == len(set(numbers))
