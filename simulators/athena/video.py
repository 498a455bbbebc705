"""The video room of a visit: a link for the day of the visit, which opens without a login."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.athena import appointments, insurances
from simulators.athena.console.parts import shown
from simulators.athena.wire import Refusal

if TYPE_CHECKING:
    from simulators.athena.call import Call

STANDS = ("f", "2")
HERE = ("127.0.0.1", "localhost")


def room(call: Call) -> Any:
    """GET /appointments/{id}/nativeathenatelehealthroom. The vendor's sentences are not recorded: these are made up."""
    world = call.world
    row = appointments.existing(world, call.args["appointmentid"])
    if row["status"] not in STANDS:
        raise Refusal(400, insurances.NOT_BOOKED)
    if not world.departments.get(row["departmentid"], {}).get("telehealth"):
        raise Refusal(400, "The appointment type of this appointment is not enabled for telehealth.")
    if world.local_now(row["departmentid"]).date().isoformat() != row["date"]:
        raise Refusal(400, "The telehealth link is only available on the day of the appointment.")
    token = hashlib.sha256(f"{world.settings.practice_id} {row['id']} {row['patientid']}".encode()).hexdigest()[:32]
    host = call.headers.get("host", "")
    scheme = "http" if host.partition(":")[0] in HERE else "https"
    return {"appointmentid": str(row["id"]), "jointoken": token, "patienturl": f"{scheme}://{host}/room/{token}"}


async def waiting_room(request: Request) -> Response:
    """Where the link leads: the vendor's own page would ask for camera and microphone."""
    return shown("Video room", "<p>You are in the waiting room. Your clinician will be with you soon.</p>")


def routes() -> list[Route]:
    return [Route("/room/{token}", waiting_room)]
