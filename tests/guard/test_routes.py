"""Every route says who may call it."""

from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

from moonlit.platform.policy import Audience, declared_policy

# django-ninja's own views: the OpenAPI document, and the address it answers with a redirect or 404.
NINJA_VIEWS = {"openapi_json", "default_home"}


def routes(patterns=None, prefix=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address, pattern.callback


def ninja_operations(callback):
    """The functions behind one address of the JSON API; none for any other view."""
    cells = [cell.cell_contents for cell in getattr(callback, "__closure__", None) or ()]
    return [operation.view_func for cell in cells if isinstance(cell, PathView) for operation in cell.operations]


def declarations():
    for address, callback in routes():
        if getattr(getattr(callback, "func", None), "__name__", "") in NINJA_VIEWS:
            continue
        for view in ninja_operations(callback) or [callback]:
            yield address, view, declared_policy(view)


def declared():
    return [each for each in declarations() if each[2]]


def test_every_route_declares_a_policy():
    silent = [
        f"{address} ({view.__module__}.{view.__qualname__})" for address, view, policy in declarations() if not policy
    ]
    assert not silent, "\n".join(silent)


def test_pages_under_staff_are_for_staff_and_no_others_are():
    entrance = {"staff/login", "staff/login/code", "staff/logout"}
    for address, _view, policy in declared():
        inside = address.startswith("staff/") and address not in entrance
        assert (policy.audience in {Audience.STAFF, Audience.SIGNED_IN}) == inside, address


def test_webhooks_and_only_webhooks_are_declared_so():
    for address, _view, policy in declared():
        assert (policy.audience is Audience.WEBHOOK) == ("webhooks/" in address), address


def test_the_walk_sees_more_than_one_kind_of_route():
    audiences = {policy.audience for _address, _view, policy in declared()}
    assert {Audience.PUBLIC, Audience.SIGNED_IN} <= audiences
