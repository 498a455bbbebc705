"""Rules 2: when a route becomes effective or comes near, leads that waited for it are invited, once, with consent."""

from datetime import date, timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.coverage.models import Payer, ProviderPayer
from moonlit.leads import services
from moonlit.leads.models import LeadLink, WaitingRun
from moonlit.leads.queries import lead_contact, still_invitable
from moonlit.leads.services import Result
from moonlit.leads.services import waiting as module
from moonlit.platform.models import OutboxEvent
from moonlit.practice.services import changing_facts

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
FRIDAY = date(2026, 3, 6)
WAITS = {"payer": "basin", "reason": "effective_date_over_30_days"}
BY_VIDEO = {"visit_type": "intake", "modality": "telehealth", "patient_state": "UT"}


def facts_change():
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        pass


@pytest.fixture
def starts(scene):
    """Has the contracts with BasinCare start on a day, or not at all."""

    def set_to(day):
        rows = ProviderPayer.objects.filter(payer__code="basin")
        rows.update(effective_date=day, status="active" if day else "credentialing_in_progress")
        facts_change()

    set_to(None)
    return set_to


@pytest.fixture
def judge(scene):
    def run():
        judged = services.judge_waiting(now=scene.clock())
        while judged == module.BATCH:
            judged = services.judge_waiting(now=scene.clock())

    return run


def told(lead):
    return OutboxEvent.objects.filter(topic="lead.invitable", subject=str(lead.pk)).count()


def as_it_is(lead):
    lead.refresh_from_db()
    return lead.opens_on, bool(lead.invitable_at), bool(lead.invited_at)


NOT_YET = (None, False, False)


def test_a_contract_that_starts_within_30_days_invites_once(scene, leave, starts, judge):
    lead = leave(**WAITS, criteria=BY_VIDEO)
    starts(TODAY + timedelta(days=31))
    judge()
    assert as_it_is(lead) == NOT_YET
    scene.clock.forward(days=1)  # day 30 now
    judge()
    assert as_it_is(lead) == (TODAY + timedelta(days=31), True, True)
    scene.clock.forward(days=40)
    starts(TODAY + timedelta(days=20))
    judge()
    assert told(lead) == 1
    verbs = AuditEvent.objects.filter(subject=f"lead:{lead.pk}").order_by("at").values_list("verb", flat=True)
    assert list(verbs) == ["leads:lead:created", "leads:lead:invitable", "leads:lead:invited"]


def test_a_contract_that_is_effective_invites_from_today(leave, starts, judge):
    lead = leave(**WAITS)
    starts(TODAY - timedelta(days=1))
    judge()
    assert as_it_is(lead) == (TODAY, True, True)


FOR_A_PERSON = [
    {"reason": "minor"},
    {"reason": "returning_patient"},
    {"reason": "payer_unclear"},
    {"reason": "payer_unlisted", "payer": None, "payer_name": "BasinCare"},
    {"reason": "no_times_available", "by_hand": True},
    {"criteria": BY_VIDEO | {"age": 12}},
]


def test_who_needs_a_person_or_does_not_fit_is_left_to_a_person(leave, starts, judge):
    leads = [leave(**(WAITS | changes)) for changes in FOR_A_PERSON]
    starts(TODAY)
    judge()
    assert [as_it_is(lead) for lead in leads] == [NOT_YET] * len(FOR_A_PERSON)


def test_a_payer_typed_by_name_is_judged_once_staff_know_it(scene, leave, starts, judge, desk):
    lead = leave(reason="payer_unlisted", payer=None, payer_name="Basin")
    starts(TODAY)
    services.name_payer(lead.pk, version=lead.version, payer="basin", actor=desk, now=scene.clock())
    scene.clock.forward(hours=1)
    judge()
    assert as_it_is(lead) == (TODAY, True, True)


def test_without_consent_staff_are_shown_whom_to_call_also_when_the_same_is_left_again(scene, leave, starts, judge):
    lead = leave(**WAITS, consent={})
    starts(TODAY)
    judge()
    assert as_it_is(lead) == (TODAY, True, False)
    scene.clock.forward(hours=2)
    leave(**WAITS)
    judge()
    assert as_it_is(lead) == (TODAY, True, False), "nobody has proven to be the same person"
    assert told(lead) == 0


def test_who_waits_for_a_free_time_is_told_when_there_is_one(scene, leave, judge):
    lead = leave(payer="basin", reason="no_times_available", criteria=BY_VIDEO)
    judge()
    assert as_it_is(lead) == NOT_YET
    scene.open("73", FRIDAY, "09:00")
    scene.sync()
    judge()
    assert as_it_is(lead) == NOT_YET, "free times are looked for once an hour"
    scene.clock.forward(hours=1)
    judge()
    assert as_it_is(lead) == (TODAY, True, True)


def test_who_would_rather_be_told_hears_of_it_when_the_day_is_near_and_a_time_is_free(scene, leave, starts, judge):
    opens = TODAY + timedelta(days=20)
    scene.open("73", opens + timedelta(days=2), "09:00")
    scene.sync()
    starts(opens)
    lead = leave(payer="basin", reason="notify_when_open", criteria=BY_VIDEO)
    judge()
    assert as_it_is(lead) == NOT_YET, "it was just read"
    scene.clock.forward(days=13)
    judge()
    assert as_it_is(lead) == (opens, True, True)


def test_when_the_ground_is_gone_before_anybody_was_invited_the_lead_waits_again(scene, leave, starts, judge):
    lead = leave(**WAITS, consent={})
    starts(TODAY)
    judge()
    starts(None)
    judge()
    assert as_it_is(lead) == NOT_YET


def test_an_invitation_that_is_not_true_any_more_can_be_withheld_and_comes_again(scene, leave, starts, judge):
    lead = leave(**WAITS)
    starts(TODAY)
    judge()
    assert still_invitable(lead.pk, scene.clock())
    starts(None)
    assert not still_invitable(lead.pk, scene.clock())
    assert services.invitation_withheld(lead.pk, actor=SYSTEM, now=scene.clock())
    assert not services.invitation_withheld(lead.pk, actor=SYSTEM, now=scene.clock())
    judge()
    assert as_it_is(lead) == NOT_YET
    starts(TODAY)
    judge()
    assert as_it_is(lead) == (TODAY, True, True)
    assert told(lead) == 2


def test_what_is_over_is_not_invited(scene, leave, starts, judge, desk):
    lead = leave(**WAITS)
    services.close_lead(lead.pk, version=1, because="mistake", actor=desk, now=scene.clock())
    starts(TODAY)
    judge()
    assert as_it_is(lead) == NOT_YET
    assert not still_invitable(lead.pk, scene.clock())


def test_many_leads_are_judged_in_batches_and_each_once(leave, starts, judge, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    leads = [leave(**WAITS, email=f"quill{number}@example.org") for number in range(5)]
    starts(TODAY)
    judge()
    assert [told(lead) for lead in leads] == [1] * 5
    assert WaitingRun.objects.get().done


def test_one_lead_that_cannot_be_judged_does_not_keep_the_others_waiting(leave, starts, judge, monkeypatch):
    first, second = sorted((leave(**WAITS), leave(**WAITS, email="rui@example.org")), key=lambda each: each.pk)
    real = module.opens_on
    monkeypatch.setattr(module, "opens_on", lambda lead, *rest: 1 / 0 if lead.pk == first.pk else real(lead, *rest))
    starts(TODAY)
    judge()
    assert (told(first), told(second)) == (0, 1)


def test_a_change_between_reading_and_marking_leaves_it_to_the_next_run(scene, leave, starts, desk, monkeypatch):
    lead = leave(**WAITS)
    starts(TODAY)
    services.follow_up(lead.pk, version=1, on=TODAY, actor=desk, now=scene.clock())
    from moonlit.coverage.queries import facts

    assert not module.judge_lead(lead, facts(), now=scene.clock()), "read in version 1"
    assert as_it_is(lead) == NOT_YET


def test_staff_invite_with_consent_once_and_only_to_what_can_be_booked(scene, leave, starts, desk):
    def invite(lead):
        lead.refresh_from_db()
        return services.send_invitation_now(lead.pk, version=lead.version, actor=desk, now=scene.clock())

    lead, silent = leave(**WAITS), leave(**WAITS, email="rui@example.org", consent={})
    assert invite(lead) is Result.NOT_OPEN
    starts(TODAY)
    assert invite(silent) is Result.NO_CONSENT
    assert invite(lead) is Result.DONE
    assert invite(lead) is Result.ALREADY_INVITED
    services.copy_link(lead.pk, actor=desk, now=scene.clock())
    assert invite(lead) is Result.ALREADY_INVITED
    scene.clock.forward(days=60)
    assert invite(lead) is Result.DONE, "its link has ended"
    assert told(lead) == 2
    assert LeadLink.objects.count() == 1


def test_staff_invite_whom_the_program_never_does(scene, leave, desk):
    lead = leave(reason="minor", payer="basin", for_someone_else=True)
    assert services.send_invitation_now(lead.pk, version=1, actor=desk, now=scene.clock()) is Result.DONE
    assert still_invitable(lead.pk, scene.clock())


def test_a_lead_is_reached_only_where_we_may_write(scene, leave):
    lead = leave(phone="801-555-0142", consent={"sms": True, "version": "2"}, criteria=BY_VIDEO, language="es")
    found = lead_contact(lead.pk)
    assert (found.email, found.sms, found.language, found.state) == ("", "+18015550142", "es", "UT")
    assert (found.status, found.invited) == ("pending", False)
    in_clinic = leave(criteria={"modality": "in_person", "location": "clinic"})
    assert (lead_contact(in_clinic.pk).email, lead_contact(in_clinic.pk).state) == ("quill@example.org", "UT")


def test_a_payer_that_is_gone_from_the_practice_invites_nobody(leave, starts, judge):
    lead = leave(**WAITS)
    starts(TODAY)
    Payer.objects.filter(code="basin").update(practice_status="denied")
    facts_change()
    judge()
    assert as_it_is(lead) == NOT_YET
