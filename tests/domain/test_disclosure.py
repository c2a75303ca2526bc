"""Whom figures may tell of: people are admitted by groups, in time, in totals and in filters."""

import json
from dataclasses import replace

import pytest

from app.domain.disclosure import (
    MILLIONTHS,
    OTHERS,
    Cell,
    Column,
    DisclosureError,
    Key,
    Ledger,
    Measured,
    Protected,
    Rule,
    Stock,
    Sums,
    Suppression,
    protect,
)
from app.domain.statistics import Tally

SHOWN, TOO_FEW, UNIFORM = Suppression.SHOWN, Suppression.TOO_FEW, Suppression.UNIFORM
COVER, WAITING, DOMINATED = Suppression.COMPLEMENTARY, Suppression.WAITING, Suppression.DOMINATED
GENDERS = ("female", "male", "")
YES_OR_NO = Rule(10, "score", 0, MILLIONTHS)


def place(name: str) -> Key:
    """`""` is the round, `BD` a country, `BD/alpha` a supplier, `BD/alpha/s1` a site."""
    return tuple(zip(("country", "supplier", "site"), name.split("/"), strict=False)) if name else ()


def share(n: int, yes: int) -> Sums:
    return n, yes * MILLIONTHS, yes * MILLIONTHS**2


def mixed(n: int) -> Sums:
    return share(n, n // 2)


def whole(sites: dict[str, Sums]) -> Stock:
    return Stock((("", ""),), {place(name): sums for name, sums in sites.items()})


def by(split: str, categories: tuple[str, ...], sites: dict[str, tuple[Sums, ...]]) -> Stock:
    """Sites with the sums of each category, in order."""
    columns: tuple[Column, ...] = (("", ""), *((split, category) for category in categories))
    added = {name: tuple(map(sum, zip(*parts, strict=True))) for name, parts in sites.items()}
    return Stock(
        columns, {place(name): (*added[name], *(x for part in parts for x in part)) for name, parts in sites.items()}
    )


def made(stock: Stock, before: Protected | None = None, rule: Rule = YES_OR_NO, **known: object) -> Protected:
    return protect(Measured("pay", stock, before.ledger if before else Ledger(), **known), rule)  # type: ignore[arg-type]


def told(result: Protected, split: str = "") -> dict[str, int | Suppression]:
    """Each place, with its category after a colon, and its n or why it is hidden."""
    return {
        "/".join(name for _, name in cell.key) + (f":{cell.category}" if split else ""): cell.tally.n
        if reason is SHOWN
        else reason
        for cell, reason in result.cells.items()
        if cell.split == split and cell.level != "sector"
    }


# -- whom figures tell of ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "becomes"),
    [
        pytest.param(mixed(9), TOO_FEW, id="one short"),
        pytest.param(mixed(10), 10, id="just enough"),
        pytest.param(share(40, 0), UNIFORM, id="0 %"),
        pytest.param(share(40, 40), UNIFORM, id="100 %"),
        pytest.param(share(40, 1), UNIFORM, id="all but one"),
        pytest.param(share(40, 38), 40, id="all but two"),
        pytest.param((40, 2000 * MILLIONTHS, 100_000 * MILLIONTHS**2), UNIFORM, id="everyone at 50"),
    ],
)
def test_a_site_needs_k_people_who_are_not_of_one_mind(group: Sums, becomes: int | Suppression) -> None:
    assert set(told(made(whole({"BD/alpha/s1": group}))).values()) == {becomes}


def test_one_who_earns_most_of_it_hides_a_sum_of_money() -> None:
    rule = Rule(10, "sum")
    even = (12, 12_000 * MILLIONTHS, 12_500_000 * MILLIONTHS**2)
    one_rich = (12, 111_000 * MILLIONTHS, (11 * 1000**2 + 100_000**2) * MILLIONTHS**2)
    assert told(made(whole({"BD/alpha/s1": even}), rule=rule))["BD/alpha/s1"] == 12
    assert told(made(whole({"BD/alpha/s1": one_rich}), rule=rule))["BD/alpha/s1"] is DOMINATED


def test_a_total_is_of_those_alone_who_are_shown_so_nothing_is_left_to_subtract() -> None:
    found = made(whole({"BD/alpha/s1": mixed(4), "BD/alpha/s2": mixed(12), "BD/beta/s3": mixed(30)}))
    assert told(found) == {
        "": 42, "BD": 42, "BD/alpha": 12, "BD/alpha/s1": TOO_FEW, "BD/alpha/s2": 12, "BD/beta": 30, "BD/beta/s3": 30,
    }  # fmt: skip


def test_at_the_end_those_who_wait_are_put_together_as_near_as_may_be() -> None:
    sites = {
        "BD/alpha/s1": mixed(6),
        "BD/alpha/s2": mixed(5),
        "BD/beta/s3": mixed(4),
        "KH/gamma/s4": mixed(7),
        "KH/gamma/s5": mixed(2),
    }
    found = told(made(whole(sites), closed=True))
    assert (found["BD/alpha"], found["BD/beta"]) == (11, TOO_FEW)
    assert (found["BD"], found["KH"], found[""]) == (11, TOO_FEW, 24), "four and nine are enough for the round alone"
    assert {found[name] for name in sites} == {TOO_FEW}


def test_a_few_are_left_over_and_count_nowhere() -> None:
    found = told(made(whole({"BD/alpha/s1": mixed(30), "KH/gamma/s2": mixed(9)}), closed=True))
    assert (found[""], found["KH"]) == (30, TOO_FEW)


def test_uniform_sites_are_told_of_together_when_they_differ() -> None:
    agree = made(whole({"BD/alpha/s1": share(20, 20), "BD/alpha/s2": share(20, 20)}), closed=True)
    differ = made(whole({"BD/alpha/s1": share(20, 20), "BD/alpha/s2": share(20, 0)}), closed=True)
    assert set(told(agree).values()) == {UNIFORM}
    assert (told(differ)["BD/alpha"], told(differ)["BD/alpha/s1"]) == (40, UNIFORM)


def test_a_site_may_stand_in_a_country_without_a_supplier() -> None:
    key = (("country", "BD"), ("site", "s1"))
    found = protect(Measured("pay", Stock(places={key: mixed(12)})), YES_OR_NO)
    assert {cell.level for cell in found.cells} == {"round", "country", "site"}


def test_a_sector_is_the_sum_of_its_sites_figures() -> None:
    sites = {"BD/alpha/s1": mixed(12), "KH/gamma/s2": mixed(15), "KH/gamma/s3": mixed(3)}
    sectors = {place("BD/alpha/s1"): "garments", place("KH/gamma/s2"): "garments", place("KH/gamma/s3"): "flowers"}
    found = made(whole(sites), sectors=sectors)
    assert {cell.key: cell.tally.n for cell in found.cells if cell.level == "sector"} == {(("sector", "garments"),): 27}


# -- one publication after another ------------------------------------------------------------------------


def test_a_figure_waits_for_k_newcomers_however_slowly_they_come() -> None:
    latest, seen = made(whole({"BD/alpha/s1": mixed(20)})), []
    for came in (1, 5, 9, 10):
        latest = made(whole({"BD/alpha/s1": mixed(20 + came)}), latest)
        seen.append(told(latest)["BD/alpha/s1"])
    assert seen == [20, 20, 20, 30]


def test_newcomers_of_one_mind_wait_for_another() -> None:
    first = made(whole({"BD/alpha/s1": share(20, 10)}))
    assert told(made(whole({"BD/alpha/s1": share(32, 22)}), first))["BD/alpha/s1"] == 20
    assert told(made(whole({"BD/alpha/s1": share(32, 21)}), first))["BD/alpha/s1"] == 20, "but one"
    assert told(made(whole({"BD/alpha/s1": share(32, 20)}), first))["BD/alpha/s1"] == 32


def test_who_was_found_too_much_alike_is_looked_at_again_with_k_more() -> None:
    """Else whoever answered on the day a figure appears would be known to be the one that differs."""
    latest, seen = made(whole({"BD/alpha/s1": share(20, 1)})), []
    for came, yes in ((21, 2), (29, 8), (30, 8)):
        latest = made(whole({"BD/alpha/s1": share(came, yes)}), latest)
        seen.append(told(latest)["BD/alpha/s1"])
    assert seen == [WAITING, WAITING, 30]


def test_a_small_group_is_not_put_together_with_one_that_gives_its_answers_away() -> None:
    """Of forty who are hidden at most one says yes, or all but one: with 45 and 6 the five all say yes."""
    alone = {"BD/alpha/s1": share(40, 1), "BD/alpha/s2": share(5, 5)}
    assert told(made(whole(alone), closed=True))["BD/alpha"] is WAITING
    open_yet = {"BD/alpha/s1": share(40, 1), "BD/alpha/s2": share(5, 3)}
    assert told(made(whole(open_yet), closed=True))["BD/alpha"] == 45


def test_a_site_that_waits_is_not_put_together_with_nobody() -> None:
    """Whoever came after the last look is too few to be looked at: the supplier's total would be the site."""
    first = made(whole({"BD/alpha/s1": share(30, 1)}))
    last = told(made(whole({"BD/alpha/s1": share(36, 6)}), first, closed=True))
    assert set(last.values()) == {WAITING}


def test_a_site_of_one_score_in_the_middle_hides_nobody_else() -> None:
    middle = (12, 600 * MILLIONTHS, 30_000 * MILLIONTHS**2)
    few = (8, 400 * MILLIONTHS, 40_000 * MILLIONTHS**2)
    found = told(made(whole({"BD/alpha/s1": middle, "BD/alpha/s2": few}), rule=Rule(10), closed=True))
    assert (found["BD/alpha/s1"], found["BD/alpha"]) == (UNIFORM, 20)


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(share(29, 14), id="an erasure"),
        pytest.param(share(30, 16), id="a correction"),
        pytest.param(share(39, 20), id="ten came and one was erased"),
        pytest.param(share(0, 0), id="all were erased"),
        pytest.param(share(40, 26), id="ten of one mind came and one was corrected"),
    ],
)
def test_an_erasure_or_a_correction_waits_for_k_people_more(later: Sums) -> None:
    first = made(whole({"BD/alpha/s1": share(30, 15)}))
    second = made(whole({"BD/alpha/s1": later}), first)
    assert told(second) == told(first)
    third = made(whole({"BD/alpha/s1": share(later[0] + 50, later[1] // MILLIONTHS + 25)}), second)
    assert told(third)["BD/alpha/s1"] == later[0] + 50


def test_who_was_pooled_does_not_come_again_with_the_site() -> None:
    few = {"BD/alpha/s1": mixed(6), "BD/alpha/s2": mixed(6)}
    closed = made(whole(few), closed=True)
    assert told(closed)["BD/alpha"] == 12
    later = made(whole({**few, "BD/alpha/s1": mixed(16)}), closed, closed=True)
    assert (told(later)["BD/alpha"], told(later)["BD/alpha/s1"]) == (22, 10)


def test_a_ledger_is_kept_as_json() -> None:
    stock = by(
        "gender",
        GENDERS,
        {"BD/alpha/s1": (mixed(12), mixed(6), mixed(0)), "BD/alpha/s2": (mixed(6), mixed(6), mixed(1))},
    )
    ledger = made(stock, closed=True).ledger
    assert Ledger.from_json(json.loads(json.dumps(ledger.to_json()))) == ledger


# -- filters ----------------------------------------------------------------------------------------------


def test_filters_are_told_when_the_round_has_closed_and_only_then() -> None:
    stock = by("gender", GENDERS[:2], {"BD/alpha/s1": (mixed(20), mixed(12))})
    early = made(stock)
    assert told(early, "gender") == {}
    closed = made(stock, early, closed=True)
    assert told(closed, "gender")["BD/alpha/s1:male"] == 12
    assert told(made(stock, closed, closed=True), "gender") == {}


def test_a_category_of_a_few_hides_the_filter_there_and_is_told_with_others() -> None:
    sites = {
        "BD/alpha/s1": (mixed(40), mixed(4)),
        "BD/alpha/s2": (mixed(30), mixed(20)),
        "BD/beta/s3": (mixed(20), mixed(18)),
    }
    found = told(made(by("gender", GENDERS[:2], sites), closed=True), "gender")
    assert (found["BD/alpha/s1:female"], found["BD/alpha/s1:male"]) == (COVER, TOO_FEW)
    assert (found["BD/beta/s3:female"], found["BD/alpha/s2:male"]) == (20, 20)
    assert (found["BD:female"], found["BD:male"]) == (50, 38), "without the four and those they could be told by"


def test_two_sites_with_few_men_cover_each_other() -> None:
    sites = {
        "BD/alpha/s1": (mixed(40), mixed(14)),
        "BD/alpha/s2": (mixed(40), mixed(9)),
        "BD/alpha/s3": (mixed(40), mixed(8)),
    }
    found = told(made(by("gender", GENDERS[:2], sites), closed=True), "gender")
    assert [found[f"BD/alpha/{site}:male"] for site in ("s1", "s2", "s3")] == [14, TOO_FEW, TOO_FEW]
    assert found["BD/alpha:male"] == 31


def test_answers_that_tell_who_is_who_keep_a_site_out_of_a_filter() -> None:
    """Of 22 at a site 19 say yes, and of 23 men three: so at most six of the site are men."""
    women = (share(60, 40), share(12, 2))
    almost_all = (share(20, 18), share(2, 1))
    even = (share(9, 4), share(9, 0))
    sites = {"BD/alpha/s1": almost_all, "BD/alpha/s2": even, "BD/beta/s3": women}
    found = made(by("gender", GENDERS[:2], sites), closed=True)
    grouped = {key for group in found.groups for key in group.parts}
    assert place("BD/beta/s3") in grouped
    assert place("BD/alpha/s1") not in grouped


def test_the_largest_category_is_told_where_the_others_are_too_few_each() -> None:
    sites = {"BD/alpha/s1": (mixed(40), mixed(9), mixed(3)), "BD/alpha/s2": (mixed(40), mixed(18), mixed(14))}
    found = made(by("gender", GENDERS, sites), closed=True, heads={"gender": "female"})
    split = told(found, "gender")
    assert (split["BD/alpha/s1:female"], split[f"BD/alpha/s1:{OTHERS}"]) == (40, 12)
    assert (split["BD/alpha/s1:male"], split["BD/alpha/s1:"]) == (TOO_FEW, TOO_FEW)
    assert (split["BD/alpha/s2:male"], split["BD/alpha/s2:"]) == (18, 14)


def test_age_is_not_told_by_site_and_no_filter_is_crossed_with_another() -> None:
    found = made(by("age_band", ("18-24", "25+"), {"BD/alpha/s1": (mixed(20), mixed(20))}), closed=True)
    assert {cell.level for cell in found.cells if cell.split == "age_band"} == {"round", "country"}


def test_a_filter_that_knows_other_people_is_refused() -> None:
    stock = by("gender", GENDERS[:2], {"BD/alpha/s1": (mixed(20), mixed(12))})
    wrong = replace(stock, places={key: (sums[0] + 1, *sums[1:]) for key, sums in stock.places.items()})
    with pytest.raises(DisclosureError, match="other people"):
        made(wrong)


# -- response rates, thresholds -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered", "asked", "becomes"),
    [
        pytest.param(9, 40, TOO_FEW, id="too few"),
        pytest.param(30, 40, 30, id="a rate"),
        pytest.param(40, 40, UNIFORM, id="everybody answered"),
    ],
)
def test_response_is_an_indicator_too(answered: int, asked: int, becomes: int | Suppression) -> None:
    group = (answered, answered * MILLIONTHS, asked * MILLIONTHS**2)
    assert told(made(whole({"BD/alpha/s1": group}), rule=Rule(10, "response")))["BD/alpha/s1"] == becomes


def test_a_response_rate_waits_for_k_more_to_answer() -> None:
    def site(answered: int) -> Stock:
        return whole({"BD/alpha/s1": (answered, answered * MILLIONTHS, 60 * MILLIONTHS**2)})

    first = made(site(20), rule=Rule(10, "response"))
    assert told(made(site(29), first, Rule(10, "response")))["BD/alpha/s1"] == 20
    assert told(made(site(30), first, Rule(10, "response")))["BD/alpha/s1"] == 30


def test_no_programme_may_go_below_five() -> None:
    with pytest.raises(DisclosureError):
        Rule(4)
    assert told(made(whole({"BD/alpha/s1": mixed(5)}), rule=Rule(5, "score", 0, MILLIONTHS)))[""] == 5


def test_a_reader_is_not_told_why_a_cell_is_hidden() -> None:
    assert {reason.told for reason in Suppression if reason is not SHOWN} == {"protected"}
    assert SHOWN.told == "shown"


def test_a_cell_knows_its_level() -> None:
    assert [Cell(place(name), "pay", Tally()).level for name in ("", "BD", "BD/a", "BD/a/s")] == [
        "round",
        "country",
        "supplier",
        "site",
    ]
