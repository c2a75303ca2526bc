"""Charts as SVG, drawn on the server; places are in per cent, so a chart fits any width without a script."""

from markupsafe import Markup, escape

_STEPS = 10


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


def bar(share: float, kind: str = "plain") -> Markup:
    """A bar on its track. Decoration: the number stands beside it as text.

    Args:
        share: 0–1, the length; brought within.
        kind: `plain`, `good`, `fair` or `poor`; a class of the stylesheet.
    """
    width = _percent(min(1.0, max(0.0, share)))
    return Markup(  # noqa: S704 - every value is a number of ours or escaped
        f'<svg class="bar" aria-hidden="true"><rect class="track" width="100%" height="100%" rx="3"/>'
        f'<rect class="{escape(kind)}" width="{width}" height="100%" rx="3"/></svg>'
    )


def whisker(value: float, interval: tuple[float, float] | None, ends: tuple[float, float], label: str) -> Markup:
    """A dot at the value and a line along its interval, on an axis with its quarters marked.

    Args:
        value: within the ends.
        interval: its low and high end; None draws the dot alone.
        ends: of the axis.
        label: what a screen reader says instead.
    """
    parts = ['<line class="axis" x1="0" x2="100%" y1="12" y2="12"/>']
    parts += [f'<line class="tick" x1="{at}" x2="{at}" y1="6" y2="18"/>' for at in ("0", "25%", "50%", "75%", "100%")]
    if interval is not None:
        low, high = (_percent(place(end, *ends)) for end in interval)
        parts.append(f'<line class="whisker" x1="{low}" x2="{high}" y1="12" y2="12"/>')
        parts += [f'<line class="whisker" x1="{at}" x2="{at}" y1="8" y2="16"/>' for at in (low, high)]
    parts.append(f'<circle class="dot" cx="{_percent(place(value, *ends))}" cy="12" r="5"/>')
    drawn = "".join(parts)
    return Markup(f'<svg class="dots" role="img" aria-label="{escape(label)}">{drawn}</svg>')  # noqa: S704 - as above


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"
