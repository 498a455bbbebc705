"""Patients' charts in memory: who is found as the same person, policies, signed forms, merged charts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace

from moonlit.ehr.port import (
    AlreadyDone,
    ChartConsent,
    ChartDetails,
    EhrInsurance,
    EhrPatient,
    NewInsurance,
    PersonDetails,
    Rejected,
    SignedForms,
)

MIN_SCORE = 16
SAME_PERSON_SCORE = 26
SELF_PAY = "0"
NAME_LENGTHS = {"first_name": 20, "last_name": 30}


@dataclass(slots=True)
class Charts:
    people: dict[str, PersonDetails | None] = field(default_factory=dict)
    """None: a chart whose birth date is junk."""
    consents: dict[str, ChartConsent] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    """Insurance package id -> name; with none, every id is one."""
    policies: dict[str, dict[int, EhrInsurance]] = field(default_factory=lambda: defaultdict(dict))
    """Patient id -> sequence -> policy."""
    written: list[tuple[str, NewInsurance]] = field(default_factory=list)
    signed: dict[str, list[SignedForms]] = field(default_factory=lambda: defaultdict(list))
    merged: dict[str, str] = field(default_factory=dict)
    """Chart that is no more -> chart that lives on."""

    def add(self, details: PersonDetails | None) -> str:
        found = str(5001 + len(self.people) + len(self.merged))
        self.people[found] = details
        return found

    def patient(self, patient_id: str) -> EhrPatient:
        self.known(patient_id)
        return EhrPatient(patient_id, self.people[patient_id], consent=self.consents.get(patient_id, ChartConsent()))

    def find(self, person: PersonDetails) -> list[EhrPatient]:
        _check_names(person)
        found = [EhrPatient(known, chart, _score(person, chart)) for known, chart in self.people.items()]
        return sorted((chart for chart in found if chart.score >= MIN_SCORE), key=lambda chart: -chart.score)

    def create(self, person: PersonDetails) -> str:
        _check_names(person)
        if not (person.email or person.phone or person.zip):
            raise Rejected("no contact that the EHR can hold", code="missing_fields")
        for found, chart in self.people.items():
            if _score(person, chart) >= SAME_PERSON_SCORE:
                return found
        return self.add(person)

    def update(self, patient_id: str, details: ChartDetails) -> None:
        self.known(patient_id)
        if (chart := self.people[patient_id]) is not None:
            told = {name: value for name, value in asdict(details).items() if value}
            self.people[patient_id] = replace(chart, **told)

    def current(self, patient_id: str) -> str:
        while patient_id in self.merged:
            patient_id = self.merged[patient_id]
        self.known(patient_id)
        return patient_id

    def merge(self, old: str, new: str) -> None:
        self.known(old)
        self.known(new)
        del self.people[old]
        self.merged[old] = new
        for sequence, policy in self.policies.pop(old, {}).items():
            self.policies[new].setdefault(sequence, policy)

    def find_packages(self, plan_name: str) -> list[tuple[str, str]]:
        wanted = plan_name.lower()
        return [(package, name) for package, name in self.packages.items() if wanted in name.lower()]

    def insurances(self, patient_id: str) -> list[EhrInsurance]:
        self.known(patient_id)
        return [policy for _, policy in sorted(self.policies[patient_id].items())]

    def add_insurance(self, patient_id: str, policy: NewInsurance) -> str:
        self.known(patient_id)
        held = self.policies[patient_id]
        if self.packages and policy.package_id not in {*self.packages, SELF_PAY}:
            raise Rejected("refused as invalid_fields", code="invalid_fields")
        holder = (policy.holder_first_name, policy.holder_last_name, policy.holder_sex)
        if policy.package_id != SELF_PAY and not all(holder):
            raise Rejected("refused as missing_fields", code="missing_fields")
        if policy.sequence in held:
            raise AlreadyDone("conflict")
        if policy.sequence > 1 and 1 not in held:
            raise Rejected("refused as rejected")
        self.written.append((patient_id, policy))
        written = EhrInsurance(str(8000 + len(self.written)), policy.package_id, policy.sequence, policy.member_id)
        held[policy.sequence] = written
        return written.id

    def sign(self, patient_id: str, forms: SignedForms) -> None:
        self.known(patient_id)
        self.signed[patient_id].append(forms)

    def known(self, patient_id: str) -> None:
        if patient_id not in self.people:
            raise Rejected("no such patient", code="not_found", status=404)


def _check_names(person: PersonDetails) -> None:
    for name, length in NAME_LENGTHS.items():
        if len(getattr(person, name)) > length:
            raise Rejected(f"longer than the EHR holds ({name})", code="too_long")


def _score(person: PersonDetails, chart: PersonDetails | None) -> float:
    """Name and birth date alone are good, a shared contact as well makes it the same person."""
    if chart is None or person.date_of_birth != chart.date_of_birth:
        return 0.0
    if (person.first_name.lower(), person.last_name.lower()) != (chart.first_name.lower(), chart.last_name.lower()):
        return 0.0
    pairs = ((person.email.lower(), chart.email.lower()), (person.phone, chart.phone))
    return 26.0 if any(ours and ours == theirs for ours, theirs in pairs) else 23.0
