import pytest

CRITERIA = {"visit_type": "intake", "modality": "telehealth", "patient_state": "UT", "payer": "alpine"}


def test_payers_are_found_by_words_without_case_accents_or_spaces(api, open_scene):
    found = api.get("/payers", {"q": "basin CARE"}).json()["payers"]
    assert [(hit["code"], hit["outcome"]) for hit in found] == [("basin", "bookable")]
    assert api.get("/payers", {"q": "alps"}).json()["payers"][0]["code"] == "alpine"


def test_a_denied_payer_is_found_and_is_a_lead(api, open_scene):
    (hit,) = api.get("/payers", {"q": "canyon"}).json()["payers"]
    assert hit["outcome"] == "lead"


@pytest.mark.parametrize("q", ["", "a", "x" * 200])
def test_a_search_too_short_or_too_long_is_a_problem_document(api, open_scene, q):
    answer = api.get("/payers", {"q": q})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid_request"


def test_eligibility_names_the_resident_with_his_supervisor(api, open_scene):
    answer = api.post("/eligibility", CRITERIA).json()
    assert answer["outcome"] == "bookable"
    providers = {each["name"]: each for each in answer["providers"]}
    ada, rui = providers["Ada Attending"], providers["Rui Resident"]
    assert (ada["route"], ada["supervisor"], ada["supervisor_name"]) == ("direct", None, None)
    assert (rui["route"], rui["supervisor"], rui["supervisor_name"]) == ("supervised", ada["id"], "Ada Attending")


def test_eligibility_of_a_denied_payer_is_a_lead(api, open_scene):
    answer = api.post("/eligibility", {**CRITERIA, "payer": "canyon"}).json()
    assert (answer["outcome"], answer["reason"], answer["providers"]) == ("lead", "out_of_network", [])


def test_without_payer_and_self_pay_it_is_unlisted(api, open_scene):
    answer = api.post("/eligibility", {key: CRITERIA[key] for key in CRITERIA if key != "payer"}).json()
    assert (answer["outcome"], answer["reason"]) == ("lead", "payer_unlisted")


def test_a_payer_without_free_time_answers_no_times(api, scene, time_machine):
    time_machine.move_to(scene.clock(), tick=False)
    answer = api.post("/eligibility", CRITERIA).json()
    assert (answer["outcome"], answer["reason"]) == ("no_times", "no_times_available")


def test_availability_merges_everybody_who_may_see_the_patient(api, open_scene):
    answer = api.get("/availability", {**CRITERIA, "from": "2026-03-02", "to": "2026-03-20"}).json()
    assert answer["time_zone"] == "America/Denver"
    assert answer["partial"] is False
    (day,) = answer["days"]
    ada, rui = (str(open_scene.providers[ehr].pk) for ehr in ("71", "72"))
    assert [(slot["start"], slot["providers"]) for slot in day["slots"]] == [
        ("2026-03-06T09:00:00-07:00", [ada, rui]),
        ("2026-03-06T10:00:00-07:00", [ada]),
        ("2026-03-06T11:00:00-07:00", [rui]),
    ]


def test_availability_counts_days_only_when_asked(api, open_scene):
    query = {**CRITERIA, "from": "2026-03-02", "to": "2026-05-20", "detail": "days"}
    assert api.get("/availability", query).json()["days"] == [{"date": "2026-03-06", "count": 3}]


def test_named_providers_are_cut_with_the_eligible(api, open_scene):
    bea = open_scene.providers["73"].pk
    query = {**CRITERIA, "from": "2026-03-02", "to": "2026-03-20", "providers[]": str(bea)}
    assert api.get("/availability", query).json()["days"] == []


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"from": "2026-13-01"}, "invalid_request", "from"),
        ({"from": ""}, "invalid_request", "from"),
        ({"to": "2026-01-01"}, "invalid_request", "to"),
        ({"to": "2026-09-01"}, "range_too_long", "to"),
        ({"detail": "hours"}, "invalid_request", "detail"),
        ({"providers[]": "x"}, "invalid_request", "providers[].0"),
        ({"providers[]": ["1", "2", "-3"]}, "invalid_request", "providers[].2"),
        ({"payer": ["alpine", "basin"]}, "invalid_request", "payer"),
        ({"from": "0001-01-01"}, "range_too_long", "to"),
        ({"from": "20260302"}, "invalid_request", "from"),
        ({"interpreter_accepted": "yes"}, "invalid_request", "interpreter_accepted"),
        ({"self_pay": "1"}, "invalid_request", "self_pay"),
        ({"age": "thirty"}, "invalid_request", "age"),
        ({"age": "-1"}, "invalid_request", "age"),
        ({"visit_type": "surgery"}, "invalid_request", "visit_type"),
        ({"patient_state": "XX"}, "invalid_request", "patient_state"),
        ({"modality": "phone"}, "invalid_request", "modality"),
        ({"colour": "red"}, "invalid_request", "colour"),
        ({"provider": "999999"}, "invalid_request", "provider"),
        ({"self_pay": "true"}, "invalid_request", "self_pay"),
        ({"age": "200"}, "invalid_request", "age"),
        ({"date_of_birth": "1990-02-30"}, "invalid_request", "date_of_birth"),
        ({"date_of_birth": "2030-01-01"}, "invalid_request", "date_of_birth"),
    ],
)
def test_each_bad_member_of_the_query_is_named(api, open_scene, change, code, field):
    answer = api.get("/availability", {**CRITERIA, "from": "2026-03-02", "to": "2026-03-20", **change})
    document = answer.json()
    assert (answer.status_code, document["code"]) == (422, code)
    assert field in {reason.get("field") for reason in document["reasons"]}


def test_availability_asks_few_statements(api, open_scene, django_assert_max_num_queries):
    query = {**CRITERIA, "from": "2026-03-02", "to": "2026-03-20"}
    api.get("/availability", query)
    with django_assert_max_num_queries(14):
        api.get("/availability", query)
