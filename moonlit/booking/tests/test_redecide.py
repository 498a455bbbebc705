"""Booked visits are judged again when the ground changes, and nothing is rewritten behind anybody's back (4.14)."""

from datetime import date, timedelta

import pytest

from moonlit.audit.actor import PUBLIC, SYSTEM, Actor
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.booking.link_queries import managed_visit
from moonlit.booking.models import Appointment, AppointmentDecision, VisitReview
from moonlit.booking.services import advance, apply_review, dismiss_review, redecide_next, request_booking, tell_patient
from moonlit.booking.services import redecide as module
from moonlit.coverage.models import ProviderPayer, Supervision
from moonlit.people.models import Patient
from moonlit.platform.models import OutboxEvent
from moonlit.practice.models import Absence, Provider
from moonlit.practice.services import changing_facts
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.models import Task
from tests.support.people import a_request

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 3, 6)
BILLER = Actor("staff", "biller")


@pytest.fixture
def booked(scene):
    """The resident's visit on Friday nine, supervised by Ada, and the attending's own at ten."""
    scene.open("72", FRIDAY, "09:00")
    scene.open("71", FRIDAY, "10:00")
    scene.sync()
    rows = []
    for hour in (16, 17):
        start = scene.clock().replace(day=6, hour=hour)
        accepted = request_booking(a_request(start, now=scene.clock()), actor=PUBLIC, now=scene.clock())
        advance(accepted.appointment, clock=scene.clock)
        rows.append(Appointment.objects.get(pk=accepted.appointment))
    run(scene)
    assert not VisitReview.objects.exists()
    return rows


def run(scene):
    while redecide_next(now=scene.clock()) == module.BATCH:
        pass


def bump_facts_version():
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        pass


def changed(queryset, scene, **values):
    """A change of the ground, and the run that follows it."""
    queryset.update(**values)
    bump_facts_version()
    run(scene)


def contracts(scene, provider="71", payer="alpine"):
    return ProviderPayer.objects.filter(provider=scene.providers[provider], payer__code=payer)


def reviews(**wanted):
    return VisitReview.objects.filter(state="open", **wanted)


def test_nothing_changed_nothing_is_found(scene, booked):
    changed(Provider.objects.filter(pk=scene.providers["71"].pk), scene, weekly_new_patient_cap=1)
    assert not VisitReview.objects.exists()


def test_a_contract_that_ends_before_the_visit_loses_it_and_the_visits_it_supervised(scene, booked):
    supervised, own = booked
    changed(contracts(scene), scene, end_date=FRIDAY - timedelta(days=1))
    assert {row.appointment_id: row.kind for row in reviews()} == {supervised.pk: "lost", own.pk: "lost"}
    assert "contract_ended" in reviews().get(appointment=own).reasons
    tasks = Task.objects.filter(kind=TaskKind.COVERAGE_LOST, state="open")
    assert {task.subject for task in tasks} == {f"appointment:{supervised.pk}", f"appointment:{own.pk}"}
    assert {task.visit_date for task in tasks} == {FRIDAY}
    assert set(Appointment.objects.values_list("state", flat=True)) == {"booked"}, "nothing is cancelled by itself"


def test_a_contract_ending_on_the_day_of_the_visit_still_covers_it(scene, booked):
    changed(contracts(scene), scene, end_date=FRIDAY)
    assert not VisitReview.objects.exists()


def test_what_comes_back_into_order_closes_itself(scene, booked):
    changed(contracts(scene), scene, end_date=FRIDAY - timedelta(days=1))
    changed(contracts(scene), scene, end_date=None)
    assert set(VisitReview.objects.values_list("state", flat=True)) == {"gone"}
    assert not Task.objects.filter(kind=TaskKind.COVERAGE_LOST, state="open").exists()


def test_another_supervisor_is_a_proposal_with_before_and_after(scene, booked):
    supervised, _own = booked
    bea = scene.providers["73"]
    ada_contract = contracts(scene).get()
    ProviderPayer.objects.create(
        provider=bea, payer=ada_contract.payer, status="active", effective_date=FRIDAY - timedelta(days=200),
        confirmed_by="letter", confirmed_on=FRIDAY - timedelta(days=210),
    )  # fmt: skip
    changed(Supervision.objects.all(), scene, supervisor=bea)
    (found,) = reviews()
    assert (found.appointment_id, found.kind) == (supervised.pk, "proposal")
    assert (found.before["supervisor"], found.after["supervisor"]) == (scene.providers["71"].pk, bea.pk)
    row = Appointment.objects.get(pk=supervised.pk)
    assert row.supervisor_id == scene.providers["71"].pk, "only proposed"

    assert apply_review(found.pk, actor=BILLER, now=scene.clock())
    row.refresh_from_db()
    assert (row.supervisor_id, row.rendering_provider_id, row.version) == (bea.pk, bea.pk, supervised.version)
    assert row.supervision_write == "to_write"
    versions = AppointmentDecision.objects.filter(appointment=row).order_by("version")
    assert [made.snapshot["supervisor"] for made in versions] == [scene.providers["71"].pk, bea.pk]
    assert not Task.objects.filter(kind=TaskKind.COVERAGE_PROPOSAL, state="open").exists()
    assert not apply_review(found.pk, actor=BILLER, now=scene.clock()), "once"
    run(scene)
    assert not reviews().exists()


def test_a_proposal_for_a_visit_that_changed_meanwhile_is_not_applied(scene, booked):
    supervised, _own = booked
    found = VisitReview.objects.create(
        appointment=supervised, kind="proposal", found_at=scene.clock(),
        before={"payer": "alpine", "route": "direct", "rendering": 1, "supervisor": None, "claim_mode": None},
        after={"payer": "alpine", "route": "direct", "rendering": 2, "supervisor": None, "claim_mode": None},
    )  # fmt: skip
    assert not apply_review(found.pk, actor=BILLER, now=scene.clock())
    assert Appointment.objects.get(pk=supervised.pk).rendering_provider_id == supervised.rendering_provider_id


def test_what_staff_dismissed_does_not_come_up_every_night(scene, booked):
    changed(contracts(scene), scene, end_date=FRIDAY - timedelta(days=1))
    for review in reviews():
        assert dismiss_review(review.pk, actor=BILLER, now=scene.clock())
    assert not Task.objects.filter(kind=TaskKind.COVERAGE_LOST, state="open").exists()
    scene.clock.forward(hours=20)
    run(scene)
    assert not reviews().exists()


def test_an_absence_entered_later_loses_the_visit(scene, booked):
    _supervised, own = booked
    Absence.objects.create(provider=scene.providers["71"], starts=FRIDAY, ends=FRIDAY, reason="leave")
    bump_facts_version()
    run(scene)
    assert "absent" in reviews().get(appointment=own).reasons


def test_a_provider_who_takes_no_new_patients_keeps_those_already_booked(scene, booked):
    from moonlit.practice.models import ProviderFlag

    changed(ProviderFlag.objects.filter(provider=scene.providers["71"]), scene, ends=FRIDAY - timedelta(days=2))
    kinds = {flag for review in reviews() for flag in review.reasons}
    assert not {"not_bookable", "not_accepting_new"} & kinds


def test_a_change_into_the_past_rewrites_nothing_and_lists_the_visits(scene, booked):
    scene.clock.forward(days=7)
    run(scene)
    before = list(Appointment.objects.order_by("pk").values("state", "route", "supervisor", "version"))
    changed(contracts(scene), scene, end_date=FRIDAY - timedelta(days=1))
    assert {row.kind for row in reviews()} == {"past"}
    assert reviews().count() == 2
    assert Task.objects.filter(kind=TaskKind.COVERAGE_PAST, state="open").count() == 1, "one task for all of them"
    assert list(Appointment.objects.order_by("pk").values("state", "route", "supervisor", "version")) == before
    for review in reviews():
        dismiss_review(review.pk, actor=BILLER, now=scene.clock())
    assert not Task.objects.filter(kind=TaskKind.COVERAGE_PAST, state="open").exists()


def test_the_nightly_run_looks_at_visits_to_come_even_when_nothing_was_edited(scene, booked, monkeypatch):
    judged = []
    monkeypatch.setattr(module, "redecide", lambda each, **_: judged.append(each))
    run(scene)
    assert judged == [], "the same day, the same facts"
    scene.clock.forward(hours=8)
    run(scene)
    assert judged == [], "before two in the morning"
    scene.clock.forward(hours=12)
    run(scene)
    assert len(judged) == 2


def test_a_run_cut_short_goes_on_where_it_was_and_begins_again_with_new_facts(scene, booked, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 1)
    bump_facts_version()
    assert redecide_next(now=scene.clock()) == 1
    assert redecide_next(now=scene.clock()) == 1
    assert redecide_next(now=scene.clock()) == 0
    bump_facts_version()
    assert redecide_next(now=scene.clock()) == 1


def test_an_imported_visit_is_judged_by_presence_alone(scene, booked):
    _supervised, own = booked
    Appointment.objects.filter(pk=own.pk).update(origin="ehr", criteria=None, route="")
    changed(contracts(scene), scene, end_date=FRIDAY - timedelta(days=1))
    assert not reviews(appointment=own).exists(), "never called uncovered without a payer mapping"
    Absence.objects.create(provider=scene.providers["71"], starts=FRIDAY, ends=FRIDAY, reason="leave")
    bump_facts_version()
    run(scene)
    assert reviews().get(appointment=own).reasons == ["absent"]


def test_a_visit_that_was_cancelled_needs_no_review_any_more(scene, booked):
    changed(contracts(scene), scene, end_date=FRIDAY - timedelta(days=1))
    Appointment.objects.update(state="cancelled")
    bump_facts_version()
    run(scene)
    assert not reviews().exists()


class TestAskingThePatient:
    @pytest.fixture
    def lost(self, scene, booked):
        """The visits' reviews once the contract ends before they take place."""
        changed(contracts(scene), scene, end_date=FRIDAY - timedelta(days=1))
        return list(reviews().order_by("appointment__start"))

    def ask(self, scene, review):
        return tell_patient(review.pk, actor=BILLER, now=scene.clock())

    def told(self):
        return OutboxEvent.objects.filter(topic="review.told").order_by("id")

    def test_once_for_each_open_review_which_stays_open(self, scene, booked, lost):
        assert self.ask(scene, lost[0])
        assert not self.ask(scene, lost[0])
        (event,) = self.told()
        visit = lost[0].appointment
        assert (event.subject, event.version) == (str(lost[0].pk), visit.version)
        lost[0].refresh_from_db()
        assert (lost[0].state, lost[0].told_at) == ("open", scene.clock())
        audited = AuditEvent.objects.get(verb=Verb.PROPOSAL_TOLD)
        assert audited.subject == f"appointment:{visit.pk}"
        visit.refresh_from_db()
        assert visit.version == event.version, "nothing that was told has changed"
        assert Task.objects.filter(
            kind=TaskKind.COVERAGE_LOST, state="open", subject=f"appointment:{visit.pk}"
        ).exists()

    def test_another_review_of_the_same_version_is_told_again(self, scene, booked, lost):
        assert self.ask(scene, lost[0])
        changed(contracts(scene), scene, end_date=None)
        changed(contracts(scene), scene, end_date=FRIDAY - timedelta(days=2))
        again = reviews().get(appointment=lost[0].appointment_id)
        assert again.pk != lost[0].pk
        assert self.ask(scene, again)
        assert len({event.version for event in self.told()}) == 1
        assert self.told().count() == 2

    @pytest.mark.parametrize(
        "values", [{"state": "checked_in"}, {"state": "cancelled"}, {"change": "cancel"}, {"patient": None}]
    )
    def test_not_of_a_visit_that_cannot_be_changed_any_more_or_belongs_to_nobody(self, scene, booked, lost, values):
        Appointment.objects.update(**values)
        assert not self.ask(scene, lost[0])

    def test_not_once_it_has_begun(self, scene, booked, lost):
        scene.clock.forward(days=5)
        assert not self.ask(scene, lost[0])

    def test_not_whom_nobody_may_write_to(self, scene, booked, lost):
        Patient.objects.update(email=None, phone=None)
        assert not self.ask(scene, lost[0])
        assert not self.told()

    def test_not_once_it_is_settled_nor_about_the_past(self, scene, booked, lost):
        assert dismiss_review(lost[0].pk, actor=BILLER, now=scene.clock())
        assert not self.ask(scene, lost[0])
        VisitReview.objects.filter(pk=lost[1].pk).update(kind="past")
        assert not self.ask(scene, lost[1])

    def test_the_page_behind_the_link_says_so_until_it_is_settled(self, scene, booked, lost):
        visit = lost[0].appointment_id
        assert not managed_visit(visit).asked_to_talk
        self.ask(scene, lost[0])
        assert managed_visit(visit).asked_to_talk
        dismiss_review(lost[0].pk, actor=BILLER, now=scene.clock())
        assert not managed_visit(visit).asked_to_talk
