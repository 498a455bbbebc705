"""Every job has a worker that looks at its queue, and takes ids only."""

import ast
import inspect

from procrastinate.contrib.django import app

from moonlit.platform.jobs import queues
from tests.guard.source import dotted, modules

OURS = {name: task for name, task in app.tasks.items() if name.startswith("moonlit.") and ".tests." not in name}


def test_there_are_jobs_to_look_at():
    assert "moonlit.platform.outbox.deliver" in OURS


def test_every_queue_has_a_worker():
    assert {task.queue for task in OURS.values()} <= set(queues())


def test_jobs_take_ids_only():
    for name, task in OURS.items():
        for parameter in inspect.signature(task.func).parameters.values():
            kind = getattr(parameter.annotation, "__name__", parameter.annotation)
            assert kind in {"str", "int"}, f"{name}: {parameter}"


def test_jobs_are_made_by_our_own_decorator_only():
    """Procrastinate's own `@app.task` would accept any argument and its periodic tasks can stop for good."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules("moonlit")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and dotted(node) in {"app.task", "app.periodic"}
    ]
    assert [place for place in found if not place.startswith("moonlit/platform/jobs.py")] == []
