"""The service: scores, plans, explanations, changes and reviews over HTTP, and the page for people.

What is stored is scored once and then read; what comes with a request is scored by the same code. Work runs in threads, so that
reading goes on beside it. A reload opens data and model anew beside the old ones and then takes their place: requests
that began with the old ones end with them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import generate_latest
from starlette.exceptions import HTTPException

from suasion.features import GROUPS
from suasion.features.errors import ConflictError, InputError, NotFoundError, SuasionError
from suasion.serving.loaded import Engine
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.ranking import to_json

from . import requests, responses
from .answers import activity_of, campaigns_of, change_of, plan_of, quality_of, scores_of
from .faults import field_error, named
from .keys import Keys
from .limits import TITLES, Guard, Limits, Refused, own_path, problem
from .remembered import Kept
from .state import Service

if TYPE_CHECKING:
    from suasion.serving.page.views import Pages

JSON = "application/json"
PROBLEM = "application/problem+json"
Id = Annotated[str, Path(max_length=512)]
SORTED_BY = f"^({'|'.join(('expected_conversions', 'influencer_id', *GROUPS))})$"


def _problems(*statuses: int) -> dict[int | str, dict[str, object]]:
    return {
        status: {"model": responses.Problem, "description": TITLES[status], "content": {PROBLEM: {}}}
        for status in (400, 401, 403, 429, *statuses)
    }


READ = _problems(404, 422, 503)
POST = _problems(404, 408, 409, 413, 422, 503)


def answer(value: object) -> Response:
    """Return an answer as JSON."""
    return Response(to_json(value), media_type=JSON)


def _distinct(pairs: list[tuple[str, object]]) -> None:
    name, times = Counter(name for name, _ in pairs).most_common(1)[0] if pairs else ("", 1)
    if times > 1:
        raise InputError(
            f"{name} stands {times} times in one object of the body: it takes one. Give it once.",
            field=name,
            allowed="one value",
        )


async def _each_once(request: Request) -> None:
    """Refuse a parameter of the API, or a field of its body, that comes several times: only the last would count."""
    if own_path(request.scope).startswith("/v1/"):
        for name in request.query_params:
            if len(values := request.query_params.getlist(name)) > 1:
                raise InputError(
                    f"{name} was given {len(values)} times: it takes one. Give it once.",
                    field=name,
                    given=", ".join(values),
                    allowed="one value",
                )
        if "json" in request.headers.get("content-type", "") and (body := await request.body()):
            # FastAPI has read it before, and refused what is no JSON.
            json.loads(body, object_pairs_hook=_distinct)


def create_app(
    build: Callable[[], Engine],
    *,
    limits: Limits | None = None,
    keys: Keys | None = None,
    kept: Kept | None = None,
) -> Guard:
    """Return the service as an ASGI application.

    ``build`` opens data and model, at the start and at each reload. Without ``keys`` whoever reaches the service may use it. Typed briefs and
    notes are ``kept`` there; None for memory, until the service ends.
    """
    limits = limits or Limits()
    service = Service(build, limits, keys, kept)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, service.start)
        if threading.current_thread() is threading.main_thread():
            loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, _try, service.reload))
        async with app.state.assistants():
            yield
        await loop.run_in_executor(None, service.stop)

    app = FastAPI(
        title="suasion",
        version=version("suasion"),
        summary="Predicts which influencers make people act, and says why in seven characteristics.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(_each_once)],
    )
    app.state.service = service
    _handlers(app)
    for routes in (_about, _stored, _questions):
        app.include_router(routes(service))
    from suasion.serving.page.views import add_page

    add_page(app, service)
    app.state.assistants = _assistants(app, service)
    _document(app)
    return Guard(app, limits, keys, service.metrics, service.wrong_keys)


def _try(job: Callable[[], object]) -> None:
    try:
        job()
    except SuasionError as error:
        logging.getLogger("suasion.service").error(
            '{"reload": "refused", "error": "%s"}', type(error).__name__
        )


def _handlers(app: FastAPI) -> None:
    def problem_response(
        request: Request,
        status: int,
        detail: str,
        errors: Sequence[responses.FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        request_id = request.scope["state"].get("request_id")
        if "text/html" in request.headers.get("accept", "") and not own_path(request.scope).startswith(
            "/v1/"
        ):
            pages: Pages = app.state.pages
            title = TITLES.get(status, "Error")
            page = pages.html("error.html", status=status, title=title, detail=detail, request_id=request_id)
            page.headers.update(headers or {})
            return page
        return Response(problem(status, detail, request_id, errors), status, headers, media_type=PROBLEM)

    @app.exception_handler(SuasionError)
    async def not_usable(request: Request, error: SuasionError) -> Response:
        status = 404 if isinstance(error, NotFoundError) else 409 if isinstance(error, ConflictError) else 422
        return problem_response(request, status, str(error), named(error))

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return problem_response(request, error.status, error.detail, headers=error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        # The guard, to which the framework then raises the error, writes to the log what is no client's business.
        return problem_response(request, 500, "Something went wrong here; the log knows more.")

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> Response:
        field_errors = [field_error(one) for one in error.errors()[:20]]
        detail = "; ".join(f"{one.field or 'body'}: {one.message}" for one in field_errors[:3])
        return problem_response(request, 422, f"The request is not valid: {detail}.", field_errors)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        detail = (
            f"There is nothing at {request.method} on this path; see /openapi.json."
            if error.status_code in (404, 405)
            else str(error.detail)
        )
        return problem_response(request, error.status_code, detail, headers=error.headers)


def _about(service: Service) -> APIRouter:
    router = APIRouter(tags=["about"])

    @router.get("/health", response_model=responses.Health)
    async def health() -> Response:
        """Say that the process answers."""
        return answer({"status": "ok"})

    @router.get("/ready", response_model=responses.Health, responses=_problems(503))
    async def ready() -> Response:
        """Say whether data and model are open."""
        service.ready()
        return answer({"status": "ready"})

    @router.get("/version", response_model=responses.Version, responses=_problems(503))
    async def version_() -> Response:
        """Say what is running: the version, and the model's identity (the SHA-256 of its manifest)."""
        bundle = service.ready().bundle
        known = {"trained_until": bundle.facts["last_known"], "outcomes": bundle.facts["outcomes"]}
        return answer({"suasion": version("suasion"), "model": bundle.identity, **known})

    @router.get(
        "/metrics", responses={200: {"content": {"text/plain": {}}}, **_problems()}, response_class=Response
    )
    async def metrics() -> Response:
        """Return counters in Prometheus' text format."""
        return Response(
            generate_latest(service.metrics.registry), media_type="text/plain; version=0.0.4; charset=utf-8"
        )

    @router.get("/v1/model", response_model=responses.ModelInfo, responses=_problems(503))
    async def model() -> Response:
        """Say what the model learned from, how it was judged, and which features it uses."""
        bundle = service.ready().bundle
        return answer({**quality_of(bundle), "features": [f.model_dump() for f in bundle.features]})

    @router.get("/v1/review", response_model=responses.ReviewResult, responses=_problems(404, 503))
    async def review() -> Response:
        """Say what the model promised of outcomes known since it was trained, and what came."""
        return answer(await service.work(lambda engine: engine.review().as_dict()))

    @router.post("/v1/reload", response_model=responses.Version, responses=_problems(422, 503))
    async def reload() -> Response:
        """Open data and model anew; requests in flight end with the old ones. The scope admin is needed."""
        await asyncio.get_running_loop().run_in_executor(None, service.reload)
        return await version_()

    return router


def _stored(service: Service) -> APIRouter:
    router = APIRouter(tags=["stored"], responses=READ)

    @router.get("/v1/campaigns", response_model=responses.Campaigns)
    async def campaigns(
        search: Annotated[str, Query(max_length=200)] = "",
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    ) -> Response:
        """List stored campaigns: those with candidates first, then by their start, the latest first."""
        return answer(campaigns_of(service.ready(), search, offset, limit))

    @router.get(
        "/v1/campaigns/{campaign_id:path}/scores/{influencer_id:path}", response_model=responses.Explanation
    )
    async def explanation(campaign_id: Id, influencer_id: Id) -> Response:
        """Score one candidate of a campaign, with the features behind each factor."""
        _, board = await service.board(Ask(campaign=campaign_id))
        return Response(board.explained(influencer_id), media_type=JSON)

    @router.get("/v1/campaigns/{campaign_id:path}/scores", response_model=responses.Scores)
    async def scores(
        campaign_id: Id,
        sort: Annotated[str, Query(pattern=SORTED_BY)] = "expected_conversions",
        descending: bool = True,
        search: Annotated[str, Query(max_length=200)] = "",
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    ) -> Response:
        """Rank a campaign's candidates."""
        _, board = await service.board(Ask(campaign=campaign_id))
        page = board.page(sort=sort, descending=descending, search=search, offset=offset, limit=limit)
        return answer(scores_of(board, page.rows.tolist(), page.total))

    return router


def _questions(service: Service) -> APIRouter:
    router = APIRouter(tags=["asked"], responses=POST)

    @router.post("/v1/scores", response_model=responses.Scores)
    async def score(wanted: requests.ScoreRequest) -> Response:
        """Rank the candidates of a campaign or of a brief in words."""
        _, board = await service.board(wanted.ask.ask())
        rows = range(wanted.offset, min(wanted.offset + wanted.limit, len(board)))
        return answer(scores_of(board, rows, len(board)))

    @router.post("/v1/plans", response_model=responses.Planned)
    async def plan(wanted: requests.PlanRequest) -> Response:
        """Say whom to ask within a budget or for a target, what may come of it, and what would change it."""
        question = wanted.question()
        return answer(await service.work(lambda engine: plan_of(engine, question)))

    @router.post("/v1/explanations", response_model=responses.Explanation)
    async def explain(wanted: requests.ExplainRequest) -> Response:
        """Explain one candidate of a campaign or of a brief."""
        _, board = await service.board(wanted.ask.ask())
        return Response(board.explained(wanted.influencer_id), media_type=JSON)

    @router.post("/v1/activity-scores", response_model=responses.ActivityScores)
    async def activity(wanted: requests.ActivityRequest) -> Response:
        """Score people by rows that come with the request; features are built by the same code as in training."""
        ask, sent = wanted.ask.ask(), wanted.activity()

        def job(engine: Engine) -> bytes:
            board, unfilled = engine.activity(ask, sent)
            return to_json(activity_of(board, unfilled))

        body = await service.work(job)
        service.metrics.scored.labels("activity").inc(len(sent.people))
        return Response(body, media_type=JSON)

    @router.post("/v1/changes", response_model=responses.ChangeResult)
    async def changes(wanted: requests.ChangeRequest) -> Response:
        """Say why a score changed between two moments, two models, or both."""
        return answer(await service.work(lambda engine: change_of(engine, wanted)))

    return router


def _assistants(app: FastAPI, service: Service) -> Callable[[], AbstractAsyncContextManager[None]]:
    """Add the tools for assistants where their library is installed, and return what they run within."""
    if find_spec("mcp") is None:
        return nullcontext
    from .assistants import create_server, routes_of

    server = create_server(service)
    app.router.routes += routes_of(server)
    return server.session_manager.run


def _document(app: FastAPI) -> None:
    """Say in the OpenAPI document that problems are problem+json, and where a key is needed."""

    def document() -> dict[str, object]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        openapi = FastAPI.openapi(app)
        openapi["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, methods in openapi["paths"].items():
            for operation in methods.values():
                if path.startswith("/v1/") or path == "/metrics":
                    operation["security"] = [{"key": []}, {}]
                for status, response in operation["responses"].items():
                    if int(status) >= 400:
                        response["content"] = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for unused in ("HTTPValidationError", "ValidationError"):
            openapi["components"]["schemas"].pop(unused, None)
        return openapi

    app.openapi = document  # type: ignore[method-assign]
