"""A reason says whom it concerns and which day matters, so that staff need not search (rules 1, "explain")."""

from dataclasses import replace

from moonlit.domain.coverage import decide
from moonlit.domain.criteria import Age
from moonlit.domain.facts import ClosureFacts, GroupContractFacts
from moonlit.domain.offers import offerable, prepare
from moonlit.domain.periods import ALWAYS
from moonlit.domain.reasons import ContractStatus, Modality, Reason
from moonlit.domain.standing import Finding
from moonlit.domain.tests.scene import (
    ATTENDING,
    INTAKE,
    REGENCE,
    RESIDENT,
    TODAY,
    TRAINEE,
    contract,
    criteria,
    day,
    facts,
    payer,
    provider,
    span,
    supervised_facts,
    supervision,
)


def against(snapshot, who=ATTENDING, offset=40, **changes):
    decision = decide(snapshot, criteria(**changes).ask("regence"), who, day(offset))
    assert (decision.ok, decision.payer) == (False, "regence")
    return decision.reasons


def seen(practice=None, **changes):
    return facts(provider(ATTENDING, **changes), contracts=[contract(ATTENDING)], **(practice or {}))


def test_what_stands_against_the_provider_names_him_and_the_day():
    assert against(seen(), who=99) == (Finding(Reason.PROVIDER_NOT_ENGAGED, 99),)
    for changes, reason, on in (
        ({"engagements": (span(50),)}, Reason.PROVIDER_NOT_ENGAGED, day(50)),
        ({"engagements": (span(-9, 39),)}, Reason.PROVIDER_NOT_ENGAGED, day(39)),
        ({"engagements": (span(-9, 39), span(41, 42), span(50))}, Reason.PROVIDER_NOT_ENGAGED, day(41)),
        ({"absences": (span(30, 50),)}, Reason.ABSENT, day(40)),
        ({"licenses": {"UT": (span(60), span(50, 55))}}, Reason.LICENSE_MISSING, day(50)),
        ({"licenses": {"UT": (span(1, 2), span(5, 20))}}, Reason.LICENSE_EXPIRED, day(20)),
        ({"licenses": {}}, Reason.LICENSE_MISSING, None),
        ({"calendar_source_id": None}, Reason.EHR_UNMAPPED, None),
        ({"bookable": ()}, Reason.NOT_BOOKABLE, None),
        ({"accepts_new_patients": ()}, Reason.NOT_ACCEPTING_NEW, None),
        ({"modalities": frozenset({Modality.IN_PERSON})}, Reason.MODALITY_NOT_OFFERED, None),
        ({"services": ()}, Reason.SERVICE_NOT_OFFERED, None),
        ({"services": (replace(INTAKE, min_age=40),)}, Reason.AGE_NOT_SERVED, None),
        ({"services": (replace(INTAKE, ehr_reason_id=None),)}, Reason.EHR_UNMAPPED, None),
        ({"locations": frozenset({"boise"})}, Reason.LOCATION_NOT_OFFERED, None),
    ):
        assert against(seen(**changes)) == (Finding(reason, ATTENDING, on),)


def test_what_the_patient_asks_for_is_held_against_the_provider_who_lacks_it():
    assert against(seen(), visit_language="es") == (Finding(Reason.LANGUAGE_NOT_SPOKEN, ATTENDING),)
    assert against(seen(), visit_type="none") == (Finding(Reason.SERVICE_NOT_OFFERED, ATTENDING),)
    assert against(seen(), modality=Modality.IN_PERSON) == (Finding(Reason.LOCATION_NOT_OFFERED, ATTENDING),)
    child = {"age": Age(years=9)}
    assert against(seen(services=(replace(INTAKE, min_age=None),)), **child) == (
        Finding(Reason.AGE_NOT_SERVED, ATTENDING),
    )


def test_a_closed_place_or_one_without_a_department_is_nobodys_fault():
    closed = seen(practice={"closures": (ClosureFacts(None, span(40, 40)),)})
    assert against(closed) == (Finding(Reason.CLOSED, None, day(40)),)
    snapshot = seen()
    video = replace(snapshot.locations["video"], ehr_department_id="")
    assert against(replace(snapshot, locations={"video": video})) == (Finding(Reason.EHR_UNMAPPED),)


def test_the_runway_names_the_day_on_which_it_ends():
    snapshot = seen(practice={"new_patient_runway_days": 5}, engagements=(span(None, 45),))
    assert against(snapshot) == (Finding(Reason.ENDS_SOON, ATTENDING, day(45)),)
    assert decide(snapshot, criteria().ask("regence"), ATTENDING, day(39)).ok


def test_a_contract_says_when_it_starts_or_ended():
    plain = payer()
    for row, finding in (
        ({"starts": day(41)}, Finding(Reason.CONTRACT_NOT_STARTED, ATTENDING, day(41))),
        ({"ends": day(39)}, Finding(Reason.CONTRACT_ENDED, ATTENDING, day(39))),
        ({"starts": None}, Finding(Reason.START_DATE_MISSING, ATTENDING)),
        ({"confirmed_by": ""}, Finding(Reason.START_UNCONFIRMED, ATTENDING)),
        ({"status": ContractStatus.INACTIVE}, Finding(Reason.CONTRACT_INACTIVE, ATTENDING)),
        ({"status": ContractStatus.CREDENTIALING_IN_PROGRESS}, Finding(Reason.CREDENTIALING_IN_PROGRESS, ATTENDING)),
    ):
        assert against(facts(payers=[plain], contracts=[contract(ATTENDING, **row)])) == (finding,)
    assert against(facts(payers=[plain])) == (Finding(Reason.NO_CONTRACT, ATTENDING),)
    assert against(facts(payers=[])) == (Finding(Reason.NO_CONTRACT),)


def test_a_group_contract_says_when_it_starts_or_ended_and_the_roster_whom_it_lacks():
    everyone = {ATTENDING: ALWAYS}
    for group, finding in (
        (GroupContractFacts(day(41), None, True, everyone), Finding(Reason.CONTRACT_NOT_STARTED, None, day(41))),
        (GroupContractFacts(day(0), day(39), True, everyone), Finding(Reason.CONTRACT_ENDED, None, day(39))),
        (GroupContractFacts(None, None, True, everyone), Finding(Reason.START_DATE_MISSING)),
        (GroupContractFacts(day(0), None, True, {}), Finding(Reason.NOT_ON_ROSTER, ATTENDING)),
        (
            GroupContractFacts(day(0), None, True, {ATTENDING: (span(50),)}),
            Finding(Reason.NOT_ON_ROSTER, ATTENDING, day(50)),
        ),
    ):
        assert against(facts(payers=[payer(group_contracts=(group,))])) == (finding,)


def test_supervision_says_who_is_missing_and_when_it_begins_or_ended():
    alone = Finding(Reason.PAYER_REQUIRES_INDEPENDENT, RESIDENT)
    none = Finding(Reason.NO_CONTRACT, RESIDENT)
    for rows, findings in (
        ([], [Finding(Reason.NO_SUPERVISION, RESIDENT)]),
        ([supervision(span(50))], [Finding(Reason.SUPERVISION_NOT_STARTED, RESIDENT, day(50))]),
        ([supervision(span(-9, 20))], [Finding(Reason.SUPERVISION_ENDED, RESIDENT, day(20))]),
    ):
        assert against(supervised_facts(supervisions=rows), who=RESIDENT) == (none, alone, *findings)


def test_what_stands_against_the_supervisor_names_the_supervisor():
    for changes, reason, on in (
        ({"engagements": (span(-9, 20),)}, Reason.PROVIDER_NOT_ENGAGED, day(20)),
        ({"absences": (span(40, 40),)}, Reason.ABSENT, day(40)),
        ({"licenses": {}}, Reason.LICENSE_MISSING, None),
        ({"calendar_source_id": ""}, Reason.EHR_UNMAPPED, None),
        ({"max_supervisees": 0}, Reason.SUPERVISION_CAP, day(40)),
    ):
        snapshot = supervised_facts(people=(provider(ATTENDING, **changes), TRAINEE))
        assert against(snapshot, who=RESIDENT)[2:] == (Finding(reason, ATTENDING, on),)
    uncovered = supervised_facts(contracts=[])
    assert against(uncovered, who=RESIDENT)[2:] == (Finding(Reason.SUPERVISOR_NOT_COVERED, ATTENDING),)
    stranger = supervised_facts(people=(TRAINEE,))
    assert against(stranger, who=RESIDENT)[2:] == (Finding(Reason.SUPERVISOR_NOT_COVERED, ATTENDING),)


def test_terms_that_come_later_say_so():
    coming = replace(REGENCE.supervised_terms[0], during=span(50))
    snapshot = supervised_facts(payers=[replace(REGENCE, supervised_terms=(coming,))])
    assert against(snapshot, who=RESIDENT)[2:] == (Finding(Reason.SUPERVISED_TERMS_MISSING, None, day(50)),)


def test_a_refused_offer_keeps_the_payer_and_the_start_that_is_too_far_ahead():
    snapshot = facts(contracts=[contract(ATTENDING, starts=day(31))])
    refused = offerable(prepare(snapshot, criteria(), TODAY), ATTENDING, day(31))
    assert (refused.ok, refused.payer) == (False, "regence")
    assert refused.reasons == (Finding(Reason.STARTS_AFTER_THRESHOLD, ATTENDING, day(31)),)


def test_a_slot_elsewhere_than_asked_for_is_held_against_its_provider():
    everywhere = provider(ATTENDING, licenses={"UT": ALWAYS, "ID": ALWAYS})
    at = criteria(modality=Modality.IN_PERSON, location="sugarhouse")
    offer = prepare(facts(everywhere, contracts=[contract(ATTENDING)]), at, TODAY)
    refused = offerable(offer, ATTENDING, day(1), "boise")
    assert refused.reasons == (Finding(Reason.LOCATION_NOT_OFFERED, ATTENDING),)


def test_supervision_that_has_ended_is_no_reason_where_another_is_in_force():
    rows = [supervision(span(-100, -10)), supervision(span(-9)), supervision(span(60))]
    assert against(supervised_facts(contracts=[], supervisions=rows), who=RESIDENT)[2:] == (
        Finding(Reason.SUPERVISOR_NOT_COVERED, ATTENDING),
    )


def test_a_contract_that_is_not_active_is_not_asked_for_its_dates():
    for status, reason in (
        (ContractStatus.INACTIVE, Reason.CONTRACT_INACTIVE),
        (ContractStatus.CREDENTIALING_IN_PROGRESS, Reason.CREDENTIALING_IN_PROGRESS),
    ):
        row = contract(ATTENDING, status=status, starts=None, confirmed_by="")
        assert against(facts(payers=[payer()], contracts=[row])) == (Finding(reason, ATTENDING),)


def test_a_payer_that_takes_trainees_is_not_said_to_refuse_them():
    snapshot = supervised_facts(payers=[payer()], contracts=[], supervisions=[])
    assert Reason.PAYER_REQUIRES_INDEPENDENT not in {each.reason for each in against(snapshot, who=RESIDENT)}


def test_a_yes_names_the_provider_too():
    decision = decide(seen(), criteria().ask("regence"), ATTENDING, day(40))
    assert decision.reasons == (Finding(Reason.DIRECT, ATTENDING),)


def test_a_runway_of_one_day_is_a_runway():
    leaving = {"engagements": (span(None, 41),)}
    assert against(seen(practice={"new_patient_runway_days": 1}, **leaving))[0].reason is Reason.ENDS_SOON
    assert decide(seen(**leaving), criteria().ask("regence"), ATTENDING, day(40)).ok
