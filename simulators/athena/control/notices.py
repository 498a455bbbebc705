"""The feed's queue and the pushes: looked at, held back, sent again, in another order or together."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from simulators.athena import changes
from simulators.athena.state import World


def feed(world: World, request: Request, doc: Any) -> Any:
    """What waits to be read and what was; a POST puts records into the queue though nothing about them changed."""
    if request.method == "POST":
        with world.transaction():
            for name, kind in (("appointmentids", "appointment"), ("patientids", "patient")):
                for number in doc.get(name, []):
                    changes.enqueue(world, kind, int(number))
    return {kind: queue(world, kind) for kind in changes.EVENTS}


def queue(world: World, kind: str) -> dict[str, Any]:
    rows = world.db.execute("SELECT * FROM feed WHERE kind = ? ORDER BY id", [kind]).fetchall()
    return {
        "subscription": changes.subscription(world, kind),
        "waiting": [str(row["subject"]) for row in rows if row["read"] is None],
        "read": [str(row["subject"]) for row in rows if row["read"] is not None],
    }


def pushes(world: World, request: Request, doc: Any) -> Any:
    """GET lists them (`?state=` only some); POST {"hold": true} keeps them back from now on; DELETE drops them all."""
    if request.method == "DELETE":
        return {"removed": world.pusher.forget()}
    if request.method == "POST" and doc.get("hold"):
        world.pusher.hold()
    wanted = request.query_params.get("state")
    rows = [row for row in world.pusher.listed() if wanted in (None, row["state"])]
    return {"held": world.pusher.held, "webhook": world.knobs["webhook"], "pushes": rows}


def release(world: World, request: Request, doc: Any) -> Any:
    """Sends what was held: order arrival, reversed or shuffled; `batch` events together; each `copies` times."""
    order, batch, copies = doc.get("order", "arrival"), int(doc.get("batch", 1)), int(doc.get("copies", 1))
    return {"sent": world.pusher.release(order, batch, copies)}


def repeat(world: World, request: Request, doc: Any) -> Any:
    """Sends again what was delivered or is dead: all, or those of `ids`."""
    ids = {int(number) for number in doc["ids"]} if "ids" in doc else None
    return {"sent": world.pusher.repeat(ids)}
