"""Event push: what is posted where, signed, repeated, held back and mixed up. Over real sockets."""

import hashlib
import hmac
import json
import threading

import pytest

from simulators.receiver import WAIT, receiving

from .conftest import make

SECRET = "a secret of no worth"


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


@pytest.fixture
def pushing(receiver):
    return make(webhook=receiver.address, webhook_secret=SECRET, push_retry_seconds=[0.01, 0.02])


def events_of(body):
    status = json.loads(body)["entry"][0]["resource"]
    found = [(row["id"], row["focus"]["identifier"]["value"]) for row in status["notificationEvent"]]
    return status["topic"].rpartition("/")[2], found


def told(posts):
    """[(topic, record id), ...] of posts with one event each."""
    return [(topic, found[0][1]) for topic, found in (events_of(body) for _, _, body in posts)]


def book(vendor, starttime="09:00"):
    number, patient = vendor.slot(starttime=starttime), vendor.patient()
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    return str(number), patient


def settled(vendor, *states):
    """Waits until every push is in one of the states."""
    give_up = threading.Event()
    for _ in range(WAIT * 100):
        rows = vendor.control("pushes")["pushes"]
        if rows and all(row["state"] in states for row in rows):
            return rows
        give_up.wait(0.01)
    raise AssertionError(rows)


def test_a_booking_is_pushed_as_a_signed_bundle_of_ids(pushing, receiver):
    number, patient = book(pushing)
    posts = receiver.wait(2)
    assert told(posts) == [("Patient.create", patient), ("Appointment.schedule", number)]
    path, headers, body = posts[1]
    assert path == "/hook"
    assert headers["Content-Type"] == "application/fhir+json"
    assert headers["X-Hub-Signature"] == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    bundle = json.loads(body)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "history")
    status, audit = (entry["resource"] for entry in bundle["entry"])
    assert (status["resourceType"], audit["resourceType"]) == ("SubscriptionStatus", "AuditEvent")
    (event,) = status["notificationEvent"]
    assert event["focus"] == {
        "identifier": {"system": "urn:athenahealth:athenanet:appointment:195900", "value": number}
    }
    assert (audit["id"], audit["type"]["code"]) == (event["id"], "Appointment.schedule")
    assert b"Feld" not in body
    assert json.dumps(bundle).encode() != body  # a receiver that serialises anew cannot prove the signature


def test_the_vendors_published_vector_holds():
    """HMAC over the raw bytes: another blank is another signature."""
    from simulators.athena.push import signature

    assert signature("key", b"The quick brown fox jumps over the lazy dog") == (
        "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    )
    assert signature("key", b"{} ") != signature("key", b"{}")


def test_every_change_has_its_topic(pushing, receiver):
    number, patient = book(pushing)
    second, third = pushing.slot(starttime="10:00"), pushing.slot(starttime="11:00")
    pushing.put(f"/appointments/booked/{number}", supervisingproviderid=72)
    pushing.put(f"/appointments/{number}/reschedule", patientid=patient, newappointmentid=second)
    pushing.put(f"/appointments/{third}/freeze", freeze="true")
    pushing.put(f"/appointments/{third}/freeze", freeze="false")
    pushing.put(f"/patients/{patient}", city="Provo")
    pushing.control("staff/checkin", {"appointmentid": second})
    pushing.control("staff/checkout", {"appointmentid": second})
    pushing.control("staff/book", {"slotid": third, "patientid": patient})
    pushing.put(f"/appointments/{third}/cancel", patientid=patient)
    other = pushing.patient(email="nora2@example.org")
    pushing.control("staff/merge", {"patientid": other, "into": patient})
    second, third = str(second), str(third)
    assert told(receiver.wait(15))[2:] == [
        ("Appointment.update", number),
        ("Appointment.reschedule", number),
        ("Appointment.reschedule", second),
        ("Appointment.freeze", third),
        ("Appointment.unfreeze", third),
        ("Patient.update", patient),
        ("Appointment.check-in", second),
        ("Appointment.check-out", second),
        ("Appointment.schedule", third),
        ("Appointment.cancel", third),
        ("Patient.create", other),
        ("Patient.merge", patient),
        ("Patient.merge", other),
    ]


def test_a_refused_write_pushes_nothing(pushing, receiver):
    number, patient = book(pushing)
    receiver.wait(2)
    pushing.put(f"/appointments/{number}/reschedule", patientid=patient, newappointmentid=number)
    assert len(pushing.control("pushes")["pushes"]) == 2


def test_a_write_whose_answer_is_lost_is_pushed(pushing, receiver):
    number, patient = pushing.slot(), pushing.patient()
    pushing.fault(kind="commit_then_500", op="book")
    pushing.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    assert told(receiver.wait(2))[1] == ("Appointment.schedule", str(number))


def test_a_refused_push_comes_again_with_the_same_bytes(pushing, receiver):
    receiver.statuses = [500, 503]
    pushing.patient()
    first, second, third = receiver.wait(3)
    assert first[2] == second[2] == third[2]
    (row,) = settled(pushing, "delivered")
    assert (row["attempts"], row["status"]) == (3, 200)


def test_a_push_nobody_takes_is_dead_and_can_be_replayed(pushing, receiver):
    receiver.statuses = [500] * 3
    pushing.patient()
    (row,) = settled(pushing, "dead")
    assert (row["attempts"], row["status"]) == (3, 500)
    assert pushing.control("pushes/repeat", {"ids": [row["id"]]}) == {"sent": 1}
    posts = receiver.wait(4)
    assert events_of(posts[0][2]) == events_of(posts[3][2])


def test_an_answer_after_the_limit_is_none_and_nobody_waits_for_it(receiver):
    vendor = make(webhook=receiver.address, webhook_secret=SECRET, push_retry_seconds=[], push_limit_seconds=0.05)
    answered = threading.Event()
    receiver.before = lambda: answered.wait(WAIT)
    vendor.patient()
    receiver.wait(1)
    assert vendor.get("/ping").status_code == 200
    (row,) = settled(vendor, "dead")
    assert row["status"] == 0
    answered.set()


def test_nobody_at_the_address_is_an_attempt_like_another():
    vendor = make(webhook="http://127.0.0.1:9/hook", webhook_secret=SECRET, push_retry_seconds=[0])
    vendor.patient()
    assert settled(vendor, "dead")[0]["attempts"] == 2


def test_held_pushes_come_last_first(pushing, receiver):
    assert pushing.control("pushes", {"hold": True})["held"] is True
    number, patient = book(pushing)
    pushing.put(f"/appointments/{number}/cancel", patientid=patient)
    assert {row["state"] for row in pushing.control("pushes")["pushes"]} == {"held"}
    assert pushing.control("pushes/release", {"order": "reversed"}) == {"sent": 3}
    assert told(receiver.wait(3)) == [
        ("Appointment.cancel", number), ("Appointment.schedule", number), ("Patient.create", patient),
    ]  # fmt: skip


def test_held_pushes_come_together_by_topic(pushing, receiver):
    pushing.control("pushes", {"hold": True})
    numbers = [book(pushing, starttime)[0] for starttime in ("09:00", "10:00", "11:00")]
    pushing.control("pushes/release", {"batch": 2})
    found = [events_of(body) for _, _, body in receiver.wait(3)]
    assert [(topic, [value for _, value in rows]) for topic, rows in found][1:] == [
        ("Appointment.schedule", numbers[:2]), ("Appointment.schedule", numbers[2:]),
    ]  # fmt: skip


def test_a_push_may_come_twice_under_one_event_id(pushing, receiver):
    pushing.control("pushes", {"hold": True})
    pushing.patient()
    pushing.control("pushes/release", {"copies": 2})
    first, second = (body for _, _, body in receiver.wait(2))
    assert events_of(first) == events_of(second)
    assert json.loads(first)["id"] != json.loads(second)["id"]


def test_an_unknown_order_is_refused_and_dropped_pushes_never_come(pushing):
    pushing.control("pushes", {"hold": True})
    pushing.patient()
    assert pushing.http.post("/_control/pushes/release", json={"order": "sideways"}).status_code == 400
    assert pushing.control("pushes", method="DELETE") == {"removed": 1}
    assert pushing.control("pushes")["pushes"] == []


def test_the_address_may_be_set_later_and_its_secret_is_never_shown(vendor, receiver):
    vendor.patient()
    shown = vendor.control("settings", {"webhook": receiver.address, "webhook_secret": SECRET})
    assert shown["webhook_secret"] == "(set)"
    assert SECRET not in vendor.http.get("/console/notices").text
    vendor.put("/patients/1", city="Provo")
    assert told(receiver.wait(1)) == [("Patient.update", "1")]
