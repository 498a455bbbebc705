"""Two charts become one."""

import pytest

from .test_insurance import add


@pytest.fixture
def charts(vendor):
    """(the one that goes, the one that lives on)"""
    return vendor.patient(), vendor.patient(email="nora2@example.org")


def merge(vendor, gone, survivor):
    return vendor.control("staff/merge", {"patientid": gone, "into": survivor})


def test_the_merged_id_is_gone_and_the_survivor_names_it(vendor, charts):
    gone, survivor = charts
    merge(vendor, gone, survivor)
    assert vendor.get(f"/patients/{gone}").status_code == 404
    assert "previouspatientids" not in vendor.get(f"/patients/{survivor}").json()[0]
    (row,) = vendor.get(f"/patients/{survivor}", showpreviouspatientids="true").json()
    assert row["previouspatientids"] == [gone]


def test_visits_and_policies_go_to_the_survivor(vendor, charts):
    gone, survivor = charts
    number = vendor.slot()
    vendor.put(f"/appointments/{number}", patientid=gone, reasonid=101)
    add(vendor, gone)
    add(vendor, gone, sequence=2, package=10101)
    add(vendor, survivor, package=10702)
    merge(vendor, gone, survivor)
    assert vendor.get(f"/appointments/{number}").json()[0]["patientid"] == survivor
    listed = vendor.get(f"/patients/{survivor}/insurances").json()["insurances"]
    assert [(row["sequencenumber"], row["insurancepackageid"]) for row in listed] == [(1, 10702), (2, 10101)]
    assert vendor.put(f"/appointments/{number}/cancel", patientid=gone).status_code == 400
    assert vendor.put(f"/appointments/{number}/cancel", patientid=survivor).status_code == 200


def test_nothing_new_can_be_booked_on_a_merged_chart(vendor, charts):
    gone, survivor = charts
    merge(vendor, gone, survivor)
    answer = vendor.put(f"/appointments/{vendor.slot()}", patientid=gone, reasonid=101)
    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid patient.")


def test_the_feed_tells_the_survivor(vendor, charts):
    gone, survivor = charts
    vendor.post("/patients/changed/subscription", eventname="MergePatient")
    merge(vendor, gone, survivor)
    (row,) = vendor.get("/patients/changed", showpreviouspatientids="true").json()["patients"]
    assert (row["patientid"], row["previouspatientids"]) == (survivor, [gone])


def test_a_chain_of_merges_ends_at_the_last(vendor, charts):
    gone, middle = charts
    last = vendor.patient(email="nora3@example.org")
    merge(vendor, gone, middle)
    merge(vendor, middle, last)
    (row,) = vendor.get(f"/patients/{last}", showpreviouspatientids="true").json()
    assert row["previouspatientids"] == [gone, middle]


def test_a_chart_cannot_be_merged_into_itself_or_nobody(vendor, charts):
    gone, _ = charts
    for into in (gone, 99):
        assert vendor.http.post("/_control/staff/merge", json={"patientid": gone, "into": into}).status_code == 409
    assert vendor.get(f"/patients/{gone}").status_code == 200
