import pytest
from starlette.testclient import TestClient

from simulators.athena.app import create_app
from simulators.athena.example import PRACTICE
from simulators.athena.state import Settings

NOW = "2026-03-02T15:00:00Z"  # a Monday; summer time begins on Sunday 8 March in Denver, never in Phoenix
SCOPE = "athena/service/Athenanet.MDP.*"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Vendor:
    """A client of the simulator: vendor calls carry a token, control calls do not."""

    def __init__(self, app):
        self.app = app
        self.http = TestClient(app)
        self.token = ""

    def get_token(self, **changes):
        form = {"grant_type": "client_credentials", "scope": SCOPE} | changes.pop("form", {})
        return self.http.post("/oauth2/v1/token", data=form, auth=changes.pop("auth", ("id", "secret")))

    def call(self, method, path, *, token=None, practice="195900", **more):
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"} | more.pop("headers", {})
        return self.http.request(method, f"/v1/{practice}{path}", headers=headers, **more)

    def get(self, path, **params):
        return self.call("GET", path, params=params)

    def put(self, path, **form):
        return self.call("PUT", path, data=form)

    def post(self, path, **form):
        return self.call("POST", path, data=form)

    def control(self, path, doc=None, method=None):
        answer = self.http.request(method or ("GET" if doc is None else "POST"), f"/_control/{path}", json=doc)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def at(self, moment):
        """Moves the clock and takes a new token."""
        self.control("clock", {"now": moment})
        self.token = self.get_token().json()["access_token"]

    def fault(self, **fault):
        return self.control("faults", fault)

    def open(self, **params):
        """Open rows of provider 71 in department 1, unless told otherwise."""
        return self.get("/appointments/open", **({"departmentid": 1, "providerid": 71, "limit": 5000} | params)).json()[
            "appointments"
        ]

    def patient(self, **changes):
        form = {
            "firstname": "Nora",
            "lastname": "Feld",
            "dob": "04/05/1990",
            "departmentid": "1",
            "email": "nora@example.org",
        }
        return self.post("/patients", **(form | changes)).json()[0]["patientid"]

    def slot(self, day="03/05/2026", reasonid=101, starttime="09:00"):
        rows = self.open(reasonid=reasonid, startdate=day, enddate=day)
        return next(row for row in rows if row["starttime"] == starttime)["appointmentid"]


def make(state_dir=None, practice=PRACTICE, **knobs):
    app = create_app(Settings("id", "secret", state_dir=state_dir, knobs={"token_limit": 1000, **knobs}))
    vendor = Vendor(app)
    vendor.control("clock", {"now": NOW})
    if practice:
        vendor.control("seed", practice)
    vendor.token = vendor.get_token().json()["access_token"]
    return vendor


@pytest.fixture
def vendor():
    return make()
