"""A small practice and an EHR in memory: an attending, a resident she supervises, a second attending, three payers.

The practice comes in through the practice file, as a real one does. Time is a `Clock` the test moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from moonlit.audit.actor import SYSTEM
from moonlit.domain.zones import first_instant
from moonlit.ehr.memory import MemoryEhr
from moonlit.ehr.port import Department, EhrProvider, OpenSlot, Reason
from moonlit.practice.models import Provider
from moonlit.practicefile.services import load
from moonlit.sync.services import sync_once

MONDAY = date(2026, 3, 2)
"""The scene's today, a Monday; the clocks change on 8 March."""
DENVER = "America/Denver"


@dataclass
class Clock:
    at: datetime = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **amount: float) -> None:
        self.at += timedelta(**amount)


def _provider(npi: str, ehr: str, first: str, last: str, **more: object) -> str:
    flags = {"bookable": True, "accepts_new_patients": True, "can_bill_independently": True, **more}
    lines = [
        f'  - npi: "{npi}"',
        f"    name: {{first: {first}, last: {last}, credentials: MD}}",
        f"    profession: {flags.pop('profession', 'attending_physician')}",
        f'    calendar_source_id: "{ehr}"',
        "    engagements: [{starts: -400d, ends: null}]",
        "    licenses: [{state: UT, number: U-1, starts: -400d, ends: +800d}]",
        *(f"    {name}: {str(value).lower()}" for name, value in flags.items()),
        f"    visit_types: [{{visit_type: intake, location: null, minutes: 60, min_age: 18, ehr_reason_id: '1{ehr}'}}]",
    ]
    return "\n".join(lines)


PRACTICE = f"""
practice:
  name: Lantern Practice
  message_name: Lantern
  time_zone: America/Denver
  phone: "801-555-0100"
  states: [UT]
  home_state: UT
  embed_origins: []
  minors_policy: null
  staff_emails: {{front_desk: desk@example.org}}
  message_from: hello@example.org
locations:
  - {{code: video, name: Video visit, kind: telehealth, ehr_department_id: "1", time_zone: America/Denver}}
  - {{code: clinic, name: River Clinic, kind: clinic, ehr_department_id: "2", time_zone: America/Denver,
     address: {{line1: 1 Fictional Way, city: Salt Lake City, state: UT, zip: "84106"}}}}
visit_types:
  - {{code: intake, name: {{en: First visit, es: Primera visita}}, family: medication, minutes: 60, new_patient: true,
     modalities: [telehealth, in_person], min_notice_hours: 24, horizon_days: 90, self_pay_cents: 40000}}
providers:
{_provider("2000000101", "71", "Ada", "Attending")}
{_provider("2000000218", "72", "Rui", "Resident", profession="resident_physician", can_bill_independently=False)}
{_provider("2000000325", "73", "Bea", "Second")}
payers:
  - {{code: alpine, name: Alpine Health Plan, type: commercial, state: UT, aliases: [alps], plan_codes: [],
     requires_independent: true,
     supervised_terms: [{{starts: -100d, ends: null, claim_mode: attending_rendering, presence: sign_off,
                         source: letter}}]}}
  - {{code: basin, name: BasinCare, type: commercial, state: UT, aliases: [], plan_codes: []}}
  - {{code: canyon, name: Canyon Medicaid, type: medicaid, state: UT, aliases: [], plan_codes: [],
     practice_status: denied}}
contracts:
  - {{provider: "2000000101", payer: alpine, status: active, starts: -100d, ends: null, confirmed_by: letter,
     confirmed_on: -110d}}
  - {{provider: "2000000101", payer: basin, status: active, starts: -100d, ends: null, confirmed_by: letter,
     confirmed_on: -110d}}
  - {{provider: "2000000325", payer: basin, status: active, starts: -100d, ends: null, confirmed_by: letter,
     confirmed_on: -110d}}
supervisions:
  - {{supervisor: "2000000101", supervisee: "2000000218", payer: alpine, starts: -100d, ends: null}}
documents:
  - {{kind: terms, version: "1", url: "https://www.example.org/terms"}}
  - {{kind: privacy_notice, version: "1", url: "https://www.example.org/privacy"}}
vendors:
  - {{name: sendgrid, baa_until: +300d}}
  - {{name: notifyre, baa_until: +300d}}
"""


@dataclass
class Scene:
    clock: Clock
    ehr: MemoryEhr
    providers: dict[str, Provider] = field(default_factory=dict)
    """By EHR id: 71 Ada (attending), 72 Rui (resident), 73 Bea (attending)."""

    def open(self, provider: str, day: date, *starts: str, department: str = "1", minutes: int = 60) -> list[str]:
        """Put open slots into the EHR; their ids."""
        ids = []
        for start in starts:
            at = first_instant(day, datetime.strptime(start, "%H:%M").replace(tzinfo=UTC).time(), DENVER)
            slot = f"{department}{provider}{day:%m%d}{start.replace(':', '')}"
            self.ehr.add_slot(OpenSlot(slot, department, provider, at, minutes, (f"1{provider}",), "11"))
            ids.append(slot)
        return ids

    def sync(self) -> None:
        sync_once(clock=self.clock)


_ehr: MemoryEhr | None = None


def current_ehr() -> MemoryEhr:
    """The EHR factory of the settings while a scene stands."""
    if _ehr is None:
        raise RuntimeError("no scene stands")
    return _ehr


def build_scene(practice: str = PRACTICE) -> Scene:
    """Load the practice and set up its EHR, without any open slot."""
    global _ehr  # noqa: PLW0603  the settings name a factory without arguments
    clock = Clock()
    load(practice, actor=SYSTEM, now=clock(), anchor=MONDAY)
    _ehr = MemoryEhr(clock)
    for number, name in (("1", "Video"), ("2", "River Clinic")):
        _ehr.add_department(Department(number, name, DENVER, "UT"))
    for ehr in ("71", "72", "73"):
        _ehr.add_provider(EhrProvider(ehr, f"Provider {ehr}", is_person=True))
        for department in ("1", "2"):
            _ehr.add_reason(Reason(f"1{ehr}", "First visit", "new"), department_id=department, provider_id=ehr)
    providers = {row.calendar_source_id or "": row for row in Provider.objects.all()}
    return Scene(clock, _ehr, providers)
