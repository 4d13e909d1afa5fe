"""Fetches accounts: whom to ask is settled first, each answer is saved as it comes, and the importers read what was saved."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from suasion.features.errors import InputError
from suasion.features.privacy.optout import MARK
from suasion.features.progress import step
from suasion.features.sources.reading.source import Imported, run_import
from suasion.features.sources.reading.upsert import refuse_csv
from suasion.features.tables.files import held
from suasion.features.text.withheld import DROPPED

from .all import SERVICES
from .client import Client, origin
from .handles import Handle, understood
from .keys import Secret
from .known import Known, read_known
from .saved import FOLDER, begin, fetched_at, folder_of, to_import
from .service import HaltError, MissingError, OptedOutError, RefusedError, Service, StoppedError, Visit

State = Literal["fetched", "recent", "missing", "refused", "stopped", "no key", "opted out", "unclear"]


@dataclass(frozen=True)
class Outcome:
    """What became of one name of the list."""

    handle: Handle
    state: State
    why: str = ""
    near: tuple[str, ...] = ()
    """Handles that may be meant, where nobody is called so."""
    answers: int = 0
    """Answers that are saved."""


@dataclass(frozen=True)
class Need:
    """What a service will be asked, and what it allows."""

    service: Service
    accounts: int
    requests: int
    """At most."""


@dataclass(frozen=True)
class Plan:
    """Whom to ask, settled before anybody is."""

    handles: tuple[Handle, ...]
    settled: tuple[Outcome, ...]
    """Those who are not asked for, and why."""
    needs: tuple[Need, ...]
    posts: int
    known: Known
    secrets: Mapping[str, Secret]
    services: Mapping[str, Service]


@dataclass(frozen=True)
class Fetched:
    """What a run did."""

    outcomes: tuple[Outcome, ...]
    requests: int
    imported: Mapping[str, Imported]
    """By service."""


def plan(
    out: Path,
    handles: Iterable[str],
    *,
    platform: str = "",
    posts: int = 100,
    again: bool = False,
    services: Mapping[str, Service] = SERVICES,
    now: datetime | None = None,
) -> Plan:
    """Return whom to ask for: nobody on an opt-out list, nobody without the key it takes, nobody who was fetched just now.

    Parameters
    ----------
    platform
        The platform of handles that show none.
    posts
        How many posts of each are wanted at most, the newest first.
    again
        Ask also for those who were fetched in the last 12 hours.

    Raises
    ------
    InputError
        When nobody is named, or ``out`` cannot take the rows: it holds pseudonyms or no texts, which answers as they come would undo, or
        a table in a CSV file.
    """
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is no folder. Name one to fetch into; it is made where it is not there.")
    for mark, holds, option in (
        (MARK, "pseudonyms", "--pseudonymise"),
        (DROPPED, "no texts", "--drop-texts MODEL"),
    ):
        if (out / mark).is_file():
            raise InputError(
                f"{out} holds {holds}, and answers are saved as they come. Fetch into another folder, and bring them in with "
                f"suasion import SOURCE OTHER/{FOLDER}/SOURCE {out} {option}."
            )
    now = now or datetime.now(UTC)
    known, secrets = read_known(out), dict[str, Secret]()
    to_ask, settled, seen = list[Handle](), list[Outcome](), set[tuple[str, str]]()
    for handle in handles:
        one = understood(handle, platform, services)
        key = (one.service, one.name or handle)
        if key in seen:
            continue
        seen.add(key)
        outcome = _settled(out, one, services, known, secrets, None if again else now)
        if outcome is None:
            to_ask.append(one)
        else:
            settled.append(outcome)
    for table in sorted({table for one in to_ask for table in services[one.service].source.fills}):
        refuse_csv(out, table)
    if not to_ask and not settled:
        raise InputError("Name at least one account, such as bluesky:@anna.example or youtube:@beanco.")
    counts = Counter(one.service for one in to_ask)
    needs = tuple(
        Need(service, counts[name], counts[name] * service.requests(posts))
        for name, service in services.items()
        if counts[name]
    )
    return Plan(tuple(to_ask), tuple(settled), needs, posts, known, secrets, services)


def _settled(
    out: Path,
    one: Handle,
    services: Mapping[str, Service],
    known: Known,
    secrets: dict[str, Secret],
    now: datetime | None,
) -> Outcome | None:
    """Return what becomes of somebody who is not asked for; None where they are. Keys that are needed go to ``secrets``."""
    if not one.service:
        return Outcome(one, "unclear", one.why, known.called(one.text))
    if known.is_shut(one.account):
        return Outcome(one, "opted out")
    service = services[one.service]
    if service.key and one.service not in secrets:
        secret = service.key.read()
        if secret is None:
            return Outcome(one, "no key", f"set {service.key.variable}: {service.key.get}")
        secrets[one.service] = secret
    if service.setting and service.setting.read() is None:
        return Outcome(one, "no key", f"set {service.setting.variable}: {service.setting.get}")
    moment = fetched_at(folder_of(out, one.service, one.name), now) if now else None
    if moment:
        return Outcome(one, "recent", f"fetched at {moment:%Y-%m-%d %H:%M} UTC")
    return None


def fetch(
    out: Path,
    chosen: Plan,
    *,
    patience: float = 900.0,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
) -> Fetched:
    """Ask for everybody in a plan, save what is answered below ``out``, and import it.

    Interrupted, it goes on where it was when it is run again. Another run on the same folder waits for this one.

    Parameters
    ----------
    patience
        The longest wait in seconds that a service may ask for.
    """
    if not chosen.handles and not (out / FOLDER).is_dir():
        return Fetched(chosen.settled, 0, {})
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    client = Client(patience=patience, sleep=sleep, now=now)
    outcomes, stopped = list[Outcome](), dict[object, str]()
    step(f"waiting for another run on {out}")
    try:
        with held(out / FOLDER):
            for number, one in enumerate(chosen.handles, start=1):
                service = chosen.services[one.service]
                step("asking for accounts", number, len(chosen.handles), f"{service.title} {one.name}")
                place = origin(service.base_of(one.name))
                if place in stopped:
                    outcomes.append(Outcome(one, "stopped", stopped[place]))
                    continue
                outcomes.append(_fetch_one(out, one, service, chosen, client))
                if outcomes[-1].state == "stopped":
                    stopped[place] = outcomes[-1].why
            imported = {
                name: done
                for name, service in chosen.services.items()
                if (done := _import(out, service, now))
            }
    finally:
        client.close()
    return Fetched((*outcomes, *chosen.settled), client.requests, imported)


def _fetch_one(out: Path, one: Handle, service: Service, chosen: Plan, client: Client) -> Outcome:
    place = folder_of(out, service.name, one.name)
    saved = begin(place, datetime.fromtimestamp(client.now(), UTC))
    secret = chosen.secrets.get(service.name)
    visit = Visit(service, one.name, chosen.posts, chosen.known, secret, client, saved)
    try:
        service.walk(visit)
    except MissingError:
        more = _suggestions(service, visit)
        others = [other.name for other in chosen.handles if other.service == one.service]
        return Outcome(one, "missing", near=chosen.known.near(one.service, one.name, [*more, *others]))
    except OptedOutError:
        return Outcome(one, "opted out")
    except RefusedError as error:
        return Outcome(one, "refused", str(error), answers=len(saved.files))
    except StoppedError as error:
        return Outcome(one, "stopped", str(error), answers=len(saved.files))
    saved.complete()
    return Outcome(one, "fetched", answers=len(saved.files))


def _suggestions(service: Service, visit: Visit) -> list[str]:
    try:
        return service.near(visit) if service.near else []
    except HaltError:
        return []


def _import(out: Path, service: Service, now: Callable[[], float]) -> Imported | None:
    """Import what a service answered and no run has imported; counts are as of the moment at which each file came."""
    waiting = list(to_import(out, service.name))
    files = [path for visit in waiting for path in visit.files]
    if not files:
        return None
    moments = {path: datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in files}
    done = run_import(service.source, files, out, read_at=moments)
    latest = datetime.fromtimestamp(now(), UTC)
    for visit in waiting:
        # An interrupted one that is too old to go on is done with as it is.
        if visit.state or begin(visit.folder.parent, latest).folder != visit.folder:
            visit.mark("imported")
    return done
