"""The world on a plane, and where a place stands on it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Equal Earth: areas keep their proportions. Šavrič, Patterson & Jenny, Int. J. Geogr. Inf. Sci. 33 (2019) 454–465, eq. 9.
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = math.sqrt(3) / 2
_HALF_WIDTH = 2.7066299836960748  # of the whole world, in radii
WIDTH = 1000.0
"""Units from the western to the eastern end of the world."""
TOP, BOTTOM = 84.0, -56.0
"""Degrees of latitude between which the map is drawn: nobody is polled in Antarctica."""
_LEAST_WIDTH = 90.0
_MARGIN = 0.12
_SHAPE = 2.1


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the map: its western and northern corner, its width and height, in units."""

    x: float
    y: float
    width: float
    height: float

    @property
    def box(self) -> str:
        """As an SVG's `viewBox`."""
        return f"{self.x:.1f} {self.y:.1f} {self.width:.1f} {self.height:.1f}"


@dataclass(frozen=True, slots=True)
class Dot:
    """A place on the map; its state tints it: `look`, `some`, `fine` or `hidden`. `code` is a site's that has a page."""

    code: str
    label: str
    at: tuple[float, float]
    state: str

    @property
    def x(self) -> str:
        """Units from the western end."""
        return f"{self.at[0]:.1f}"

    @property
    def y(self) -> str:
        """Units from the top."""
        return f"{self.at[1]:.1f}"


@dataclass(frozen=True, slots=True)
class Map:
    """The part of the world that holds the dots, the height of the whole, the size of a dot, and the dots."""

    box: str
    height: str
    radius: str
    dots: Sequence[Dot]


def drawn(dots: Sequence[Dot]) -> Map:
    """A map of these, with those that need a look on top."""
    frame = around([dot.at for dot in dots])
    return Map(
        frame.box, f"{height():.1f}", f"{frame.width / 110:.2f}", sorted(dots, key=lambda dot: dot.state == "look")
    )


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a place stands: units from the western end, and from the top of the map down."""
    x, y = _plane(latitude, longitude)
    _, top = _plane(TOP, 0)
    return x + WIDTH / 2, top - y


def _plane(latitude: float, longitude: float) -> tuple[float, float]:
    theta = math.asin(_M * math.sin(math.radians(latitude)))
    t2 = theta * theta
    t6 = t2 * t2 * t2
    unit = WIDTH / (2 * _HALF_WIDTH)
    x = math.radians(longitude) * math.cos(theta) / (_M * (_A1 + 3 * _A2 * t2 + t6 * (7 * _A3 + 9 * _A4 * t2)))
    return x * unit, theta * (_A1 + _A2 * t2 + t6 * (_A3 + _A4 * t2)) * unit


def height() -> float:
    """Units from the top of the map to its bottom."""
    return project(BOTTOM, 0)[1]


def around(places: Sequence[tuple[float, float]]) -> Frame:
    """The part of the map that holds these points with a margin, never nearer than a few countries; all where none is."""
    if not places:
        return Frame(0, 0, WIDTH, height())
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    top, bottom = min(y for _, y in places), max(y for _, y in places)
    width = max((right - left) * (1 + 2 * _MARGIN), (bottom - top) * (1 + 2 * _MARGIN) * _SHAPE, _LEAST_WIDTH)
    width = min(width, WIDTH)
    tall = width / _SHAPE
    x = min(max((left + right - width) / 2, 0), WIDTH - width)
    y = min(max((top + bottom - tall) / 2, 0), max(height() - tall, 0))
    return Frame(x, y, width, tall)
