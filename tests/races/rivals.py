"""Many people who want one slot at the same instant, over HTTP, at two servers; and who won, looked at from both sides."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import time as clock_time
from http.client import HTTPConnection
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

from moonlit.domain.zones import first_instant
from tests.races.installation import HOURS, Installation, days
from tests.support.api import booking
from tests.support.practice import DENVER
from tests.system.demo import call, eventually

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LIVE = ("held", "pending", "submitting", "unknown", "booked", "checked_in")
PATIENCE = 120
"""Seconds a single answer may take; a slow machine is no loser."""


@dataclass(frozen=True)
class Answer:
    rival: int
    status: int
    body: dict[str, Any]
    ms: float
    """From the moment the rivals were let go."""


@dataclass
class Race:
    """One start of one provider, wanted by `answers`."""

    number: int
    provider: str
    start: str
    answers: list[Answer]

    @property
    def winners(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status == 202]

    @property
    def losers(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status == 409 and answer.body["code"] == "slot_taken"]


@dataclass
class Results:
    races: list[Race] = field(default_factory=list)

    @property
    def winners(self) -> int:
        return sum(len(race.winners) for race in self.races)

    @property
    def losers(self) -> int:
        return sum(len(race.losers) for race in self.races)

    @property
    def slowest_loser(self) -> float:
        return max((loser.ms for race in self.races for loser in race.losers), default=0.0)

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the losers had their answer."""
        times = sorted(loser.ms for race in self.races for loser in race.losers)
        return times[min(int(len(times) * share), len(times) - 1)] if times else 0.0


def starts(made: Installation) -> Iterator[tuple[str, str]]:
    """Every open hour as (provider of the EHR, instant), each one once."""
    for day, hour, provider in itertools.product(days(), HOURS, sorted(made.providers)):
        if provider in {"71", "72"}:
            yield provider, first_instant(day, clock_time(hour), DENVER).isoformat()


def run_race(made: Installation, provider: str, start: str, number: int, *, rivals: int) -> Race:
    """Let that many ask at once, half of them at each server. Each comes from an address of its own."""
    gate = Barrier(rivals)

    def ask(rival: int) -> Answer:
        link = HTTPConnection(urlsplit(made.servers[rival % len(made.servers)]).netloc, timeout=PATIENCE)
        body = json.dumps(wanted(made, provider, start, number, rival))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
            "X-Forwarded-For": f"10.{number // 250}.{number % 250}.{rival + 1}",
        }
        try:
            link.connect()
            gate.wait(PATIENCE)
            let_go = time.perf_counter()
            link.request("POST", "/api/v1/appointments", body, headers)
            answer = link.getresponse()
            found = json.loads(answer.read())
        finally:
            link.close()
        return Answer(rival, answer.status, found, (time.perf_counter() - let_go) * 1000)

    with ThreadPoolExecutor(rivals) as pool:
        return Race(number, provider, start, list(pool.map(ask, range(rivals))))


def wanted(made: Installation, provider: str, start: str, number: int, rival: int) -> dict[str, Any]:
    someone = booking(start, provider=str(made.providers[provider]))
    someone["patient"] |= {"first_name": _name(rival), "last_name": f"Q{_name(number)}", "email": email(number, rival)}
    someone["consents"] = [each for each in someone["consents"] if each["kind"] != "sms"]
    return someone


def email(number: int, rival: int) -> str:
    return f"rival{rival}.of{number}@example.org"


def _name(number: int) -> str:
    high, low = divmod(number, len(LETTERS))
    return (_name(high - 1) if high else "") + LETTERS[low]


def run_races(made: Installation, races: int, *, rivals: int, after: int = 0, say: Any = None) -> Results:
    """One race after another, each for a slot of its own; `after` skips slots that were raced for before."""
    results = Results()
    for number, (provider, start) in enumerate(itertools.islice(starts(made), after, after + races), after):
        race = run_race(made, provider, start, number, rivals=rivals)
        results.races.append(race)
        judge(race, rivals)
        if say and (number + 1) % 50 == 0:
            say(f"  {number + 1 - after} of {races} races, slowest loser {results.slowest_loser:.0f} ms")
    if len(results.races) != races:
        raise AssertionError("there were not enough slots")
    return results


def judge(race: Race, rivals: int) -> None:
    """One winner; everybody else a clean conflict that names other times."""
    found = Counter((answer.status, answer.body.get("code")) for answer in race.answers)
    assert found == {(202, None): 1, (409, "slot_taken"): rivals - 1}, found
    assert all(loser.body["alternatives"] for loser in race.losers), "a conflict without alternatives"
    assert all(each["start"] != race.start for loser in race.losers for each in loser.body["alternatives"])


def check_both_sides(made: Installation, results: Results, *, seconds: float) -> None:
    """Every winner is booked, on both sides, alone; nobody else left a trace on either.

    Looks at the whole database and the whole EHR: call when all that was ever asked of them is settled or will be.
    """
    for race in results.races:
        address = race.winners[0].body["status_url"]
        found = eventually(lambda at=address: call("GET", at)[1], lambda seen: seen["state"] != "pending", seconds)
        assert found["state"] == "booked", found
    rows = made.sql(
        "SELECT a.id::text, a.athena_appt_id, p.calendar_source_id, a.start FROM booking_appointment a"
        " JOIN practice_provider p ON p.id = a.provider_id WHERE a.state = ANY(%s)",
        list(LIVE),
    )
    assert len({(provider, start) for _, _, provider, start in rows}) == len(rows), "two live rows for one time"
    assert made.sql("SELECT DISTINCT state FROM booking_appointment") == [("booked",)], "a loser left a row"
    of_slot = {slot: appointment for appointment, slot, _, _ in rows}
    visits = {visit["id"]: visit for visit in made.visits()}
    assert visits.keys() == of_slot.keys(), "the EHR holds another visit than we do"
    times = {(visit["providerid"], visit["date"], visit["starttime"]) for visit in visits.values()}
    assert len(times) == len(visits), "two visits for one time"
    assert all(of_slot[slot] in visit["notes"][0]["text"] for slot, visit in visits.items())
    slot_of = {appointment: slot for slot, appointment in of_slot.items()}
    for race in results.races:
        (winner,) = race.winners
        visit = visits[slot_of[winner.body["appointment"]]]
        assert visit["providerid"] == race.provider
        assert visit["patient"]["email"] == email(race.number, winner.rival), "the visit is another patient's"
    assert made.control("GET", "patients?limit=1")["total"] == len(visits), "a loser left a chart"
