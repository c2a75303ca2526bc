"""What a brand may read of totals that others' sites are in."""

from typing import Any

import pytest

from app.jobs.brands import counts_for_brand, readable_together, sees_total, sight_of


@pytest.mark.parametrize(
    ("within", "own", "seen"),
    [
        pytest.param(["mine"], {"mine"}, True, id="its own alone"),
        pytest.param(["mine", "a", "b"], {"mine"}, True, id="two of others"),
        pytest.param(["mine", "a"], {"mine"}, False, id="less its own it is the other's"),
        pytest.param(["a", "b"], {"mine"}, False, id="it buys nothing there"),
        pytest.param([], {"mine"}, False, id="nobody"),
    ],
)
def test_a_total_is_read_where_no_single_site_of_others_stands_bare(
    within: list[str], own: set[str], *, seen: bool
) -> None:
    assert sees_total(within, own) is seen


@pytest.mark.parametrize(
    ("totals", "told"),
    [
        pytest.param({"": {"a", "b"}, "BD": {"a", "b"}}, {"", "BD"}, id="the same two sites"),
        pytest.param({"": {"a", "b", "c"}, "BD": {"a", "b"}}, {""}, id="the round less a country is one site"),
        pytest.param(
            {"": {"a", "b", "c", "d"}, "BD": {"a", "b"}, "KH": {"c", "d"}}, {"", "BD", "KH"}, id="two and two"
        ),
        pytest.param({"": {"a"}}, set(), id="one site of others"),
        pytest.param({"": {"mine"}, "BD": set()}, {"", "BD"}, id="none of others"),
        pytest.param(
            {"": {"a", "b", "c", "d"}, "BD": {"a", "b"}, "garments": {"b", "c"}},
            {"", "BD"},
            id="where two totals cross",
        ),
    ],
)
def test_totals_are_read_together_where_no_difference_is_a_single_site_of_others(
    totals: dict[str, set[str]], told: set[str]
) -> None:
    assert readable_together({name: within | {"mine"} for name, within in totals.items()}, {"mine"}) == told


def figure(country: str, site: str | None = None, category: str = "", *, hidden: str = "") -> dict[str, Any]:
    level = "site" if site else "country" if country else "round"
    return {
        "indicator": "pay", "category": category, "level": level, "country": country, "supplier": "", "sector": "",
        "site": site, "hidden": hidden,
    }  # fmt: skip


def read(figures: list[dict[str, Any]], whole: list[dict[str, Any]] | None = None) -> list[str]:
    known = None if whole is None else sight_of(places(whole), {}, {"mine"}).told
    sight = sight_of(places(figures), {}, {"mine"}, known)
    return [row["site"] or row["country"] or "round" for row in figures if sight.holds(row)]


def places(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "indicators": [row["indicator"]], "hidden": [row["hidden"]]} for row in figures]


def test_a_total_of_two_sites_of_others_is_not_read_while_one_of_them_waits() -> None:
    """Less the brand's own it would be the other."""
    totals = [figure(""), figure("BD"), figure("BD", "mine"), figure("BD", "a")]
    assert read([*totals, figure("BD", "b", hidden="too-few")]) == ["mine"]
    assert read([*totals, figure("BD", "b")]) == ["round", "BD", "mine"]


def test_categories_are_not_read_where_their_total_is_not() -> None:
    """They add up to it, though by category no single site is told of."""
    whole = [figure(""), figure("", "mine"), figure("", "a"), figure("", "b", hidden="too-few")]
    split = [figure("", None, name) for name in ("female", "male")]
    assert read(split, whole) == []
    assert read(split, [*whole[:3], figure("", "b")]) == ["round", "round"]


SITES = [{"code": code, "country": "BD"} for code in ("mine", "a", "b", "c")]


def count(category: str, site: str | None = None) -> dict[str, Any]:
    where = {"level": "site" if site else "country", "country": "BD", "site": site}
    return {"period": "2026-10-01", "step": "raised", "category": category, **where}


def kinds_read(*told: tuple[str, str]) -> set[str]:
    """The kinds of which the country's count is read, where a kind is told of at sites."""
    figures = [count(kind) for kind in {kind for kind, _ in told} | {""}]
    figures += [count(kind, site) for kind, site in {*told, *(("", site) for _, site in told)}]
    return {row["category"] for row in counts_for_brand(figures, SITES, {"mine"}) if row["level"] == "country"}


def test_all_kinds_of_needs_are_not_read_where_less_one_kind_they_are_another_that_is_not() -> None:
    shared = [("pay", "a"), ("pay", "b"), ("food", "a"), ("food", "b")]
    assert kinds_read(*shared) == {"", "pay", "food"}
    assert kinds_read(*shared[:3]) == {"pay"}, "all less pay are the food of one site of others"
    assert kinds_read(("pay", "mine"), ("food", "a"), ("food", "b")) == {"", "pay", "food"}
