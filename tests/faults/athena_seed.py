"""What the Athena simulator holds for the small practice; read also by what runs without Django."""

from tests.support.practice import DENVER

ACCOUNT = {"client_id": "fault-client", "client_secret": "fault-secret-of-no-worth", "practice_id": "195900"}
VIDEO, CLINIC = "1", "2"
ADA, RUI, BEA = "71", "72", "73"
"""Attending, her resident, another attending."""
SEED = {
    "departments": [
        {"id": VIDEO, "name": "Video", "timezonename": DENVER, "state": "UT", "telehealth": True},
        {"id": CLINIC, "name": "River Clinic", "timezonename": DENVER, "state": "UT"},
    ],
    "providers": [
        {"id": ADA, "firstname": "Ada", "lastname": "Attending", "npi": 2000000101},
        {"id": RUI, "firstname": "Rui", "lastname": "Resident", "npi": 2000000218, "supervisingproviderid": ADA},
        {"id": BEA, "firstname": "Bea", "lastname": "Second", "npi": 2000000325},
    ],
    "types": [{"id": "11", "name": "First visit", "duration": 60}],
    "reasons": [
        {"id": f"1{who}", "name": "First visit", "reasontype": "new", "providerid": who, "departmentid": where,
         "appointmenttypeid": "11", "minutes": 60}
        for who in (ADA, RUI, BEA)
        for where in (VIDEO, CLINIC)
    ],
    "schedules": [],
}  # fmt: skip
