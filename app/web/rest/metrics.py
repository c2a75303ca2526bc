"""Metrics for Prometheus: of the whole service, from whichever web process is asked."""

from fastapi import APIRouter, FastAPI, Request, Response

from app.domain.alerts import Reading
from app.domain.errors import UnavailableError
from app.jobs.looking import look, of_processes
from app.store.alerts import standing_alerts
from app.web.access import AsOperator
from app.web.metrics import MEDIA_TYPE, exposition, gauges, metrics_of
from app.web.wiring import Wiring, wiring

router = APIRouter(tags=["operation"])


@router.get("/metrics")
async def metrics(request: Request, _caller: AsOperator) -> Response:
    """Everything that was measured and counted, of all processes; for Prometheus, with an operator's key."""
    return await _shown(wiring(request))


def metrics_app(wired: Wiring) -> FastAPI:
    """The metrics alone, without a key, for a port of their own that only the machines of the service reach."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def open_metrics() -> Response:
        return await _shown(wired)

    app.add_api_route("/metrics", open_metrics, methods=["GET"])
    return app


async def _shown(wired: Wiring) -> Response:
    now = wired.clock()
    try:
        async with wired.context.database.transaction() as store:
            seen = await look(store, now, wired.watch.missed)
            standing = await standing_alerts(store)
    except UnavailableError:
        # What this process knows by itself; nothing else can be told now.
        own = [Reading("database_up", 0.0), *of_processes([await wired.watch.myself(now)], now)]
        return Response(exposition(gauges(own)), media_type=MEDIA_TYPE)
    alerts = gauges(
        Reading("alerts_standing", float(sum(topic.rule == rule for topic in standing)), {"rule": rule})
        for rule in wired.watch.rules
    )
    return Response(exposition([*metrics_of(seen), *alerts]), media_type=MEDIA_TYPE)
