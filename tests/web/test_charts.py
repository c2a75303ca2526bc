from xml.etree import ElementTree as ET

import pytest

from app.web.pages.charts import bar, place, stacked, step, tone, trend, whisker


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own drawing, and it must be well-formed


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [part for part in svg if part.get("class") == name]


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        pytest.param(25, 0, 100, 0.25, id="on a score"),
        pytest.param(6, 0, 12, 0.5, id="on an instrument's own range"),
        pytest.param(0.62, 0, 1, 0.62, id="a share"),
        pytest.param(130, 0, 112, 1, id="past the end"),
        pytest.param(-3, 0, 100, 0, id="before the beginning"),
    ],
)
def test_a_value_has_its_place_on_the_axis(value: float, low: float, high: float, expected: float) -> None:
    assert place(value, low, high) == pytest.approx(expected)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (100, 0)])
def test_an_axis_without_length_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="axis"):
        place(1, low, high)


def test_a_tint_has_eleven_steps() -> None:
    assert [step(value, 0, 100) for value in (0, 4, 6, 50, 96, 100)] == [0, 0, 1, 5, 10, 10]


@pytest.mark.parametrize(
    ("share", "width"), [(0.335, "33.5%"), (0, "0%"), (1.2, "100%"), (-1, "0%"), (1 / 3, "33.33%")]
)
def test_a_bar_is_as_long_as_its_share(share: float, width: str) -> None:
    (fill,) = of_class(drawn(bar(share)), "fill")
    assert fill.get("width") == width


def test_a_bar_says_nothing_to_a_screen_reader_because_its_number_stands_beside_it() -> None:
    assert drawn(bar(0.5)).get("aria-hidden") == "true"


def test_a_whisker_spans_the_interval_and_the_dot_sits_at_the_value() -> None:
    chart = drawn(whisker(6, (3, 9), (0, 12), "distress"))
    span, low, high = of_class(chart, "whisker")
    assert (span.get("x1"), span.get("x2")) == ("25%", "75%")
    assert (low.get("x1"), high.get("x1")) == ("25%", "75%")
    assert [dot.get("cx") for dot in of_class(chart, "dot")] == ["50%"]


def test_without_an_interval_the_dot_stands_alone() -> None:
    assert of_class(drawn(whisker(50, None, (0, 100), "pay")), "whisker") == []


def test_a_chart_is_spoken_by_its_label_and_the_label_is_escaped() -> None:
    chart = whisker(50, (40, 60), (0, 100), 'a "quoted" <b>name</b>')
    assert "<b>" not in chart
    assert drawn(chart).get("role") == "img"
    assert drawn(chart).get("aria-label") == 'a "quoted" <b>name</b>'


def test_charts_hold_no_style_attribute_which_the_content_policy_would_refuse() -> None:
    assert "style=" not in bar(0.5) + whisker(50, (40, 60), (0, 100), "pay")


def test_shares_lie_side_by_side_and_never_stick_out() -> None:
    chart = drawn(stacked([(0.5, "l1"), (0.3, "l3"), (0.3, "l5")], "how it is spread"))
    rects = [part for part in chart if part.tag.endswith("rect")]
    assert [(part.get("x"), part.get("width")) for part in rects] == [("0%", "50%"), ("50%", "30%"), ("80%", "20%")]


@pytest.mark.parametrize(
    ("score", "better", "expected"),
    [
        pytest.param(0, "high", "l1", id="the worst"),
        pytest.param(100, "high", "l5", id="the best"),
        pytest.param(100, "low", "l1", id="high is worse"),
        pytest.param(50, "high", "l3", id="between"),
        pytest.param(100, "", "s5", id="no end is the better one"),
    ],
)
def test_an_answer_is_coloured_by_how_good_it_is(score: float, better: str, expected: str) -> None:
    assert tone(score, 0, 100, better=better) == expected


def test_a_trend_leads_over_what_is_hidden() -> None:
    chart = drawn(trend([(20, (10, 30)), None, (80, (70, 90))], (0, 100), "pay"))
    assert len(of_class(chart, "dot")) == 2
    (link,) = of_class(chart, "link")
    assert (link.get("x1"), link.get("x2")) == ("16.67%", "83.33%")
    low, high = (float(dot.get("cy") or 0) for dot in of_class(chart, "dot"))
    assert low > high  # downwards on a screen is less
