"""The person behind a request, as services and the audit log name them."""

from django.http import HttpRequest

from moonlit.audit.actor import Actor
from moonlit.staff.models import User


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in member of staff. For views behind `@staff_only`; elsewhere it raises AttributeError."""
    return actor_for(request.user)


def actor_for(user: User) -> Actor:
    return Actor("staff", str(user.pk))
