"""The page: choose a campaign or type a brief, see the ranking, open one, compare some, export.

Rendered on the server with Jinja's escaping on; scripts only add keys and ticks, and everything works without them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, Field
from starlette.staticfiles import StaticFiles

from suasion.features.errors import InputError, NotFoundError
from suasion.serving.explaining.difference import differences
from suasion.serving.explaining.score_change import Change
from suasion.serving.explaining.wording import limits_of, worth_of
from suasion.serving.http.limits import COOKIE, Refused
from suasion.serving.http.place import ROOT
from suasion.serving.http.remembered import LONGEST_NOTE
from suasion.serving.http.requests import moment_of
from suasion.serving.loaded import Engine
from suasion.serving.scoring.campaigns import about
from suasion.serving.scoring.candidates import Ask
from suasion.serving.scoring.plan.log import append_decisions, has_decisions
from suasion.serving.scoring.ranking import Board
from suasion.serving.scoring.row import PersonRow
from suasion.training.evaluation.review import Review

from .answer import Answer, stands
from .fields import amount, share
from .profile import profiles_of
from .ranking import ROWS, context_of, list_of, listed, planned, report_on, row_of
from .render import environment
from .shortlist import as_csv, as_sheet
from .view import PersonView, View
from .wished import asking, own_fees, wished

if TYPE_CHECKING:
    from suasion.serving.http.state import Service

T = TypeVar("T")
MOST_COMPARED = 6
LATEST = 5
"""Typed briefs that the start page names."""
AT_ONCE = 0.1
"""Seconds after which a page begins to be shown though it is not worked out."""
HOURS = 12
"""How long a session of the page lasts."""


class Typed(BaseModel):
    """The form of a new brief, as it was typed."""

    brief: str = Field("", max_length=20_000)
    brand: str = Field("", max_length=512)
    category: str = Field("", max_length=512)
    goal: str = Field("", max_length=512)
    country: str = Field("", max_length=512)
    as_of: str = Field("", max_length=40)
    ends_at: str = Field("", max_length=40)
    exposure: str = Field("", max_length=20)
    fee: str = Field("", max_length=20)
    discount: str = Field("", max_length=20)
    budget: str = Field("", max_length=30)
    target: str = Field("", max_length=20)
    most_fee: str = Field("", max_length=30)


NOTHING_TYPED = Typed().model_dump()
MONEY = ("budget", "target", "most_fee")
"""Fields of the form that say what a plan may cost: they stand in the address of the ranking, and are not kept with the brief."""


class Pages:
    """The page's routes, and what they share."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.templates = environment()
        self.router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def html(self, template: str, /, status: int = 200, **values: object) -> HTMLResponse:
        """Render a template."""
        signed = self.service.keys is not None
        text = self.templates.get_template(template).render(signed=signed, root=ROOT.get(), **values)
        return HTMLResponse(text, status)

    async def board(
        self, kind: str, name: str, offer: Mapping[str, float] | None = None, asks: Sequence[str] = ()
    ) -> tuple[Engine, Board]:
        """Return the board of an address, with another offer, and other fees of some people, where those are tried.

        Raises NotFoundError when a brief was typed too long ago to be kept, or there is no such campaign.
        """
        if kind == "campaigns":
            ask = Ask(campaign=name)
        elif (typed := self.service.kept.brief(name)) is not None:
            ask, _ = _typed(NOTHING_TYPED | typed)
        else:
            raise NotFoundError("This brief is not kept here any more: type it again.")
        asked_with = replace(ask, offer={**ask.offer, **offer}) if offer else ask
        engine, board = await self.service.board(asked_with)
        return engine, asking(board, own_fees(board, asks))


def add_page(app: FastAPI, service: Service) -> None:
    """Add the page to the service."""
    pages = app.state.pages = Pages(service)
    app.mount("/static", StaticFiles(packages=[("suasion.serving.page", "static")]), name="static")
    _signing(pages)
    _choosing(pages)
    for kind in ("campaigns", "briefs"):
        _ranking(pages, kind)
    _judging(pages)
    app.include_router(pages.router)


def _signing(pages: Pages) -> None:
    @pages.router.get("/login")
    async def login() -> HTMLResponse:
        return pages.html("login.html", wrong=False)

    @pages.router.post("/login")
    async def sign_in(request: Request, key: Annotated[str, Form(max_length=200)]) -> Response:
        keys = pages.service.keys
        match = keys.find(key.strip()) if keys is not None else None
        if keys is None or match is None:
            pages.service.wrong_keys.count(request.state.client)
            return pages.html("login.html", status=401, wrong=True)
        answer = RedirectResponse(f"{ROOT.get()}/", 303)
        until = int(time.time()) + HOURS * 3600
        secure = request.url.scheme == "https"
        answer.set_cookie(
            COOKIE,
            keys.sign(match, until),
            max_age=HOURS * 3600,
            httponly=True,
            samesite="strict",
            secure=secure,
            path=ROOT.get() or "/",
        )
        return answer

    @pages.router.post("/logout")
    async def sign_out() -> Response:
        answer = RedirectResponse(f"{ROOT.get()}/login", 303)
        answer.delete_cookie(COOKIE, path=ROOT.get() or "/")
        return answer


def _choosing(pages: Pages) -> None:
    @pages.router.get("/")
    async def campaigns(
        search: Annotated[str, Query(max_length=200)] = "",
        number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
        brief: Annotated[str, Query(max_length=40)] = "",
    ) -> HTMLResponse:
        kept = pages.service.kept
        typed = NOTHING_TYPED | (kept.brief(brief) or {})
        return start(search, number, typed=typed, wrong={}, latest=kept.latest(LATEST))

    @pages.router.post("/briefs")
    async def brief(form: Annotated[Typed, Form()]) -> Response:
        typed = form.model_dump(exclude={*MONEY})
        view = View(**form.model_dump(include={*MONEY}))
        ask, wrong = _typed(typed)
        wrong |= view.amounts()[1]
        if not wrong:
            try:
                _, board = await pages.service.board(ask)
            except InputError as error:
                wrong = {"": str(error)}
            else:
                pages.service.kept.write_brief(board.name, typed)
                return RedirectResponse(f"{ROOT.get()}/briefs/{board.name}{view.address().rstrip('?')}", 303)
        return start(status=422, typed=form.model_dump(), wrong=wrong, latest={})

    def start(search: str = "", number: int = 1, status: int = 200, **values: object) -> HTMLResponse:
        """Render the first page: the form, and the stored campaigns that fit a search."""
        engine = pages.service.ready()
        matching = [campaign for campaign in engine.campaigns.values() if campaign.matches(search)]
        on_page = matching[(number - 1) * ROWS : number * ROWS]
        known = {
            field: sorted({text for one in engine.campaigns.values() if (text := getattr(one, field))})
            for field in ("brand", "category")
        }
        return pages.html(
            "campaigns.html", status=status, campaigns=on_page, total=len(matching), search=search, page=number, rows=ROWS,
            people_in=list(engine.campaigns)[:3], known=known, currency=engine.sessions[0].currency, **values,
        )  # fmt: skip


def _typed(typed: dict[str, str]) -> tuple[Ask, dict[str, str]]:
    """Return the question of a form, and by field what is wrong with it."""
    wrong: dict[str, str] = {}

    def read(name: str, reader: Callable[[str], T | None]) -> T | None:
        try:
            return reader(typed[name])
        except InputError as error:
            wrong[name] = str(error)
            return None

    amounts = {
        name: read(name, share if name == "discount" else amount) for name in ("exposure", "fee", "discount")
    }
    as_of, ends_at = read("as_of", _date), read("ends_at", _date)
    text = typed["brief"].strip().replace("\x00", "")
    if not text:
        wrong["brief"] = "The brief is empty: say in some words what the campaign is about."
    offer = {name: value for name, value in amounts.items() if value is not None}
    if offer.get("exposure") == 0:
        wrong["exposure"] = "Nobody posts 0 times; write a number above 0."
    named = {name: typed[name].strip() or None for name in ("brand", "category", "goal", "country")}
    return Ask.of({"brief": text, "as_of": as_of, "ends_at": ends_at, "offer": offer, **named}), wrong


def _date(typed: str) -> datetime | None:
    try:
        return moment_of(typed.strip()) if typed.strip() else None
    except ValueError:
        raise InputError(f"The date is {typed!r}; write it as 2024-06-01.") from None


def _ranking(pages: Pages, kind: str) -> None:
    """Add the pages of one kind of question; what has a longer address is added first, since an id may hold a slash."""

    def file(ending: str, media: str, write: Callable[[list[PersonRow], str], bytes]) -> None:
        """Add a file of the people ticked, or where nobody is, of those the filters leave."""

        @pages.router.get(f"/{kind}/{{name:path}}/shortlist.{ending}")
        async def shortlist(name: str, view: Annotated[View, Query()]) -> Response:
            _, board = await pages.board(kind, name, view.offer, view.asks)
            notes = pages.service.kept.notes()
            content = await pages.service.work(
                lambda engine: write(listed(engine, board, view, notes), list_of(engine, board, view))
            )
            headers = {"content-disposition": f'attachment; filename="shortlist-{board.name}.{ending}"'}
            return Response(content, media_type=media, headers=headers)

    file("csv", "text/csv; charset=utf-8", lambda rows, _: as_csv(rows))
    file("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_sheet)

    @pages.router.get(f"/{kind}/{{name:path}}/report")
    async def report(name: str, view: Annotated[View, Query()]) -> HTMLResponse:
        _, board = await pages.board(kind, name, view.offer, view.asks)
        return HTMLResponse(
            await pages.service.work(lambda engine: report_on(engine, board, view, pages.templates))
        )

    @pages.router.get(f"/{kind}/{{name:path}}/compare")
    async def compare(name: str, view: Annotated[View, Query()]) -> HTMLResponse:
        engine, board = await pages.board(kind, name, view.offer, view.asks)
        chosen = list(dict.fromkeys(view.pick))
        if 2 <= len(chosen) <= MOST_COMPARED:
            chosen = list(dict.fromkeys(str(board.ids[board.scored.place(one)]) for one in chosen))
        if not 2 <= len(chosen) <= MOST_COMPARED:
            raise Refused(
                422, f"Choose two to {MOST_COMPARED} influencers to compare; {len(chosen)} were chosen."
            )
        rows = [row_of(engine, board, board.scored.place(one)) for one in chosen]
        return pages.html(
            "compare.html", kind=kind, name=name, board=board, about=about(board, engine.told), view=view,
            whys=[board.why(one) for one in chosen], rows=rows, sentences=differences(rows),
        )  # fmt: skip

    @pages.router.get(f"/{kind}/{{name:path}}/influencers/{{influencer:path}}")
    async def influencer(name: str, influencer: str, view: Annotated[PersonView, Query()]) -> Response:
        engine, board = await pages.board(kind, name, view.offer)
        who = str(board.ids[board.scored.place(influencer)])
        fee_wrong = ""
        try:
            if (fee := amount(view.asks_now)) is not None:
                return _seen(kind, name, who, view, asks=view.asking(who, f"{fee:.10g}"))
        except InputError as error:
            fee_wrong = str(error)
        agreed = board.row(board.scored.place(who)).get("fee")
        board = asking(board, own_fees(board, view.asks))
        why = board.why(influencer)
        plan = await pages.service.work(
            lambda engine: planned(engine, board, view, wished(engine, board, view))[0]
        )
        behind = await pages.service.work(lambda engine: engine.evidence(board, influencer))
        before, models = view.before, view.models
        compared, wrong = None, ""
        if before or models:
            try:
                compared = await pages.service.work(
                    lambda engine: _compared(engine, board, influencer, before, models)
                )
            except (InputError, ValueError) as error:
                wrong = str(error)
        return pages.html(
            "influencer.html", kind=kind, name=name, board=board, why=why, behind=behind, compared=compared, wrong=wrong,
            before=before, about=about(board, engine.told), handle=engine.handles.get(why.influencer_id, ""),
            row=board.row(board.scored.place(influencer)), two_models=len(engine.sessions) > 1, view=view,
            profiles=profiles_of(engine, why.influencer_id), agreed=agreed, fee_wrong=fee_wrong, plan=plan,
            stands=stands(plan.plan, who) if plan is not None else "", note=pages.service.kept.notes().get(who, ""),
            lasts=pages.service.kept.lasts,
        )  # fmt: skip

    @pages.router.post(f"/{kind}/{{name:path}}/influencers/{{influencer:path}}")
    async def note_on(
        name: str,
        influencer: str,
        view: Annotated[PersonView, Query()],
        note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    ) -> Response:
        _, board = await pages.board(kind, name, view.offer)
        who = str(board.ids[board.scored.place(influencer)])
        pages.service.kept.write_note(who, note)
        return _seen(kind, name, who, view)

    @pages.router.post(f"/{kind}/{{name:path}}/decision")
    async def record(name: str, view: Annotated[View, Query()]) -> Response:
        _, board = await pages.board(kind, name, view.offer, view.asks)
        answer, wrong = await pages.service.work(
            lambda engine: planned(engine, board, view, wished(engine, board, view))
        )
        log = pages.service.kept.decisions
        if answer is None:
            raise Refused(422, " ".join(wrong.values()) or "Type a budget first: there is no plan to record.")
        if log is None:
            raise Refused(422, "Decisions cannot be kept here: start the service with --kept FILE.")
        append_decisions(answer.plan.decisions, log)
        return RedirectResponse(
            f"{ROOT.get()}/{kind}/{quote(name, safe='')}{view.address().rstrip('?')}", 303
        )

    @pages.router.get(f"/{kind}/{{name:path}}")
    async def ranking(name: str, view: Annotated[View, Query()]) -> HTMLResponse:
        engine, board = await pages.board(kind, name, view.offer)
        before = (await pages.board(kind, name))[1] if view.offer else None
        # Choosing whom to ask, guessing who was meant and judging the followings take a moment.
        notes = pages.service.kept.notes()
        if view.budget or view.target or view.paste or view.search or board.followings is None:
            values = await pages.service.work(lambda engine: context_of(engine, board, view, notes, before))
        else:
            values = context_of(engine, board, view, notes, before)
        finished = (
            await pages.service.work(lambda engine: engine.finished(name)) if kind == "campaigns" else None
        )
        status = 422 if values["wrong"] else 200
        answer, log = values["answer"], pages.service.kept.decisions
        recorded = has_decisions(answer.plan.decisions, log) if isinstance(answer, Answer) and log else None
        people = set() if finished is None else {one.influencer_id for one in finished.rows}
        return pages.html(
            "ranking.html", status=status, kind=kind, name=name, came=finished, linked=people.intersection(board.ids),
            recorded=recorded, **values,
        )  # fmt: skip


def _seen(kind: str, name: str, who: str, view: PersonView, **other: object) -> RedirectResponse:
    """Lead to the page of a person, with what is given changed in its address."""
    query = view.address(**{"asks_now": "", **other})
    return RedirectResponse(
        f"{ROOT.get()}/{kind}/{quote(name, safe='')}/influencers/{quote(who, safe='')}{query.rstrip('?')}",
        303,
    )


def _compared(engine: Engine, board: Board, influencer: str, before: str, models: bool) -> Change:
    """Compare a score with that of an earlier moment, of the earlier model, or both."""
    moment: datetime = board.moments[board.scored.place(influencer)].item()
    at = moment_of(before) if before else moment
    after, earlier = replace(board.ask, as_of=moment), replace(board.ask, as_of=at)
    return engine.change(earlier, after, influencer, models=models)


def _judging(pages: Pages) -> None:
    @pages.router.get("/model")
    async def model() -> HTMLResponse:
        bundle = pages.service.ready().bundle
        judged, worth, limits = bundle.evaluation["judged"], worth_of(bundle), limits_of(bundle)
        figures, newcomers = judged.get("all"), judged.get("newcomers")
        return pages.html(
            "model.html", bundle=bundle, figures=figures, newcomers=newcomers, worth=worth, limits=limits
        )

    @pages.router.get("/review")
    async def review() -> Response:
        job = asyncio.ensure_future(pages.service.work(lambda engine: engine.review()))

        async def whole() -> str:
            try:
                return text(review=await job)
            except NotFoundError as error:
                return text(wrong=str(error))

        async def parts() -> AsyncIterator[str]:
            yield text(waiting=True).partition("</main>")[0]
            try:
                rest = await whole()
            except Refused as refused:
                rest = text(wrong=refused.detail)
            yield rest.partition("</h1>")[2]

        # At once where it is known. Else the page begins, and ends with what was worked out.
        await asyncio.wait([job], timeout=AT_ONCE)
        return (
            HTMLResponse(await whole()) if job.done() else StreamingResponse(parts(), media_type="text/html")
        )

    def text(review: Review | None = None, wrong: str = "", *, waiting: bool = False) -> str:
        page = pages.html("review.html", review=review, wrong=wrong, waiting=waiting)
        return bytes(page.body).decode()
