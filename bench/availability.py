"""`GET /availability` over HTTP, warm, beside a view of the same server that has the same bytes in memory."""

from __future__ import annotations

import argparse
import json
import platform
import time
from datetime import date, timedelta
from itertools import cycle, islice
from typing import Any

from bench import client
from bench.scratch import processes_below, resident_megabytes, scratch

WARM_UP = 200
CONNECTIONS = 16
FEW_APPOINTMENTS = 2000
CHANGES = 20.0
BASELINE = "same bytes, from memory"
STARTS = 5
"""Requests of one case begin on this many days in turn."""


def measure(args: argparse.Namespace) -> int:
    began = time.perf_counter()

    def progress(text: str) -> None:
        print(f"[bench {time.perf_counter() - began:6.1f} s] {text}", flush=True)

    progress("starting a scratch database")
    with scratch() as place:
        from bench import seed
        from bench.plan import freshness_plan
        from moonlit.domain.zones import local_date
        from moonlit.platform import clock

        now = clock.now()
        seeded = seed.seed(providers=args.providers, days=args.days, now=now, progress=progress)
        few = min(FEW_APPOINTMENTS, args.appointments)
        seed.add_past_visits(0, few, now)
        seed.add_holds(min(20, args.providers), now)
        progress(f"{seeded.slots} open slots; starting the web server")
        server = place.start_server()
        cases = _cases(local_date(now, seed.ZONE), args.days, seeded.payers)
        place.bytes_file.write_bytes(client.Connection(place.port).get(next(iter(cases.values()))[0]))
        rows = []
        grown = next(iter(cases))
        rows.append(_case(place.port, f"{grown}, {few} past visits", cases[grown], args.requests, progress))
        progress(f"adding past visits up to {args.appointments}")
        seed.add_past_visits(few, args.appointments, now)
        for name, paths in cases.items():
            rows.append(_case(place.port, name, paths, args.requests, progress))
        changes = f"{grown}, {CHANGES:.0f} changes a second"
        with seed.changing(CHANGES):
            rows.append(_case(place.port, changes, cases[grown], args.requests, progress))
        rows.append(_case(place.port, BASELINE, ["/bench/same-bytes"], args.requests, progress))
        rows.append(_case(place.port, f"{grown}, once more", cases[grown], args.requests, progress))
        memory = sorted((resident_megabytes(pid) for pid in processes_below(server.process.pid)), reverse=True)[:2]
        found = {
            "what": "availability",
            "at": now.isoformat(timespec="seconds"),
            "machine": f"{platform.machine()}, {_cores()} cores, Python {platform.python_version()}",
            "arguments": {key: value for key, value in vars(args).items() if isinstance(value, int | str)},
            "open_slots": seeded.slots,
            "occupied": seed.occupied(),
            "cases": rows,
            "share_of_baseline": _share(rows, grown),
            "worker_megabytes": [round(each) for each in memory],
            "freshness_plan": freshness_plan(now),
        }
    _print(found)
    target = args.out / f"availability-{now:%Y%m%dT%H%M%SZ}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=1))
    progress(f"written to {target}")
    return 0


def _cases(today: date, days: int, covered: dict[str, int]) -> dict[str, list[str]]:
    def paths(payer: str, length: int, more: str = "") -> list[str]:
        criteria = f"visit_type=intake&modality=telehealth&patient_state=UT&payer={payer}{more}"
        firsts = [today + timedelta(days=number) for number in range(STARTS if length < days else 1)]
        return [
            f"/api/v1/availability?{criteria}&from={first}&to={first + timedelta(days=length - 1)}" for first in firsts
        ]

    fortnight, whole = min(14, days), min(90, days)
    few, many, everybody = covered.values()
    return {
        f"{few} x {fortnight}": paths("few", fortnight),
        f"{many} x {fortnight}, days": paths("many", fortnight, "&detail=days"),
        f"{many} x 1, names": paths("many", 1)[2:],
        f"{everybody} x {whole}, days": paths("everybody", whole, "&detail=days"),
    }


def _case(port: int, name: str, paths: list[str], requests: int, progress: Any) -> dict[str, Any]:
    progress(name)
    turns = list(islice(cycle(paths), requests))
    client.at_a_rate(port, list(islice(cycle(paths), min(WARM_UP, requests))), 0, CONNECTIONS)
    size = len(client.Connection(port).get(paths[-1]))
    closed = client.one_after_another(port, turns)
    began = time.perf_counter()
    client.at_a_rate(port, turns, 0, CONNECTIONS)
    throughput = requests / (time.perf_counter() - began)
    opened = client.at_a_rate(port, turns, throughput / 2, CONNECTIONS)
    return {
        "name": name,
        "bytes": size,
        "closed_ms": _percentiles(closed),
        "open_ms": _percentiles(opened),
        "open_per_second": round(throughput / 2, 1),
        "throughput": round(throughput, 1),
    }


def _percentiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    at = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
    return {
        name: round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000, 2) for name, share in at.items()
    }


def _share(rows: list[dict[str, Any]], name: str) -> float:
    """Throughput of the case as a share of the view that answers with the same bytes."""
    rates = {row["name"]: row["throughput"] for row in rows}
    return round(rates[name] / rates[BASELINE], 3)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0))


def _print(found: dict[str, Any]) -> None:
    print(f"\n{found['open_slots']} open slots, {found['occupied']} visits and holds; {found['machine']}\n")
    columns = ["bytes", "p50", "p95", "p99", "p50", "p95", "p99", "req/s"]
    print(f"{'':<40}{'one client, ms':>24}{'half load, ms':>24}{'most':>8}")
    print(f"{'':<32}{''.join(f'{column:>8}' for column in columns)}")
    for row in found["cases"]:
        closed, opened = row["closed_ms"], row["open_ms"]
        numbers = [row["bytes"], *closed.values(), *opened.values(), row["throughput"]]
        print(f"{row['name']:<32}{''.join(f'{number:>8}' for number in numbers)}")
    case = found["cases"][0]["name"].partition(",")[0]
    print(f"\n{case} answers {found['share_of_baseline']:.0%} as often as the view with the same bytes")
    print(f"memory of the web workers: {' and '.join(map(str, found['worker_megabytes']))} MB\n")
