"""The pages as pure rendering: what a use case answered, in; HTML, out."""

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from app.carriers.protocol import OutboundText
from app.carriers.simulator import Simulator
from app.domain.errors import NotFoundError
from app.store.keys import Caller
from app.web.app import HEADERS
from app.web.pages import formats
from app.web.pages.board import Board, view_of
from app.web.pages.locks import lock
from app.web.pages.origins import local_path, prefers_page
from app.web.pages.rates import read_rates
from app.web.pages.scales import SCORE, Scale
from app.web.pages.simulator import recent_phones, seal, unseal
from app.web.pages.takeaway import take_away
from app.web.pages.templating import STATIC, page

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROUND = UUID(int=7)
ASHA = Caller(UUID(int=1), "ngo", "Asha", UUID(int=2), grade="admin")
BEN = Caller(UUID(int=3), "brand", "Ben", UUID(int=2), brand=UUID(int=4))
SCALES = {"hours": Scale(0, 112, unit="in the question's unit")}
HOSTILE = '<script>alert("x")</script>'


def figure(level: str = "round", indicator: str = "pay", hidden: str = "", **more: Any) -> dict[str, Any]:
    shown = {"n": 412, "value": 61.24, "low": 57.1, "high": 65.33, "response_rate": 0.615}
    return {
        "indicator": indicator, "domain": "pay", "shape": "mean", "level": level, "country": "", "site": None,
        "site_name": None, "as_of": NOON, "hidden": hidden, "supplier": "", "sector": "", "split": "", "category": "", **(dict.fromkeys(shown) if hidden else shown), **more,
    }  # fmt: skip


def dashboard(*figures: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "round": {
            "id": ROUND, "name": "Autumn", "state": "open", "survey": "pulse", "title": "Factory pulse",
            "opens_at": NOON, "closes_at": NOON + timedelta(days=6), "partial_after": "respect",
        },
        "programme": "Open Line",
        "threshold": 10,
        "published_at": NOON,
        "publication": UUID(int=8),
        "funnel": {
            "invited": 640, "sent": 640, "delivered": 600, "started": 480, "complete": 400, "partial": 20, "refused": 12,
            "reminded": 100,
        },
        "rates": {"rr1": 0.625, "rr2": 0.65625, "e": None},
        "figures": list(figures),
        "needs": [{"category": "wages", "state": "new", "count": 3}, {"category": "wages", "state": "closed", "count": 4},
                  {"category": "health", "state": "closed", "count": 2}],
        "referrals": [{"state": "completed", "count": 5}, {"state": "requested", "count": 1}],
        "helped": {"yes": 3, "no": 1},
        **more,
    }  # fmt: skip


def shown(answer: dict[str, Any], caller: Caller = ASHA) -> str:
    board = view_of(answer, SCALES, for_brand=caller is BEN)
    return drawn(board, caller)


def drawn(board: Board, caller: Caller = ASHA) -> str:
    filling = {
        "round": board.round, "funnel": {}, "published_at": board.published_at, "shown": 0, "hidden": 0,
        "threshold": board.threshold,
    }  # fmt: skip
    away = take_away(ROUND, UUID(int=8))
    shown = page("board.html", caller=caller, board=board, away=away, number=1, pages=1, filling=filling, domains=[])
    return shown.body.decode()


# -- the dashboard --------------------------------------------------------------------------------


def test_a_figure_is_read_with_its_interval_its_people_and_its_response_rate() -> None:
    ((domain, (pay,)),) = view_of(dashboard(figure()), SCALES, for_brand=False).domains
    assert (domain, pay.name, pay.cell.value, pay.cell.interval, pay.cell.n) == (
        "Pay",
        "Pay",
        "61.2",
        "57.1–65.3",
        "412",
    )
    assert (pay.response, pay.marks) == ("62%", ("0", "100"))
    assert 'aria-label="Pay: 61.2, 95 % interval 57.1–65.3, on a scale from 0 to 100"' in pay.chart


def test_a_share_is_written_in_per_cent() -> None:
    row = figure(indicator="cantril", shape="share", value=0.417, low=0.38, high=0.455)
    ((_, (item,)),) = view_of(dashboard(row), {}, for_brand=False).domains
    assert (item.cell.value, item.cell.interval, item.cell.step) == ("42%", "38–46%", 4)


def test_an_indicator_is_drawn_on_its_own_range() -> None:
    row = figure(indicator="hours", value=56, low=50, high=62)
    ((_, (item,)),) = view_of(dashboard(row), SCALES, for_brand=False).domains
    assert item.marks == ("0", "112")
    assert 'cx="50%"' in item.chart


def test_domains_come_in_the_order_of_the_vocabulary_with_unknown_ones_last() -> None:
    rows = [figure(indicator=name, domain=name) for name in ("freedom", "weather", "hours", "pay")]
    assert [name for name, _ in view_of(dashboard(*rows), {}, for_brand=False).domains] == [
        "Pay", "Hours", "Freedom", "Weather",
    ]  # fmt: skip


def test_suppliers_and_categories_have_lines_of_their_own() -> None:
    split = [figure(split="gender", category=name, supplier="") for name in ("female", "*", "")]
    board = view_of(dashboard(figure("supplier", country="BD", supplier="Alpha")), SCALES, for_brand=False, split=split)
    assert [(line.place, line.name) for line in board.categories.lines] == [
        ("Gender", "Female"), ("Gender", "all others"), ("Gender", "not stated"),
    ]  # fmt: skip
    assert [line.name for line in board.suppliers.lines] == ["Alpha"]


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        pytest.param("too-few", "fewer than 10", id="too few"),
        pytest.param("uniform", "all alike", id="uniform"),
        pytest.param("complementary", "protected", id="complementary"),
        pytest.param("waiting", "waiting", id="waiting"),
        pytest.param("protected", "protected", id="as a brand is told"),
        pytest.param("a reason of tomorrow", "protected", id="unknown"),
    ],
)
def test_a_hidden_figure_has_a_word_and_an_explanation_and_no_number(reason: str, word: str) -> None:
    text = shown(dashboard(figure(), figure("site", hidden=reason, country="BD", site="g-1", site_name="Gazipur")))
    (cell,) = re.findall(r'<td class="locked">(.*?)</td>', text)
    assert cell.endswith(f"</svg> {word}")
    assert lock(reason, 10).meaning.split(";")[0] in text
    assert "1 of 2 figures is hidden" in text


def test_a_site_has_a_cell_for_every_indicator_and_a_dash_where_it_was_not_asked() -> None:
    rows = [
        figure("site", "pay", country="BD", site="g-1", site_name="Gazipur"),
        figure("site", "voice", domain="voice", country="BD", site="g-1", site_name="Gazipur"),
        figure("site", "pay", country="KE", site="n-1", site_name="Nairobi"),
    ]
    sites = view_of(dashboard(*rows), {}, for_brand=False).sites
    assert [name for name, _ in sites.columns] == ["Pay", "Voice"]
    assert [(line.name, line.place) for line in sites.lines] == [("Gazipur", "Bangladesh"), ("Nairobi", "Kenya")]
    assert [cell is None for cell in sites.lines[1].cells] == [False, True]


def test_two_sites_of_one_name_stay_two_lines() -> None:
    rows = [figure("site", "pay", country="BD", site=code, site_name="Unit") for code in ("a", "b")]
    assert len(view_of(dashboard(*rows), {}, for_brand=False).sites.lines) == 2


def test_before_the_first_publication_the_page_says_what_it_waits_for() -> None:
    text = shown(dashboard(published_at=None, funnel={}, rates={}, needs=[], referrals=[], helped={"yes": 0, "no": 0}))
    assert "once at least 10 people have answered" in text
    assert "<table" not in text


def test_what_stands_in_names_is_text_and_never_markup() -> None:
    answer = dashboard(figure("site", country="BD", site="x", site_name=HOSTILE), programme=HOSTILE)
    answer["round"]["name"] = HOSTILE
    text = shown(answer)
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;") == 4  # the title, the programme, the heading and the site


def test_the_funnel_is_in_shares_of_the_invited() -> None:
    board = view_of(dashboard(), {}, for_brand=False)
    assert [(row.name, row.count, row.share) for row in board.way] == [
        ("Invited", 640, 1.0), ("Sent", 640, 1.0), ("Delivered", 600, 0.9375), ("Started", 480, 0.75),
    ]  # fmt: skip
    assert board.response == "65.6%"


def test_a_round_that_invited_nobody_is_no_division_by_nothing() -> None:
    assert {row.share for row in view_of(dashboard(funnel={}), {}, for_brand=False).way} == {0.0}


def test_needs_stand_by_category_and_state_with_their_sums() -> None:
    table = view_of(dashboard(), {}, for_brand=False).needs.table
    assert table is not None
    assert [name for name, _ in table.states] == ["New", "Closed"]
    assert table.rows == [("Health", [0, 2], 2), ("Wages", [3, 4], 7)]
    assert (table.sums, table.whole) == ([3, 6], 9)


def test_referrals_come_in_the_order_of_their_life_and_helped_in_shares() -> None:
    needs = view_of(dashboard(), {}, for_brand=False).needs
    assert [row.name for row in needs.referrals] == ["Requested", "Completed"]
    assert [(row.name, row.share) for row in needs.helped] == [("Yes", 0.75), ("No", 0.25)]


def test_a_brand_reads_two_rounded_totals_and_no_table_of_needs() -> None:
    total = [{"category": "all", "state": "all", "count": 85}]
    protected = [{"category": "all", "state": "all", "count": None}]
    text = shown(dashboard(figure(), needs=total, referrals=protected, helped=None), BEN)
    assert "about 85" in text
    assert "Needs by category" not in text
    assert "Did it help?" not in text
    assert "rounded to five" in text


@pytest.mark.parametrize("scale", [SCORE, Scale(0, 12)])
def test_the_page_needs_no_inline_style_and_no_script(scale: Scale) -> None:
    closed = dashboard(figure())
    closed["round"]["state"] = "closed"
    text = drawn(view_of(closed, {"pay": scale}, for_brand=False))
    assert "style=" not in text
    assert "<script" not in text


def test_a_page_has_a_language_one_heading_of_the_first_order_and_a_way_past_its_head() -> None:
    text = shown(dashboard(figure()))
    assert '<html lang="en" dir="ltr">' in text
    assert text.count("<h1") == 1
    assert 'href="#main"' in text
    assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", text))
    assert text.count("<table") == text.count("<caption")


def test_the_first_view_of_a_hundred_sites_weighs_less_than_150_kilobytes_compressed() -> None:
    rows = [
        figure("site", f"indicator-{column}", country="BD", site=f"s{line}", site_name=f"Demo Garments {line}")
        for line in range(100)
        for column in range(8)
    ]
    files = [file for file in STATIC.rglob("*") if file.is_file() and file.name != "world.svg"]
    weight = sum(
        len(gzip.compress(data, 5)) for data in (shown(dashboard(*rows)).encode(), *(f.read_bytes() for f in files))
    )
    assert weight < 150_000


# -- words and numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "digits", "written"),
    [
        pytest.param(0.615, 0, "62", id="rounded"),
        pytest.param(0.6155, 1, "61.6", id="one decimal"),
        pytest.param(0, 0, "0", id="nobody"),
        pytest.param(1, 0, "100", id="everybody"),
        pytest.param(0.003, 0, "<1", id="somebody is not nobody"),
        pytest.param(0.998, 0, ">99", id="almost all are not all"),
        pytest.param(0.0003, 1, "<0.1", id="finely"),
    ],
)
def test_shares_in_per_cent(share: float, digits: int, written: str) -> None:
    assert formats.percent(share, digits) == f"{written}%"


def test_moments_are_told_in_utc() -> None:
    dhaka = datetime(2026, 11, 25, 1, 5, tzinfo=timezone(timedelta(hours=6)))
    assert formats.moment(dhaka) == "24 Nov 2026 19:05 UTC"


@pytest.mark.parametrize(
    ("code", "name"),
    [("life-satisfaction", "Life satisfaction"), ("18-24", "18-24"), ("who-5", "WHO-5 well-being"), ("", "")],
)
def test_a_code_is_read_as_words_but_for_spans_of_numbers(code: str, name: str) -> None:
    assert formats.named(code) == name


def test_a_country_that_is_not_listed_keeps_its_code() -> None:
    assert [formats.country(code) for code in ("BD", "XX", "")] == ["Bangladesh", "XX", ""]


def test_a_rate_with_nobody_in_its_denominator_is_a_dash() -> None:
    first, others = read_rates({"rr2": 0.65625})
    assert {rate.name: rate.value for rate in first}["RR2"] == "65.6%"
    assert {rate.value for rate in others} == {"–"}
    assert len(first) + len(others) == 17


# -- sign-in, errors and phones -------------------------------------------------------------------


def test_a_refused_key_is_told_and_never_shown_again() -> None:
    text = page("sign_in.html", 401, next="/rounds/1", refused=True, query="", by_key=True, provider="").body.decode()
    assert 'role="alert"' in text
    assert 'value="/rounds/1"' in text
    assert re.search(r'<input type="password"[^>]*value=', text) is None


def test_our_pages_let_the_browser_tell_its_origin_to_us_alone() -> None:
    assert HEADERS["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/rounds/1", True),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("https://evil.example/", False),
        ("/\t/evil.example", False),
        ("javascript:alert(1)", False),
        ("rounds", False),
        ("", False),
    ],
)
def test_after_signing_in_only_a_path_of_ours_is_gone_to(address: str, *, kept: bool) -> None:
    assert local_path(address) == (address if kept else "/")


@pytest.mark.parametrize(
    ("accept", "wants"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("*/*", False),
        ("", False),
        ("application/json", False),
        ("application/json, text/html;q=0.5", False),
        ("text/html;q=0", False),
        ("text/html;q=much", False),
    ],
)
def test_a_page_is_for_whoever_asks_for_html_first(accept: str, *, wants: bool) -> None:
    assert prefers_page(accept) is wants


def test_a_phone_s_word_opens_to_its_number_and_a_foreign_word_does_not() -> None:
    word = seal("+8801711100001")
    assert "8801711" not in word
    assert unseal(word) == "+8801711100001"
    with pytest.raises(NotFoundError):
        unseal("gAAAAABmadeup")


async def test_the_list_of_phones_shows_no_number_and_no_phone_of_another_programme() -> None:
    simulator = Simulator(fixed(NOON))
    ours, theirs = "+15005550006", "+15005550007"
    await simulator.send([OutboundText("m1", "+8801711100001", ours, "hello")])
    await simulator.send([OutboundText("m2", "+8801711100002", theirs, "hi")])
    (phone,) = recent_phones(simulator, ours)
    assert (phone.masked, phone.texts, phone.at) == ("+880…01", 1, NOON)
    text = page(
        "simulator.html",
        caller=ASHA,
        phones=True,
        refused=False,
        recent=[phone],
        chosen="",
        masked="…",
        texts=[],
        longest=9,
    ).body.decode()
    assert "8801711" not in text


def fixed(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment
