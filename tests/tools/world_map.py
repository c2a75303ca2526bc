"""Draws the map of the pages from world-atlas's countries-50m.json (Natural Earth, public domain).

`python -m tests.tools.world_map countries-50m.json app/web/pages/static/vendor/world.svg`
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from app.web.pages.maps import BOTTOM, TOP, WIDTH, height, project

Point = tuple[float, float]

_TOLERANCE = 0.18  # units of the map; half a pixel on a wide screen
_LEAST_AREA = 0.35  # square units: smaller islands go, unless they are all there is of a country
_GRAIN = 10  # tenths of a unit
_STYLE = (
    "path{fill:#e2ded2;stroke:#fbfaf7;stroke-width:.7;vector-effect:non-scaling-stroke;stroke-linejoin:round}"
    "@media(prefers-color-scheme:dark){path{fill:#2b3439;stroke:#13181b}}"
)


def arcs_of(topology: dict[str, Any]) -> list[list[Point]]:
    """Every line of the topology in degrees (east, north), with the points that a screen could not show left out."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    made: list[list[Point]] = []
    for arc in topology["arcs"]:
        x = y = 0
        line: list[Point] = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, min(max(y * sy + ty, BOTTOM), TOP)))
        made.append(simplified(unwrapped(line)))
    return made


def unwrapped(line: Sequence[Point]) -> list[Point]:
    """The line without leaps around the world: what crosses the 180th meridian goes on beyond it."""
    made = [line[0]]
    for east, north in line[1:]:
        turns = round((east - made[-1][0]) / 360)
        made.append((east - 360 * turns, north))
    return made


def simplified(line: Sequence[Point]) -> list[Point]:
    """The line with fewer points, none of which lies farther off than the tolerance (Douglas & Peucker, 1973)."""
    plane = [project(north, east) for east, north in line]
    kept = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        farthest = max(range(first + 1, last), key=lambda at: _off(plane[at], plane[first], plane[last]), default=None)
        if farthest is not None and _off(plane[farthest], plane[first], plane[last]) > _TOLERANCE:
            kept.add(farthest)
            spans += [(first, farthest), (farthest, last)]
    return [line[at] for at in sorted(kept)]


def _off(point: Point, start: Point, end: Point) -> float:
    (px, py), (ax, ay), (bx, by) = point, start, end
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = 0.0 if not length else min(1.0, max(0.0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length))
    return ((px - ax - along * (bx - ax)) ** 2 + (py - ay - along * (by - ay)) ** 2) ** 0.5


def rings(geometry: dict[str, Any], arcs: Sequence[Sequence[Point]]) -> Iterator[list[Point]]:
    """The outlines of a country on the plane, holes too."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        for ring in polygon:
            points: list[Point] = []
            for index in ring:
                arc = arcs[index] if index >= 0 else list(reversed(arcs[~index]))
                points += arc[1:] if points else arc
            yield [project(north, east) for east, north in unwrapped(points)]


def area(ring: Sequence[Point]) -> float:
    """Square units within an outline."""
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def path(outlines: Iterable[Sequence[Point]]) -> str:
    """An SVG path in whole tenths, each step told by its difference."""
    parts: list[str] = []
    for outline in outlines:
        grains = [(round(x * _GRAIN), round(y * _GRAIN)) for x, y in outline]
        steps = [(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(grains)]
        told = "".join(f"{dx}{dy:+d} ".replace("+", " ") for dx, dy in steps if dx or dy)
        parts.append(f"M{grains[0][0]} {grains[0][1]}l{told.strip().replace(' -', '-')}z")
    return "".join(parts)


def drawn(topology: dict[str, Any]) -> str:
    """The whole map as SVG, a path for each country."""
    arcs = arcs_of(topology)
    paths: list[str] = []
    for country in topology["objects"]["countries"]["geometries"]:
        outlines = sorted(rings(country, arcs), key=area, reverse=True) if country.get("arcs") else []
        seen = [ring for ring in outlines if min(y for _, y in ring) < height() - 1]
        kept = [ring for at, ring in enumerate(seen) if not at or area(ring) > _LEAST_AREA]
        if kept:
            paths.append(f'<path d="{path(kept)}"/>')
    box = f"0 0 {WIDTH * _GRAIN:.0f} {height() * _GRAIN:.0f}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"><style>{_STYLE}</style>{"".join(paths)}</svg>\n'


if __name__ == "__main__":
    source, target = (Path(argument) for argument in sys.argv[1:3])
    target.write_text(drawn(json.loads(source.read_text(encoding="utf-8"))), encoding="utf-8")
