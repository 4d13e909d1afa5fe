"""What is asked at a door reaches the function behind it: every option of a command, every argument that is handed on."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

from suasion.features.errors import InputError
from suasion.features.tables import open as opening
from suasion.serving import check as checking
from suasion.serving import loaded, report
from suasion.serving.cli.main import suasion
from suasion.serving.cli.service import LOOPBACK
from suasion.serving.cli.terminal import changed, reviewed, trained
from suasion.serving.cli.terminal import checked as checked_printing
from suasion.serving.cli.terminal import scored as scored_printing
from suasion.serving.explaining import compare, explain, score_change
from suasion.serving.http import server
from suasion.serving.http.keys import Keys
from suasion.serving.http.limits import Limits
from suasion.serving.http.place import networks
from suasion.serving.scoring import score, write
from suasion.serving.scoring.candidates import Ask
from suasion.training import train as training
from suasion.training.bundle import folder as bundles
from suasion.training.datasets import simulated
from suasion.training.datasets.people import World
from suasion.training.estimators.fit import Settings
from suasion.training.evaluation import review as reviews
from suasion.training.train import Options

from . import made
from .command import commands_of

AT, LATER = datetime(2024, 5, 1), datetime(2024, 6, 1, 10)


class Record(list[Any]):
    """Notes what something was called with, and gives what it is told to."""

    def __call__(self, *told: Any, **more: Any) -> Any:
        self.append((told, more))
        return self.gives

    gives: Any = None


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Record]:
    """Return what puts a record in the place of a function."""

    def watch(place: Any, name: str, gives: Any = None) -> Record:
        record = Record()
        record.gives = gives
        monkeypatch.setattr(place, name, record)
        return record

    for place, name in (
        (trained, "print_run"), (scored_printing, "print_scores"), (scored_printing, "print_banner"), (reviewed, "print_review"),
        (changed, "print_change"), (write, "write_scores"),
    ):  # fmt: skip
        watch(place, name)
    return watch


def run(*words: object) -> str:
    told = CliRunner().invoke(suasion, [str(word) for word in words], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return " ".join(told.output.split())


# -- the command line -------------------------------------------------------------------------------------------------

QUESTION = (
    "--brief", "tea", "--brand", "b", "--category", "k", "--as-of", "2024-05-01", "--ends-at", "2024-06-01T12:00+02:00", "--days", "9",
    "--exposure", "2", "--fee", "30", "--discount", "0.1", "--offer", "offer_x=5",
)  # fmt: skip
OFFER = {"exposure": 2.0, "fee": 30.0, "discount": 0.1, "offer_x": 5.0}
ASKED = Ask(None, "tea", "b", "k", as_of=AT, offer=OFFER, ends_at=LATER, days=9.0)


def test_train(watched: Callable[..., Record], tmp_path: Path) -> None:
    made_up = watched(training, "train", SimpleNamespace(untracked=""))
    space = watched(bundles, "load", SimpleNamespace(fitted=SimpleNamespace(space="a space")))
    run("train", "data", "--out", "m")
    run(
        "train", tmp_path, "--out", "m", "--until", "2024-05-01", "--seed", 3, "--mix", "--free", "--quick", "--without", "posts", "--without",
        "mentions", "--settled", "--goal", "purchase", "--force", "--tracking-uri", "u", "--register", "r", "--no-tracking", "--memory-limit", "2GB", "--space", tmp_path,
        "--work", "w", "--quarantine", "q",
    )  # fmt: skip
    plain, full = made_up
    common = {"quarantine": Path("quarantine"), "space": None}
    assert plain == (("data", Path("m"), Options()), common)
    options = Options(
        until=AT, settings=Settings(interactions=True, monotonic=False, random_state=3), quick=True, force=True, track=False, tracking_uri="u",
        register="r", leave_out=frozenset({"posts", "mentions"}), settled=True, goal="purchase", memory_limit="2GB", work="w",
    )  # fmt: skip
    assert full == ((str(tmp_path), Path("m"), options), {"quarantine": Path("q"), "space": "a space"})  # fmt: skip
    assert space == [((tmp_path,), {})]


def test_score(watched: Callable[..., Record], tmp_path: Path) -> None:
    scored = watched(score, "score", told := SimpleNamespace(scores="scores"))
    printed: Any = scored_printing.print_scores
    written: Any = write.write_scores
    out = tmp_path / "s.csv"
    run("score", "data", "--model", "m", "--campaign", "c")
    run(
        "score", "data", "--model", "m", *QUESTION, "--budget", "90", "--value", "7", "--out", out, "--top", 3
    )
    whole = Ask(None, "tea", "b", "k", as_of=AT, offer=OFFER, budget=90.0, value=7.0, ends_at=LATER, days=9.0)
    assert scored == [
        (("data", Path("m"), Ask("c", offer={})), {}), (("data", Path("m"), whole), {})
    ]  # fmt: skip
    assert [one[0][1:] for one in printed] == [(told, 10, None), (told, 3, str(out))]
    assert written == [(("scores", out), {})]
    for name in ("s.txt", "s"):
        with pytest.raises(InputError, match=rf"--out {name} must end in \.parquet, \.csv or \.xlsx"):
            run("score", "data", "--model", "m", "--campaign", "c", "--out", name)
    run("score", "data", "--model", "m", "--campaign", "c", "--out", tmp_path / "s.parquet")


def test_score_on_spark(watched: Callable[..., Record]) -> None:
    pytest.importorskip("pyspark", reason="PySpark is not installed: make spark")
    from suasion.serving.scoring import spark

    scored = watched(spark, "score_on_spark", "told")
    run("score", "data", "--model", "m", *QUESTION, "--budget", 5, "--value", 6, "--engine", "sc://x", "--work", "w", "--out", "o", "--top", 4)  # fmt: skip
    asked = Ask(None, "tea", "b", "k", as_of=AT, offer=OFFER, budget=5.0, value=6.0, ends_at=LATER, days=9.0)
    assert scored == [(("data", Path("m"), asked, "o"), {"engine": "sc://x", "work": "w"})]
    printed: Any = scored_printing.print_scores
    assert printed[0][0][1:] == ("told", 4, "o")
    with pytest.raises(InputError, match="--engine spark needs --out"):
        run("score", "data", "--model", "m", "--campaign", "c", "--engine", "spark")


def test_explain(watched: Callable[..., Record]) -> None:
    told = made.scored(made.bundle({made.record("momentum__f"): 1.0}), {"momentum__f": [1.0, 2.0]}, notes=["A [note]."])  # fmt: skip
    watched(score, "score", told)
    why = watched(explain, "why", "why")
    watched(explain, "render", "rendered")
    banner: Any = scored_printing.print_banner
    said = run("explain", "data", "--model", "m", "--campaign", "c", "--influencer", "ann")
    assert why == [((told, "ann"), {})]
    assert banner[0][0][1] == told.banner
    assert said.startswith("rendered A ")


def test_report(watched: Callable[..., Record]) -> None:
    written = watched(report, "write_report")
    assert (
        run("report", "data", "--model", "m", "--campaign", "c", "--out", "a.html")
        == "The report is in a.html."
    )
    said = run("report", "data", "--model", "m", *QUESTION, "--budget", 5, "--value", 6, "--top", 4, "--review", "--out", "a.html", "--out", "b.pdf")  # fmt: skip
    assert said == "The report is in a.html and b.pdf."
    whole = Ask(None, "tea", "b", "k", as_of=AT, offer=OFFER, budget=5.0, value=6.0, ends_at=LATER, days=9.0)
    assert written == [
        (("data", Path("m"), Ask("c", offer={}), (Path("a.html"),)), {"top": 10, "reviewed": False}),
        (("data", Path("m"), whole, (Path("a.html"), Path("b.pdf"))), {"top": 4, "reviewed": True}),
    ]


@pytest.mark.parametrize("two", [True, False])
def test_change(two: bool, watched: Callable[..., Record]) -> None:
    change, closed = Record(), Record()
    change.gives = SimpleNamespace(banner=("Beware.",))
    opened = watched(compare, "Engine", SimpleNamespace(change=change, close=closed))
    options = ["--to-model", "m2"] if two else []
    said = run("change", "data", "--model", "m", *QUESTION, "--influencer", "ann", "--to-as-of", LATER.isoformat(), *options)  # fmt: skip
    later = Ask(None, "tea", "b", "k", as_of=LATER, offer=OFFER, ends_at=LATER, days=9.0)
    assert opened == [(("data", Path("m2"), Path("m")) if two else ("data", Path("m"), None), {})]
    assert change == [((ASKED, later, "ann"), {"models": two})]
    printed: Any = changed.print_change
    banner: Any = scored_printing.print_banner
    assert (said, printed[0][0][1], banner[0][0][1]) == ("", change.gives, ("Beware.",))
    assert closed == [((), {})]
    with pytest.raises(InputError, match="Both scorings are the same"):
        run("change", "data", "--model", "m", "--campaign", "c", "--influencer", "ann")


@pytest.mark.parametrize("two", [True, False])
def test_two_scorings_are_compared_by_date_and_model(two: bool, watched: Callable[..., Record]) -> None:
    """The first pair is of the earlier model, where two are compared; who is meant is looked up in the later scoring."""
    before, after = Ask(None, "held", as_of=AT, offer={}), Ask(None, "held", as_of=LATER, offer={})
    held = watched(score_change, "hold_offer", (before, after, {"fee": 3.0}))
    compared = watched(score_change, "change", "told")

    def board(ask: Ask, model: int = 0) -> SimpleNamespace:
        return SimpleNamespace(
            of=(ask, model),
            ids=["first", "second"],
            scored=SimpleNamespace(place=lambda who: int((who, ask, model) == ("ann", after, 0))),
        )

    engine: Any = SimpleNamespace(sessions=["later", "earlier"], tables="tables", board=board)
    later = Ask(None, "tea", as_of=LATER)
    assert loaded.Engine.change(engine, ASKED, later, "ann", models=two) == "told"
    assert held == [(("tables", ASKED, later), {})]
    ((boards, who), more) = compared[0]
    assert (who, more) == ("second", {"assumed": {"fee": 3.0}})
    old = 1 if two else 0
    assert [[one.of for one in row] for row in boards] == [
        [(before, old), (after, old)],
        [(before, 0), (after, 0)],
    ]


def test_review(watched: Callable[..., Record]) -> None:
    told = SimpleNamespace(as_dict=lambda: {"a": [1]})
    compared = watched(reviews, "review", told)
    watched(bundles, "load", "bundle")
    opened = watched(opening, "open_tables", nullcontext("tables"))
    assert run("review", "data", "--model", "m") == ""
    text = run("review", "data", "--model", "m", "--until", "2024-05-01", "--json")
    assert opened == [(("data",), {})] * 2
    assert compared == [(("tables", "bundle"), {"until": until}) for until in (None, AT)]
    printed: Any = reviewed.print_review
    assert [one[0][1] for one in printed] == [told]
    assert json.loads(text) == {"a": [1]}


def test_serve(watched: Callable[..., Record], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served = watched(server, "run")
    engine = watched(loaded, "Engine", "engine")
    read = watched(Keys, "read", "keys")
    assert run("serve", "d", "--model", "m") == "opening d and m …"
    for where in ((), ("d", "--data", "d")):
        with pytest.raises(InputError, match="Say once where the data is"):
            run("serve", *where, "--model", "m")
    run(
        "serve", "d", "--model", "m", "--previous", "p", "--host", "0.0.0.0", "--port", 9, "--keys", tmp_path, "--allow-host", "a.b",
        "--allow-host", "c.d", "--per-minute", 5, "--seconds", 1.5, "--body", 7, "--memory-limit", "2GB", "--root-path", "/under/", "--trust-proxy", "10.0.0.1", "--trust-proxy", "10.1.0.0/16",
    )  # fmt: skip
    ((build, *plain), _), ((build_, *full), _) = served
    assert plain == ["127.0.0.1", 8000, Limits(hosts=LOOPBACK), None], "as the limits are by themselves"
    limits = Limits(
        body=7,
        per_minute=5,
        seconds=1.5,
        hosts=LOOPBACK | {"a.b", "c.d"},
        root="/under",
        proxies=networks(["10.0.0.1", "10.1.0.0/16"]),
    )
    assert full == ["0.0.0.0", 9, limits, "keys"]
    assert read == [((tmp_path,), {})]
    assert (build(), build_()) == ("engine", "engine")
    assert engine == [
        (("d", Path("m"), None), {"memory_limit": None}), (("d", Path("m"), Path("p")), {"memory_limit": "2GB"})
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"--host 0\.0\.0\.0 is open to others: give --keys"):
        run("serve", "d", "--model", "m", "--host", "0.0.0.0")
    for host in LOOPBACK:
        assert run("serve", "--data", "d", "--model", "m", "--host", host) == "opening d and m …"


def test_simulate(watched: Callable[..., Record]) -> None:
    made_up = watched(simulated, "simulate", {"posts": 1200, "campaigns": 3})
    assert run("simulate", "out") == "1,200 posts, 3 campaigns"
    run("simulate", "out", "--influencers", 130, "--campaigns", 70, "--picks", 12, "--posts-per-week", 0.5, "--replies-per-post", 0.25, "--seed", 9)  # fmt: skip
    plain, full = (told for told, _ in made_up)
    assert plain == (World(influencers=800, campaigns=320, picks=30, posts_per_week=1.2, replies_per_post=1.0, seed=0), Path("out"))  # fmt: skip
    assert full == (World(influencers=130, campaigns=70, picks=12, posts_per_week=0.5, replies_per_post=0.25, seed=9), Path("out"))  # fmt: skip


def test_every_option_says_what_it_does_or_what_it_is_by_itself() -> None:
    options = [
        (" ".join(path), option)
        for path, command in commands_of(suasion)
        for option in command.params
        if isinstance(option, click.Option)
    ]
    assert len(options) > 80
    for path, option in options:
        assert option.help or option.show_default, f"{path} {option.opts}"
        plain = option.default not in (None, (), False, "") and not callable(option.default)
        if plain and isinstance(option.default, int | float | str) and not option.is_flag and "Sentinel" not in repr(option.default):  # fmt: skip
            assert option.show_default, f"{path} {option.opts} does not show its default {option.default!r}"


def test_the_help_of_a_command_names_all_that_it_takes() -> None:
    for path, command in commands_of(suasion):
        said = run(*path, "--help")
        for option in command.params:
            if isinstance(option, click.Option):
                first = (option.help or "").split(" ")[0]
                assert option.opts[0] in said, (path, option.opts)
                assert first in said.partition(option.opts[0])[2], (path, option.opts)
                assert option.help or option.show_default, (path, option.opts)


def test_check(watched: Callable[..., Record], tmp_path: Path) -> None:
    opened = watched(opening, "open_tables", nullcontext("tables"))
    checked = watched(checking, "check", "told")
    printed = watched(checked_printing, "print_check")
    for given, place in (((tmp_path,), tmp_path / "quarantine"), (("db",), Path("quarantine")), ((tmp_path, "--quarantine", "q"), Path("q"))):  # fmt: skip
        run("check", *given)
        assert opened.pop() == ((str(given[0]),), {"quarantine": place})
        assert checked.pop() == (("tables", place), {})
        assert printed.pop()[0][1:] == ("told",)


def test_the_help_of_a_command_is_asked_for_by_h_or_help() -> None:
    for word in ("-h", "--help"):
        assert "Predict which influencers make people act" in run(word)
    assert "version" in run("--version")


# -- behind the doors -------------------------------------------------------------------------------------------------


def test_a_session_is_opened_as_it_was_asked(
    watched: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = made.bundle({made.record("momentum__f"): 1.0})
    read = watched(score, "load", own)
    opened = watched(score, "open_tables", nullcontext("tables"))
    monkeypatch.setattr(
        score, "Session", lambda *told, **more: SimpleNamespace(score=lambda ask: (told, more, ask))
    )
    ask = Ask("c")
    told = score.score("d", "m", ask)
    assert told == (("tables", own), {"remember": False}, ask)
    assert read == [(("m",), {})]
    assert opened == [(("d",), {})]
    with score.open_session("d", own) as session:
        assert session.score(ask) == (("tables", own), {"remember": True}, ask)  # type: ignore[comparison-overlap]
    assert len(read) == 1, "a model that is open is not read"
    score.score("d", "m", ask)


@pytest.mark.parametrize("seed", [0, 7])
def test_a_seed_reaches_every_draw(
    seed: int, watched: Callable[..., Record], caplog: pytest.LogCaptureFixture
) -> None:
    judge = watched(training, "judge", {"all": "figures"})
    ablate, curve = watched(training, "ablate", "ablation"), watched(training, "learning_curve", "curve")
    alike = watched(training, "agreement", "agreement")
    watched(training, "beats_baselines", (True, "verdict"))
    watched(training, "filled_in_later", None)
    settings = Settings(random_state=seed)
    caplog.set_level("INFO", "suasion")
    told = training.evaluation_of("examples", "forward", settings, quick=False)  # type: ignore[arg-type]
    assert judge == [(("examples", "forward"), {"seed": seed})]
    assert ablate == [(("examples", "forward", settings), {"seed": seed})]
    assert curve == alike == [(("examples", "forward", settings), {})]
    assert told == {"judged": {"all": "figures"}, "ablation": "ablation", "learning_curve": "curve", "agreement": "agreement", "beats_baselines": True, "verdict": "verdict"}  # fmt: skip
    quick = training.evaluation_of("examples", "forward", settings, quick=True)  # type: ignore[arg-type]
    assert (set(quick), caplog.messages) == (
        {"judged", "beats_baselines", "verdict"},
        ["leaving out each characteristic and each table"],
    )


def test_the_service_runs_where_and_as_it_was_asked(watched: Callable[..., Record]) -> None:
    import logging

    log = logging.getLogger("suasion.service")
    before, ends = (log.handlers[:], log.level, log.propagate), signal.getsignal(signal.SIGTERM)
    try:
        app = watched(server, "create_app", "app")
        listened = watched(server, "listen", nullcontext("line"))
        configured = watched(server.uvicorn, "Config", "config")
        served = SimpleNamespace(run=Record(), started=True)
        made_server = watched(server, "_Server", served)
        limits: Any = object()
        built: list[str] = []
        ready = Record()
        server.run(lambda: built.append("engine") or f"engine {len(built)}", "h", 9, limits, "keys", ready)  # type: ignore[arg-type, func-returns-value]
        ((build,), given) = app[0]
        assert given == {"limits": limits, "keys": "keys", "kept": None}
        assert built == ["engine"], "opened before it answers"
        assert [build(), build(), build()] == ["engine 1", "engine 2", "engine 3"], "and anew at each reload"
        assert listened == [(("h", 9), {})]
        assert configured == [(("app",), server.SETTINGS)]
        assert made_server == [(("config", ready), {})]
        assert served.run == [((), {"sockets": ["line"]})]
        with pytest.raises(SystemExit) as ended:
            signal.getsignal(signal.SIGTERM)(signal.SIGTERM, None)  # type: ignore[operator, misc]
        assert ended.value.code == 0
        (handler,) = [one for one in log.handlers if one not in before[0]]
        assert handler.format(logging.makeLogRecord({"msg": '{"a": 1}'})) == '{"a": 1}', (
            "a line is JSON, and no more"
        )
        assert (log.level, log.propagate) == (logging.INFO, False)
    finally:
        log.handlers[:], log.level, log.propagate = before
        signal.signal(signal.SIGTERM, ends)


def test_a_report_is_written_as_it_was_asked(watched: Callable[..., Record], tmp_path: Path) -> None:
    opened = watched(report, "open_session", nullcontext("session"))
    chosen = watched(report, "_chosen", ("board", "rows"))
    made_of = watched(report, "_as_html", "<p>")
    ask, out = Ask("c"), tmp_path / "deep" / "er" / "r.html"
    report.write_report("d", "m", ask, [out, out], top=4, reviewed=True)
    report.write_report("d", "m", ask, [out])
    assert chosen == [(("session", ask, top), {}) for top in (4, 10)]
    assert made_of == [(("session", "board", "rows"), {"reviewed": reviewed}) for reviewed in (True, False)]
    assert opened[0] == (("d", "m"), {"remember": False})
    assert out.read_text() == "<p>"
    assert list(out.parent.iterdir()) == [out]


def test_a_report_reviews_only_where_it_was_asked_to(
    watched: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its bars are drawn to the widest factor, whichever side, but no wider than eight times."""
    given: list[dict[str, Any]] = []
    template = SimpleNamespace(render=lambda **told: given.append(told))
    monkeypatch.setattr(report, "environment", lambda: SimpleNamespace(get_template=lambda name: template))
    for name in ("read_handles", "read_told"):
        monkeypatch.setattr(report, name, lambda tables: {})
    reviewed = watched(report, "review", "review")
    cases = ((np.e - 1, np.e), (0.2, 1.5), (0.0, 1.5), (99.0, 8.0))
    models = [made.bundle({made.record("momentum__f"): side}) for side in (1.0, -1.0)]
    for own in models:
        for value, widest in cases:
            session: Any = SimpleNamespace(tables="tables", bundle=own, prepared="prepared", history="history", score=lambda ask, v=value, b=own: made.scored(b, {"momentum__f": [v, 0.0]}))  # fmt: skip
            report.report(session, Ask("c"), reviewed=value == 0.2)
            assert given[-1]["widest"] == pytest.approx(widest)
            assert given[-1]["review"] == ("review" if value == 0.2 else None)
            assert (given[-1]["cost"], given[-1]["without_fee"], given[-1]["budget"]) == (None, 0, None)
            assert len(given[-1]["whys"]) == len(given[-1]["rows"]) == 2
    assert [args for args, _ in reviewed] == [("tables", own) for own in models]
    assert [kwargs for _, kwargs in reviewed] == [{"prepared": "prepared", "history": "history"}] * 2
    many = made.scored(own, {"momentum__f": [float(n) for n in range(12)]}, fee=[5.0] * 11 + [np.nan])
    for top, rows, cost in ((4, 4, None), (12, 12, None), (99, 12, None)):
        session = SimpleNamespace(tables="tables", bundle=own, score=lambda ask: many)
        report.report(session, Ask("c", budget=7.0), top=top)
        assert (len(given[-1]["rows"]), len(given[-1]["whys"]), given[-1]["budget"]) == (rows, 3, None)
        fees = [row["fee"] for row in given[-1]["rows"] if row["fee"] is not None]
        assert given[-1]["without_fee"] == rows - len(fees)
        assert given[-1]["cost"] == (5.0 * rows if len(fees) == rows else cost)
