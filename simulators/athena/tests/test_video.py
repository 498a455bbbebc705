"""GET /appointments/{id}/nativeathenatelehealthroom: a link for the day of a video visit."""

import pytest


def booked(vendor, department=1):
    slot = {"providerid": 71, "departmentid": department, "date": "2026-03-05", "starttime": "18:00", "minutes": 60}
    number = str(vendor.control("slots", slot | {"reasonids": [101]})["ids"][0])
    vendor.control(
        "staff/book", {"slotid": number, "patient": {"firstname": "A", "lastname": "B", "dob": "01/01/1970"}}
    )
    return number


def room(vendor, number):
    return vendor.get(f"/appointments/{number}/nativeathenatelehealthroom")


def test_on_the_day_the_link_opens_a_page_without_login(vendor):
    number = booked(vendor)
    vendor.at("2026-03-05T14:00:00Z")
    told = room(vendor, number).json()
    assert (told["appointmentid"], set(told)) == (number, {"appointmentid", "jointoken", "patienturl"})
    assert told == room(vendor, number).json()
    opened = vendor.http.get(told["patienturl"])
    assert (opened.status_code, "waiting room" in opened.text) == (200, True)


@pytest.mark.parametrize(
    ("department", "moment", "why"),
    [
        (1, "2026-03-05T06:59:00Z", "only available on the day"),
        (1, "2026-03-06T07:00:00Z", "only available on the day"),
        (2, "2026-03-05T14:00:00Z", "not enabled for telehealth"),
    ],
)
def test_on_other_days_and_for_clinics_there_is_none(vendor, department, moment, why):
    number = booked(vendor, department)
    vendor.at(moment)
    answer = room(vendor, number)
    assert (answer.status_code, why in answer.json()["error"]) == (400, True)
