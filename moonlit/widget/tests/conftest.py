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
