"""Reads a Stack Exchange data dump into suasion's tables.

Campaign: a question. Influencer: somebody who answers. Outcome: one answerer under one question, decided at the
time of the answer; a conversion is the asker accepting within 30 days, known when that window has closed.

Two stages, neither of which holds the dump in memory. The XML is read line by line (the dumps put one row on
each) into Parquet, so that one broken line costs one row and no document type or entity is ever interpreted; the
mapping is then SQL over Parquet. From a ``.7z`` the rows flow straight out of the decompressor.

What a dump hides, and what is done about it:

- ``Users.Reputation``, ``Posts.Score``, ``Posts.ViewCount``, ``Tags.Count`` are totals of the dump's day: not read.
- Votes carry a day and no time: known at the next midnight UTC. An accept counts if its day is not before the answer's.
- Texts in ``Posts.xml`` are the last revision: rebuilt from ``PostHistory.xml`` as first written; a question's title,
  body and tags are versions, each known when it was saved. Without history a text counts as known at its last edit.
- Display names are the dump's day's; they resolve ``@name`` in comments and nothing else.
- Deleted posts, comments, votes and an accept that was taken back are not in a dump.

Source of the layout: Stack Exchange Data Dump, ``readme.txt`` of the archive, and "Database schema documentation for
the public data dump and SEDE" (Meta Stack Exchange, question 2677).
"""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import py7zr
import py7zr.io
import pyarrow as pa
import pyarrow.parquet as pq

from suasion.features.errors import InputError
from suasion.features.privacy.optout import OPT_OUT, opted_out, without
from suasion.features.tables.disk import working_folder
from suasion.features.tables.files import whole_folder
from suasion.features.tables.read import literal
from suasion.features.tables.schema import TABLES
from suasion.features.tables.store import needed_for

CONVERSION_DAYS = 30
"""Days after the answer in which an accept counts."""

BATCH = 20_000
LONGEST_LINE = 64 * 2**20

FILES: dict[str, tuple[str, ...]] = {
    "Badges": ("Id", "UserId", "Name", "Date", "Class", "TagBased"),
    "Comments": ("Id", "PostId", "Text", "CreationDate", "UserId"),
    "PostHistory": ("Id", "PostHistoryTypeId", "PostId", "CreationDate", "Text"),
    "PostLinks": ("Id", "CreationDate", "PostId", "RelatedPostId", "LinkTypeId"),
    "Posts": (
        *("Id", "PostTypeId", "ParentId", "CreationDate", "Body", "Title", "Tags"),
        *("OwnerUserId", "LastEditDate", "ClosedDate"),
    ),
    "Users": ("Id", "CreationDate", "DisplayName"),
    "Votes": ("Id", "PostId", "VoteTypeId", "CreationDate", "BountyAmount"),
}
NEEDED = ("Posts", "Votes", "Users")
TIMES = {"CreationDate", "Date", "LastEditDate", "ClosedDate"}
OUTPUT = frozenset({*(f"{name}.parquet" for name in TABLES), "quarantine", OPT_OUT})


class Rejects(Protocol):
    """Takes the rows that could not be read: csv's writer."""

    def writerow(self, row: list[object]) -> object:
        """Write one row."""


@dataclass(frozen=True)
class ImportReport:
    """Rows written for each table, rows set aside for each file and reason, and files that were not there."""

    written: dict[str, int]
    aside: dict[str, int]
    absent: tuple[str, ...]
    censored: int
    """Outcomes whose 30 days had not passed when the dump was made: not written."""


class _Rows(py7zr.io.Py7zIO):
    """Turns the bytes of one XML file, in pieces of any size, into a Parquet file and a list of what was broken.

    It is what py7zr writes a member of an archive into.
    """

    def __init__(self, name: str, folder: Path, aside: Rejects) -> None:
        self.name, self.aside = name, aside
        self.columns = FILES[name]
        self.schema = pa.schema([(column, pa.string()) for column in self.columns])
        self.writer = pq.ParquetWriter(folder / f"{name}.parquet", self.schema)
        self.rest, self.line, self.length, self.counts = b"", 0, 0, dict[str, int]()
        self.batch: list[dict[str, str]] = []

    def write(self, data: bytes | bytearray) -> int:
        self.length += len(data)
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        if len(self.rest) > LONGEST_LINE:
            raise InputError(
                f"{self.name}.xml has a line of over {LONGEST_LINE >> 20} MiB: it is not a dump with one row a line."
            )
        for line in lines:
            self._row(line)
        return len(data)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def flush(self) -> None:
        return None

    def size(self) -> int:
        return self.length

    def finish(self) -> None:
        """Write what is left; not ``close``, which py7zr may call as well."""
        if self.rest:
            self._row(self.rest)
            self.rest = b""
        self._flush()
        self.writer.close()

    def _row(self, line: bytes) -> None:
        self.line += 1
        text = line.strip().removeprefix(b"\xef\xbb\xbf")
        if not text.startswith(b"<row"):
            # The declaration and the root's two tags; anything else between rows is damage.
            if text and not (
                text.startswith((b"<?xml", b"</")) or text == b"<" + self.name.lower().encode() + b">"
            ):
                self._reject("not a row", text)
            return
        try:
            row = ET.fromstring(text).attrib
        except (ET.ParseError, ValueError) as error:
            self._reject("broken XML or encoding", text, str(error))
            return
        self.batch.append(row)
        if len(self.batch) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        arrays = [pa.array([row.get(column) for row in self.batch], pa.string()) for column in self.columns]
        if self.batch:
            self.writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self.schema))
        self.batch = []

    def _reject(self, reason: str, text: bytes, detail: str = "") -> None:
        self.counts[f"{self.name}.xml: {reason}"] = self.counts.get(f"{self.name}.xml: {reason}", 0) + 1
        beginning = text[:1000].decode("utf-8", "replace")
        self.aside.writerow(
            [f"{self.name}.xml", self.line, f"{reason}{': ' * bool(detail)}{detail}", beginning]
        )


class _Staging(py7zr.io.WriterFactory):
    """The Parquet files of the first stage, and the file of rows set aside."""

    def __init__(self, folder: Path, aside: Rejects) -> None:
        self.folder, self.aside = folder, aside
        self.files: dict[str, _Rows] = {}

    def create(self, filename: str) -> _Rows:
        name = Path(filename).stem
        if name in self.files:
            raise InputError(f"{name}.xml is there twice. Keep one of them.")
        self.files[name] = _Rows(name, self.folder, self.aside)
        return self.files[name]

    def close(self) -> dict[str, int]:
        """Finish all files, write empty ones for those that were not there, and return the counts of broken lines."""
        counts: dict[str, int] = {}
        for name in FILES:
            rows = self.files.get(name) or _Rows(name, self.folder, self.aside)
            rows.finish()
            counts |= rows.counts
        return counts


def read_dump(source: str | Path, out: str | Path, *, site: str | None = None) -> ImportReport:
    """Read the dump at ``source`` and write suasion's tables to the folder ``out``.

    Parameters
    ----------
    source
        The ``.7z`` as published, or a folder with the XML files or several ``.7z`` (large sites come as one each).
    out
        Folder for the Parquet files, written whole or not at all. Rows that cannot be read go to ``quarantine/`` in it.
    site
        The brand's name; by default the name of the archive or folder.

    Raises
    ------
    InputError
        When ``source`` is not a dump, or ``out`` holds something suasion did not write.
    """
    source, out = Path(source), Path(out)
    archives, documents = _find(source)
    site = site or source.name.removesuffix(".7z")
    with ExitStack() as stack:
        ids, list_file = opted_out(out), out / OPT_OUT
        listed = list_file.read_bytes() if list_file.is_file() else None
        target = stack.enter_context(whole_folder(out, ours=OUTPUT))
        if listed is not None:  # the folder is replaced whole; who opted out stays out
            (target / OPT_OUT).write_bytes(listed)
        folder = stack.enter_context(working_folder(lambda: needed_for(str(source))))
        quarantine = target / "quarantine"
        quarantine.mkdir()
        stream = stack.enter_context((quarantine / "import.csv").open("w", encoding="utf-8", newline=""))
        writer = csv.writer(stream)
        writer.writerow(["file", "line", "reason", "row"])
        staging = _Staging(folder, writer)
        for archive in archives:
            _extract(archive, staging)
        for document in documents:
            rows = staging.create(document.name)
            with document.open("rb") as data:
                while piece := data.read(1 << 20):
                    rows.write(piece)
        absent = tuple(f"{name}.xml" for name in FILES if name not in staging.files)
        if missing := [name for name in NEEDED if name not in staging.files]:
            raise InputError(
                f"{source} lacks {', '.join(f'{name}.xml' for name in missing)}. A Stack Exchange dump holds "
                f"{', '.join(f'{name}.xml' for name in FILES)}; {', '.join(NEEDED)} are needed."
            )
        aside = staging.close()
        connection = stack.enter_context(duckdb.connect(folder / "work.duckdb"))
        connection.execute("SET TimeZone = 'UTC'")
        aside |= _map(connection, folder, site, writer)
        written = {}
        made = connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
        for name in TABLES:
            # A dump tells nothing of candidates, counts and numbers of one's own.
            if (f"out_{name}",) not in made:
                continue
            path = literal(str(target / f"{name}.parquet"))
            columns = [described[0] for described in connection.execute(f"DESCRIBE out_{name}").fetchall()]
            chosen = without(f"SELECT * FROM out_{name}", columns, ids)
            row = connection.execute(f"SELECT count(*) FROM ({chosen})").fetchone()
            written[name] = int(row[0]) if row else 0
            if written[name]:
                # By all columns, since versions of a campaign share its key: the same dump gives the same rows.
                connection.execute(
                    f"COPY ({chosen} ORDER BY {TABLES[name].time}, COLUMNS(*)) TO {path} (FORMAT parquet, COMPRESSION zstd)"
                )
        row = connection.execute("SELECT count(*) FROM answers WHERE first AND NOT closed").fetchone()
        if not written["outcomes"]:
            raise InputError(
                f"{source} holds no answer by another than the asker with {CONVERSION_DAYS} days after it."
            )
        stream.flush()
        if not aside:
            (quarantine / "import.csv").unlink()
            quarantine.rmdir()
        return ImportReport(written, aside, absent, int(row[0]) if row else 0)


def _find(source: Path) -> tuple[list[Path], list[Path]]:
    if source.is_file() and source.suffix == ".7z":
        return [source], []
    if source.is_dir():
        documents = [path for path in sorted(source.glob("*.xml")) if path.stem in FILES]
        archives = sorted(source.glob("*.7z"))
        if documents or archives:
            return archives, documents
    raise InputError(
        f"{source} is not a Stack Exchange dump. Give the .7z as published, or the folder with Posts.xml and its siblings."
    )


def _extract(archive: Path, staging: _Staging) -> None:
    try:
        with py7zr.SevenZipFile(archive) as opened:
            # Members are matched by their bare names and never written to disk: no path can escape.
            xml = {f"{name}.xml" for name in FILES}
            names = [name for name in opened.getnames() if Path(name).name in xml]
            opened.extract(targets=names, factory=staging)
    except (py7zr.exceptions.ArchiveError, OSError, EOFError) as error:
        raise InputError(f"{archive} cannot be read as a 7z archive ({error}). Fetch it again.") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] in ("_lzma", "lzma", "py7zr", "builtins"):
            raise InputError(f"{archive} is damaged ({error}). Fetch it again.") from error
        raise


def _map(connection: duckdb.DuckDBPyConnection, folder: Path, site: str, aside: Rejects) -> dict[str, int]:
    """Make ``out_…`` tables from the staged files; return how many staged rows had an unusable id or time."""
    counts: dict[str, int] = {}
    for name, columns in FILES.items():
        typed = ", ".join(
            f"TRY_CAST({column} AS TIMESTAMP) AS {column}"
            if column in TIMES
            else f"TRY_CAST({column} AS BIGINT) AS {column}"
            if column.endswith("Id") or column in ("Class", "BountyAmount")
            else column
            for column in columns
        )
        when = "Date" if name == "Badges" else "CreationDate"
        needed = {
            "PostHistory": " OR PostId IS NULL",
            "Comments": " OR PostId IS NULL",
            "Votes": " OR PostId IS NULL OR VoteTypeId IS NULL",
            "Posts": " OR PostTypeId IS NULL",
        }.get(name, "")
        scan = f"read_parquet({literal(str(folder / f'{name}.parquet'))})"
        connection.execute(
            f"CREATE TABLE {name} AS SELECT *, (Id IS NULL OR {when} IS NULL{needed}) AS _bad "
            f"FROM (SELECT {typed}, to_json(r)::VARCHAR AS _row FROM {scan} r)"
        )
        result = connection.execute(f"SELECT left(_row, 1000) FROM {name} WHERE _bad")
        reason = "an id or a time is missing or not valid"
        while rows := result.fetchmany(10_000):
            counts[f"{name}.xml: {reason}"] = counts.get(f"{name}.xml: {reason}", 0) + len(rows)
            for (row,) in rows:
                aside.writerow([f"{name}.xml", "", reason, row])
        connection.execute(f"DELETE FROM {name} WHERE _bad")
        connection.execute(f"ALTER TABLE {name} DROP COLUMN _row")
    for statement in MAPPING:
        connection.execute(statement.replace("$site", literal(site)).replace("$days", str(CONVERSION_DAYS)))
    return counts


# HTML of Posts.xml, needed only where the history is missing: tags off, the five common entities decoded.
_PLAIN = (
    "replace(replace(replace(replace(replace(regexp_replace({0}, '<[^>]*>', ' ', 'g'), '&lt;', '<'), "
    "'&gt;', '>'), '&quot;', '\"'), '&#39;', ''''), '&amp;', '&')"
)
_WORDS = "trim(regexp_replace({0}, '[<>|]+', ' ', 'g'))"
_LINKS = "regexp_extract_all({0}, 'https?://[^\\s<>()\\[\\]\"'']+')"

MAPPING: tuple[str, ...] = (
    # Initial title, body and tags (types 1 to 3): what was first written.
    """CREATE TABLE first_text AS SELECT PostId, arg_min(Text, (CreationDate, Id)) FILTER (PostHistoryTypeId = 1) AS title,
       arg_min(Text, (CreationDate, Id)) FILTER (PostHistoryTypeId = 2) AS body,
       arg_min(Text, (CreationDate, Id)) FILTER (PostHistoryTypeId = 3) AS tags
       FROM PostHistory WHERE PostHistoryTypeId IN (1, 2, 3) GROUP BY PostId""",
    f"""CREATE TABLE said AS SELECT p.Id, p.PostTypeId, p.ParentId, p.OwnerUserId, p.CreationDate, f.body IS NOT NULL AS as_written,
        coalesce(f.title, p.Title) AS title, coalesce(f.body, {_PLAIN.format("p.Body")}) AS body, coalesce(f.tags, p.Tags) AS tags,
        CASE WHEN f.body IS NULL THEN greatest(p.LastEditDate, p.CreationDate) ELSE p.CreationDate END AS known_at
        FROM Posts p LEFT JOIN first_text f ON f.PostId = p.Id WHERE p.PostTypeId IN (1, 2)""",
    # Comments answer: the latest comment by whom they name, else, from the post's owner, the latest by another, else the post.
    """CREATE TABLE named AS SELECT c.*, o.OwnerUserId AS owner,
       lower(nullif(regexp_extract(c.Text, '@([\\w.\\-]{3,})', 1), '')) AS called,
       lower(replace(u.DisplayName, ' ', '')) AS own_name
       FROM Comments c LEFT JOIN Posts o ON o.Id = c.PostId LEFT JOIN Users u ON u.Id = c.UserId""",
    """CREATE TABLE replies AS SELECT c.Id, c.PostId, c.UserId, c.CreationDate, c.Text, c.owner,
       max_by(struct_pack(Id := e.Id, UserId := e.UserId), (e.CreationDate, e.Id)) FILTER (c.called IS NOT NULL AND starts_with(e.own_name, c.called)) AS by_name,
       max_by(struct_pack(Id := e.Id, UserId := e.UserId), (e.CreationDate, e.Id)) FILTER (c.UserId = c.owner) AS by_turn,
       any_value(lower(replace(w.DisplayName, ' ', ''))) AS owner_name, any_value(c.called) AS called
       FROM named c LEFT JOIN named e ON e.PostId = c.PostId AND e.UserId <> c.UserId AND (e.CreationDate, e.Id) < (c.CreationDate, c.Id)
       LEFT JOIN Users w ON w.Id = c.owner GROUP BY ALL""",
    f"""CREATE TABLE out_posts AS
        SELECT Id::VARCHAR AS post_id, OwnerUserId::VARCHAR AS author_id, CreationDate AS created_at,
        concat_ws(chr(10), title, body, {_WORDS.format("tags")}) AS text, NULL::VARCHAR AS language, ParentId::VARCHAR AS reply_to_id,
        NULL::VARCHAR AS shares_id, {_LINKS.format("body")} AS links, known_at FROM said
        UNION ALL
        SELECT 'c' || Id, UserId::VARCHAR, CreationDate, Text, NULL,
        CASE WHEN by_name IS NOT NULL THEN 'c' || by_name.Id WHEN called IS NULL AND by_turn IS NOT NULL THEN 'c' || by_turn.Id
             ELSE PostId::VARCHAR END, NULL, {_LINKS.format("Text")}, CreationDate FROM replies""",
    """CREATE TABLE answers AS SELECT a.Id, a.ParentId, a.OwnerUserId, a.CreationDate, q.OwnerUserId AS asker, q.CreationDate AS asked_at, nth,
       row_number() OVER (PARTITION BY a.ParentId, a.OwnerUserId ORDER BY a.CreationDate, a.Id) = 1 AS first,
       date_trunc('day', a.CreationDate) + INTERVAL ($days + 1) DAY AS known_at,
       date_trunc('day', a.CreationDate) + INTERVAL ($days + 1) DAY
         <= (SELECT max(m) FROM (SELECT max(CreationDate) AS m FROM Posts UNION ALL SELECT max(CreationDate) + INTERVAL 1 DAY FROM Votes)) AS closed
       FROM (SELECT *, row_number() OVER (PARTITION BY ParentId ORDER BY CreationDate, Id) AS nth FROM Posts WHERE PostTypeId = 2) a
       JOIN Posts q ON q.Id = a.ParentId
       WHERE q.PostTypeId = 1 AND a.OwnerUserId IS NOT NULL AND a.OwnerUserId IS DISTINCT FROM q.OwnerUserId
       AND a.OwnerUserId > 0""",
    """CREATE TABLE out_influencers AS SELECT Id::VARCHAR AS influencer_id, $site AS platform, DisplayName AS handle, CreationDate AS created_at
       FROM Users WHERE Id IN (SELECT OwnerUserId FROM answers)""",
    # Votes have a day and no time: a day's total is known at the next midnight.
    """CREATE TABLE out_audience AS SELECT OwnerUserId::VARCHAR AS influencer_id, day + INTERVAL 1 DAY AS observed_at,
       sum(votes) OVER (PARTITION BY OwnerUserId ORDER BY day)::DOUBLE AS followers, NULL::DOUBLE AS following
       FROM (SELECT p.OwnerUserId, date_trunc('day', v.CreationDate) AS day, count(*) AS votes FROM Votes v JOIN Posts p ON p.Id = v.PostId
             WHERE v.VoteTypeId = 2 AND p.OwnerUserId IN (SELECT OwnerUserId FROM answers) GROUP BY ALL)""",
    """CREATE TABLE out_mentions AS SELECT DISTINCT referrer::VARCHAR AS referrer_id, target::VARCHAR AS influencer_id, kind, created_at, post_id FROM (
       SELECT UserId AS referrer, owner AS target, 'comment' AS kind, CreationDate AS created_at, 'c' || Id AS post_id FROM replies
       UNION ALL SELECT UserId, coalesce(by_name.UserId, CASE WHEN starts_with(owner_name, called) THEN owner END), 'mention', CreationDate, 'c' || Id
         FROM replies WHERE called IS NOT NULL
       UNION ALL SELECT a.OwnerUserId, q.OwnerUserId, 'comment', a.CreationDate, a.Id::VARCHAR
         FROM Posts a JOIN Posts q ON q.Id = a.ParentId WHERE a.PostTypeId = 2
       UNION ALL SELECT a.OwnerUserId, b.OwnerUserId, 'backlink', greatest(l.CreationDate, a.CreationDate), a.Id::VARCHAR
         FROM PostLinks l JOIN Posts a ON a.Id = l.PostId JOIN Posts b ON b.Id = l.RelatedPostId WHERE l.LinkTypeId = 1
       ) WHERE referrer <> target AND referrer > 0 AND target > 0""",
    """CREATE TABLE out_credentials AS SELECT DISTINCT UserId::VARCHAR AS influencer_id,
       CASE WHEN TagBased = 'True' THEN 'tag badge' ELSE (['gold badge', 'silver badge', 'bronze badge'])[Class] END AS kind,
       Name AS subject, Date AS awarded_at, true AS verified
       FROM Badges WHERE Class BETWEEN 1 AND 3 AND UserId IN (SELECT OwnerUserId FROM answers)""",
    # Versions of a question: each saved title, body or tags with what stood beside it at that moment.
    """CREATE TABLE versions AS SELECT PostId, CreationDate,
       last_value(title IGNORE NULLS) OVER w AS title, last_value(body IGNORE NULLS) OVER w AS body, last_value(tags IGNORE NULLS) OVER w AS tags
       FROM (SELECT PostId, CreationDate, max(Text) FILTER (PostHistoryTypeId IN (1, 4, 7)) AS title,
             max(Text) FILTER (PostHistoryTypeId IN (2, 5, 8)) AS body, max(Text) FILTER (PostHistoryTypeId IN (3, 6, 9)) AS tags
             FROM PostHistory WHERE PostHistoryTypeId BETWEEN 1 AND 9 GROUP BY ALL)
       WINDOW w AS (PARTITION BY PostId ORDER BY CreationDate ROWS UNBOUNDED PRECEDING)""",
    f"""CREATE TABLE out_campaigns AS
        WITH described AS (
          SELECT s.Id, s.CreationDate, coalesce(v.title, s.title) AS title, coalesce(v.body, s.body) AS body, coalesce(v.tags, s.tags) AS tags,
                 CASE WHEN v.PostId IS NULL THEN s.known_at ELSE greatest(v.CreationDate, s.CreationDate) END AS known_at
          FROM said s LEFT JOIN versions v ON v.PostId = s.Id AND s.as_written WHERE s.PostTypeId = 1)
        SELECT Id::VARCHAR AS campaign_id, $site AS brand, nullif(regexp_extract(tags, '[<|]?([^<>|]+)', 1), '') AS category,
        concat_ws(chr(10), title, body, {_WORDS.format("tags")}) AS brief, CreationDate AS starts_at, NULL::TIMESTAMP AS ends_at, known_at
        FROM described QUALIFY row_number() OVER (PARTITION BY Id, known_at ORDER BY length(body) DESC, title, body, tags) = 1""",
    """CREATE TABLE out_outcomes AS
       WITH accepted AS (SELECT a.ParentId, a.OwnerUserId, min(date_trunc('day', v.CreationDate)) AS day
         FROM answers a JOIN Votes v ON v.PostId = a.Id AND v.VoteTypeId = 1 AND v.CreationDate >= date_trunc('day', a.CreationDate) GROUP BY ALL),
       bounty AS (SELECT a.Id, max(s.BountyAmount) AS amount FROM answers a
         JOIN Votes s ON s.PostId = a.ParentId AND s.VoteTypeId = 8 AND date_trunc('day', s.CreationDate) + INTERVAL 1 DAY <= a.CreationDate
         LEFT JOIN Votes e ON e.PostId = a.ParentId AND e.VoteTypeId = 9 AND e.CreationDate >= s.CreationDate
           AND date_trunc('day', e.CreationDate) + INTERVAL 1 DAY <= a.CreationDate
         WHERE e.Id IS NULL GROUP BY ALL)
       SELECT a.ParentId::VARCHAR AS campaign_id, a.OwnerUserId::VARCHAR AS influencer_id, a.CreationDate AS decided_at, 1.0 AS exposure,
       (coalesce(c.day <= date_trunc('day', a.CreationDate) + INTERVAL $days DAY, false))::DOUBLE AS conversions,
       a.known_at, a.nth::DOUBLE AS offer_answer_order, date_diff('second', a.asked_at, a.CreationDate) / 3600.0 AS offer_hours_since_question,
       coalesce(b.amount, 0)::DOUBLE AS offer_bounty
       FROM answers a LEFT JOIN accepted c USING (ParentId, OwnerUserId) LEFT JOIN bounty b USING (Id)
       WHERE a.first AND a.closed AND a.CreationDate >= a.asked_at""",
)
