"""What changed between two documents of a survey."""

from app.domain.survey.changes import Change, changes

BEFORE = {
    "title": "Pulse", "languages": ["en"], "told": None, "instruments": {"who-5": {"code": "who-5"}},
    "questions": [{"code": "a", "text": {"en": "A?"}}, {"code": "b", "min": 1}],
    "needs": [{"category": "food"}],
}  # fmt: skip


def test_nothing_differs_from_itself() -> None:
    assert changes(BEFORE, BEFORE) == []
    assert changes(BEFORE, {**BEFORE, "instruments": {}}) == []  # which come along and nobody wrote


def test_a_question_that_moved_is_no_new_one() -> None:
    moved = {**BEFORE, "questions": BEFORE["questions"][::-1]}  # type: ignore[index]
    assert changes(BEFORE, moved) == [Change("questions.order", "a, b", "b, a")]


def test_what_is_new_what_is_else_and_what_is_gone_are_told_by_their_places() -> None:
    after = {
        **BEFORE, "languages": ["en", "bn"], "needs": [],
        "questions": [{"code": "a", "text": {"en": "A?", "bn": "ক?"}}, {"code": "b", "min": 2}],
    }  # fmt: skip
    assert changes(BEFORE, after) == [
        Change("languages", "en", "en, bn"),
        Change("questions.a.text.bn", "", "ক?"),
        Change("questions.b.min", "1", "2"),
        Change("needs.1.category", "food", ""),
    ]
