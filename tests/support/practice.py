"""The practice file of the small practice, and its day and place; read also by what runs without Django."""

from datetime import date

MONDAY = date(2026, 3, 2)
"""The scene's today, a Monday; the clocks change on 8 March."""
DENVER = "America/Denver"


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
