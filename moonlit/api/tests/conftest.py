import json
from datetime import date

import pytest

from tests.support.api import booking


@pytest.fixture
def api(client):
    """Calls of the API: `api.get(path, query)`, `api.post(path, body, **headers)`."""

    class Api:
        def get(self, path, query=None):
            return client.get(f"/api/v1{path}", query or {})

        def post(self, path, body, **headers):
            content = body if isinstance(body, bytes | str) else json.dumps(body)
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.post(f"/api/v1{path}", content, content_type="application/json", headers=names)

        def delete(self, path):
            return client.delete(f"/api/v1{path}")

    return Api()


@pytest.fixture
def body():
    """A booking as a client sends it; `start` and `provider` are the test's."""
    return booking


@pytest.fixture
def open_scene(scene, time_machine):
    """Friday: Ada at 9 and 10, Rui at 9 and 11, by video."""
    friday = date(2026, 3, 6)
    scene.open("71", friday, "09:00", "10:00")
    scene.open("72", friday, "09:00", "11:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    return scene


@pytest.fixture
def holder(open_scene, client):
    """Somebody with a booked visit at nine on Friday and the link to it (holder.py)."""
    from moonlit.api.tests.holder import Holder

    return Holder(open_scene, client)
