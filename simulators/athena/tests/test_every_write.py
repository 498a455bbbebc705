"""Each write of the booking, moving, cancelling and chart sagas, failing before it is stored and after."""

import pytest

from .conftest import make

SIGNED = {"departmentid": 1, "signaturename": "Nora Feld", "signaturedatetime": "03/01/2026 10:00:00"}
SELF_PAY = {"insurancepackageid": 0, "sequencenumber": 1, "departmentid": 1}
# operation: method, path, form; {visit} is booked for {patient}, {free} and {frozen} are slots
WRITES = {
    "create_patient": ("POST", "/patients", {"firstname": "Olga", "lastname": "Marsh", "dob": "01/02/1980",
                                             "departmentid": 1, "email": "olga@example.org"}),
    "update_patient": ("PUT", "/patients/{patient}", {"city": "Provo"}),
    "book": ("PUT", "/appointments/{free}", {"patientid": "{patient}", "reasonid": 101}),
    "update_booked": ("PUT", "/appointments/booked/{visit}", {"supervisingproviderid": 72}),
    "cancel": ("PUT", "/appointments/{visit}/cancel", {"patientid": "{patient}"}),
    "reschedule": ("PUT", "/appointments/{visit}/reschedule", {"patientid": "{patient}", "newappointmentid": "{free}"}),
    "freeze": ("PUT", "/appointments/{free}/freeze", {"freeze": "true"}),
    "add_note": ("POST", "/appointments/{visit}/notes", {"notetext": "call first"}),
    "choose_insurances": ("PUT", "/appointments/{visit}/insurances", {}),
    "add_insurance": ("POST", "/patients/{other}/insurances", SELF_PAY),
    "remove_insurance": ("DELETE", "/patients/{patient}/insurances?sequencenumber=1", {}),
    "set_privacy": ("POST", "/patients/{patient}/privacyinformationverified", SIGNED),
    "subscribe": ("POST", "/appointments/changed/subscription", {"eventname": "CheckIn"}),
    "unsubscribe": ("DELETE", "/appointments/changed/subscription", {}),
    "subscribe_patients": ("POST", "/patients/changed/subscription", {}),
    "changed": ("GET", "/appointments/changed", {}),
}  # fmt: skip
KEPT = ("appointment", "patient", "note", "policy", "chosen_policy", "privacy", "feed", "kept")
BEFORE = ("429", "500", "503", "401", "403_qps", "html", "success_false", "reset", "hang")
AFTER = ("commit_then_500", "commit_then_503", "commit_then_html", "commit_then_reset", "commit_then_timeout")


@pytest.fixture
def scene(vendor):
    """One of everything the writes are about."""
    names = {"patient": vendor.patient(), "other": vendor.patient(email="nora2@example.org")}
    names |= {"visit": vendor.slot(), "free": vendor.slot(starttime="10:00")}
    vendor.put(f"/appointments/{names['visit']}", patientid=names["patient"], reasonid=101)
    vendor.post(f"/patients/{names['patient']}/insurances", **SELF_PAY)
    vendor.post("/appointments/changed/subscription", eventname="AddAppointmentSlot")
    vendor.control("slots", {"providerid": 71, "departmentid": 1, "date": "2026-03-05", "starttime": "07:00",
                             "appointmenttypeid": 11})  # fmt: skip
    return names


def state(vendor):
    db = vendor.app.state.world.db
    return {name: [tuple(row) for row in db.execute(f"SELECT * FROM {name} ORDER BY 1")] for name in KEPT}


def write(vendor, names, op):
    method, path, form = WRITES[op]
    return vendor.call(
        method, path.format(**names), data={name: str(value).format(**names) for name, value in form.items()}
    )


@pytest.mark.parametrize("op", WRITES)
def test_what_fails_before_it_is_stored_changes_nothing_and_what_fails_after_is_whole(vendor, scene, op):
    before = state(vendor)
    for kind in BEFORE:
        vendor.fault(kind=kind, op=op, seconds=0.01)
        write(vendor, scene, op)
        assert vendor.control("faults")["faults"] == [], "the call did not meet the fault"
        assert state(vendor) == before, kind
        vendor.token = vendor.get_token().json()["access_token"]  # one of the faults takes it away
    vendor.fault(kind="commit_then_500", op=op)
    assert write(vendor, scene, op).status_code == 500
    assert state(vendor) != before


@pytest.mark.parametrize("kind", AFTER)
@pytest.mark.parametrize("op", ["book", "cancel", "reschedule", "freeze", "add_insurance"])
def test_every_way_to_lose_an_answer_leaves_the_same_behind(op, kind):
    """As without a fault: only the answer differs."""
    found = []
    for fault in (None, kind):
        vendor = make()
        names = {"patient": vendor.patient(), "other": vendor.patient(email="nora2@example.org")}
        names |= {"visit": vendor.slot(), "free": vendor.slot(starttime="10:00")}
        vendor.put(f"/appointments/{names['visit']}", patientid=names["patient"], reasonid=101)
        if fault:
            vendor.fault(kind=fault, op=op, seconds=0.01)
        write(vendor, names, op)
        found.append(state(vendor))
    assert found[0] == found[1]
