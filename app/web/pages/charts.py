"""Charts as SVG, drawn on the server; places are in per cent, so a chart fits any width without a script."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

_STEPS = 10
_BAR = Markup(
    '<svg class="bar" aria-hidden="true"><rect class="track" width="100%" height="100%" rx="3"/>'
    '<rect class="fill" width="{}" height="100%" rx="3"/></svg>'
)
_DOTS = Markup('<svg class="dots" role="img" aria-label="{label}">{parts}</svg>')
_AXIS = Markup('<line class="axis" x1="0" x2="100%" y1="12" y2="12"/>')
_TICK = Markup('<line class="tick" x1="{0}" x2="{0}" y1="6" y2="18"/>')
_QUARTERS = Markup("").join(_TICK.format(at) for at in ("0", "25%", "50%", "75%", "100%"))
_SPAN = Markup('<line class="whisker" x1="{}" x2="{}" y1="12" y2="12"/>')
_END = Markup('<line class="whisker" x1="{0}" x2="{0}" y1="8" y2="16"/>')
_DOT = Markup('<circle class="dot" cx="{}" cy="12" r="5"/>')


_STACK = Markup('<svg class="stack" role="img" aria-label="{label}">{parts}</svg>')
_SEGMENT = Markup('<rect class="{tone}" x="{at}" width="{wide}" height="100%"/>')
_PARTING = Markup('<line class="parting" x1="{0}" x2="{0}" y1="0" y2="100%"/>')
_TREND = Markup('<svg class="trend" role="img" aria-label="{label}">{parts}</svg>')
_RULE = Markup('<line class="tick" x1="0" x2="100%" y1="{0}" y2="{0}"/>')
_STEM = Markup('<line class="whisker" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>')
_LINK = Markup('<line class="link" x1="{}" x2="{}" y1="{}" y2="{}"/>')
_MARK = Markup('<circle class="dot" cx="{}" cy="{}" r="3.5"/>')
TREND_HEIGHT = 112.0
"""Of a trend, in pixels; its upper and lower rules stand a dot away from the ends."""
_TREND_EDGE = 6.0
_TONES = 5


def place(value: float, low: float, high: float) -> float:
    """Where a value stands between two ends, 0–1; one outside is brought to the nearer end.

    Raises:
        ValueError: the ends are not in order.
    """
    if not low < high:
        raise ValueError("an axis needs a low end below its high end")
    return min(1.0, max(0.0, (value - low) / (high - low)))


def step(value: float, low: float, high: float) -> int:
    """The same in tenths, 0–10, for a tint."""
    return round(_STEPS * place(value, low, high))


def bar(share: float) -> Markup:
    """A bar on its track, for a share of 0–1. Decoration: the number stands beside it as text."""
    return _BAR.format(_percent(min(1.0, max(0.0, share))))


def whisker(value: float, interval: tuple[float, float] | None, ends: tuple[float, float], label: str) -> Markup:
    """A dot at the value and a line along its interval, on an axis with its quarters marked.

    Args:
        value: within the ends.
        interval: its low and high end; None draws the dot alone.
        ends: of the axis.
        label: what a screen reader says instead.
    """
    parts = [_AXIS, _QUARTERS]
    if interval is not None:
        low, high = (_percent(place(end, *ends)) for end in interval)
        parts += [_SPAN.format(low, high), _END.format(low), _END.format(high)]
    parts.append(_DOT.format(_percent(place(value, *ends))))
    return _DOTS.format(label=label, parts=Markup("").join(parts))


def tone(score: float, low: float, high: float, *, better: str) -> str:
    """The colour of an answer, from `l1`, the worst, to `l5`, the best; where no end is the better one, plain steps."""
    at = place(score, low, high)
    kind = "l" if better else "s"
    return f"{kind}{1 + round((_TONES - 1) * (1 - at if better == 'low' else at))}"


def stacked(parts: Sequence[tuple[float, str]], label: str) -> Markup:
    """Shares of 0–1 side by side, each in its tone; what is rounded away or too much is cut at the end."""
    drawn: list[Markup] = []
    at = 0.0
    for share, colour in parts:
        drawn.append(_SEGMENT.format(tone=colour, at=_percent(at), wide=_percent(min(share, 1 - at))))
        at = min(1.0, at + share)
        if 0 < at < 1:
            drawn.append(_PARTING.format(_percent(at)))
    return _STACK.format(label=label, parts=Markup("").join(drawn))


def trend(points: Sequence[tuple[float, tuple[float, float]] | None], ends: tuple[float, float], label: str) -> Markup:
    """A dot with its interval for each round, the oldest first; a line leads over rounds that are not shown.

    Args:
        points: value and interval of each round, None where it is hidden.
        ends: of the axis.
        label: what a screen reader says instead.
    """
    parts = [_RULE.format(_level(end, ends)) for end in ends]
    across = [(at + 0.5) / len(points) for at in range(len(points))]
    shown = [(x, point) for x, point in zip(across, points, strict=True) if point is not None]
    for (x, (value, _)), (then, (later, _)) in pairwise(shown):
        parts.append(_LINK.format(_percent(x), _percent(then), _level(value, ends), _level(later, ends)))
    for x, (value, (low, high)) in shown:
        parts.append(_STEM.format(_percent(x), _level(low, ends), _level(high, ends)))
        parts.append(_MARK.format(_percent(x), _level(value, ends)))
    return _TREND.format(label=label, parts=Markup("").join(parts))


def _level(value: float, ends: tuple[float, float]) -> str:
    return f"{TREND_HEIGHT - _TREND_EDGE - (TREND_HEIGHT - 2 * _TREND_EDGE) * place(value, *ends):.4g}"


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"
