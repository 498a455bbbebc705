"""A practice, a booked visit and two vendors in memory.

Models cannot be imported while conftest files are loaded, so the fixtures import what they need.
"""

import pytest
import time_machine


@pytest.fixture
def vendors(settings):
    from moonlit.notifications.tests import vendor

    settings.EMAIL_FACTORY = "moonlit.notifications.tests.vendor.email"
    settings.SMS_FACTORY = "moonlit.notifications.tests.vendor.sms"
    vendor.VENDORS.update({name: vendor.Vendor(name) for name in vendor.VENDORS})
    return vendor.VENDORS


@pytest.fixture
def practice(db):
    from moonlit.notifications.tests import scene

    return scene.practice()


@pytest.fixture
def visit(practice):
    from moonlit.notifications.tests import scene

    return scene.booked_visit()


@pytest.fixture
def clock_at_now():
    """The system clock at NOW, for what reads it (jobs, event handlers)."""
    from moonlit.notifications.tests.scene import NOW

    with time_machine.travel(NOW, tick=False):
        yield
