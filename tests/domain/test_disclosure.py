"""No worker can be found in a table: stories first, then an intruder with a linear solver."""

import math
from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.linalg import null_space
from scipy.optimize import linprog

from app.domain.disclosure import Cell, DisclosureError, Key, Suppression, indicators_with_news, may_replace, suppress
from app.domain.statistics import Tally

SHOWN, TOO_FEW, UNIFORM = Suppression.SHOWN, Suppression.TOO_FEW, Suppression.UNIFORM
COVER, WAITING = Suppression.COMPLEMENTARY, Suppression.WAITING


def share(n: int, yes: int) -> Tally:
    return Tally(n, yes, yes)


def mixed(n: int) -> Tally:
    return share(n, n // 2)


def place(name: str) -> Key:
    """`""` is the round, `BD` a country, `BD/s1` a site."""
    return tuple(zip(("country", "site"), name.split("/"), strict=False)) if name else ()


def table(sites: dict[str, Tally], before: dict[str, Tally] | None = None, shown: str | None = None) -> list[Cell]:
    """The cells of a round from what stands innermost; `before` and `shown` (names, apart by spaces) tell of last time."""
    names = {"", *sites, *(name.split("/")[0] for name in sites)}
    fresh = set() if shown is None else {"" if name == "round" else name for name in shown.split()}

    def total(of: str, parts: dict[str, Tally]) -> Tally:
        inside = (tally for name, tally in parts.items() if not of or name == of or name.startswith(of + "/"))
        return sum(inside, Tally())

    return [
        Cell(place(name), "pay", total(name, sites), total(name, before or {}), name in fresh) for name in sorted(names)
    ]


def decided(cells: list[Cell], k: int = 10) -> dict[str, Suppression]:
    return {"/".join(name for _, name in cell.key): reason for cell, reason in suppress(cells, k).items()}


# -- stories ------------------------------------------------------------------------------------------


def test_a_full_table_is_shown_whole() -> None:
    cells = table({"BD/s1": mixed(12), "BD/s2": mixed(30), "KH/s3": mixed(10)})
    assert set(decided(cells).values()) == {SHOWN}


@pytest.mark.parametrize(
    ("n", "reason"), [pytest.param(9, TOO_FEW, id="one short"), pytest.param(10, SHOWN, id="just enough")]
)
def test_a_cell_needs_k_people(n: int, reason: Suppression) -> None:
    assert decided([Cell((), "pay", mixed(n))]) == {"": reason}


@pytest.mark.parametrize(
    "tally",
    [
        pytest.param(share(40, 0), id="0 %"),
        pytest.param(share(40, 40), id="100 %"),
        pytest.param(Tally(40, 2000, 100_000), id="everyone at 50"),
    ],
)
def test_a_uniform_cell_tells_of_everyone_in_it_and_is_hidden(tally: Tally) -> None:
    assert decided([Cell((), "pay", tally)]) == {"": UNIFORM}


def test_a_small_site_is_covered_by_its_smallest_neighbour() -> None:
    cells = table({"BD/s1": mixed(4), "BD/s2": mixed(12), "BD/s3": mixed(30)})
    assert decided(cells) == {"": SHOWN, "BD": SHOWN, "BD/s1": TOO_FEW, "BD/s2": COVER, "BD/s3": SHOWN}


def test_two_small_sites_that_hold_enough_together_cover_each_other() -> None:
    cells = table({"BD/s1": mixed(6), "BD/s2": mixed(7), "BD/s3": mixed(30)})
    assert decided(cells) == {"": SHOWN, "BD": SHOWN, "BD/s1": TOO_FEW, "BD/s2": TOO_FEW, "BD/s3": SHOWN}


def test_two_small_sites_that_do_not_need_a_third() -> None:
    cells = table({"BD/s1": mixed(2), "BD/s2": mixed(3), "BD/s3": mixed(30), "BD/s4": mixed(31)})
    assert decided(cells)["BD/s3"] is COVER
    assert decided(cells)["BD/s4"] is SHOWN


def test_uniform_sites_do_not_cover_each_other_when_they_agree() -> None:
    agree = table({"BD/s1": share(20, 20), "BD/s2": share(20, 20), "BD/s3": mixed(30)})
    differ = table({"BD/s1": share(20, 20), "BD/s2": share(20, 0), "BD/s3": mixed(30)})
    assert decided(agree)["BD/s3"] is COVER
    assert decided(differ)["BD/s3"] is SHOWN


def test_a_country_with_one_site_is_its_site() -> None:
    cells = table({"BD/s1": mixed(6), "KH/s2": mixed(30), "VN/s3": mixed(40)})
    assert decided(cells) == {
        "": SHOWN,
        "BD": TOO_FEW,
        "BD/s1": TOO_FEW,
        "KH": COVER,
        "KH/s2": COVER,  # else KH would be known, and BD with it
        "VN": SHOWN,
        "VN/s3": SHOWN,
    }


def test_a_covering_country_still_shows_the_sites_that_give_nothing_away() -> None:
    sites = {"BD/s1": mixed(3), "KH/s2": mixed(15), "KH/s3": mixed(15), "VN/s4": mixed(25), "VN/s5": mixed(25)}
    found = decided(table(sites))
    assert Counter(found.values()) == {TOO_FEW: 2, COVER: 2, SHOWN: 5}
    assert (found["KH"], found["KH/s2"], found["KH/s3"]) == (COVER, COVER, SHOWN)


def test_people_at_no_site_are_a_site_of_their_own() -> None:
    cells = [Cell(place("BD"), "pay", mixed(33)), Cell(place("BD/s1"), "pay", mixed(30))]
    assert decided(cells) == {"BD": SHOWN, "BD/s1": COVER}


def test_an_empty_site_needs_no_cover() -> None:
    cells = table({"BD/s1": Tally(), "BD/s2": mixed(30), "BD/s3": mixed(30)})
    assert decided(cells) == {"": SHOWN, "BD": SHOWN, "BD/s1": TOO_FEW, "BD/s2": SHOWN, "BD/s3": SHOWN}


def test_the_table_of_marriages_cannot_be_read_back() -> None:
    # Married 38|17, Divorced 7|4, Single 3|1: with the four small cells hidden, Single's total still gives them back.
    sites = {"M/a": 38, "M/b": 17, "D/a": 7, "D/b": 4, "S/a": 3, "S/b": 1}
    found = decided(table({name: mixed(n) for name, n in sites.items()}), k=5)
    assert (found["S"], found["S/a"], found["S/b"]) == (TOO_FEW, TOO_FEW, TOO_FEW)
    assert found["D"] is COVER
    assert (found["M"], found["M/a"], found["M/b"], found[""]) == (SHOWN, SHOWN, SHOWN, SHOWN)


def test_each_indicator_is_a_table_of_its_own() -> None:
    cells = [Cell((), "pay", mixed(30)), Cell((), "hours", mixed(5))]
    assert suppress(cells) == {cells[0]: SHOWN, cells[1]: TOO_FEW}
    assert suppress([]) == {}


# -- one publication after another ----------------------------------------------------------------------


def test_one_late_reply_changes_nothing() -> None:
    before = {"BD/s1": mixed(20), "BD/s2": mixed(20)}
    late = {"BD/s1": mixed(20), "BD/s2": mixed(20) + share(1, 1)}
    found = decided(table(late, before, "round BD BD/s1 BD/s2"))
    assert found == {"": WAITING, "BD": WAITING, "BD/s1": SHOWN, "BD/s2": WAITING}


def test_a_waiting_site_is_not_given_away_by_its_country() -> None:
    before = {"BD/s1": mixed(20), "BD/s2": mixed(20), "BD/s3": mixed(20)}
    after = {"BD/s1": mixed(40), "BD/s2": mixed(40), "BD/s3": mixed(22)}
    found = decided(table(after, before, "round BD BD/s1 BD/s2 BD/s3"))
    assert found["BD/s3"] is WAITING
    assert [found["BD/s1"], found["BD/s2"]].count(COVER) == 1
    assert found["BD"] is SHOWN


def test_a_site_that_brings_nobody_is_no_cover_and_stays() -> None:
    before = {"BD/s1": mixed(20), "BD/s2": mixed(14), "BD/s3": mixed(30)}
    after = {"BD/s1": mixed(22), "BD/s2": mixed(14), "BD/s3": mixed(50)}
    found = decided(table(after, before, "round BD BD/s1 BD/s2 BD/s3"))
    assert found == {"": SHOWN, "BD": SHOWN, "BD/s1": WAITING, "BD/s2": SHOWN, "BD/s3": COVER}


def test_where_nothing_came_the_figures_stay() -> None:
    same = {"BD/s1": mixed(20), "BD/s2": mixed(20)}
    cells = table(same, same, "round BD BD/s1 BD/s2")
    assert set(decided(cells).values()) == {SHOWN}


def test_what_was_covered_is_not_uncovered_while_nobody_comes() -> None:
    before = {"BD/s1": mixed(4), "BD/s2": mixed(12), "BD/s3": mixed(30)}
    cells = table(before, before, "round BD BD/s3")
    assert decided(cells)["BD/s2"] is COVER
    # A site that moved out of the table leaves its cover bare: showing s2 now would tell what s1 was.
    gone = [cell for cell in cells if cell.key != place("BD/s1")]
    without = [replace(cell, tally=cell.tally - mixed(4)) if len(cell.key) < 2 else cell for cell in gone]
    assert decided(without)["BD/s2"] is COVER


def test_newcomers_of_one_mind_wait_for_another() -> None:
    agree = table({"BD": mixed(20) + share(12, 12)}, {"BD": mixed(20)}, "round BD")
    differ = table({"BD": mixed(20) + share(12, 11)}, {"BD": mixed(20)}, "round BD")
    assert set(decided(agree).values()) == {WAITING}
    assert set(decided(differ).values()) == {SHOWN}


def test_newcomers_add_up_while_there_is_no_news() -> None:
    """Three days with four newcomers each: the third brings the twelve that can be shown."""
    days = [table({"BD": mixed(20 + came)}, {"BD": mixed(20)}, "round BD") for came in (4, 8, 12)]
    assert [indicators_with_news(suppress(day)) for day in days] == [set(), set(), {"pay"}]
    assert not indicators_with_news(suppress(table({"BD": mixed(20)}, {"BD": mixed(20)}, "round BD")))


def test_an_erasure_waits_for_newcomers() -> None:
    erased = table({"BD": mixed(29)}, {"BD": mixed(30)}, "round BD")
    assert set(decided(erased).values()) == {WAITING}


@pytest.mark.parametrize(
    ("published", "n", "may"),
    [
        pytest.param(None, 9, False, id="first and too few"),
        pytest.param(None, 10, True, id="first and enough"),
        pytest.param(40, 49, False, id="nine more"),
        pytest.param(40, 50, True, id="ten more"),
        pytest.param(40, 30, False, id="fewer"),
    ],
)
def test_a_figure_is_replaced_once_k_people_came(published: int | None, n: int, *, may: bool) -> None:
    assert may_replace(published, n) is may


def test_a_former_figure_stays_unless_the_cell_itself_became_unsafe() -> None:
    assert {reason for reason in Suppression if reason.keeps_former} == {COVER, WAITING}


def test_a_reader_is_not_told_why_a_cell_is_hidden() -> None:
    assert {reason.told for reason in Suppression if reason is not SHOWN} == {"protected"}
    assert SHOWN.told == "shown"


def test_a_cell_knows_its_level() -> None:
    assert [Cell(place(name), "pay", Tally()).level for name in ("", "BD", "BD/s1")] == ["round", "country", "site"]


def test_no_programme_may_go_below_five() -> None:
    with pytest.raises(DisclosureError):
        suppress([], k=4)
    with pytest.raises(ValueError):
        may_replace(None, 10, k=4)
    assert may_replace(None, 5, k=5)


def test_cells_that_are_no_table_are_refused() -> None:
    with pytest.raises(DisclosureError, match="stands twice"):
        suppress([Cell((), "pay", mixed(30)), Cell((), "pay", mixed(31))])
    with pytest.raises(DisclosureError, match="hold more people"):
        suppress([Cell(place("BD"), "pay", mixed(30)), Cell(place("BD/s1"), "pay", mixed(31))])


# -- the intruder ---------------------------------------------------------------------------------------

THOROUGH = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def tallies(draw: st.DrawFn, most: int = 25) -> Tally:
    n = draw(st.integers(0, most))
    return share(n, draw(st.integers(0, n) | st.sampled_from([0, n])))


@st.composite
def sites(draw: st.DrawFn, most: int = 10) -> list[str]:
    """Names of sites, and of `people at no site` (a country by itself)."""
    names = [f"{country}/s{number}" for country, number in product("ABC", range(4))] + ["A", "B"]
    return draw(st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True))


def covers(cell: Cell, name: str) -> bool:
    return place(name)[: len(cell.key)] == cell.key


def reach(goal: np.ndarray, known: np.ndarray, values: np.ndarray, limit: np.ndarray | None = None) -> float:
    """How far apart the least and the greatest value are that the goal can have, given what is known."""
    ends = [
        linprog(sign * goal, A_eq=known, b_eq=values, A_ub=limit, b_ub=None if limit is None else np.zeros(len(limit)))
        for sign in (1, -1)
    ]
    if any(end.status == 3 for end in ends):
        return math.inf
    assert all(end.status == 0 for end in ends)
    return -ends[1].fun - ends[0].fun


@THOROUGH
@given(st.data(), sites(), st.integers(5, 10))
def test_the_intruder_determines_no_hidden_cell(data: st.DataObject, names: list[str], k: int) -> None:
    people = {name: data.draw(tallies(), name) for name in names}
    decisions = suppress(table(people), k)
    known = [cell for cell, reason in decisions.items() if reason is SHOWN]
    inside = {cell: np.array([float(covers(cell, name)) for name in names]) for cell in decisions}
    none = np.zeros(len(names))
    counts = np.array([inside[cell] for cell in known]).reshape(-1, len(names))
    # Unknown are each site's n and its sum, which lies between 0 and n.
    both = np.array([[*inside[cell], *none] for cell in known] + [[*none, *inside[cell]] for cell in known])
    values = np.array([cell.tally.n for cell in known] + [cell.tally.total for cell in known])
    sums_below_counts = np.hstack([-np.eye(len(names)), np.eye(len(names))])
    for cell, reason in decisions.items():
        if reason is SHOWN or cell.tally.n == 0:
            continue
        if not known:
            continue
        assert reach(inside[cell], counts, values[: len(known)]) >= k - 1e-6
        assert reach(np.array([*none, *inside[cell]]), both, values, sums_below_counts) > 1e-6


def derivable(goals: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Which goals are combinations of what is known."""
    blind = null_space(known)
    return np.abs(goals @ blind).max(axis=1, initial=0) < 1e-9


@THOROUGH
@given(st.data(), sites(most=4), st.integers(5, 8), st.integers(1, 3))
def test_no_combination_of_publications_tells_of_fewer_than_k_people_or_of_one_mind(
    data: st.DataObject, names: list[str], k: int, times: int
) -> None:
    groups = [(name, time) for time in range(times) for name in names]
    came = {group: data.draw(st.just(Tally()) | tallies(most=20), str(group)) for group in groups}
    known: list[list[float]] = []
    now: dict[str, Tally] = dict.fromkeys(names, Tally())
    before: dict[str, Tally] = {}
    shown: str | None = None
    for time in range(times):
        now = {name: now[name] + came[name, time] for name in names}
        decisions = suppress(table(now, before, shown), k)
        fresh = [cell for cell, reason in decisions.items() if reason is SHOWN]
        known += [[float(covers(cell, name) and then <= time) for name, then in groups] for cell in fresh]
        if not indicators_with_news(decisions):
            continue
        shown = " ".join("/".join(name for _, name in cell.key) or "round" for cell in fresh)
        before = now
    if not known:
        return
    filled = [group for group in groups if came[group].n]
    rows = np.array(known)[:, [groups.index(group) for group in filled]]
    together = np.array(list(product((0, 1), repeat=len(filled))))[1:]
    found = together[derivable(together, rows)]
    n = found @ np.array([came[group].n for group in filled])
    yes = found @ np.array([came[group].total for group in filled])
    assert (n >= k).all()
    assert ((yes > 0) & (yes < n)).all()
    # Nor the difference of one small group and another.
    small = [column for column, group in enumerate(filled) if came[group].n < k][:8]
    signs = np.zeros((3 ** len(small), len(filled)))
    signs[:, small] = list(product((0, 1, -1), repeat=len(small))) if small else 0
    told = np.abs(signs) @ np.array([came[group].n for group in filled])
    assert not derivable(signs[(told > 0) & (told < k)], rows).any()


@THOROUGH
@given(st.data(), sites(), st.integers(5, 10))
def test_no_more_is_hidden_than_must_be(data: st.DataObject, names: list[str], k: int) -> None:
    """Each covering cell is needed: shown beside the rest, it would give some group away."""
    people = {name: data.draw(tallies(), name) for name in names}
    decisions = suppress(table(people), k)
    filled = [name for name in names if people[name].n]
    subsets = np.array(list(product((0, 1), repeat=len(filled))))[1:]
    n = subsets @ np.array([people[name].n for name in filled])
    yes = subsets @ np.array([people[name].total for name in filled])
    telling = subsets[(n < k) | (yes == 0) | (yes == n)] if filled else np.zeros((0, 0))
    inside = {cell: [float(covers(cell, name)) for name in filled] for cell in decisions}
    shown = [inside[cell] for cell, reason in decisions.items() if reason is SHOWN]
    for cell, reason in decisions.items():
        if reason is COVER:
            assert derivable(telling, np.array([*shown, inside[cell]])).any()
