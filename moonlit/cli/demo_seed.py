"""Tells the simulated Athena about the loaded practice: departments, providers, reasons, types, weekly schedules.

The real Athena knows these by itself. Schedules are made up, evenly and always the same: each provider works Monday to
Friday, one place a day in turn; longer visits in the morning, shorter ones in the afternoon.
"""

import json
import urllib.request
from typing import Any

from moonlit.cli.mapping import Offer, offers
from moonlit.practice.models import Location, Provider, ProviderVisitType

MORNING = {"start": "09:00", "end": "12:00"}
AFTERNOON = {"start": "13:00", "end": "17:00"}
WORKDAYS = range(5)  # 0 is Monday
DAYS_AHEAD = 100  # at least 90 must always lie ahead
_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def seed(base_url: str) -> dict[str, int]:
    """Sends the practice to the simulator's control address; what is there already stays. Returns its counts."""
    body = json.dumps(practice_for_athena()).encode()
    request = urllib.request.Request(  # noqa: S310 the simulator's own address
        f"{base_url}/_control/seed",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    with _LOCAL.open(request, timeout=60) as answer:
        counts: dict[str, int] = json.load(answer)
    return counts


def practice_for_athena() -> dict[str, Any]:
    """The practice in the words of the simulator's control address."""
    places = list(Location.objects.exclude(ehr_department_id=None).order_by("code"))
    providers = list(Provider.objects.exclude(calendar_source_id=None).order_by("npi"))
    rows = list(ProviderVisitType.objects.exclude(ehr_reason_id=None).select_related("visit_type").order_by("id"))
    given = offers(providers, rows, places)
    typed = {offer.row.ehr_type_id: offer.row for offer in given if offer.row.ehr_type_id}
    schedules: list[dict[str, Any]] = []
    for turn, provider in enumerate(providers):
        schedules += _schedules(provider, [offer for offer in given if offer.provider == provider], turn)
    return {
        "departments": [_department(place) for place in places],
        "providers": [_provider(provider) for provider in providers],
        "types": [
            {"id": key, "name": row.visit_type.name["en"], "duration": row.minutes} for key, row in typed.items()
        ],
        "reasons": [_reason(offer) for offer in given],
        "schedules": schedules,
        "days": DAYS_AHEAD,
    }


def _department(place: Location) -> dict[str, Any]:
    address = {"address": place.line1, "city": place.city, "state": place.state, "zip": place.zip}
    return {
        "id": place.ehr_department_id,
        "name": place.name,
        "timezonename": place.time_zone,
        "telehealth": place.kind == Location.Kind.TELEHEALTH,
        **{name: value for name, value in address.items() if value},
    }


def _provider(provider: Provider) -> dict[str, Any]:
    return {
        "id": provider.calendar_source_id,
        "firstname": provider.first_name,
        "lastname": provider.last_name,
        "npi": int(provider.npi),
        "entitytype": "Person",
        "providertypeid": provider.credentials.split(",")[0] or "MD",
        "specialty": "Psychiatry",
    }


def _reason(offer: Offer) -> dict[str, Any]:
    row = offer.row
    reason = {
        "id": row.ehr_reason_id,
        "name": row.visit_type.name["en"],
        "reasontype": "new" if row.visit_type.new_patient else "existing",
        "providerid": offer.provider.calendar_source_id,
        "departmentid": offer.place.ehr_department_id,
        "minutes": row.minutes,
        "schedulingminhours": row.visit_type.min_notice_hours,
        "schedulingmaxdays": row.visit_type.horizon_days,
    }
    return {**reason, "appointmenttypeid": row.ehr_type_id} if row.ehr_type_id else reason


def _schedules(provider: Provider, given: list[Offer], turn: int) -> list[dict[str, Any]]:
    """One schedule per place and length of visit. `turn` shifts the order of places, so that no day has every clinician
    at the same one.
    """
    places = list(dict.fromkeys(offer.place for offer in given))
    made: dict[tuple[str, int], dict[str, Any]] = {}
    for weekday in WORKDAYS if places else []:
        place = places[(weekday + turn) % len(places)]
        rows = [offer.row for offer in given if offer.place == place]
        lengths = sorted({row.minutes for row in rows}, reverse=True)
        for hours, minutes in ((MORNING, lengths[0]), (AFTERNOON, lengths[-1])):
            key = (place.code, minutes)
            schedule = made.setdefault(
                key,
                {
                    "id": f"{provider.calendar_source_id}-{place.code}-{minutes}",
                    "providerid": provider.calendar_source_id,
                    "departmentid": place.ehr_department_id,
                    "minutes": minutes,
                    "reasonids": [row.ehr_reason_id for row in rows if row.minutes == minutes],
                    "blocks": [],
                },
            )
            schedule["blocks"].append({"weekday": weekday, **hours})
    return list(made.values())
