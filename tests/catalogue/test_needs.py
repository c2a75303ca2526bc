"""The taxonomy of needs: whole in every language, and safe to stand on a phone that others read."""

import re
from collections import Counter
from pathlib import Path
from shutil import copy, copytree

import pytest

from app.catalogue.catalogue import load_catalogue
from app.catalogue.documents import read_yaml
from app.catalogue.needs import PERSONAL, load_needs
from app.catalogue.places import DATA
from app.domain.errors import InvalidError
from app.domain.segments import SplitPolicy, segments
from app.domain.survey import Sensitivity
from app.domain.understanding import fold
from tests.sensitive import LANGUAGES, grave_words, hints

NEEDS = load_needs()
CATEGORIES = NEEDS.categories
HIGH = NEEDS.of(Sensitivity.HIGH)
SPOKEN = {language: read_yaml(DATA / "texts" / f"{language}.yaml")["needs"] for language in LANGUAGES}
LONGEST_NAME = 24
"""Code units: a name leaves two thirds of the shortest text for what is said of it."""


def test_the_needs_of_work_are_there_and_those_surveys_and_cries_name() -> None:
    assert {
        "wages", "hours", "injury", "harassment", "recruitment-debt", "documents", "childcare", "legal", "health",
        "counselling", "food", "shelter", "money", "training", "safety", "voice", "other",
    } <= set(CATEGORIES)  # fmt: skip
    named = {cry.category for lexicon in load_catalogue().lexicons.values() for cry in lexicon.cries}
    assert named <= set(CATEGORIES)


def test_a_language_that_lacks_a_name_is_told_at_the_start(tmp_path: Path) -> None:
    copytree(DATA / "texts", tmp_path / "texts")
    copy(DATA / "needs.yaml", tmp_path)
    (tmp_path / "texts" / "xx.yaml").write_text('texts: {}\nneeds: {personal: "x"}\n', encoding="utf-8")
    with pytest.raises(InvalidError, match=r"xx\.yaml has no name for the need 'wages'"):
        load_needs(tmp_path)


def test_every_wider_need_exists_and_none_is_wider_than_itself() -> None:
    for code in CATEGORIES:
        chain, above = [code], CATEGORIES[code].parent
        while above:
            assert above not in chain, code
            chain.append(above)
            above = CATEGORIES[above].parent
        assert load_catalogue().with_parents(code) == tuple(chain)
    assert load_catalogue().with_parents("self-harm") == ("self-harm", "counselling", "health")
    assert load_catalogue().with_parents("unheard of") == ("unheard of",)


def test_staff_read_a_name_and_a_description_of_their_own_for_each() -> None:
    assert all(category.description.endswith(".") for category in CATEGORIES.values())
    assert max(Counter(category.name for category in CATEGORIES.values()).values()) == 1
    assert max(Counter(category.description for category in CATEGORIES.values()).values()) == 1


def test_what_violence_coercion_children_and_self_harm_bring_is_of_the_high_tier() -> None:
    assert {
        "harassment", "sexual-harm", "violence-at-home", "counselling", "self-harm", "documents", "forced-labour",
        "child-labour", "call",
    } == HIGH  # fmt: skip
    below = {code for code in CATEGORIES if HIGH & set(load_catalogue().with_parents(code)[1:])}
    assert below <= HIGH, "what is below a need of the high tier is of it"


def test_no_cry_of_the_high_tiers_needs_is_of_another_tier() -> None:
    for lexicon in load_catalogue().lexicons.values():
        assert {cry.sensitivity for cry in lexicon.cries if cry.category in HIGH} == {Sensitivity.HIGH}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_name_for_every_need_and_no_two_alike(language: str) -> None:
    spoken = SPOKEN[language]
    assert set(spoken) == {PERSONAL, *(set(CATEGORIES) - HIGH)}, "and none for a need of the high tier"
    assert len({fold(name) for name in spoken.values()}) == len(spoken)
    assert all(name == name.strip() and "{" not in name and not any(map(str.isdigit, name)) for name in spoken.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_call_a_need_of_the_high_tier_a_personal_matter_and_nothing_else(language: str) -> None:
    assert {CATEGORIES[code].names[language] for code in HIGH} == {SPOKEN[language][PERSONAL]}
    assert CATEGORIES["wages"].names[language] == SPOKEN[language]["wages"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_holds_a_word_of_what_must_not_be_read_over_a_shoulder(language: str) -> None:
    found = {code: hints(category.names[language], language) for code, category in CATEGORIES.items()}
    assert not {code: words for code, words in found.items() if words}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_leaves_room_in_a_text_and_all_that_have_none_above_make_one_menu(language: str) -> None:
    for category in CATEGORIES.values():
        assert len(category.names[language].encode("utf-16-le")) // 2 <= LONGEST_NAME, category.code
    top = [category.names[language] for category in CATEGORIES.values() if not category.parent]
    menu = ", ".join(f"{number} = {name}" for number, name in enumerate([*top, SPOKEN[language][PERSONAL]], 1))
    limit = load_catalogue().limits.max_segments
    assert segments(menu, SplitPolicy.GRAPHEME).count <= limit


@pytest.mark.parametrize(
    ("language", "telling"),
    [
        ("en", "beaten at work"),
        ("es", "acoso sexual"),
        ("th", "ถูกทุบตี"),
        ("zh", "性骚扰"),
        ("bn", "আত্মহত্যা"),
        ("sw", "ngono"),
    ],
)
def test_the_words_of_the_topic_are_known_where_they_stand(language: str, telling: str) -> None:
    """Or the tests above would find nothing in anything."""
    assert hints(telling, language)


def test_the_words_of_grave_cries_are_many_wherever_words_are_written_apart() -> None:
    apart = set(LANGUAGES) - {"km", "lo", "my", "th", "zh"}
    assert min(len(grave_words(language)) for language in apart) >= 20


def test_open_eligibility_is_referred_to_by_its_ids_and_named_with_its_licence() -> None:
    document = read_yaml(DATA / "needs.yaml")
    assert document["see"]["licence"].startswith("CC BY-SA 3.0")
    assert all(row["see"] == "" or 1101 <= row["see"] <= 1390 for row in document["needs"])
    assert CATEGORIES["food"].see.endswith("/taxonomy.csv#1102")
    assert CATEGORIES["other"].see == ""


def test_the_page_on_the_registry_lists_every_need_with_its_tier(root: Path) -> None:
    page = (root / "docs" / "registry.md").read_text(encoding="utf-8")
    table = page[page.index("| head | below it |") : page.index("**Bold**")]
    assert set(re.findall(r"`([a-z-]+)`", table)) == set(CATEGORIES)
    assert set(re.findall(r"\*\*`([a-z-]+)`\*\*", table)) == HIGH
    heads = [code for code, category in CATEGORIES.items() if not category.parent]
    assert f"{len(CATEGORIES)} codes, of which {len(heads)} are heads" in page
