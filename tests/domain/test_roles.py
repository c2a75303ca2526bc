"""Who may do what, as the table says."""

import pytest

from app.domain.roles import (
    ADMIN,
    BRAND,
    EDITOR,
    GRADES,
    NGO,
    OPERATOR,
    POSITIONS,
    PROVIDER,
    READER,
    Door,
    Standing,
    malformed,
    may_give,
    refusal,
)

ALL = (OPERATOR, NGO, BRAND, PROVIDER)
FOCAL = Standing(NGO, READER, frozenset({"focal-point"}))


@pytest.mark.parametrize(
    ("standing", "door", "changes", "let_in"),
    [
        pytest.param(Standing(NGO, READER), Door((NGO,)), False, True, id="a reader reads"),
        pytest.param(Standing(NGO, READER), Door((NGO,)), True, False, id="a reader changes nothing"),
        pytest.param(Standing(NGO), Door((NGO,)), False, True, id="nor is more than a reader who has no grade"),
        pytest.param(Standing(NGO), Door((NGO,)), True, False, id="and changes nothing"),
        pytest.param(Standing(NGO, EDITOR), Door((NGO,)), True, True, id="an editor changes"),
        pytest.param(Standing(NGO, EDITOR), Door((NGO,), grade=ADMIN), False, False, id="an editor gives no access"),
        pytest.param(Standing(NGO, ADMIN), Door((NGO,), grade=ADMIN), True, True, id="an administrator does"),
        pytest.param(Standing(NGO, READER), Door((NGO, BRAND), grade=READER), True, True, id="an export is no change"),
        pytest.param(FOCAL, Door((NGO,), scope="focal-point"), True, True, id="a scope is enough by itself"),
        pytest.param(
            Standing(NGO, ADMIN), Door((NGO,), scope="focal-point"), False, False, id="and nothing replaces it"
        ),
        pytest.param(Standing(BRAND), Door((NGO, BRAND)), True, True, id="a brand has no grades"),
        pytest.param(Standing(BRAND), Door((NGO,)), False, False, id="another role"),
        pytest.param(
            Standing(OPERATOR), Door((OPERATOR, NGO), grade=ADMIN), True, True, id="an operator has no grades"
        ),
    ],
)
def test_a_route_lets_in_whom_it_names(standing: Standing, door: Door, *, changes: bool, let_in: bool) -> None:
    assert (refusal(standing, door, changes=changes) == "") is let_in


def test_nobody_gives_what_they_do_not_carry() -> None:
    assert may_give(Standing(OPERATOR), FOCAL) == ""
    assert may_give(Standing(NGO, ADMIN), Standing(NGO, ADMIN)) == ""
    assert may_give(Standing(NGO, ADMIN), Standing(PROVIDER)) == ""
    assert may_give(Standing(NGO, ADMIN, frozenset({"focal-point"})), FOCAL) == ""
    for giver, given in [
        (Standing(NGO, ADMIN), FOCAL),
        (Standing(NGO, ADMIN), Standing(OPERATOR)),
        (Standing(NGO, EDITOR), Standing(NGO, READER)),
        (Standing(BRAND), Standing(BRAND)),
        (Standing(PROVIDER), Standing(PROVIDER)),
    ]:
        assert may_give(giver, given), (giver, given)


@pytest.mark.parametrize(
    ("standing", "belongs", "good"),
    [
        pytest.param(Standing(OPERATOR), "", True, id="an operator"),
        pytest.param(Standing(OPERATOR), "p", False, id="an operator of a programme"),
        pytest.param(Standing(NGO, READER), "p", True, id="an NGO's"),
        pytest.param(Standing(NGO, READER), "", False, id="an NGO's of none"),
        pytest.param(Standing(NGO), "p", False, id="an NGO's without a grade"),
        pytest.param(Standing(NGO, "boss"), "p", False, id="an unknown grade"),
        pytest.param(Standing(NGO, READER, frozenset({"all"})), "p", False, id="an unknown scope"),
        pytest.param(Standing(BRAND), "pb", True, id="a brand's"),
        pytest.param(Standing(BRAND), "p", False, id="a brand's without its brand"),
        pytest.param(Standing(BRAND, ADMIN), "pb", False, id="a brand's with a grade"),
        pytest.param(Standing(BRAND, "", frozenset({"focal-point"})), "pb", False, id="a brand's with a scope"),
        pytest.param(Standing(PROVIDER), "po", True, id="a provider's"),
        pytest.param(Standing(PROVIDER), "pbo", False, id="of two"),
        pytest.param(Standing("boss"), "p", False, id="an unknown role"),
    ],
)
def test_a_place_is_whole_or_refused(standing: Standing, belongs: str, *, good: bool) -> None:
    found = malformed(standing, programme="p" in belongs, brand="b" in belongs, organization="o" in belongs)
    assert (found == "") is good


def test_the_table_names_every_role_grade_and_scope() -> None:
    standings = [position.standing for position in POSITIONS]
    assert {standing.role for standing in standings} == set(ALL)
    assert {standing.grade for standing in standings} == {"", *GRADES}
    assert {scope for standing in standings for scope in standing.scopes} == {"focal-point", "respondents"}
