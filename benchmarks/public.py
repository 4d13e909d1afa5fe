"""How good suasion is on public sets that were not made for it: ``python -m benchmarks.public FILE.csv [FILE.csv …]``.

Six files that many public repositories and collections of data sets hold, known by their columns; none of them is in this repository:

=====================  ======================================================================================================
``vgsales.csv``        16,598 video games and their sales. Who: the publisher; campaign: a genre on a platform in a year; what came: copies
                       sold, in ten thousands; exposure: games.
``steam.csv``          Games on Steam and their reviews. Who: the publisher; campaign: a genre in a month; what came: positive reviews;
                       exposure: games.
``hacker_news.csv``    20,100 posts of Hacker News. Who: the author; campaign: the post; what came: comments.
``USvideos.csv``       2,335 videos that trended on YouTube in six weeks of 2017. Who: the channel; campaign: a category on the day that its
                       videos first trended; what came: thousands of views on the last day that they did; exposure: videos.
``medium_data.csv``    5,964 articles of 2019 to 2021 on Medium. Who: the publication, of six; campaign: the article; what came: claps.
``movie_metadata.csv`` 5,043 films and what cinemas in the USA took. Who: the director; campaign: a genre in a year; what came: hundreds of thousands
                       of dollars; exposure: films.
=====================  ======================================================================================================

What came is known a year, two months, two days, a day, a month and a year after it was decided, though the files hold what they count up to the day
they were written: but for videos, sums of a longer time than suasion takes them for. Titles that came out before are posts. Nothing else is
known: no audience, no references, no fees. Each is judged forward in time, beside all baselines.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import suasion as su

LATEST = 6_000
"""Outcomes of a set that are used: the last."""
MODELS = ("suasion", "ridge on ten columns", "trees that mix", "past average")
"""Told of these; "trees that mix" is LightGBM by hand on the same features."""
Tables = dict[str, pd.DataFrame]


def vgsales(games: pd.DataFrame) -> Tables:
    """Publishers, and the copies of their games that were sold."""
    games = games.dropna(subset=["Year", "Publisher"])
    games = games[games["Publisher"] != "Unknown"]
    year = pd.to_datetime(games["Year"].astype(int).astype(str) + "-01-01", utc=True)
    return _tables(
        who=games["Publisher"],
        campaign=games["Platform"] + " " + games["Genre"] + " " + games["Year"].astype(int).astype(str),
        brand=games["Platform"],
        category=games["Genre"],
        brief=games["Genre"] + " game for " + games["Platform"],
        title=games["Name"] + ", " + games["Genre"] + " for " + games["Platform"],
        decided=year,
        known=year + pd.Timedelta(days=365),
        conversions=(games["Global_Sales"] * 100).round(),
    )


def steam(games: pd.DataFrame) -> Tables:
    """Publishers, and the positive reviews of their games."""
    games = games.dropna(subset=["publisher"])
    genre = games["genres"].str.split(";").str[0]
    day = pd.to_datetime(games["release_date"], utc=True)
    month = pd.to_datetime(day.dt.strftime("%Y-%m-01"), utc=True)
    return _tables(
        who=games["publisher"].str.split(";").str[0],
        campaign=genre + " " + month.dt.strftime("%Y-%m"),
        brand=genre,
        category=genre,
        brief=genre + " game",
        title=games["name"] + ", " + games["steamspy_tags"].str.replace(";", ", "),
        decided=month,
        known=month + pd.Timedelta(days=60),
        conversions=games["positive_ratings"],
    )


def hacker_news(posts: pd.DataFrame) -> Tables:
    """Authors, and the comments on their posts."""
    posts = posts.dropna(subset=["title", "author"])
    when = pd.to_datetime(posts["created_at"], format="%m/%d/%Y %H:%M", utc=True)
    site = posts["url"].str.extract(r"//(?:www\.)?([^/]+)")[0].fillna("none")
    return _tables(
        who=posts["author"],
        campaign=posts["id"].astype(str),
        brand=site,
        category=site,
        brief=posts["title"],
        title=posts["title"],
        decided=when,
        known=when + pd.Timedelta(days=2),
        conversions=posts["num_comments"],
    )


def trending(days: pd.DataFrame) -> Tables:
    """Channels, and the views of their videos: a row a video and day, the day as ``24.09`` or, of October, ``2.1``."""
    days = days.dropna(subset=["title", "channel_title", "views"])
    day = days["date"].astype(str).str.extract(r"^(\d{1,2})\.(09|1)")
    days = days.assign(month=day[1].map({"09": "09", "1": "10"}), day=day[0].str.zfill(2)).dropna(
        subset=["month"]
    )
    when = pd.to_datetime("2017-" + days["month"] + "-" + days["day"], utc=True)
    together = days.assign(when=when).sort_values("when", kind="stable").groupby("video_id", sort=False)
    videos, begun = together.last(), together["when"].first()
    category = videos["category_id"].astype(str)
    return _tables(
        who=videos["channel_title"],
        campaign=category + " " + begun.dt.strftime("%Y-%m-%d"),
        brand=category,
        category=category,
        brief="Videos of category " + category,
        title=videos["title"] + ", " + videos["tags"].str.replace("|", ", "),
        decided=begun,
        known=videos["when"] + pd.Timedelta(days=1),
        conversions=(pd.to_numeric(videos["views"]) / 1000).round(),
    )


def films(films: pd.DataFrame) -> Tables:
    """Directors, and what cinemas took for their films."""
    films = films.dropna(subset=["director_name", "title_year", "gross"])
    films = films.drop_duplicates(["movie_title", "title_year"])
    genre = films["genres"].str.split("|").str[0]
    year = pd.to_datetime(films["title_year"].astype(int).astype(str) + "-01-01", utc=True)
    words = films["plot_keywords"].fillna("").str.replace("|", ", ")
    return _tables(
        who=films["director_name"],
        campaign=genre + " " + year.dt.strftime("%Y"),
        brand=genre,
        category=genre,
        brief=genre + " film",
        title=films["movie_title"].str.strip() + ", " + films["genres"].str.replace("|", ", ") + ", " + words,
        decided=year,
        known=year + pd.Timedelta(days=365),
        conversions=(films["gross"] / 1e5).round(),
    )


def medium(articles: pd.DataFrame) -> Tables:
    """Publications, and the claps for their articles."""
    articles = articles.dropna(subset=["title", "publication"])
    when = pd.to_datetime(articles["date"], format="%d-%m-%Y", utc=True)
    return _tables(
        who=articles["publication"],
        campaign=articles["id"].astype(str),
        brand=articles["publication"],
        category=articles["publication"],
        brief=articles["title"],
        title=articles["title"],
        decided=when,
        known=when + pd.Timedelta(days=30),
        conversions=articles["claps"],
    )


SETS: dict[str, Callable[[pd.DataFrame], Tables]] = {
    "Global_Sales": vgsales,
    "positive_ratings": steam,
    "num_comments": hacker_news,
    "comment_total": trending,
    "claps": medium,
    "gross": films,
}
"""The column that a file is known by, and what makes tables of it."""


def _tables(who: pd.Series, known: pd.Series, **columns: pd.Series) -> Tables:
    """Return tables from one row a work: several of somebody in one campaign are one outcome, with as many calls."""
    works = pd.DataFrame({"influencer_id": who.str.strip().str.casefold(), "known_at": known, **columns})
    works = works.sort_values(["decided", "campaign", "influencer_id"], kind="stable")
    together = works.groupby(["campaign", "influencer_id"], sort=False, as_index=False)
    outcomes = together.agg(
        decided_at=("decided", "first"),
        known_at=("known_at", "max"),
        exposure=("conversions", "size"),
        conversions=("conversions", "sum"),
    ).rename(columns={"campaign": "campaign_id"})
    outcomes = outcomes.sort_values("decided_at", kind="stable").tail(LATEST)
    campaigns = works.drop_duplicates("campaign").rename(
        columns={"campaign": "campaign_id", "decided": "starts_at"}
    )
    campaigns = campaigns[campaigns["campaign_id"].isin(outcomes["campaign_id"])]
    # A work is read once it is out: on the day that its outcome begins to be known.
    posts = pd.DataFrame(
        {
            "post_id": [f"p{row}" for row in range(len(works))],
            "author_id": works["influencer_id"].to_numpy(),
            "created_at": works["known_at"].to_numpy(),
            "text": works["title"].to_numpy(),
        }
    )
    return {
        "influencers": works[["influencer_id"]].drop_duplicates(),
        "campaigns": campaigns[["campaign_id", "brand", "category", "brief", "starts_at"]],
        "outcomes": outcomes,
        "posts": posts,
    }


def judged(file: Path) -> su.Evaluation:
    """Return how suasion does on one of the files, forward in time."""
    table = pd.read_csv(file, encoding="utf-8", encoding_errors="replace", on_bad_lines="skip")
    name = next((column for column in SETS if column in table), None)
    if name is None:
        raise SystemExit(f"{file} has none of the columns {', '.join(SETS)}, by which a set is known.")
    tables = SETS[name](table)
    data = su.Dataset(
        influencers=tables["influencers"],
        campaigns=tables["campaigns"],
        outcomes=tables["outcomes"],
        posts=tables["posts"],
    )
    return su.evaluate(su.InfluenceModel(), data)


def held(evaluation: su.Evaluation) -> pd.Series:
    """Return the share of outcomes inside the 90 % interval, by tenth of what was expected."""
    ours = evaluation.predictions.query("model == 'suasion'").dropna(subset=["high"])
    inside = ours["actual"].between(ours["low"], ours["high"])
    return inside.groupby(pd.qcut(ours["expected"].rank(method="first"), 10, labels=False)).mean()


def main(files: list[Path]) -> None:
    """Print a line for each file, and then what fewer outcomes explain."""
    print(f"| set | judged | {' | '.join(MODELS)} | inside the 90 % interval | the worst tenth of them |")
    print("|---" * (4 + len(MODELS)) + "|")
    curves = []
    for file in files:
        evaluation = judged(file)
        metrics, tenths = evaluation.metrics, held(evaluation)
        of_models = []
        for name in MODELS:
            row = metrics.loc[name]
            low, high = row["explained_deviance_low"], row["explained_deviance_high"]
            of_models.append(f"{row['explained_deviance']:.3f} ({low:.2f} to {high:.2f})")
        count, inside, worst = int(metrics["n_rows"].iloc[0]), tenths.mean(), tenths.min()
        print(
            f"| {file.name} | {count:,} | {' | '.join(of_models)} | {inside:.0%} | {worst:.0%} |", flush=True
        )
        print(evaluation.verdict, file=sys.stderr)
        curve = evaluation.learning_curve
        for size, ours, past in zip(
            curve.index, curve["explained_deviance"], curve["past_average"], strict=True
        ):
            curves.append(f"| {file.name} | {size:,} | {ours:.3f} | {past:.3f} |")
    print("\n| set | outcomes | suasion | past average |\n|---|---|---|---|")
    print("\n".join(curves))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    main(parser.parse_args().files)
