def test_a_department_tells_its_zone_by_name_and_by_two_offsets(vendor):
    row = vendor.get("/departments/1").json()[0]
    assert (row["timezonename"], row["timezone"], row["timezoneoffset"]) == ("America/Denver", -7, -7)
    assert row["doesnotobservedst"] is False
    vendor.at("2026-03-08T18:00:00Z")
    row = vendor.get("/departments/1").json()[0]
    assert (row["timezone"], row["timezoneoffset"]) == (-6, -7)
    row = vendor.get("/departments/2").json()[0]
    assert (row["timezone"], row["timezoneoffset"], row["doesnotobservedst"]) == (-7, -7, True)


def test_a_zone_name_may_be_absent(vendor):
    rows = vendor.get("/departments").json()
    assert rows["totalcount"] == 3
    row = rows["departments"][2]
    assert "timezonename" not in row
    assert "hiddenzone" not in row
    assert (row["timezoneoffset"], row["doesnotobservedst"]) == (-7, False)


def test_single_rows_are_arrays_of_one_and_unknown_ones_404(vendor):
    assert len(vendor.get("/departments/2").json()) == 1
    assert len(vendor.get("/providers/72").json()) == 1
    assert len(vendor.get("/appointmenttypes/11").json()) == 1
    for path in ("/departments/9", "/providers/9", "/appointmenttypes/9"):
        assert vendor.get(path).status_code == 404


def test_providers_show_supervisor_npi_and_rooms(vendor):
    rows = {row["providerid"]: row for row in vendor.get("/providers").json()["providers"]}
    assert (rows[72]["supervisingproviderid"], rows[72]["supervisingproviderusername"]) == (71, "athornquist")
    assert rows[72]["npi"] == 2000000119
    assert rows[73]["entitytype"] == "Non-person entity"
    assert "npi" not in rows[73]


def test_types_for_staff_only_are_hidden_unless_asked_for(vendor):
    def ids(**params):
        return [
            row["appointmenttypeid"] for row in vendor.get("/appointmenttypes", **params).json()["appointmenttypes"]
        ]

    assert ids() == [11, 12, 13]
    assert ids(hidenonpatient="false") == [11, 12, 13, 14]
    assert ids(hidegeneric="true") == [11, 12]
    assert ids(hidenongeneric="true") == [13]
    assert ids(hidenonpatient="false", hidetemplatetypeonly="true") == [11, 12, 13]


def test_reasons_need_one_provider_and_one_department(vendor):
    assert vendor.get("/patientappointmentreasons").json()["missingfields"] == ["departmentid", "providerid"]
    answer = vendor.get("/patientappointmentreasons", departmentid=1)
    assert (answer.status_code, answer.json()["missingfields"]) == (400, ["providerid"])
    assert vendor.get("/patientappointmentreasons", departmentid=1, providerid="71,72").status_code == 400


def test_reasons_are_those_of_the_provider_and_department(vendor):
    def ids(path="", **params):
        return [
            row["reasonid"]
            for row in vendor.get(f"/patientappointmentreasons{path}", **params).json()["patientappointmentreasons"]
        ]

    assert ids(departmentid=1, providerid=71) == [101, 102, 103]
    assert ids(departmentid=2, providerid=72) == [101, 102]
    assert ids("/newpatient", departmentid=1, providerid=71) == [101, 103]
    assert ids("/existingpatient", departmentid=1, providerid=71) == [102, 103]
    assert ids(departmentid=1, providerid=999) == []


def test_hours_and_days_stand_on_a_reason_only_where_set(vendor):
    rows = vendor.get("/patientappointmentreasons", departmentid=1, providerid=71).json()["patientappointmentreasons"]
    assert (rows[0]["schedulingminhours"], rows[0]["schedulingmaxdays"]) == (48, 60)
    assert "schedulingminhours" not in rows[1]
