"""Names of the people who work here."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from moonlit.platform.policy import ROLE_VERBS, Role, Verb
from moonlit.staff.models import User


@dataclass(frozen=True, slots=True)
class Colleague:
    id: UUID
    name: str


def colleagues_who_may(verb: Verb) -> list[Colleague]:
    """Active members of staff whose role has the verb, by name."""
    roles = [role.value for role in Role if verb in ROLE_VERBS[role]]
    rows = User.objects.filter(is_active=True, role__in=roles).order_by("name", "id")
    return [Colleague(*row) for row in rows.values_list("pk", "name")]


def names_of(actor_ids: Iterable[str]) -> dict[str, str]:
    """The names of the members of staff among these ids of actors; other ids are left out."""
    keys = set()
    for each in actor_ids:
        with suppress(ValueError):
            keys.add(UUID(each))
    return {str(key): name for key, name in User.objects.filter(pk__in=keys).values_list("pk", "name")}
