"""The same on Spark as on one machine: which rows are good, every feature, every score."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suasion.features.engine.matrix import build_features, prepare
from suasion.features.engine.protocol import Database
from suasion.features.engine.settled import build_settled, longer_ages
from suasion.features.errors import InputError
from suasion.features.privacy.drop_texts import drop_texts
from suasion.features.tables.open import open_tables
from suasion.features.text.space import LatentSpace
from suasion.features.text.withheld import Sealer
from suasion.training.examples import offer_columns

from . import small
from .conftest import SPARK
from .test_accounts import split
from .test_check import BAD, CAMPAIGNS, GOOD, OUTCOMES, folder
from .test_drop_texts import SPACE

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark is not installed: make spark"),
    pytest.mark.skipif(
        shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless"
    ),
]


def decisions(tables: Database) -> str:
    return (
        f"SELECT campaign_id, influencer_id, decided_at AS as_of, {offer_columns(tables)} FROM outcomes "
        "WHERE superseded_at > TIMESTAMP '9999-01-01'"
    )


def same(here: pd.DataFrame, there: pd.DataFrame) -> None:
    """Numbers to 1e-9, missing where missing; the rest equal."""
    assert list(here.columns) == list(there.columns)
    assert len(here) == len(there)
    for name in here.columns:
        if here[name].dtype.kind == "f":
            np.testing.assert_allclose(there[name], here[name], rtol=1e-9, atol=1e-9, err_msg=name)
        else:
            assert there[name].astype(str).tolist() == here[name].astype(str).tolist(), name


def both(
    data: Path, space: LatentSpace | None = None, *, settled: bool = False, goal: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every feature of every past decision from both engines, whose reports must be the same."""
    from suasion.features.spark.tables import open_spark

    with open_tables(data, settled=settled, goal=goal) as tables:
        if space is None:
            texts = tables.sql(
                "SELECT text FROM posts WHERE trim(text) <> '' ORDER BY md5(post_id) LIMIT 5000"
            ).fetchall()
            space = LatentSpace.fit([text for (text,) in texts], dimensions=32)
        here, told = build_features(prepare(tables, space), decisions(tables)), tables.reports
    with open_spark(data, settled=settled, goal=goal) as tables:
        there = build_features(prepare(tables, space), decisions(tables))
        assert [facts(r) for r in tables.reports] == [facts(r) for r in told]
    return here, there


def facts(report) -> tuple:
    return report.table, report.read, report.kept, report.repeats, report.reasons, report.absent_columns


@pytest.mark.parametrize("seed", [3])
def test_every_feature_is_the_same_on_tables_full_of_edges(seed: int, tmp_path: Path) -> None:
    rows = small.make(seed)
    rows["signals"] = [
        {"influencer_id": who, "observed_at": at, "known_at": at, "references_press": float(k)}
        for k, who in enumerate(small.PEOPLE)
        for at in small.edges()
    ]
    here, there = both(small.write(rows, tmp_path), SPACE, settled=True)
    assert here.drop(columns="brand").notna().any().all(), "a feature that is never told is not compared"
    same(here, there)


def test_ages_that_ones_own_snapshots_raise_are_the_same(tmp_path: Path) -> None:
    from suasion.features.spark.tables import open_spark

    rows, at = small.make(3), small.T0 - timedelta(days=200)
    places = {"ann": "instagram", "bob": "x", "cem": "Youtube "}
    rows["influencers"] = [{"influencer_id": who, "platform": place, "created_at": at, "known_at": at} for who, place in places.items()]  # fmt: skip
    rows["posts"] += [rows["posts"][0] | {"post_id": f"{who}{k}", "author_id": who, "created_at": at, "known_at": at} for who in places for k in range(30)]  # fmt: skip
    rows["post_metrics"] += [
        {"post_id": f"{who}{k}", "observed_at": read, "known_at": read, "views": 100.0 + growth * days}
        for who, growth in zip(places, (0.9, 0.0, 0.5), strict=True) for k in range(30) for days in (10, 70, 75) for read in [at + timedelta(days=days)]
    ]  # fmt: skip
    data, told = small.write(rows, tmp_path), []
    for opened in (open_tables(data), open_spark(data)):
        with opened as tables:
            build_settled(tables)
            told.append((longer_ages(tables), sorted(tables.sql("SELECT post_id, observed_at, views FROM settled").fetchall())))  # fmt: skip
    assert told[0] == told[1]
    assert [(age.platform, age.days) for age in told[0][0]] == [("instagram", 20)]


def test_every_feature_is_the_same_where_accounts_are_joined(tmp_path: Path) -> None:
    rows, people = split(small.make(3), 3)
    bob = [row for row in rows["outcomes"] if row["influencer_id"] in ("bob", "x:2")]
    other = {"bob": "x:2", "x:2": "bob"}
    rows["outcomes"] += [
        row | {"influencer_id": other[row["influencer_id"]], "conversions": 2.0} for row in bob
    ]
    for row in rows["campaigns"]:
        row["goal"] = "Purchase " if row["campaign_id"] in ("k1", "k2") else "click"
    here, there = both(small.write(rows | {"people": people}, tmp_path), SPACE, goal="purchase")
    assert not {"x:2", "x:1"} & set(here["influencer_id"])
    same(here, there)


def test_vectors_are_read_for_texts(tmp_path: Path) -> None:
    data = small.write(small.make(3), tmp_path)
    drop_texts(data, Sealer(SPACE))
    same(*both(data, SPACE))


def test_every_feature_is_the_same_on_the_world(world: Path) -> None:
    same(*both(world))


@pytest.mark.real
def test_every_feature_is_the_same_on_the_beer_site(real_dump: Path, tmp_path: Path) -> None:
    from suasion.features.sources.stackexchange import read_dump

    read_dump(real_dump, tmp_path / "beer")
    here, there = both(tmp_path / "beer")
    assert len(here) > 1_000
    same(here, there)


def test_bad_rows_are_told_from_good_ones_by_the_same_rules(tmp_path: Path) -> None:
    from suasion.features.spark.tables import open_spark

    rows: dict[str, list[dict[str, str]]] = {}
    for table, header, row, _ in BAD:
        names = header.split(",")
        rows.setdefault(table, []).append(dict(zip(names, row.split(","), strict=True)))
        if table != "campaigns":
            rows[table].append(dict(zip(names, GOOD[table].split(","), strict=False)))
    rows["outcomes"] += [{"campaign_id": "c1", "influencer_id": "dai", "conversions": n} for n in "12"]
    rows["outcomes"] += [{"campaign_id": "c1", "influencer_id": "eva", "conversions": "3"}] * 2
    rows["campaigns"] += [dict(zip(CAMPAIGNS.split("\n")[0].split(","), r.split(","), strict=True)) for r in CAMPAIGNS.split("\n")[1:-1]]  # fmt: skip
    for table, found in rows.items():
        pd.DataFrame(found).to_csv(tmp_path / f"{table}.csv", index=False)
    with open_tables(tmp_path) as tables:
        here = [facts(report) for report in tables.reports]
    with open_spark(tmp_path, quarantine=str(tmp_path / "q")) as tables:
        there = [facts(report) for report in tables.reports]
    assert there == here
    assert sum(len(report[4]) for report in there) >= 15
    aside = pd.concat(
        pd.read_json(part, lines=True) for part in (tmp_path / "q" / "outcomes").glob("*.json") if part.stat().st_size
    )  # fmt: skip
    report = next(report for report in there if report[0] == "outcomes")
    assert aside["reason"].value_counts().to_dict() == dict(report[4])


@pytest.mark.parametrize("kind", ["text", "float64", "float32"])
def test_ids_that_a_program_took_for_numbers_are_the_same(kind: str, tmp_path: Path) -> None:
    from suasion.features.spark.tables import open_spark

    data = folder(tmp_path, outcomes=OUTCOMES)
    who: list[object] = ["31.0", "v1.0", " 32 ", "5e3", "1.784e+16", "x:1.784E+16", "zo\ufffd"]
    if kind != "text":
        exact = 2**53 if kind == "float64" else 2**24
        who = [31.0, 1.5, -3.0, np.nan, np.inf, exact, exact + 4, exact * 4]
    told = pd.DataFrame({"campaign_id": "c1", "influencer_id": pd.Series(who, dtype=None if kind == "text" else kind), "conversions": 1})  # fmt: skip
    (data / "outcomes.csv").unlink()
    told.to_parquet(data / "outcomes.parquet")
    seen = []
    for opened in (open_tables(data), open_spark(data)):
        with opened as tables:
            kept = sorted(tables.sql("SELECT influencer_id FROM outcomes").fetchall())
            seen.append((kept, [facts(report) for report in tables.reports]))
    assert seen[0] == seen[1]
    assert ("31",) in seen[0][0]


def test_broken_text_costs_its_row_and_broken_lines_are_counted(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from suasion.features.spark.tables import open_spark

    data = folder(tmp_path, outcomes=OUTCOMES + "c1,bob,2,one,too,many\nc1,cem,4\n")
    text = pa.array([b"fine", b"\xff\xfe"], pa.binary()).cast(pa.string(), safe=False)
    posts = pa.table(
        {"post_id": ["a", "b"], "created_at": pa.array([0, 1], pa.timestamp("us")), "text": text}
    )
    posts = posts.set_column(1, "created_at", pa.array([10**15, 10**15], pa.timestamp("us")))
    pq.write_table(posts, data / "posts.parquet")
    with open_spark(data) as tables:
        of = {report.table: report for report in tables.reports}
        assert tables.sql("SELECT post_id FROM posts").fetchall() == [("a",)]
    assert of["posts"].reasons == (("text is not UTF-8 text", 1),)
    assert of["outcomes"].reasons == (("line cannot be read", 1),)
    assert (of["outcomes"].read, of["outcomes"].kept) == (3, 2)


def test_a_schema_of_the_catalogue_is_an_address(tmp_path: Path) -> None:
    from suasion.features.spark.tables import connect, open_spark

    session = connect("spark")
    session.sql(f"CREATE SCHEMA influence LOCATION '{tmp_path / 'warehouse'}'")
    try:
        for name, text in (("campaigns", CAMPAIGNS), ("outcomes", OUTCOMES)):
            header, *rows = [line.split(",") for line in text.splitlines()]
            told = session.createDataFrame(
                [tuple(row) for row in rows], ", ".join(f"{n} string" for n in header)
            )
            told.write.saveAsTable(f"influence.{name}")
        with open_spark("catalog:influence", leave_out=frozenset({"posts"})) as tables:
            assert tables.present == {"campaigns", "outcomes"}
            assert tables.sql("SELECT influencer_id, conversions FROM outcomes").fetchall() == [("ann", 3.0)]
        with (
            pytest.raises(InputError, match="nowhere lacks campaigns and outcomes"),
            open_spark("catalog:nowhere"),
        ):
            pass
    finally:
        session.sql("DROP SCHEMA influence CASCADE")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"outcomes": None}, r"lacks outcomes, which suasion cannot do without"),
        ({"outcomes": "campaign_id,influencer_id\nc1,a\n"}, "lacks the column conversions"),
        ({"outcomes": "campaign_id,influencer_id,conversions\nc1,a,x\n"}, "1 conversions is not a finite number"),
        ({"outcomes": "a,a\n1,2\n"}, "name every column once"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_what_to_do(files: dict, message: str, tmp_path: Path) -> None:
    from suasion.features.spark.tables import open_spark

    data = folder(tmp_path, **{name: text for name, text in files.items() if text})
    for name, text in files.items():
        if text is None:
            (data / f"{name}.csv").unlink()
    with pytest.raises(InputError, match=message), open_spark(data):
        pass


def test_parts_are_thinned_to_what_the_whole_would_choose() -> None:
    """The sample that thresholds are told from is the same however posts are spread over tasks."""
    import pyarrow as pa

    from suasion.features.engine.similarity import SAMPLE
    from suasion.features.spark import workers

    random = np.random.default_rng(0)
    count, start = 5 * SAMPLE, np.datetime64("2024-01-01", "us")
    known = start + random.integers(0, 100, count).astype("timedelta64[D]")
    gone = known + random.integers(1, 60, count).astype("timedelta64[D]")
    posts = pa.table(
        {
            "hash": [f"{value:016x}" for value in random.permutation(count)],
            "text": [str(number) for number in range(count)],
            "known_at": known,
            "created_at": known,
            "superseded_at": gone,
        }
    )
    moments = [(start + np.timedelta64(days, "D")).item() for days in (3, 40, 80, 200)]
    whole = pa.Table.from_batches(workers.sampling(moments)(iter(posts.to_batches()))).sort_by("hash")
    thin = workers.sampling(moments)
    parts = [batch for k in range(7) for batch in thin(iter(posts.take(np.arange(k, count, 7)).to_batches()))]
    assert pa.Table.from_batches(thin(iter(parts))).sort_by("hash") == whole
    by_hand: set[str] = set()
    for moment in moments:
        alive = (known < np.datetime64(moment)) & (gone >= np.datetime64(moment))
        by_hand |= set(sorted(np.array(posts["hash"].to_pylist())[alive])[:SAMPLE])
    assert set(whole["hash"].to_pylist()) == by_hand


@pytest.fixture(scope="module")
def asked(world: Path):
    from suasion.serving.scoring.candidates import Ask

    return Ask(campaign=pd.read_parquet(world / "candidates.parquet")["campaign_id"].iloc[-1])


def test_scores_are_the_same_and_no_post_comes_to_the_driver(
    world: Path, trained, asked, tmp_path: Path, monkeypatch
) -> None:
    from suasion.features.spark import tables as spark_tables
    from suasion.serving.scoring.score import score
    from suasion.serving.scoring.spark import score_on_spark

    fetched: list[int] = []
    fetch = spark_tables.Answer.to_arrow_table

    def counted(self):
        rows = fetch(self)
        fetched.append(len(rows))
        return rows

    monkeypatch.setattr(spark_tables.Answer, "to_arrow_table", counted)
    here = score(world, trained[1], asked)
    out = tmp_path / "scores"
    there = score_on_spark(world, trained[1], asked, str(out))
    order = ["expected_conversions", "influencer_id"]
    same(
        here.scores.sort_values(order, ignore_index=True),
        there.scores[here.scores.columns].sort_values(order, ignore_index=True),
    )
    assert (there.notes, there.banner) == (here.notes, here.banner)
    assert there.count == len(here.scores)
    stored = pd.read_parquet(out)
    assert len(stored) == len(here.scores)
    assert [path.name for path in out.glob("campaign_id=*")] == [f"campaign_id={asked.campaign}"]
    # Months, moments and briefs come to the driver; tables of people and posts do not.
    assert fetched
    assert max(fetched) <= 70, "more than there are campaigns"


def test_a_new_brief_is_scored_and_earlier_campaigns_stay(
    world: Path, trained, asked, tmp_path: Path
) -> None:
    from suasion.serving.scoring.candidates import Ask
    from suasion.serving.scoring.score import score
    from suasion.serving.scoring.spark import score_on_spark

    (tmp_path / "scores" / "campaign_id=earlier").mkdir(parents=True)
    ask = Ask(brief="Hops and malt, it's the brewer's choice", category=None, offer={"exposure": 2.0})
    here = score(world, trained[1], ask)
    there = score_on_spark(world, trained[1], ask, str(tmp_path / "scores"))
    order = ["expected_conversions", "influencer_id"]
    same(
        here.scores.sort_values(order, ignore_index=True),
        there.scores[here.scores.columns].sort_values(order, ignore_index=True),
    )
    assert {path.name for path in (tmp_path / "scores").glob("campaign_id=*")} == {
        "campaign_id=brief",
        "campaign_id=earlier",
    }


def test_a_budget_is_refused(world: Path, trained, tmp_path: Path) -> None:
    from suasion.serving.scoring.candidates import Ask
    from suasion.serving.scoring.spark import score_on_spark

    with pytest.raises(InputError, match="Score first"):
        score_on_spark(world, trained[1], Ask(brief="x", budget=5.0), str(tmp_path))


def test_training_learns_from_the_same_rows(world: Path) -> None:
    from suasion.features.spark.tables import open_spark
    from suasion.training.examples import read_examples

    with open_tables(world) as tables:
        here, _ = read_examples(tables, None, first=0.5)
    with open_spark(world) as tables:
        there, _ = read_examples(tables, None, first=0.5)
    keys = ["as_of", "campaign_id", "influencer_id"]
    same(here.table.sort_values(keys, ignore_index=True), there.table.sort_values(keys, ignore_index=True))


def test_mlflows_spark_udf_works_on_the_registered_model(world: Path, trained, asked) -> None:
    import mlflow

    from suasion.features.spark.tables import connect
    from suasion.serving.scoring.score import score

    run, _ = trained
    here = score(world, trained[1], asked)
    features = here.features.astype("float64")
    session = connect("spark")
    columns = list(run.bundle.predict(features.head(1)).columns)
    udf = mlflow.pyfunc.spark_udf(
        session, run.address, result_type=", ".join(f"`{name}` double" for name in columns), env_manager="local"
    )  # fmt: skip
    rows = session.createDataFrame(features.reset_index(names="row"))
    told = rows.select("row", udf(*[rows[f"`{name}`"] for name in features.columns]).alias("told"))
    told = told.select("row", "told.*").toArrow().to_pandas().sort_values("row")
    np.testing.assert_allclose(told["expected_conversions"], here.scores["expected_conversions"], rtol=1e-9)


def test_an_address_of_spark_connect_will_do(world: Path, trained, asked, tmp_path: Path) -> None:
    from suasion.serving.scoring.score import score

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spec = find_spec("pyspark")
    assert spec
    assert spec.origin
    home = Path(spec.origin).parent
    environment = {key: value for key, value in os.environ.items() if key != "PYSPARK_SUBMIT_ARGS"}
    environment |= {"SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable}
    command = [home / "bin" / "spark-submit", "--master", "local[2]", *SPARK]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    command += ["--conf", f"spark.connect.grpc.binding.port={port}"]
    command += ["--conf", "spark.connect.grpc.binding.address=127.0.0.1", "spark-internal"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        until = time.monotonic() + 120
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert server.poll() is None, (tmp_path / "log").read_text()[-2000:]
            assert time.monotonic() < until, (tmp_path / "log").read_text()[-2000:]
            time.sleep(0.5)
        # In a process of its own: one that has Spark within cannot also reach Spark elsewhere.
        told = subprocess.run(
            [
                *(sys.executable, "-m", "suasion.serving.cli.main", "score", world, "--model", trained[1]),
                *("--campaign", asked.campaign, "--engine", f"sc://127.0.0.1:{port}"),
                *("--out", tmp_path / "scores"),
            ],
            env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr[-2000:]
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)
    here = score(world, trained[1], asked).scores.set_index("influencer_id")["expected_conversions"]
    there = pd.read_parquet(tmp_path / "scores").set_index("influencer_id")["expected_conversions"]
    np.testing.assert_allclose(there.reindex(here.index), here, rtol=1e-9)


@pytest.mark.parametrize("engine", ["hive", "sc:/nothing"])
def test_an_unknown_engine_is_refused_by_name(engine: str, world: Path) -> None:
    from click.testing import CliRunner

    from suasion.serving.cli.main import suasion

    told = CliRunner().invoke(
        suasion, ["score", str(world), "--model", "m", "--brief", "x", "--engine", engine]
    )
    assert isinstance(told.exception, InputError)
    assert "sc://host:15002" in str(told.exception)
