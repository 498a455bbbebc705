import pytest


@pytest.fixture
def town(db, monkeypatch):
    """The demo practice with a few open times (town.py)."""
    from moonlit.availability.queries import snapshot
    from moonlit.platform import clock
    from moonlit.widget.tests.town import build_town

    snapshot.forget()
    built = build_town()
    monkeypatch.setattr(clock, "now", built.clock)
    yield built
    snapshot.forget()


@pytest.fixture
def visitor(town):
    from moonlit.widget.tests.visitor import Visitor

    return Visitor()


@pytest.fixture
def person(scene, monkeypatch):
    """Somebody with a booked visit with Ada, Friday at nine; she is free at ten, Rui at eleven (person.py)."""
    from moonlit.platform import clock
    from moonlit.widget.tests.person import FRIDAY, Person

    monkeypatch.setattr(clock, "now", scene.clock)
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.open("72", FRIDAY, "11:00")
    scene.sync()
    return Person(scene)
