"""YouTube Studio: the CSV files of Analytics, Advanced mode, Content, as they lie in the zip that it gives.

The files do not say of which channel they are, and of which days only the zip's name does: ``Content 2023-05-01_2024-06-01 Tina.zip``, the
last day not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from .reading.counts import cells_of, count_of_days, whole
from .reading.fills import influencers, post_metrics
from .reading.moments import readings
from .reading.profile import tell_account
from .reading.records import Broken, Document, Record, csv_rows
from .reading.rows import Rows, Unreadable, ident, moment
from .reading.source import Source

_COLUMNS = {
    "id": ("Content", "Video", "Videos", "Contenu", "Contenido", "Conteúdo"),
    "title": ("Video title", "Videotitel", "Titre de la vidéo", "Título del vídeo", "Título del video", "Título do vídeo"),
    "published": (
        "Video publish time",
        "Veröffentlichungszeitpunkt des Videos",
        "Heure de publication de la vidéo",
        "Hora de publicación del vídeo",
        "Hora de publicación del video",
        "Horário de publicação do vídeo",
    ),
    "day": ("Date", "Datum", "Fecha", "Data"),
    "views": ("Views", "Aufrufe", "Vues", "Visualizaciones", "Vistas", "Visualizações"),
    "impressions": ("Impressions", "Thumbnail impressions", "Impressionen", "Impresiones", "Impressões"),
    "reach": ("Unique viewers", "Espectadores únicos"),
    "likes": ("Likes", "J'aime", "Me gusta", 'Marcações "Gostei"', "Curtidas"),
    "comments": ("Comments added", "Commentaires ajoutés", "Comentários adicionados"),
    "shares": ("Shares", "Partages", "Compartilhamentos"),
    "follows": ("Subscribers gained",),
    "net": ("Subscribers", "Abonnenten", "Abonnés", "Suscriptores", "Inscritos"),
}  # fmt: skip
"""What the columns are called in English, German, French, Spanish and Portuguese."""
_COUNTS = ("views", "impressions", "reach", "likes", "comments", "shares", "follows")
_VIDEO = re.compile(r"[\w-]{11}", re.ASCII)
_SPAN = re.compile(r"(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)")
_DAYS = "days of the file"
"""Beside the cells of a line: from when until when its counts are."""


def _lines(document: Document) -> Iterator[Record | Broken]:
    """Yield the lines of a CSV file, each with the days that the name of its zip, or of its folder, tells."""
    days = _SPAN.search(document.name) or _SPAN.search(document.path.parent.name)
    for line in csv_rows(document):
        if isinstance(line, Record) and days:
            line.value[_DAYS] = days[0]
        yield line


def take(record: dict[str, str], rows: Rows) -> None:
    """Make rows of a line."""
    # German headers hold soft hyphens, at which a narrow window may break them.
    line = {name.replace("\xad", ""): cell for name, cell in record.items()}
    cells = cells_of(line, _COLUMNS)
    if cells["day"] is not None:
        rows.ignore("counts of single days, from which no count so far follows")
    elif cells["id"] is None:
        raise Unreadable("no line of YouTube Studio's files of content: it has no column Content")
    # Studio writes a space before an id that begins with "-", so that no spreadsheet takes it for a formula.
    elif _VIDEO.fullmatch(cells["id"].strip()):
        _video(cells, str(line.get(_DAYS, "")), rows)
    elif cells["title"] is None and cells["published"] is None:
        rows.ignore("sums over all videos")
    else:
        raise Unreadable("Content is no video's id, of which YouTube's have 11 letters")


def _video(cells: dict[str, str | None], days: str, rows: Rows) -> None:
    post = ident("youtube", (cells["id"] or "").strip())
    at = _day(cells["published"] or "")
    if rows.account is None:
        rows.warn(
            "counts of videos without the videos: the file does not name its channel (--account CHANNEL does)"
        )
    else:
        tell_account(rows, "youtube", rows.account)
        rows.add(
            "posts",
            post_id=post,
            author_id=rows.account,
            created_at=at and at.isoformat(),
            text=cells["title"],
            known_at=at and (at + timedelta(hours=36)).isoformat(),
            _problem=None if at else "the day of Video publish time is missing, or can be read in two ways",
        )
    counts = {name: whole(rows, name, cells[name]) for name in _COUNTS}
    if cells["follows"] is None and not (cells["net"] or "").startswith(("-", "−")):
        counts["follows"] = whole(rows, "follows", cells["net"])
    if not days and any(count is not None and count < 0 for count in counts.values()):
        # Likes are net of those taken back: below nothing only of days that begin after the video was made.
        rows.warn(
            "videos with a count below nothing, so the file is of some days only, and no count in it is all there were: export it with "
            "Lifetime, and import that into a new folder"
        )
        return
    span = tuple(moment(one) for one in days.split("_"))
    start, end = span if len(span) == 2 else (None, None)
    made = at and at.replace(tzinfo=UTC)
    count_of_days(rows, post, made, (start, end) if start and end else None, **counts)


def _day(text: str) -> datetime | None:
    """Return the day that a text tells; None where it tells none, or could be either of two."""
    readings_of = readings(text)
    # With dots the day goes first in every language.
    days = {readings_of["dmy"]} if "." in text and "dmy" in readings_of else set(readings_of.values())
    return days.pop() if len(days) == 1 else None


YOUTUBE_STUDIO = Source(
    name="youtube_studio",
    title="YouTube Studio",
    written_from=(
        "the headers of YouTube Studio's CSV of content in English, German, French, Spanish and Portuguese, in public readers of it and "
        "examples that their tests hold, as of 2026"
    ),
    get=(
        "YouTube Studio, Analytics, Advanced mode, Content, Lifetime, with the columns Views, Impressions, Unique viewers, Likes, Comments "
        "added, Shares and Subscribers gained; Export, Comma-separated values. Give the zip as it is, since only its name says "
        "of which days the counts are. The channel it does not name: --account @HANDLE or its id, UC…, as the Data API has it. Where "
        "the videos themselves come from the Data API, leave --account out: then only their counts are added."
    ),
    fills={
        "influencers": influencers("youtube", "--account"),
        "posts": {
            "post_id": "Content, as youtube:ID",
            "author_id": "--account",
            "created_at": "the day of Video publish time, from its beginning",
            "text": "Video title",
            "known_at": "when that day was over everywhere",
        },
        "post_metrics": post_metrics(
            "Content",
            observed_at="the last day in the name of the zip, which is not counted any more, or when the export was read",
            known_at="when the export was read, where the zip's last day was before",
            views="Views",
            impressions="Impressions, or Thumbnail impressions",
            reach="Unique viewers",
            likes="Likes",
            comments="Comments added",
            shares="Shares",
            follows="Subscribers gained; or Subscribers, those lost taken off, where that is not below zero",
        ),
    },
    left=(
        "the line Total; Chart data and Totals, which hold single days",
        "counts of videos that are older than the days asked for: ask for Lifetime",
        "the hour a video was published, its description, language and links: the Data API tells them",
        "watch time, shares of a video that were watched, click-through rates, what was earned",
        "followers, which the Data API tells",
    ),
    tried=(
        "the whole tables of seven channels with 2,345 videos, and parts of two: all videos but one, whose id a spreadsheet took for a "
        "formula, were loaded and the sums left out; 11 that name no day of publishing are set aside, with their counts kept; one file was of "
        "some days, which nothing said until its likes below nothing told"
    ),
    take=take,
    reader=_lines,
    suffixes=(".csv",),
    unsigned="youtube",
)
