"""Verbs that write the practice's facts. Every one works inside `changing_facts`: no audit row, no change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection, models, transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.platform.db import advisory_lock
from moonlit.practice.models import Practice, Provider, ProviderPhoto

_open_changes: ContextVar[int] = ContextVar("open_changes", default=0)
_NEW_VERSION = """
    INSERT INTO practice_factsversion (id, version) VALUES (1, nextval('practice_facts_number'))
    ON CONFLICT (id) DO UPDATE SET version = excluded.version"""
_BATCH = 500


def lock_facts() -> None:
    """Until the transaction ends, nobody else changes the facts. Raises outside a transaction."""
    advisory_lock("practice.facts", 1)


@contextmanager
def changing_facts(verb: Verb, *, actor: Actor, subject: str, facts: Mapping[str, Any] | None = None) -> Iterator[None]:
    """What happens inside is one change: one transaction, one audit row per call, one new version at the outermost end.

    The version is new at the end and not before, so that nobody keeps a half-written state under it.
    """
    with transaction.atomic():
        lock_facts()
        depth = _open_changes.get()
        token = _open_changes.set(depth + 1)
        try:
            yield
        finally:
            _open_changes.reset(token)
        record(verb, actor=actor, subject=subject, facts=dict(facts or {}))
        if depth == 0:
            with connection.cursor() as cursor:
                cursor.execute(_NEW_VERSION)


def save_rows(
    model: type[models.Model],
    *,
    changed: Sequence[tuple[int, Mapping[str, Any]]] = (),
    added: Iterable[Mapping[str, Any]] = (),
    handed_over: str = "",
) -> None:
    """Write rows of one table of the facts: first the changed ones (id and new values), then the new ones.

    Values go by attribute name (`payer_id`). A unique column whose values may change hands between rows is named in
    `handed_over` and emptied first. Raises RuntimeError outside `changing_facts`.
    """
    if not _open_changes.get():
        raise RuntimeError("facts are written inside changing_facts() only")
    rows = model.objects
    if handed_over:
        moving = [pk for pk, values in changed if handed_over in values]
        rows.filter(pk__in=moving).update(**{handed_over: None})
    for pk, values in changed:
        rows.filter(pk=pk).update(**values)
    rows.bulk_create([model(**values) for values in added], batch_size=_BATCH)


def set_photo(npi: str, webp: bytes, name: str, *, actor: Actor) -> None:
    """Show this picture on the clinician's card, in place of the one before. No fact: it decides nothing.

    `name` as `photos.photo_name` gives it. Raises Provider.DoesNotExist.
    """
    with transaction.atomic():
        provider = Provider.objects.get(npi=npi)
        ProviderPhoto.objects.update_or_create(provider=provider, defaults={"webp": webp, "name": name})
        record(Verb.PHOTO_SET, actor=actor, subject=f"provider:{provider.pk}", facts={"name": name})


def remove_photo(npi: str, *, actor: Actor) -> bool:
    """Show the clinician's initials instead; whether there was a picture. Raises Provider.DoesNotExist."""
    with transaction.atomic():
        provider = Provider.objects.get(npi=npi)
        removed, _ = ProviderPhoto.objects.filter(provider=provider).delete()
        if removed:
            record(Verb.PHOTO_REMOVED, actor=actor, subject=f"provider:{provider.pk}")
    return bool(removed)


def allow_embedding(origin: str, *, actor: Actor) -> None:
    """Let the pages of this origin show the patient's pages in a frame. Nothing happens when they already may.

    `origin` is scheme://host[:port] as a browser sends it. Raises Practice.DoesNotExist before the first load.
    """
    with transaction.atomic():
        lock_facts()
        origins = Practice.objects.get().embed_origins
        if origin in origins:
            return
        allowed = [*origins, origin]
        with changing_facts(Verb.PRACTICE_CHANGED, actor=actor, subject="practice:1", facts={"embed_origins": allowed}):
            save_rows(Practice, changed=[(1, {"embed_origins": allowed})])
