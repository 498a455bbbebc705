"""Visits: booked, read, moved, cancelled, and the slots they stand on."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NoReturn

from moonlit.ehr.athena import forms, mapping, wire
from moonlit.ehr.athena.calls import Calls, each, path, readable
from moonlit.ehr.port import AlreadyDone, EhrAppointment, EhrError, EhrStatus, Rejected, Retry, Unknown
from moonlit.platform.budget import Lane

SEND_WITHIN = timedelta(seconds=10)
"""A booking that waited longer for zone, turn and token is not sent: the caller's clock runs (rules 4.5)."""


class Visits(Calls):
    def book(
        self,
        *,
        slot_id: str,
        patient_id: str,
        reason_id: str,
        department_id: str,
        note: str,
        suppress_confirmation: bool,
    ) -> EhrAppointment:
        send_by = self.clock() + SEND_WITHIN
        zone = self.zone_before_write(department_id)
        answer, request_id = self.client.write(
            "PUT",
            f"/appointments/{path(slot_id)}",
            route="/appointments/{id}",
            lane=Lane.COMMIT,
            form=forms.booking(patient_id, reason_id, department_id, note, suppress_confirmation=suppress_confirmation),
            send_by=send_by,
        )
        try:
            booked = mapping.appointment(wire.one(answer), zone)
        except wire.UnreadableError as error:
            raise Unknown(f"unreadable answer: {error}", request_id=request_id) from None
        if (booked.status, booked.id, booked.patient_id) != (EhrStatus.BOOKED, slot_id, patient_id):
            raise Unknown("the answer is about something else", request_id=request_id)
        return booked

    def set_supervisor(
        self, *, appointment_id: str, seen_provider_id: str, supervisor_provider_id: str, claim_mode: str
    ) -> None:
        answer, request_id = self.client.write(
            "PUT",
            f"/appointments/booked/{path(appointment_id)}",
            route="/appointments/booked/{id}",
            lane=Lane.COMMIT,
            form=forms.supervision(
                self.settings.supervision_write,
                claim_mode,
                seen=seen_provider_id,
                supervisor=supervisor_provider_id,
            ),
        )
        if not wire.succeeded(answer):
            raise Unknown("neither yes nor no", request_id=request_id)

    def appointment(self, appointment_id: str) -> EhrAppointment:
        answer = self.client.read(f"/appointments/{path(appointment_id)}", route="/appointments/{id}", lane=Lane.LOOK)
        row = readable(lambda: wire.one_of(answer, "appointmentid", appointment_id))
        if wire.an_id(row.get("appointmentid")) != appointment_id:
            raise Retry("the answer is about something else")
        zone = self.zone(wire.an_id(row.get("departmentid")), Lane.LOOK)
        found = readable(lambda: mapping.appointment(row, zone))
        if found.status is EhrStatus.OPEN or "appointmentnotes" in row:
            return found
        # Not every answer brings the notes along, and they are how we know our own write again.
        listed = self.read_beside("/appointments/{id}/notes", appointment_id, Lane.LOOK)
        return readable(lambda: mapping.with_notes(found, listed))

    def appointments_between(
        self, *, department_ids: list[str], first_day: date, last_day: date
    ) -> list[EhrAppointment]:
        """Notes only where the list brings them along. Rows of a department without usable zone are left out, told."""
        if not department_ids:
            return []
        route = "/appointments/booked/multipledepartment"
        rows = self.client.read_all(
            route,
            route=route,
            lane=Lane.SYNC,
            key="appointments",
            query={
                "departmentid": ",".join(department_ids),
                "showcancelled": "true",
                "showcopay": "false",
                **forms.window(first_day, last_day),
            },
        )
        found = {visit.id: visit for visit in each(rows, self._with_zone, route)}
        return [visit for visit in found.values() if visit.status is not EhrStatus.OPEN]

    def join_url(self, appointment_id: str) -> str:
        """Athena has no sentence of its own for "no video" or "not today": what is left of its refusals means that."""
        route = "/appointments/{id}/nativeathenatelehealthroom"
        address = route.replace("{id}", path(appointment_id))
        try:
            answer = self.client.read(address, route=route, lane=Lane.LOOK)
        except Rejected as refused:
            if refused.code in {"forbidden", "not_found", "not_booked"}:
                raise
            raise _no_room(refused.status, refused.request_id) from None
        row = readable(lambda: wire.one(answer))
        if wire.an_id(row.get("appointmentid")) != appointment_id:
            raise Retry("the answer is about something else")
        found = wire.text(row.get("patienturl"))
        if not found:
            raise _no_room(200)
        return found

    def cancel(self, *, appointment_id: str, patient_id: str, reason: str) -> None:
        """Athena has one sentence for "cancelled already" and "checked in": the visit is read to tell which.

        Where it cannot be read, the answer is Unknown.
        """
        try:
            answer, request_id = self._put(appointment_id, "cancel", forms.cancellation(patient_id, reason))
        except (AlreadyDone, Rejected) as refused:
            self._settle(appointment_id, refused, lambda visit: visit.status is EhrStatus.CANCELLED)
        status = wire.text(answer.get("status")) if isinstance(answer, dict) else ""
        if not wire.succeeded(answer) or status not in {"x", ""}:
            raise Unknown("neither yes nor no", request_id=request_id)

    def reschedule(
        self, *, appointment_id: str, new_slot_id: str, patient_id: str, reason_id: str, reason: str
    ) -> EhrAppointment:
        """The answer is half an appointment, so the new visit is read; where that fails, the answer is Unknown.

        A refusal that leaves open whether the old visit is still booked is cleared up by reading that one.
        """
        path(new_slot_id)
        try:
            form = forms.rescheduling(new_slot_id, patient_id, reason_id, reason)
            answer, request_id = self._put(appointment_id, "reschedule", form)
        except Rejected as refused:
            self._settle(appointment_id, refused, lambda old: old.rescheduled_to == new_slot_id)
        try:
            row = wire.one(answer)
            found = self.appointment(new_slot_id)
        except wire.UnreadableError as error:
            raise Unknown(f"unreadable answer: {error}", request_id=request_id) from None
        except EhrError as error:
            raise Unknown(f"moved, not read back: {error.detail}", request_id=request_id) from error
        told = wire.an_id(row.get("appointmentid"))
        if (told, found.status, found.patient_id) != (new_slot_id, EhrStatus.BOOKED, patient_id):
            raise Unknown("the answer is about something else", request_id=request_id)
        return found

    def freeze(self, slot_id: str) -> None:
        self._set_frozen(slot_id, "true")

    def unfreeze(self, slot_id: str) -> None:
        self._set_frozen(slot_id, "false")

    def notes(self, appointment_id: str) -> list[str]:
        route = "/appointments/{id}/notes"
        answer = self.client.read(route.replace("{id}", path(appointment_id)), route=route, lane=Lane.LOOK)
        return readable(lambda: list(mapping.notes(wire.rows(answer, "notes"))))

    def add_note(self, appointment_id: str, text: str) -> None:
        route = "/appointments/{id}/notes"
        answer, request_id = self.client.write(
            "POST",
            route.replace("{id}", path(appointment_id)),
            route=route,
            lane=Lane.LOOK,
            form={"notetext": forms.plain(text)},
        )
        if not wire.succeeded(answer):
            raise Unknown("neither yes nor no", request_id=request_id)

    def _set_frozen(self, slot_id: str, freeze: str) -> None:
        route = "/appointments/{id}/freeze"
        answer, request_id = self.client.write(
            "PUT", route.replace("{id}", path(slot_id)), route=route, lane=Lane.LOOK, form={"freeze": freeze}
        )
        if not wire.succeeded(answer):
            raise Unknown("neither yes nor no", request_id=request_id)

    def _with_zone(self, row: wire.Row) -> EhrAppointment:
        try:
            return mapping.appointment(row, self.zone(wire.an_id(row.get("departmentid")), Lane.SYNC))
        except Rejected as error:
            raise wire.UnreadableError(error.detail) from None

    def _put(self, appointment_id: str, verb: str, form: dict[str, str]) -> tuple[Any, str]:
        return self.client.write(
            "PUT",
            f"/appointments/{path(appointment_id)}/{verb}",
            route=f"/appointments/{{id}}/{verb}",
            lane=Lane.COMMIT,
            form=form,
            send_by=self.clock() + SEND_WITHIN,
        )

    def _settle(
        self, appointment_id: str, refused: AlreadyDone | Rejected, done: Callable[[EhrAppointment], bool]
    ) -> NoReturn:
        """A refusal that may mean "not booked any more" is settled by reading the visit.

        AlreadyDone when it has become what the write was for, else Rejected `not_booked`; still booked, the refusal
        was about something else and stands. Unknown when the visit cannot be read.
        """
        if isinstance(refused, Rejected) and refused.code not in {"not_found", "not_booked", "rejected"}:
            raise refused
        try:
            found = self.appointment(appointment_id)
        except Rejected:
            raise refused from None
        except EhrError as error:
            raise Unknown(f"refused, not read back: {error.detail}", request_id=refused.request_id) from error
        if done(found):
            raise AlreadyDone("it was so before", request_id=refused.request_id) from None
        code = "rejected" if found.status is EhrStatus.BOOKED else "not_booked"
        raise Rejected(f"refused as {code}", code=code, request_id=refused.request_id) from None


def _no_room(status: int, request_id: str = "") -> Rejected:
    return Rejected("refused as no_room", code="no_room", status=status, request_id=request_id)
