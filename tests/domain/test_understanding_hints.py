"""What a reading leaves out, because nothing in the reply could say it, changes no reading."""

import random
from collections.abc import Iterator

import pytest

from app.catalogue.catalogue import load_catalogue
from app.domain.survey import Question
from app.domain.understanding import Lexicon, Sense, understand
from app.domain.understanding.memory import forget
from benchmarks.understanding import CORPUS, read_corpus

_LEXICONS = load_catalogue().lexicons
_ROWS, _ = read_corpus(CORPUS / "tuning")
_ROUGH = 40
"""Random texts a question."""


class Thorough(Lexicon):
    """A lexicon that knows nothing beforehand, so that everything is looked for in every reply."""

    def hints(self, words: object) -> frozenset[Sense]:  # noqa: ARG002
        """All that any word says."""
        return frozenset(Sense)


def thorough(lexicon: Lexicon) -> Thorough:
    """The same words, looked up the long way."""
    return Thorough(lexicon.language, lexicon.words, lexicon.cries, lexicon.topics, lexicon.spellings)


def replies(language: str) -> Iterator[tuple[Question, str]]:
    """What people write in a language, and random sequences of its words, of the question's and of signs."""
    draw = random.Random(language)  # noqa: S311 - a test's texts must be the same each time
    questions = {row.question.code: row.question for row in _ROWS if row.language == language}
    written = [row.text for row in _ROWS if row.language == language]
    lexicon = _LEXICONS[language]
    senses = [sorted(forms) for _, forms in sorted(lexicon.words.items()) if forms]
    signs = ["1", "2", "3", "13", "60", "7.5", "12,500", "1-3", "2k", "9/10", "10:30", "?", "🙂", "a", "B", "xyzzy"]
    for row in _ROWS:
        if row.language == language:
            yield questions[row.question.code], row.text
    for question in questions.values():
        said = [text for option in question.options for text in option.text.values()] or signs
        for _ in range(_ROUGH):
            words = [
                draw.choice([draw.choice(draw.choice(senses)), draw.choice(said), draw.choice(signs)])
                for _ in range(draw.choice([1, 2, 2, 3, 4]))
            ]
            yield question, draw.choice([" ", " ", ", ", ""]).join([*words, *draw.choice(written).split()[:2]][:5])


@pytest.mark.parametrize("language", sorted(_LEXICONS))
def test_what_hints_leave_out_changes_no_reading(language: str) -> None:
    quick, long = _LEXICONS[language], thorough(_LEXICONS[language])
    forget()
    for question, text in replies(language):
        assert understand(text, question, quick) == understand(text, question, long), (question.code, text)


@pytest.mark.parametrize("language", ["en", "bn", "th"])
def test_hints_of_words_hold_all_that_a_phrase_of_them_says(language: str) -> None:
    lexicon = _LEXICONS[language]
    for form, said in lexicon.senses.items():
        assert said <= lexicon.hints(form.split(" "))
