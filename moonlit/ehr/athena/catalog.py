"""What the practice offers: departments, providers, reasons and open slots."""

from datetime import date

from moonlit.ehr.athena import forms, mapping
from moonlit.ehr.athena.calls import Calls, chunks, each
from moonlit.ehr.port import Department, EhrProvider, OpenSlot, OpenSlots, Reason
from moonlit.platform.budget import Lane


class Catalog(Calls):
    def departments(self) -> list[Department]:
        rows = self.client.read_all(
            "/departments",
            route="/departments",
            lane=Lane.SYNC,
            key="departments",
            query={"showalldepartments": "true"},
        )
        return each(rows, mapping.department, "/departments")

    def providers(self) -> list[EhrProvider]:
        rows = self.client.read_all("/providers", route="/providers", lane=Lane.SYNC, key="providers")
        return each(rows, mapping.provider, "/providers")

    def reasons(self, *, department_id: str, provider_id: str) -> list[Reason]:
        rows = self.client.read_all(
            "/patientappointmentreasons",
            route="/patientappointmentreasons",
            lane=Lane.SYNC,
            key="patientappointmentreasons",
            query={"departmentid": department_id, "providerid": provider_id},
        )
        return each(rows, mapping.reason, "/patientappointmentreasons")

    def open_slots(
        self,
        *,
        department_id: str,
        time_zone: str,
        provider_ids: list[str],
        reason_ids: list[str],
        first_day: date,
        last_day: date,
    ) -> OpenSlots:
        """One call, and one per further page, for all providers and reasons of a department and window."""
        if not provider_ids or not reason_ids:
            return OpenSlots(())
        only_reason = reason_ids[0] if len(reason_ids) == 1 else ""
        slots: dict[str, OpenSlot] = {}
        in_gap: set[str] = set()
        for providers in chunks(provider_ids, self.settings.providers_per_call):
            rows = self.client.read_all(
                "/appointments/open",
                route="/appointments/open",
                lane=Lane.SYNC,
                key="appointments",
                query={
                    "departmentid": department_id,
                    "providerid": ",".join(providers),
                    "reasonid": ",".join(reason_ids),
                    **forms.window(first_day, last_day),
                },
            )
            for found in each(
                rows, lambda row: mapping.open_slot(row, time_zone, only_reason=only_reason), "/appointments/open"
            ):
                if isinstance(found, mapping.InGap):
                    in_gap.add(found.id)
                else:
                    slots[found.id] = found
        return OpenSlots(tuple(slots.values()), tuple(sorted(in_gap)))
