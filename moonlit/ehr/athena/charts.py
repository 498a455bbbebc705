"""Patients: found, created, insured, and what they signed."""

from moonlit.ehr.athena import mapping, wire
from moonlit.ehr.athena.calls import each, path, readable
from moonlit.ehr.athena.feed import Feed
from moonlit.ehr.athena.forms import chart_details, match_query, new_insurance, new_patient, signed_forms
from moonlit.ehr.port import (
    ChartDetails,
    EhrError,
    EhrInsurance,
    EhrPatient,
    NewInsurance,
    PersonDetails,
    Rejected,
    Retry,
    SignedForms,
    Unknown,
)
from moonlit.platform.budget import Lane

MERGES_IN_A_ROW = 5


class Charts(Feed):
    def find_patient(self, person: PersonDetails, *, department_id: str) -> list[EhrPatient]:
        lowest = self.settings.min_match_score
        route = "/patients/enhancedbestmatch"
        answer = self.client.read(
            route, route=route, lane=Lane.COMMIT, query=match_query(person, department_id, lowest)
        )
        try:
            rows = wire.rows(answer, "patients")
        except wire.UnreadableError as error:
            raise Retry(f"unreadable list: {error}") from None
        found = each(rows, mapping.patient, route)
        return sorted((patient for patient in found if patient.score >= lowest), key=lambda patient: -patient.score)

    def patient(self, patient_id: str, *, in_no_hurry: bool = False) -> EhrPatient:
        lane = Lane.SYNC if in_no_hurry else Lane.COMMIT
        answer = self.client.read(f"/patients/{path(patient_id)}", route="/patients/{id}", lane=lane)
        return readable(lambda: mapping.patient(wire.one_of(answer, "patientid", patient_id)))

    def create_patient(self, person: PersonDetails, *, department_id: str) -> str:
        answer, request_id = self.client.write(
            "POST",
            "/patients",
            route="/patients",
            lane=Lane.COMMIT,
            form=new_patient(person, department_id),
        )
        try:
            return mapping.patient(wire.one(answer)).id
        except wire.UnreadableError as error:
            raise Unknown(f"unreadable answer: {error}", request_id=request_id) from None

    def update_patient(self, patient_id: str, details: ChartDetails) -> None:
        answer, request_id = self.client.write(
            "PUT",
            f"/patients/{path(patient_id)}",
            route="/patients/{id}",
            lane=Lane.LOOK,
            form=chart_details(details),
        )
        if not wire.succeeded(answer):
            raise Unknown("neither yes nor no", request_id=request_id)

    def current_patient_id(self, patient_id: str) -> str:
        """The chart is asked for first; only one that is gone is looked for in the feed of charts."""
        current = path(patient_id)
        for _ in range(MERGES_IN_A_ROW):
            gone: Rejected | None = None
            try:
                found, lives = self._chart(current)
                if lives:
                    return found
            except Rejected as error:
                if error.code != "not_found":
                    raise
                gone = error
            survivor = self.merged_into(current)
            if not survivor and gone:
                raise gone
            if not survivor:
                return current  # deleted, and into nothing
            current = survivor
        raise Retry("charts merged in a circle")

    def _chart(self, patient_id: str) -> tuple[str, bool]:
        """(the id it answers with, whether it is in use): whether a merged chart is gone or deleted was never seen."""
        answer = self.client.read(f"/patients/{path(patient_id)}", route="/patients/{id}", lane=Lane.LOOK)
        row = readable(lambda: wire.one_of(answer, "patientid", patient_id))
        return readable(lambda: mapping.patient(row)).id, wire.text(row.get("status")).lower() != "deleted"

    def packages(self, *, plan_name: str, member_id: str) -> list[tuple[str, str]]:
        rows = self.client.read_all(
            "/insurancepackages",
            route="/insurancepackages",
            lane=Lane.LOOK,
            key="insurances",
            query={"insuranceplanname": plan_name, "memberid": member_id},
        )
        return each(rows, mapping.package, "/insurancepackages")

    def insurances(self, patient_id: str) -> list[EhrInsurance]:
        route = "/patients/{id}/insurances"
        rows = self.client.read_all(
            route.replace("{id}", path(patient_id)), route=route, lane=Lane.LOOK, key="insurances"
        )
        # Without a place in the order it is a policy of one case (an accident), which visits are not billed to.
        ordered = [
            row for row in rows if wire.number(row.get("sequencenumber")) and not wire.text(row.get("cancelled"))
        ]
        return sorted(each(ordered, mapping.policy, route), key=lambda policy: policy.sequence)

    def add_insurance(self, patient_id: str, policy: NewInsurance, *, department_id: str) -> str:
        route = "/patients/{id}/insurances"
        answer, request_id = self.client.write(
            "POST",
            route.replace("{id}", path(patient_id)),
            route=route,
            lane=Lane.LOOK,
            form=new_insurance(policy, department_id),
        )
        try:
            return mapping.policy(wire.one(answer)).id
        except wire.UnreadableError as error:
            if not wire.succeeded(answer):
                raise Unknown(f"unreadable answer: {error}", request_id=request_id) from None
        # The older answer says yes and names nothing.
        try:
            held = self.insurances(patient_id)
        except EhrError as error:
            raise Unknown(f"stored, not read back: {error.detail}", request_id=request_id) from error
        for one in held:
            if (one.sequence, one.package_id) == (policy.sequence, policy.package_id):
                return one.id
        raise Unknown("stored, not read back", request_id=request_id)

    def set_privacy(self, patient_id: str, forms: SignedForms, *, department_id: str) -> None:
        if not (forms.privacy_notice or forms.assignment_of_benefits or forms.release_of_billing_information):
            raise ValueError("no signed form: the EHR would mark all three")
        zone = self.settings.signature_zone or self.zone_before_write(department_id)
        answer, request_id = self.client.write(
            "POST",
            f"/patients/{path(patient_id)}/privacyinformationverified",
            route="/patients/{id}/privacyinformationverified",
            lane=Lane.LOOK,
            form=signed_forms(forms, department_id, zone),
        )
        if not wire.succeeded(answer):
            raise Unknown("neither yes nor no", request_id=request_id)
