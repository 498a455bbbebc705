"""`moonlit doctor`: what would keep a patient from booking, found before a patient does."""

import argparse
from collections.abc import Callable, Iterator

MIN_POSTGRES = 16

Problems = Iterator[str]


def configure(_parser: argparse.ArgumentParser) -> None:
    pass


def run(_args: argparse.Namespace) -> int:
    """Each check prints `ok` or its problems; 1 when there are any. The environment was read before we came here."""
    checks: dict[str, Callable[[], Problems]] = {
        "database": _database,
        "practice": _practice,
        "photos": _photos,
        "EHR credentials": _credentials,
        "EHR departments": _departments,
        "EHR providers": _providers,
        "EHR visit reasons": _reasons,
        "message owners": _unset_owners,
        "message words": _words,
    }
    print("configuration: ok", flush=True)
    found = 0
    for name, check in checks.items():
        problems = list(_safely(check))
        print(f"{name}: {'ok' if not problems else len(problems)}", *problems, sep="\n  - ", flush=True)
        found += len(problems)
    print("by hand in the EHR:", *_by_hand(), sep="\n  - ", flush=True)
    return 1 if found else 0


def _safely(check: Callable[[], Problems]) -> Problems:
    """A vendor or server that does not answer is a finding too, told by its kind and never by its text."""
    from django.db import DatabaseError

    from moonlit.ehr.port import EhrError

    try:
        yield from check()
    except (EhrError, DatabaseError) as fault:
        yield f"could not be checked: {type(fault).__name__}"


def _database() -> Problems:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from moonlit.platform.env import env

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000, current_user")
        version, user = cursor.fetchone()
    if version < MIN_POSTGRES:
        yield f"PostgreSQL {version} is too old; {MIN_POSTGRES} or later is needed"
    if env().role and user != env().role:
        yield f"connected as {user}, not as {env().role}"
    executor = MigrationExecutor(connection)
    if waiting := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield f"{len(waiting)} migrations are missing: run `moonlit migrate`"


def _practice() -> Problems:
    from moonlit.practice.models import Practice

    if not Practice.objects.exists():
        yield "no practice is loaded: run `moonlit load FILE`"


def _photos() -> Problems:
    """The pages show no picture of another site, whatever the practice file names."""
    from moonlit.practice.models import Provider

    for provider in Provider.objects.filter(photo__startswith="https:", shown_photo=None).order_by("npi"):
        yield f"provider {provider.npi}: its https photo is not shown; run `moonlit photo {provider.npi} FILE`"


def _credentials() -> Problems:
    from moonlit.ehr.port import get_ehr

    get_ehr().ping()
    yield from ()


def _departments() -> Problems:
    from moonlit.ehr.port import get_ehr
    from moonlit.practice.models import Location

    known = {department.id: department for department in get_ehr().departments()}
    for place in Location.objects.order_by("code"):
        department = known.get(place.ehr_department_id or "")
        if not place.ehr_department_id:
            yield f"location {place.code} has no EHR department"
        elif department is None:
            yield f"location {place.code}: the EHR has no department {place.ehr_department_id} in this practice context"
        elif department.time_zone != place.time_zone:
            yield f"location {place.code} is in {place.time_zone}, its EHR department in {department.time_zone}"


def _providers() -> Problems:
    from moonlit.ehr.port import get_ehr
    from moonlit.practice.models import Provider

    known = {provider.id: provider for provider in get_ehr().providers()}
    for provider in Provider.objects.order_by("npi"):
        if not provider.calendar_source_id:
            yield f"provider {provider.npi} has no EHR provider id"
        elif provider.calendar_source_id not in known:
            yield f"provider {provider.npi}: the EHR has no provider {provider.calendar_source_id}"
        elif known[provider.calendar_source_id].npi not in ("", provider.npi):
            yield f"provider {provider.npi}: the EHR's provider {provider.calendar_source_id} has another NPI"


def _reasons() -> Problems:
    """Rows without a reason cannot be booked; reasons the EHR does not list for the pair show no slots (rules 3.2)."""
    from moonlit.cli.mapping import offers
    from moonlit.ehr.port import get_ehr
    from moonlit.practice.models import Location, Provider, ProviderVisitType

    rows = list(ProviderVisitType.objects.select_related("visit_type", "provider").order_by("id"))
    for row in rows:
        if not row.ehr_reason_id:
            yield f"provider {row.provider.npi}, {row.visit_type.code}: no EHR reason, cannot be booked"
    places = list(Location.objects.exclude(ehr_department_id=None))
    providers = list(Provider.objects.exclude(calendar_source_id=None))
    known: dict[tuple[str, str], set[str]] = {}
    for offer in offers(providers, [row for row in rows if row.ehr_reason_id], places):
        pair = (offer.place.ehr_department_id or "", offer.provider.calendar_source_id or "")
        if pair not in known:
            known[pair] = {reason.id for reason in get_ehr().reasons(department_id=pair[0], provider_id=pair[1])}
        if offer.row.ehr_reason_id not in known[pair]:
            yield (
                f"provider {offer.provider.npi}, {offer.row.visit_type.code} at {offer.place.code}: the EHR lists no "
                f"reason {offer.row.ehr_reason_id} for them there"
            )


_OWNED = {
    "confirmation": "confirmations of bookings",
    "reminder": "reminders before a visit",
    "change": "messages about a changed visit",
    "cancellation": "messages about a cancelled visit",
    "join_link": "links to join a video visit",
}
"""Kinds that the EHR can send as well (rules 6.2)."""
_OF_OURS_ONLY = ("change", "cancellation")
"""We remind of every visit; whoever changes one in the EHR tells its patient."""


def _unset_owners() -> Problems:
    """While nobody has said who sends a kind, we do; the EHR may too."""
    from moonlit.practice.models import Practice

    owners = Practice.objects.values_list("message_owners", flat=True).first()
    for kind in _OWNED if owners is not None else ():
        if kind not in owners:
            yield f"{kind}: say in the practice file who sends it, moonlit, ehr or none; moonlit sends it until then"


def _words() -> Problems:
    """Every message with the practice's own name, phone and address: a long one costs a second text message."""
    from moonlit.notifications.lint import lint
    from moonlit.platform.env import env
    from moonlit.practice.models import Practice

    for name, phone in Practice.objects.values_list("message_name", "phone"):
        yield from lint(env().base_url, name=name, phone=phone)


def _by_hand() -> Problems:
    """What the EHR's API cannot be told: for all kinds but the confirmation it has no switch of its own."""
    from moonlit.practice.models import Practice
    from moonlit.practice.queries import message_owner

    if not Practice.objects.exists():
        return
    for kind, what in _OWNED.items():
        match message_owner(kind):
            case "ehr":
                yield f"{kind}: the EHR sends {what}, we send none; check that they are switched on there"
            case "moonlit" if kind == "confirmation":
                yield f"{kind}: we send {what} made here, and each tells the EHR to send none; its own may stay on"
            case "moonlit" if kind in _OF_OURS_ONLY:
                yield (
                    f"{kind}: we send {what} that was booked here; switch them off in the EHR, its API cannot "
                    "(visits booked there get none then)"
                )
            case "moonlit":
                yield f"{kind}: we send {what}; switch them off in the EHR, its API cannot"
            case _:
                yield f"{kind}: nobody is to send {what}; switch them off in the EHR, its API cannot"
