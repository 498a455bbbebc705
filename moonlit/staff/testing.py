"""For tests: staff accounts and signed-in clients."""

from datetime import datetime
from uuid import uuid4

from django.test import Client

from moonlit.audit.actor import SYSTEM
from moonlit.platform import clock
from moonlit.platform.policy import Role
from moonlit.staff.models import User
from moonlit.staff.services import NewStaff, create_staff
from moonlit.staff.sessions import start_session

PASSWORD = "correct horse battery staple"  # noqa: S105  of fictional people


def make_staff(role: Role = Role.ADMIN, *, email: str = "", now: datetime | None = None) -> NewStaff:
    """An account of the role, with password and second factor."""
    return create_staff(
        email=email or f"{role.value}-{uuid4().hex[:8]}@example.org",
        name="Odalys Fairbourne",
        role=role,
        password=PASSWORD,
        actor=SYSTEM,
        now=now or clock.now(),
    )


def signed_in_client(role: Role = Role.ADMIN, *, now: datetime | None = None) -> Client:
    """A browser that has passed both factors, as a person of the role."""
    client = Client(enforce_csrf_checks=False)
    client.force_login(User.objects.get(pk=make_staff(role, now=now).user_id))
    session = client.session
    start_session(session, now or clock.now())
    session.save()
    return client
