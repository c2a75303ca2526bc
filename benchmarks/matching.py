"""How long a need takes to find its services in a registry of 100,000, beside a bare look-up of as many rows by their keys.

Run: `make bench-matching`, or `python -m benchmarks.matching [--services N] [--needs N] [--json FILE]`. Its server and data
are thrown away at the end.
"""

import asyncio
import json
import random
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from uuid import UUID

from app.catalogue.catalogue import load_catalogue
from app.catalogue.places import shipped
from app.domain.identifiers import uuid7
from app.domain.matching import Candidate, NeedToMatch, match
from app.domain.survey import Urgency
from app.store.database import Database, Store
from app.store.embedded import embedded_server
from app.store.migrating import migrate
from app.store.offerings import Whereabouts, offerings
from app.store.programmes import save_programme

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
# Where garment, electronics and farm workers are: some of the towns, with degrees.
TOWNS = (
    ("BD", 23.99, 90.42, "bn"), ("BD", 22.36, 91.78, "bn"), ("IN", 12.97, 77.59, "kn"), ("IN", 11.11, 77.34, "ta"),
    ("KH", 11.56, 104.92, "km"), ("VN", 10.82, 106.63, "vi"), ("ID", -6.60, 106.80, "id"), ("KE", -0.72, 36.43, "sw"),
)  # fmt: skip
_AT_ONCE = 10_000


async def fill(store: Store, programme: UUID, services: int, dice: random.Random, categories: list[str]) -> None:
    """Organizations of a hundred services, each at a place of its own within half a degree or so of a town."""
    for start in range(0, services, _AT_ONCE):
        rows = [
            {
                "id": str(uuid7(at, dice.randbytes(10))), "place": str(uuid7(at, dice.randbytes(10))), "country": town[0],
                "latitude": town[1] + dice.gauss(0, 0.4), "longitude": town[2] + dice.gauss(0, 0.4),
                "categories": dice.sample(categories, 2), "language": town[3], "capacity": dice.randint(1, 40),
                "verified": dice.randint(1, 500),
            }
            for at in range(start, min(services, start + _AT_ONCE))
            for town in [dice.choice(TOWNS)]
        ]  # fmt: skip
        await store.run(
            "WITH given AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row(id uuid, place uuid,"
            " country text, latitude float8, longitude float8, categories text[], language text, capacity int, verified int)),"
            " owners AS (INSERT INTO organization SELECT :programme, id, 'O', '', '{}', :now FROM given),"
            " places AS (INSERT INTO location (programme_id, id, name, country, city, latitude, longitude)"
            " SELECT :programme, place, '', country, '', latitude, longitude FROM given),"
            " made AS (INSERT INTO service (programme_id, id, organization_id, name, sms_name, status, categories, languages,"
            " schedules, capacity, verified_on, document, modified_at) SELECT :programme, id, id, 'S', 'S', 'active', categories,"
            " ARRAY[language, 'en'], '[{\"byday\": [\"MO\", \"TU\", \"WE\"], \"freq\": \"\", \"timezone\": \"Asia/Dhaka\","
            " \"opens_at\": \"09:00\", \"closes_at\": \"17:00\"}]', capacity,"
            " CAST(:now AS date) - verified, '{}', :now FROM given)"
            " INSERT INTO service_at_location SELECT :programme, id, place, true, categories, country,"
            " latitude, longitude FROM given",
            programme=programme, rows=json.dumps(rows), now=NOW,
        )  # fmt: skip


async def measure(services: int, needs: int) -> dict[str, float]:
    """Milliseconds a match: the store's part, the pure one's, both; and those of the bare look-up."""
    dice = random.Random(services)  # noqa: S311 - the same registry each time
    catalogue = load_catalogue()
    categories = sorted(catalogue.categories)
    with (
        TemporaryDirectory(prefix="shiftline-bench-") as folder,
        embedded_server(Path(folder), {"fsync": "off"}) as server,
    ):
        database = Database(server.url)
        await migrate(database, shipped("migrations"))
        async with database.transaction() as store:
            programme = (await save_programme(store, "bench", "B", "Bench", 10, NOW)).id
            await fill(store, programme, services, dice, categories)
        async with database.transaction() as store:
            await store.run("ANALYZE")
        found, ranked, both, bare, matched = list[float](), list[float](), list[float](), list[float](), 0
        for at in range(needs):
            country, latitude, longitude, language = dice.choice(TOWNS)
            wanted = catalogue.with_parents(dice.choice(categories))
            near = Whereabouts(country, latitude + dice.gauss(0, 0.2), longitude + dice.gauss(0, 0.2))
            need = NeedToMatch(
                f"n{at}",
                wanted[0],
                dice.choice(list(Urgency)),
                country,
                near.latitude,
                near.longitude,
                language,
                wanted[1:],
            )
            started = time.perf_counter()
            async with database.transaction() as store:
                offered = await offerings(store, programme, wanted, near)
            between = time.perf_counter()
            candidates = [Candidate(one.service, one.locations, one.load, one.service.assured_on) for one in offered]
            matched += bool(match(need, candidates, NOW))
            ended = time.perf_counter()
            async with database.transaction() as store:
                await store.rows(
                    "SELECT * FROM service WHERE programme_id = :programme AND id = ANY(:ids)",
                    programme=programme, ids=[UUID(one.service.id) for one in offered],
                )  # fmt: skip
            bare.append(time.perf_counter() - ended)
            found.append(between - started)
            ranked.append(ended - between)
            both.append(ended - started)
        await database.aclose()
    told = {"services": float(services), "needs": float(needs), "matched": float(matched)}
    for name, spans in (("store", found), ("rank", ranked), ("match", both), ("bare", bare)):
        cuts = quantiles(spans, n=100)
        told |= {f"{name}_p50_ms": cuts[49] * 1000, f"{name}_p95_ms": cuts[94] * 1000}
    return told


def main() -> None:
    """Measure, print, and write the figures where a file is named."""
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("--services", type=int, default=100_000)
    asked.add_argument("--needs", type=int, default=10_000)
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    figures = asyncio.run(measure(given.services, given.needs))
    for name, figure in figures.items():
        print(f"{name:<14} {figure:>12,.2f}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
