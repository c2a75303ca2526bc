"""Charts as SVG, drawn on the server; places are in per cent, so a chart fits any width without a script."""

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


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"
