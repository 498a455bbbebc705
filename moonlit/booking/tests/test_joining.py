"""The link to a video visit: asked for on its day by the worker, kept sealed, given up in time for a call."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.availability.tests.helpers import FRIDAY, at
from moonlit.booking.join_queries import Joining, joining, where_to_join
from moonlit.booking.models import Appointment
from moonlit.booking.services import ask_for_join, import_visit, read_join, sweep_joins
from moonlit.booking.services.joining import fit_to_join
from moonlit.ehr import port
from moonlit.platform.testing import run_pending
from moonlit.practice.models import Practice
from moonlit.practice.services import changing_facts
from moonlit.worklist.models import Task
from tests.support.visits import booked, two_clinicians_on_friday

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NO_ROOM = port.Rejected("refused as no_room", code="no_room")


@pytest.fixture
def visit(scene, monkeypatch):
    """Ada by video, Friday at nine; its hour is seven."""
    from moonlit.platform import clock

    monkeypatch.setattr(clock, "now", scene.clock)
    row = booked(two_clinicians_on_friday(scene))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")  # the messages of the booking are no business of ours here
    scene.clock.at = row.start - 2 * HOUR
    return row


def look(scene, **later):
    """What the worker does in a minute."""
    scene.clock.forward(**later)
    sweep_joins(scene.clock())
    run_pending()


def asked(scene):
    return scene.ehr.calls.count("join_url")


def how(scene, visit):
    return joining(visit.pk, scene.clock())


def task():
    return Task.objects.filter(kind="join_link_missing").first()


def test_the_worker_asks_once_when_its_hour_comes_and_keeps_it_sealed_until_it_is_over(scene, visit):
    scene.clock.forward(minutes=-1)
    look(scene)
    assert (asked(scene), how(scene, visit)) == (0, Joining.LATER)
    look(scene, minutes=1)
    look(scene, hours=1)
    assert (asked(scene), how(scene, visit)) == (1, Joining.OPEN)
    link = where_to_join(visit.pk, scene.clock())
    assert link == f"https://video.example.org/room/{visit.athena_appt_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT booking_appointment::text FROM booking_appointment")
        assert link.encode().hex() not in "".join(row[0] for row in cursor.fetchall())
    about = f"appointment:{visit.pk}"
    Task.objects.create(kind="join_link_missing", subject=about, team="front_desk", opened_at=scene.clock())
    scene.clock.at = visit.end + 29 * MINUTE
    look(scene)
    assert how(scene, visit) is Joining.OPEN
    look(scene, minutes=1)
    visit.refresh_from_db()
    assert (visit.join_url, task().outcome) == (None, "condition_gone"), "over is over"


def test_a_visit_made_in_the_ehr_gets_a_link_too_and_none_of_another_chart(scene, visit):
    (slot,) = scene.open("73", FRIDAY, "15:00")
    scene.ehr.staff_book(slot, scene.ehr.add_patient(None))
    scene.clock.at = at(FRIDAY, "08:00")

    def come_in():
        import_visit(scene.ehr.appointment(slot), actor=SYSTEM, now=scene.clock())
        return Appointment.objects.get(athena_appt_id=slot)

    come_in()
    look(scene)
    assert how(scene, come_in()) is Joining.OPEN
    scene.ehr.staff_edit(slot, patient_id=scene.ehr.add_patient(None))
    assert how(scene, come_in()) is Joining.WAITING


def owner(name):
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        Practice.objects.update(message_owners={"join_link": name})


def test_nothing_is_asked_or_shown_where_nothing_can_be_joined(scene, visit):
    look(scene)
    for change in (
        lambda: type(visit.location).objects.update(kind="clinic"),
        lambda: Appointment.objects.update(state="cancelled"),
        lambda: Appointment.objects.update(change="cancel"),
        lambda: scene.clock.forward(hours=3, minutes=30),
        lambda: owner("ehr"),
        lambda: owner("none"),
    ):
        before = scene.clock()
        with transaction.atomic():
            change()
            assert how(scene, visit) is Joining.NONE
            assert where_to_join(visit.pk, scene.clock()) == ""
            Appointment.objects.update(join_url=None)
            look(scene, minutes=20)
            read_join(visit.pk, clock=scene.clock)
            assert not ask_for_join(visit.pk, now=scene.clock())
            assert asked(scene) == 1
            transaction.set_rollback(True)
        scene.clock.at = before
    assert how(scene, visit) is Joining.OPEN


def test_without_an_answer_it_is_asked_again_ten_minutes_later(scene, visit):
    faults = [(NO_ROOM, "no_room"), (port.Retry("status 503"), "no_answer"), (port.NotReached("breaker"), "no_answer")]
    for calls, (fault, problem) in enumerate(faults, start=1):
        scene.ehr.fail_next("join_url", fault)
        look(scene, minutes=1)
        visit.refresh_from_db()
        assert (visit.join_url, visit.join_problem, how(scene, visit)) == (None, problem, Joining.WAITING)
        look(scene, minutes=9)
        assert asked(scene) == calls
    look(scene, minutes=1)
    visit.refresh_from_db()
    assert (visit.join_problem, how(scene, visit)) == ("", Joining.OPEN)


def test_half_an_hour_before_the_front_desk_is_told_once(scene, visit):
    for _ in range(20):
        scene.ehr.fail_next("join_url", NO_ROOM)
    look(scene)
    for _ in range(8):
        look(scene, minutes=10)
    look(scene, minutes=9)
    assert (asked(scene), task()) == (9, None)
    look(scene, minutes=1)
    assert (task().state, task().team, task().due) == ("open", "front_desk", visit.start)
    assert task().note.startswith("The EHR has no video room")
    Task.objects.update(state="closed", outcome="reached", closed_at=scene.clock())
    look(scene, minutes=11)
    assert (asked(scene), Task.objects.filter(state="open").exists()) == (9, False)


def test_a_patient_who_waits_has_it_asked_for_at_most_once_a_minute(scene, visit):
    for _ in range(2):
        scene.ehr.fail_next("join_url", NO_ROOM)
    look(scene)
    scene.clock.at = visit.start - 29 * MINUTE
    look(scene)
    assert task().state == "open"
    assert ask_for_join(visit.pk, now=scene.clock())
    assert not ask_for_join(visit.pk, now=scene.clock())
    run_pending()
    assert ask_for_join(visit.pk, now=scene.clock() + MINUTE)
    run_pending()
    assert (asked(scene), how(scene, visit), task().outcome) == (3, Joining.OPEN, "condition_gone")
    assert not ask_for_join(visit.pk, now=scene.clock() + HOUR)


def test_a_visit_moved_in_place_gets_another_link_and_never_the_old_one(scene, visit):
    look(scene, hours=1)
    Appointment.objects.filter(pk=visit.pk).update(start=visit.start + HOUR, end=visit.end + HOUR)
    assert how(scene, visit) is Joining.WAITING
    look(scene, minutes=1)
    assert (asked(scene), how(scene, visit)) == (2, Joining.OPEN)


def test_an_answer_that_comes_too_late_or_cannot_be_trusted_is_thrown_away(scene, visit, monkeypatch):
    def answer(change, address):
        def join_url(_ehr, _id):
            Appointment.objects.update(change=change)
            return address

        monkeypatch.setattr(type(scene.ehr), "join_url", join_url)
        look(scene, minutes=10)
        visit.refresh_from_db()
        Appointment.objects.update(change="")
        return visit.join_url, visit.join_problem

    assert answer("cancel", "https://video.example.org/room") == (None, "")
    assert answer("", "javascript:alert(1)") == (None, "bad_address")


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("https://video.example.org/room/1?token=a%20b", True),
        ("http://127.0.0.1:8702/room/1", True),
        ("http://video.example.org/room/1", False),
        ("javascript:alert(1)", False),
        ("//video.example.org/room", False),
        ("https:///room", False),
        ("https://someone:secret@video.example.org/", False),
        ("https://video.example.org/room\r\nSet-Cookie: a=b", False),
        ("https://video.example.org/a b", False),
        ("https://video.example.org\\@elsewhere.example.net/", False),
        ("https://vidéo.example.org/", False),
        ("https://video.example.org:99999/", False),
        ("https://[video.example.org/", False),
        ("https://book.example.org/m/abc", False),
        ("https://BOOK.example.org:8443/", False),
        ("https://video.example.org/" + "a" * 2000, False),
        ("", False),
    ],
)
def test_only_an_address_that_can_be_trusted_is_kept(monkeypatch, address, fits):
    from moonlit.booking.services import joining as service

    ours = service.env().model_copy(update={"base_url": "https://book.example.org"})
    monkeypatch.setattr(service, "env", lambda: ours)
    assert fit_to_join(address) is fits
