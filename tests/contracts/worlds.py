"""One small practice, built twice: in memory and in the Athena simulator. A test asks for things; a world arranges them."""

import hashlib
import hmac
import json
import threading
import urllib.request
from datetime import UTC, date, datetime, time

from moonlit.domain import zones
from moonlit.ehr import port
from moonlit.ehr.athena.adapter import AthenaEhr
from moonlit.ehr.athena.settings import AthenaSettings
from moonlit.ehr.memory import MemoryEhr
from moonlit.ehr.port import Department, EhrProvider, EhrStatus, OpenSlot, PersonDetails, Reason

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""A Monday six days before American clocks go forward."""
VIDEO, ROME, NOWHERE = "1", "2", "3"
ZONES = {VIDEO: "America/Denver", ROME: "America/New_York", NOWHERE: None}
ATTENDING, RESIDENT, ROOM = "71", "72", "73"
NEW, FOLLOW_UP = "101", "102"
CREDENTIALS = {"client_id": "contract-client", "client_secret": "contract-secret-of-no-worth"}
PRACTICE = "195900"
PACKAGE = "10459"
PUSH_SECRET = "push-secret-of-no-worth"
READS = ("changed_since",)


class MemoryWorld:
    name = "memory"

    def __init__(self):
        self.ehr = MemoryEhr(clock=lambda: NOW, clinics={ROME})
        self.ehr.add_department(Department(VIDEO, "Video", "America/Denver", "UT"))
        self.ehr.add_department(Department(ROME, "Rome Office", "America/New_York", "NY"))
        self.ehr.add_department(Department(NOWHERE, "Nowhere", None, "UT"))
        self.ehr.add_provider(EhrProvider(ATTENDING, "Osgood Farrow, MD", is_person=True, npi="2000000432"))
        self.ehr.add_provider(
            EhrProvider(RESIDENT, "Tamsin Reed, MD", is_person=True, supervising_provider_id=ATTENDING)
        )
        self.ehr.add_provider(EhrProvider(ROOM, "Injection Room", is_person=False))
        for provider in (ATTENDING, RESIDENT):
            for department in (VIDEO, ROME):
                self.ehr.add_reason(Reason(NEW, "First visit", "new"), department_id=department, provider_id=provider)
            self.ehr.add_reason(
                Reason(FOLLOW_UP, "Follow-up", "existing", min_hours=48, max_days=30),
                department_id=VIDEO,
                provider_id=provider,
            )
        self.ehr.add_package(PACKAGE, "HARBOR HEALTH (PPO)")
        self._next = 9001

    def slot(self, provider=RESIDENT, department=VIDEO, day=date(2026, 3, 5), at="09:00", minutes=60, reasons=(NEW,)):
        slot_id = str(self._next)
        self._next += 1
        when = zones.resolve(day, time.fromisoformat(at), ZONES[department])
        if isinstance(when, zones.Gap):
            self.ehr.add_slot_in_gap(slot_id, department_id=department)
            return slot_id
        repeated = isinstance(when, zones.Repeated)
        start = when.first if repeated else when.at
        self.ehr.add_slot(OpenSlot(slot_id, department, provider, start, minutes, tuple(reasons), "11", repeated))
        return slot_id

    def chart(self, person, consent=None):
        return self.ehr.add_patient(person, consent=consent)

    def confirmed_by_the_ehr(self, appointment_id):
        return appointment_id in self.ehr.confirmed

    def charts(self):
        return len(self.ehr.charts.people)

    def front_desk_books(self, slot_id):
        self.ehr.staff_book(slot_id, self.chart(PersonDetails("Walter", "Walkin", date(1970, 1, 1))))

    def front_desk_cancels(self, appointment_id, *, no_show=False):
        self.ehr.staff_cancel(appointment_id, no_show=no_show)

    def front_desk_moves(self, appointment_id, slot_id):
        self.ehr.staff_move(appointment_id, slot_id)

    def merge(self, old, new):
        self.ehr.merge_patients(old, new)

    def push(self, topic, record_id, event_id):
        return self.ehr.push(topic, record_id, event_id=event_id)

    def checked_in(self, appointment_id):
        self.ehr.staff_set(appointment_id, EhrStatus.CHECKED_IN)

    def freeze(self, slot_id):
        self.ehr.freeze_slot(slot_id)

    def remove(self, slot_id):
        self.ehr.remove_slot(slot_id)

    def lose_answer(self, operation, *, stored):
        error = port.Retry if operation in READS else port.Unknown
        self.ehr.fail_next(operation, error("answer lost"), stored=stored)

    def throttle(self, operation):
        self.ehr.fail_next(operation, port.Throttled("status 429"))


_OPERATIONS = {"set_supervisor": "update_booked", "unfreeze": "freeze", "changed_since": "changed"}
"""The simulator's names where they are not the port's."""


class SimulatorWorld:
    name = "simulator"

    def __init__(self, address, supervision_write="supervisingproviderid"):
        self.address = address
        self.control("POST", "reset", {"keep_seed": False})
        self.control("POST", "clock", {"now": NOW.isoformat()})
        self.control("POST", "settings", {"token_limit": 100_000})
        self.control("POST", "seed", _SEED)
        self.clock = lambda: NOW
        self.ehr = self.adapter(supervision_write=supervision_write)

    def adapter(self, **changes):
        settings = AthenaSettings(
            **{
                "base_url": self.address,
                **CREDENTIALS,
                "practice_id": PRACTICE,
                "webhook_secret": PUSH_SECRET,
                "rps": 0.0,
                "daily_limit": 0,
                **changes,
            }
        )
        return AthenaEhr(settings, clock=self.clock, sleep=threading.Event().wait)

    def control(self, method, what, body=None):
        request = urllib.request.Request(
            f"{self.address}/_control/{what}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def slot(self, provider=RESIDENT, department=VIDEO, day=date(2026, 3, 5), at="09:00", minutes=60, reasons=(NEW,)):
        made = self.control(
            "POST",
            "slots",
            {
                "providerid": provider,
                "departmentid": department,
                "date": day.isoformat(),
                "starttime": at,
                "minutes": minutes,
                "reasonids": list(reasons),
            },
        )
        return str(made["ids"][0])

    def confirmed_by_the_ehr(self, appointment_id):
        return self.control("GET", f"appointments/{appointment_id}")["confirmation"] == "mailed"

    def chart(self, person, consent=None):
        flags = {}
        if consent is not None:
            flags = {"consenttotext": consent.sms, "contactpreference_appointment_email": consent.email}
        made = self.control(
            "POST",
            "patients",
            {
                "firstname": person.first_name,
                "lastname": person.last_name,
                "dob": person.date_of_birth.strftime("%m/%d/%Y"),
                "departmentid": VIDEO,
                **({"email": person.email} if person.email else {}),
                **({"mobilephone": person.phone[2:]} if person.phone else {}),
                **flags,
            },
        )
        return str(made["patientid"])

    def charts(self):
        return self.control("GET", "patients")["total"]

    def front_desk_books(self, slot_id):
        patient = {"firstname": "Walter", "lastname": "Walkin", "dob": "01/01/1970"}
        self.control("POST", "staff/book", {"slotid": slot_id, "patient": patient})

    def front_desk_cancels(self, appointment_id, *, no_show=False):
        self.control("POST", "staff/cancel", {"appointmentid": appointment_id, "no_show": no_show})

    def front_desk_moves(self, appointment_id, slot_id):
        self.control("POST", "staff/move", {"appointmentid": appointment_id, "slotid": slot_id})

    def merge(self, old, new):
        self.control("POST", "staff/merge", {"patientid": old, "into": new})

    def push(self, topic, record_id, event_id):
        """A delivery in the official shape, signed as the vendor signs."""
        kind, _, verb = topic.partition(".")
        focus = {"identifier": {"system": f"urn:athenahealth:athenanet:{kind}:{PRACTICE}", "value": record_id}}
        status = {
            "resourceType": "SubscriptionStatus",
            "topic": f"https://api.platform.athenahealth.com/fhir/r4/SubscriptionTopic/{kind.capitalize()}.{verb}",
            "notificationEvent": [{"id": event_id, "eventNumber": "1", "focus": focus}],
        }
        bundle = {"resourceType": "Bundle", "type": "history", "entry": [{"resource": status}]}
        body = (json.dumps(bundle, indent=2) + " \n").encode()
        return "sha256=" + hmac.new(PUSH_SECRET.encode(), body, hashlib.sha256).hexdigest(), body

    def checked_in(self, appointment_id):
        self.control("POST", "staff/status", {"appointmentid": appointment_id, "status": "2"})

    def freeze(self, slot_id):
        self.control("POST", "staff/freeze", {"slotid": slot_id, "freeze": True})

    def remove(self, slot_id):
        self.control("DELETE", f"slots/{slot_id}")

    def fault(self, kind, operation, **more):
        self.control("POST", "faults", {"op": operation, "kind": kind, **more})

    def lose_answer(self, operation, *, stored):
        self.fault("commit_then_reset" if stored else "reset", _OPERATIONS.get(operation, operation))

    def throttle(self, operation):
        self.fault("429", _OPERATIONS.get(operation, operation))


_SEED = {
    "departments": [
        {"id": VIDEO, "name": "Video", "timezonename": "America/Denver", "state": "UT", "telehealth": True},
        {"id": ROME, "name": "Rome Office", "timezonename": "US/Eastern", "state": "NY"},
        {"id": NOWHERE, "name": "Nowhere", "timezonename": None, "state": "UT"},
    ],
    "providers": [
        {"id": ATTENDING, "firstname": "Osgood", "lastname": "Farrow", "providertypeid": "MD", "npi": 2000000432},
        {
            "id": RESIDENT,
            "firstname": "Tamsin",
            "lastname": "Reed",
            "providertypeid": "MD",
            "supervisingproviderid": ATTENDING,
        },
        {"id": ROOM, "firstname": "", "lastname": "Injection Room", "entitytype": "Non-person entity"},
    ],
    "types": [
        {"id": "11", "name": "New psychiatric visit", "duration": 60},
        {"id": "12", "name": "Follow-up visit", "duration": 60},
    ],
    "reasons": [
        {
            "id": NEW,
            "name": "First visit",
            "reasontype": "new",
            "providerid": provider,
            "departmentid": department,
            "appointmenttypeid": "11",
        }
        for provider in (ATTENDING, RESIDENT)
        for department in (VIDEO, ROME)
    ]
    + [
        {
            "id": FOLLOW_UP,
            "name": "Follow-up",
            "reasontype": "existing",
            "providerid": provider,
            "departmentid": VIDEO,
            "appointmenttypeid": "12",
            "schedulingminhours": 48,
            "schedulingmaxdays": 30,
        }
        for provider in (ATTENDING, RESIDENT)
    ],
    "schedules": [],
    "packages": [{"id": PACKAGE, "name": "HARBOR HEALTH (PPO)"}],
}

WEEK = {"first_day": date(2026, 3, 2), "last_day": date(2026, 3, 15)}
