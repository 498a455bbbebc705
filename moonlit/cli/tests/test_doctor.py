from argparse import Namespace
from pathlib import Path

import pytest
from django.test import override_settings

from moonlit.audit.actor import SYSTEM
from moonlit.cli import doctor
from moonlit.ehr.memory import MemoryEhr
from moonlit.ehr.port import Department, EhrProvider, Reason, Rejected
from moonlit.platform import clock
from moonlit.practice.models import Location, Practice, Provider, ProviderVisitType
from moonlit.practice.services import set_photo
from moonlit.practicefile.services import load

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "practice.yaml"
ehr = MemoryEhr(clock=clock.now)

pytestmark = pytest.mark.django_db


def the_ehr():
    return ehr


@pytest.fixture
def well(monkeypatch):
    """The example practice, and an EHR that knows all of it; what remains to complain of is the file's own gaps."""
    load(EXAMPLE.read_text(), actor=SYSTEM, now=clock.now())
    ProviderVisitType.objects.filter(ehr_reason_id=None).delete()
    Provider.objects.filter(calendar_source_id=None).update(calendar_source_id="9999")
    memory = MemoryEhr(clock=clock.now)
    monkeypatch.setattr(f"{__name__}.ehr", memory)
    for place in Location.objects.all():
        memory.add_department(Department(place.ehr_department_id, place.name, place.time_zone))
    for provider in Provider.objects.all():
        memory.add_provider(EhrProvider(provider.calendar_source_id, "", is_person=True, npi=provider.npi))
        for row in provider.visit_types.all():
            for place in Location.objects.all():
                reason = Reason(row.ehr_reason_id, "First visit", "all")
                memory.add_reason(
                    reason, department_id=place.ehr_department_id, provider_id=provider.calendar_source_id
                )
    with override_settings(EHR_FACTORY=f"{__name__}.the_ehr"):
        yield memory


def said(capsys):
    status = doctor.run(Namespace())
    return status, capsys.readouterr().out


def test_a_healthy_installation_has_nothing_to_say(well, capsys):
    status, out = said(capsys)
    checks, _, _ = out.partition("by hand in the EHR:")
    assert [line for line in checks.splitlines() if not line.endswith(": ok")] == []
    assert status == 0


def test_an_empty_database_is_told_to_load_a_practice(capsys):
    with override_settings(EHR_FACTORY=f"{__name__}.the_ehr"):
        status, out = said(capsys)
    assert status == 1
    assert "moonlit load FILE" in out


def test_a_department_in_another_zone_is_named_with_both(well, capsys):
    place = Location.objects.get(code="sugarhouse")
    well.add_department(Department(place.ehr_department_id, place.name, "America/Chicago"))
    assert "sugarhouse is in America/Denver, its EHR department in America/Chicago" in said(capsys)[1]


def test_a_department_of_another_practice_context_is_missing(well, capsys):
    Location.objects.filter(code="video").update(ehr_department_id="555")
    status, out = said(capsys)
    assert status == 1
    assert "the EHR has no department 555 in this practice context" in out


def test_a_provider_with_anothers_npi_is_named(well, capsys):
    provider = Provider.objects.first()
    well.add_provider(EhrProvider(provider.calendar_source_id, "", is_person=True, npi="1999999999"))
    assert (
        f"provider {provider.npi}: the EHR's provider {provider.calendar_source_id} has another NPI" in said(capsys)[1]
    )


def test_a_visit_without_a_reason_cannot_be_booked(well, capsys):
    row = ProviderVisitType.objects.first()
    ProviderVisitType.objects.filter(pk=row.pk).update(ehr_reason_id=None)
    assert f"provider {row.provider.npi}, {row.visit_type.code}: no EHR reason" in said(capsys)[1]


def test_a_reason_the_ehr_does_not_list_is_named(well, capsys):
    row = ProviderVisitType.objects.first()
    ProviderVisitType.objects.filter(pk=row.pk).update(ehr_reason_id="31337")
    assert "the EHR lists no reason 31337 for them there" in said(capsys)[1]


def test_refused_credentials_are_told_by_kind_without_the_vendors_text(well, capsys):
    well.fail_next("ping", Rejected("client secret abc is wrong", status=401))
    status, out = said(capsys)
    assert status == 1
    assert "EHR credentials: 1\n  - could not be checked: Rejected" in out
    assert "abc" not in out


def test_a_photo_of_another_site_is_named_until_a_picture_is_set(well, capsys):
    row = Provider.objects.first()
    Provider.objects.filter(pk=row.pk).update(photo="https://pictures.example.org/one.jpg")
    assert f"provider {row.npi}: its https photo is not shown; run `moonlit photo {row.npi} FILE`" in said(capsys)[1]
    set_photo(row.npi, b"webp", "name", actor=SYSTEM)
    assert "photos: ok" in said(capsys)[1]


def test_a_kind_of_message_that_nobody_owns_is_named(well, capsys):
    Practice.objects.update(message_owners={"confirmation": "moonlit"})
    status, out = said(capsys)
    assert status == 1
    assert "message owners: 4" in out
    assert "reminder: say in the practice file who sends it" in out


def test_a_name_that_makes_every_text_message_dear_is_told(well, capsys):
    Practice.objects.update(message_name="Moonlit \N{CRESCENT MOON}")
    _, out = said(capsys)
    assert "booked, sms, en: needs UCS-2" in out
    assert "booked, email" not in out


@pytest.mark.parametrize(
    ("kind", "owner", "expected"),
    [
        ("confirmation", "moonlit", "each tells the EHR to send none; its own may stay on"),
        ("reminder", "moonlit", "we send reminders before a visit; switch them off in the EHR"),
        ("change", "moonlit", "(visits booked there get none then)"),
        ("reminder", "ehr", "the EHR sends reminders before a visit, we send none"),
        ("cancellation", "none", "nobody is to send messages about a cancelled visit; switch them off in the EHR"),
    ],
)
def test_what_only_a_person_can_switch_off_in_the_ehr_is_said(well, capsys, kind, owner, expected):
    owners = dict.fromkeys(("confirmation", "reminder", "change", "cancellation", "join_link"), "moonlit")
    Practice.objects.update(message_owners=owners | {kind: owner})
    status, out = said(capsys)
    (line,) = [each for each in out.splitlines() if each.startswith(f"  - {kind}: ")]
    assert status == 0
    assert expected in line
