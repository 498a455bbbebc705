import pytest

from tests.system import demo as demo_process


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """One running demo for all system tests: each of their files carries the mark that keeps them on one worker."""
    running = demo_process.start(tmp_path_factory.mktemp("demo") / "data")
    yield running
    assert running.stop() == 0
