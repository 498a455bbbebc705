"""Every path of the vendor's that the simulator answers, with the name faults and the log know it by."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from simulators.athena import (
    appointments,
    catalog,
    feed,
    fhir,
    insurances,
    moves,
    openings,
    patients,
    privacy,
    slots,
    video,
)
from simulators.athena.call import Call

Handler = Callable[[Call], Any]
FHIR = "/fhir/r4"
PATHS: list[tuple[str, str, str, Handler]] = [
    ("GET", "/ping", "ping", catalog.ping),
    ("GET", "/departments", "departments", catalog.departments),
    ("GET", "/departments/{departmentid}", "department", catalog.department),
    ("GET", "/providers", "providers", catalog.providers),
    ("GET", "/providers/{providerid}", "provider", catalog.provider),
    ("GET", "/appointmenttypes", "types", catalog.types),
    ("GET", "/appointmenttypes/{appointmenttypeid}", "type", catalog.type_),
    ("GET", "/patientappointmentreasons", "reasons", catalog.reasons),
    ("GET", "/patientappointmentreasons/newpatient", "reasons", catalog.reasons_new),
    ("GET", "/patientappointmentreasons/existingpatient", "reasons", catalog.reasons_existing),
    ("GET", "/appointments/open", "open_slots", openings.open_slots),
    ("GET", "/appointments/booked", "booked", appointments.booked),
    ("GET", "/appointments/booked/multipledepartment", "booked", appointments.booked),
    ("PUT", "/appointments/booked/{appointmentid}", "update_booked", appointments.correct),
    ("GET", "/appointments/{appointmentid}", "appointment", appointments.read),
    ("PUT", "/appointments/{appointmentid}", "book", appointments.book),
    ("PUT", "/appointments/{appointmentid}/cancel", "cancel", appointments.cancel),
    ("PUT", "/appointments/{appointmentid}/reschedule", "reschedule", moves.reschedule),
    ("PUT", "/appointments/{appointmentid}/freeze", "freeze", slots.put_freeze),
    ("GET", "/appointments/{appointmentid}/nativeathenatelehealthroom", "video_room", video.room),
    ("GET", "/appointments/{appointmentid}/notes", "notes", appointments.notes),
    ("POST", "/appointments/{appointmentid}/notes", "add_note", appointments.write_note),
    ("GET", "/appointments/{appointmentid}/insurances", "appointment_insurances", insurances.of_appointment),
    ("PUT", "/appointments/{appointmentid}/insurances", "choose_insurances", insurances.choose),
    ("GET", "/insurancepackages", "packages", insurances.search),
    ("GET", "/patients", "patients", patients.search),
    ("POST", "/patients", "create_patient", patients.create),
    ("GET", "/patients/enhancedbestmatch", "bestmatch", patients.bestmatch),
    ("GET", "/patients/{patientid}", "patient", patients.read),
    ("PUT", "/patients/{patientid}", "update_patient", patients.update),
    ("GET", "/patients/{patientid}/appointments", "patient_appointments", appointments.of_patient),
    ("GET", "/patients/{patientid}/insurances", "insurances", insurances.of_patient),
    ("POST", "/patients/{patientid}/insurances", "add_insurance", insurances.add),
    ("DELETE", "/patients/{patientid}/insurances", "remove_insurance", insurances.remove),
    ("DELETE", "/patients/{patientid}/insurances/{insuranceid}", "remove_insurance", insurances.remove),
    ("GET", "/patients/{patientid}/privacyinformationverified", "privacy", privacy.read),
    ("POST", "/patients/{patientid}/privacyinformationverified", "set_privacy", privacy.verify),
    ("GET", "/appointments/changed", "changed", feed.appointments_changed),
    ("GET", "/patients/changed", "patients_changed", feed.patients_changed),
    *(
        (method, f"/{kind}s/changed/subscription{rest}", f"{op}{suffix}", partial(handler, kind=kind))
        for kind, suffix in (("appointment", ""), ("patient", "_patients"))
        for method, rest, op, handler in (
            ("GET", "", "subscription", feed.subscribed),
            ("POST", "", "subscribe", feed.subscribe),
            ("DELETE", "", "unsubscribe", feed.unsubscribe),
            ("GET", "/events", "subscription_events", feed.possible_events),
        )
    ),
    ("GET", f"{FHIR}/SubscriptionTopic", "fhir_topics", fhir.topics),
    ("GET", f"{FHIR}/Subscription", "fhir_subscriptions", fhir.subscriptions),
    ("POST", f"{FHIR}/Subscription", "fhir_subscribe", fhir.subscribe),
    ("DELETE", f"{FHIR}/Subscription/[0-9a-f-]{{36}}", "fhir_unsubscribe", fhir.unsubscribe),
]
ROUTES = [
    (method, re.compile(re.sub(r"\{(\w*id)\}", r"(?P<\1>\\d{1,15})", path)), op, handler)
    for method, path, op, handler in PATHS
]
OPERATIONS = tuple(dict.fromkeys(["token", *(op for _, _, op, _ in PATHS)]))


def route(method: str, path: str) -> tuple[str, Handler | None, dict[str, int]]:
    for known, pattern, op, handler in ROUTES:
        found = pattern.fullmatch(path) if known == method else None
        if found:
            return op, handler, {name: int(value) for name, value in found.groupdict().items()}
    return "unknown", None, {}
