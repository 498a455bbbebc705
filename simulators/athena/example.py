"""A small practice of its own: three zones (one without daylight saving, one not named), a supervised nurse, a room."""

from typing import Any

MORNINGS = [{"weekday": day, "start": "09:00", "end": "12:00"} for day in range(5)]
AFTERNOONS = [{"weekday": day, "start": "13:00", "end": "17:00"} for day in range(5)]

PRACTICE: dict[str, Any] = {
    "departments": [
        {"id": 1, "name": "Video visits", "timezonename": "America/Denver", "city": "Salt Lake City", "state": "UT",
         "telehealth": True},
        {"id": 2, "name": "Desert Clinic", "timezonename": "America/Phoenix", "city": "Tucson", "state": "AZ"},
        {"id": 3, "name": "Lakeside Clinic", "timezonename": None, "hiddenzone": "America/Boise",
         "city": "Boise", "state": "ID"},
    ],
    "providers": [
        {"id": 71, "firstname": "Alma", "lastname": "Thornquist", "providertypeid": "MD", "specialty": "Psychiatry",
         "npi": 2000000101, "supervisingproviderid": 71},
        {"id": 72, "firstname": "Ruben", "lastname": "Oakes", "providertypeid": "NP", "specialty": "Psychiatry",
         "npi": 2000000119, "supervisingproviderid": 71},
        {"id": 73, "firstname": "", "lastname": "Quiet Room", "entitytype": "Non-person entity",
         "scheduleresourcetype": "Room", "billable": False},
    ],
    "types": [
        {"id": 11, "name": "New psychiatric visit", "duration": 60},
        {"id": 12, "name": "Follow-up visit", "duration": 30},
        {"id": 13, "name": "Any 30", "duration": 30, "generic": True},
        {"id": 14, "name": "Staff meeting", "duration": 60, "patient": False, "templatetypeonly": True},
    ],
    "reasons": [
        {"id": 101, "name": "First visit", "reasontype": "new", "appointmenttypeid": 11, "schedulingminhours": 48,
         "schedulingmaxdays": 60},
        {"id": 102, "name": "Follow-up", "reasontype": "existing", "appointmenttypeid": 12},
        {"id": 103, "name": "Second opinion", "reasontype": "all", "providerid": 71, "departmentid": 1,
         "appointmenttypeid": 11},
    ],
    "packages": [
        {"id": 10459, "name": "COPPER VALLEY HEALTH (PPO)", "displayname": "Copper Valley Health (PPO)",
         "affiliations": ["Copper Choice", "Valley Gold"], "insurancetype": "Commercial", "phone": "(801) 555-0110",
         "addresslist": ["PO BOX 10  SALT LAKE CITY UT 84101", "PO BOX 11  PROVO UT 84601"]},
        {"id": 10702, "name": "COPPER VALLEY HEALTH (HMO)", "displayname": "Copper Valley Health (HMO)",
         "affiliations": [], "insurancetype": "Commercial", "phone": "(801) 555-0111",
         "addresslist": ["PO BOX 10  SALT LAKE CITY UT 84101"]},
        {"id": 10101, "name": "HIGH DESERT MEDICAID", "displayname": "High Desert Medicaid", "affiliations": [],
         "insurancetype": "Medicaid", "phone": "(801) 555-0112", "addresslist": ["PO BOX 12  OGDEN UT 84401"]},
    ],
    "schedules": [
        {"providerid": 71, "departmentid": 1, "minutes": 60, "appointmenttypeid": 11, "blocks": MORNINGS},
        {"providerid": 71, "departmentid": 1, "minutes": 30, "appointmenttypeid": 13, "blocks": AFTERNOONS},
        {"providerid": 72, "departmentid": 2, "minutes": 60, "appointmenttypeid": 11, "blocks": MORNINGS},
        {"providerid": 72, "departmentid": 3, "minutes": 30, "appointmenttypeid": 12, "blocks": AFTERNOONS},
    ],
}  # fmt: skip
