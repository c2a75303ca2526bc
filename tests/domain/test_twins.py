"""Which records of two sources are proposed as one service."""

from dataclasses import replace

import pytest

from app.domain.twins import Entry, twins

ONE = Entry("a", "one", "Pay help", "Rights Centre", frozenset({"711000009"}), 23.99, 90.42, "BD")
OTHER = replace(ONE, id="b", source="two")


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        pytest.param({}, ("the same telephone", "the same name", "the same place", "the same organization"), id="all"),
        pytest.param(
            {"phones": frozenset[str](), "organization": "RC"}, ("the same name", "the same place"), id="name and place"
        ),
        pytest.param(
            {"name": "Help with pay", "latitude": None, "organization": "RC"}, None, id="a telephone alone is a switchboard"
        ),
        pytest.param(
            {"name": "Pay helps", "latitude": 23.0}, ("the same telephone", "names that are much alike", "the same organization"),
            id="a letter more",
        ),
        pytest.param({"country": "KE"}, None, id="another country"),
        pytest.param({"source": "one"}, None, id="one source has it twice on purpose"),
        pytest.param({"id": "a"}, None, id="itself"),
    ],
)  # fmt: skip
def test_what_is_proposed_and_why(changed: dict[str, object], reasons: tuple[str, ...] | None) -> None:
    found = twins([ONE, replace(OTHER, **changed)])  # type: ignore[arg-type]
    assert [pair.reasons for pair in found] == ([] if reasons is None else [reasons])


def test_the_likeliest_come_first() -> None:
    near = replace(OTHER, id="c", source="three", phones=frozenset(), organization="RC")
    found = twins([near, OTHER, ONE])
    assert (found[0].one.id, found[0].other.id) == ("a", "b")
    assert [pair.likeness for pair in found] == sorted((pair.likeness for pair in found), reverse=True)
