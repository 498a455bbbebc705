"""From Athena's rows to the port's types: the only place that knows its dates, clocks, zones and status letters."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from moonlit.domain import zones
from moonlit.ehr.athena import wire
from moonlit.ehr.athena.wire import Row, UnreadableError
from moonlit.ehr.port import (
    ChartConsent,
    Department,
    EhrAppointment,
    EhrInsurance,
    EhrPatient,
    EhrProvider,
    EhrStatus,
    OpenSlot,
    PersonDetails,
    Reason,
)

DATE = "%m/%d/%Y"
EASTERN = "America/New_York"
"""The clock of Athena's own times (cancelled when, handed out when), whatever the department's."""

_STATUS = {
    "o": EhrStatus.OPEN,
    "f": EhrStatus.BOOKED,
    "2": EhrStatus.CHECKED_IN,
    "3": EhrStatus.CHECKED_OUT,
    "4": EhrStatus.CHARGE_ENTERED,
    "x": EhrStatus.CANCELLED,
}
_LEGACY_ZONES = {
    "US/Alaska": "America/Anchorage",
    "US/Aleutian": "America/Adak",
    "US/Arizona": "America/Phoenix",
    "US/Central": "America/Chicago",
    "US/East-Indiana": "America/Indiana/Indianapolis",
    "US/Eastern": "America/New_York",
    "US/Hawaii": "Pacific/Honolulu",
    "US/Indiana-Starke": "America/Indiana/Knox",
    "US/Michigan": "America/Detroit",
    "US/Mountain": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
    "US/Samoa": "Pacific/Pago_Pago",
}
# Standard offset and "observes daylight saving" -> a zone that keeps that clock. Only for rows without a name.
_ZONES_BY_OFFSET = {
    (-4, False): "America/Puerto_Rico",
    (-5, True): "America/New_York",
    (-6, True): "America/Chicago",
    (-7, True): "America/Denver",
    (-7, False): "America/Phoenix",
    (-8, True): "America/Los_Angeles",
    (-9, True): "America/Anchorage",
    (-10, False): "Pacific/Honolulu",
}
_SEX = {"F": "female", "M": "male"}
LANGUAGES = {
    "ar": "ara",
    "de": "deu",
    "en": "eng",
    "es": "spa",
    "fa": "fas",
    "fr": "fra",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "ne": "nep",
    "pt": "por",
    "ru": "rus",
    "sm": "smo",
    "so": "som",
    "sw": "swa",
    "tl": "tgl",
    "to": "ton",
    "uk": "ukr",
    "vi": "vie",
    "zh": "zho",
}
"""BCP-47 primary language -> ISO 639-2/T, which Athena's language6392code takes."""
_LANGUAGE_OF = {code: tag for tag, code in LANGUAGES.items()}
FIRST_YEAR, LAST_YEAR = 1900, 2199
JUNK_BIRTH_YEAR = 1900
"""Rows with a birth date before it hold no birth date; seen: 01/01/0001."""


def day_text(day: date) -> str:
    """A date as Athena writes it."""
    return day.strftime(DATE)


def a_date(value: object) -> date | None:
    """A date, also at the head of a date and time; None when missing or impossible."""
    try:
        return datetime.strptime(wire.text(value)[:10], DATE).date()  # noqa: DTZ007  a date has no zone
    except ValueError:
        return None


def a_day(value: object) -> date | None:
    """A date something can take place on. Junk years are no date: the ends of the calendar break every zone."""
    found = a_date(value)
    return found if found and FIRST_YEAR <= found.year <= LAST_YEAR else None


def clock_text(instant: datetime, zone: str) -> str:
    """An instant as Athena writes date and time on that zone's clock."""
    return zones.local(instant, zone).strftime(f"{DATE} %H:%M:%S")


def eastern_instant(value: object) -> datetime | None:
    """The instant of one of Athena's own times; the first of two where the clock shows it twice."""
    said = wire.text(value)
    try:
        wall = datetime.strptime(said, f"{DATE} %H:%M:%S" if said.count(":") > 1 else f"{DATE} %H:%M")  # noqa: DTZ007
    except ValueError:
        return None
    return zones.first_instant(wall.date(), wall.time(), EASTERN) if a_day(said) else None


def a_clock(value: object) -> time | None:
    """A wall-clock time, HH:MM."""
    try:
        return datetime.strptime(wire.text(value)[:5], "%H:%M").time()  # noqa: DTZ007  the department's clock
    except ValueError:
        return None


def zone_name(value: object) -> str | None:
    """An IANA name, legacy names made current; None for anything this machine has no clock for."""
    found = _LEGACY_ZONES.get(wire.text(value), wire.text(value))
    return found if found and zones.is_zone(found) else None


def department(row: Row) -> Department:
    found = wire.an_id(row.get("departmentid"))
    if not found:
        raise UnreadableError("a department without id")
    return Department(
        id=found,
        name=wire.text(row.get("patientdepartmentname")) or wire.text(row.get("name")),
        time_zone=zone_name(row.get("timezonename")),
        state=wire.text(row.get("state")),
    )


def working_zone(row: Row) -> str | None:
    """The department's zone, or one that keeps the same clock today when only offsets are given.

    Good enough to read back an appointment; never shown as the department's zone, which a person must confirm.
    """
    named = zone_name(row.get("timezonename"))
    offset = wire.number(row.get("timezoneoffset"))
    if named or offset is None:
        return named
    return _ZONES_BY_OFFSET.get((offset, not wire.flag(row.get("doesnotobservedst"))))


def provider(row: Row) -> EhrProvider:
    found = wire.an_id(row.get("providerid"))
    if not found:
        raise UnreadableError("a provider without id")
    supervisor = wire.an_id(row.get("supervisingproviderid"))
    names = (wire.text(row.get("firstname")), wire.text(row.get("lastname")))
    return EhrProvider(
        id=found,
        name=wire.text(row.get("displayname")) or " ".join(name for name in names if name),
        is_person=wire.text(row.get("entitytype")).lower() == "person",
        npi=wire.an_id(row.get("npi")),
        supervising_provider_id="" if supervisor == found else supervisor,
    )


def reason(row: Row) -> Reason:
    found = wire.an_id(row.get("reasonid"))
    if not found:
        raise UnreadableError("a reason without id")
    return Reason(
        id=found,
        name=wire.text(row.get("reason")),
        kind=wire.text(row.get("reasontype")).lower() or "all",
        min_hours=wire.number(row.get("schedulingminhours")),
        max_days=wire.number(row.get("schedulingmaxdays")),
    )


@dataclass(frozen=True, slots=True)
class InGap:
    """A slot at a time the department's clock skips that night."""

    id: str


def open_slot(row: Row, zone: str, *, only_reason: str = "") -> OpenSlot | InGap:
    """An open slot at its instant. `only_reason`: the one that was asked for, used when the row names none."""
    found = wire.an_id(row.get("appointmentid"))
    day, clock, minutes = a_day(row.get("date")), a_clock(row.get("starttime")), wire.number(row.get("duration"))
    if not found or day is None or clock is None or not minutes or minutes < 0:
        raise UnreadableError("a slot without id, time or length")
    at = zones.resolve(day, clock, zone)
    if isinstance(at, zones.Gap):
        return InGap(found)
    reasons = wire.texts(row.get("reasonid"))
    return OpenSlot(
        id=found,
        department_id=wire.an_id(row.get("departmentid")),
        provider_id=wire.an_id(row.get("providerid")),
        start=at.first if isinstance(at, zones.Repeated) else at.at,
        minutes=minutes,
        reason_ids=reasons or ((only_reason,) if only_reason else ()),
        type_id=wire.an_id(row.get("appointmenttypeid")),
        repeated_hour=isinstance(at, zones.Repeated),
    )


def appointment(row: Row, zone: str) -> EhrAppointment:
    """An appointment of any status; one in the hour the clock skips is put at the end of the gap."""
    status = _STATUS.get(wire.text(row.get("appointmentstatus")).lower())
    found = wire.an_id(row.get("appointmentid"))
    day, clock = a_day(row.get("date")), a_clock(row.get("starttime"))
    if not found or status is None or day is None or clock is None:
        raise UnreadableError("an appointment without id, status or time")
    template = wire.an_id(row.get("templateappointmentid"))
    return EhrAppointment(
        id=found,
        status=status,
        department_id=wire.an_id(row.get("departmentid")),
        provider_id=wire.an_id(row.get("providerid")),
        start=zones.first_instant(day, clock, zone),
        time_zone=zone,
        minutes=wire.number(row.get("duration")) or 0,
        patient_id=wire.an_id(row.get("patientid")),
        rendering_provider_id=wire.an_id(row.get("renderingproviderid")),
        supervising_provider_id=wire.an_id(row.get("supervisingproviderid")),
        scheduling_provider_id=wire.an_id(row.get("schedulingproviderid")),
        rescheduled_to=wire.an_id(row.get("rescheduledappointmentid")),
        no_show=status is EhrStatus.CANCELLED and wire.flag(row.get("cancelreasonnoshow")),
        template_id="" if template == found else template,
        type_id=wire.an_id(row.get("appointmenttypeid")),
        cancelled_at=eastern_instant(row.get("cancelleddatetime")),
        notes=notes(row.get("appointmentnotes")),
    )


def with_notes(found: EhrAppointment, payload: object) -> EhrAppointment:
    """The appointment with the notes of GET /appointments/{id}/notes."""
    return replace(found, notes=notes(wire.rows(payload, "notes")))


def notes(rows: object) -> tuple[str, ...]:
    """Note texts, whose key differs between the appointment row and the list of notes."""
    found = rows if isinstance(rows, list) else []
    said = (wire.text(row.get("text")) or wire.text(row.get("notetext")) for row in found if isinstance(row, dict))
    return tuple(text for text in said if text)


def package(row: Row) -> tuple[str, str]:
    found = wire.text(row.get("insurancepackageid"))  # 0 is one too: self-pay
    if not found:
        raise UnreadableError("a package without id")
    return found, wire.text(row.get("insuranceplanname"))


def policy(row: Row) -> EhrInsurance:
    found, sequence = wire.an_id(row.get("insuranceid")), wire.number(row.get("sequencenumber"))
    if not found or not sequence:
        raise UnreadableError("a policy without id or place")
    return EhrInsurance(
        id=found,
        package_id=wire.text(row.get("insurancepackageid")),
        sequence=sequence,
        member_id=wire.text(row.get("insuranceidnumber")),
    )


def previous_ids(row: Row) -> tuple[str, ...]:
    """Charts merged into this one. The shape was never recorded: a list of ids or of rows, or a comma list."""
    found = row.get("previouspatientids")
    listed = found if isinstance(found, list) else list(wire.texts(found))
    ids = (
        [wire.an_id(value) for name, value in one.items() if name.endswith("patientid")]
        if isinstance(one, dict)
        else [wire.an_id(one)]
        for one in listed
    )
    return tuple(number for some in ids for number in some if number)


def patient(row: Row) -> EhrPatient:
    found = wire.an_id(row.get("patientid"))
    if not found:
        raise UnreadableError("a patient without id")
    born = a_date(row.get("dob"))
    score = wire.text(row.get("score"))
    return EhrPatient(
        id=found,
        details=_details(row, born) if born and born.year >= JUNK_BIRTH_YEAR else None,
        score=float(score) if score.replace(".", "", 1).isdigit() else 0.0,
        consent=ChartConsent(
            sms=wire.flag(row.get("consenttotext")) and not _said_no(row, "contactpreference_appointment_sms"),
            email=not _said_no(row, "contactpreference_appointment_email"),
        ),
    )


def _said_no(row: Row, name: str) -> bool:
    """Whether a preference is there and is no; one that is absent says nothing."""
    said = row.get(name)
    return said is False or (bool(wire.text(said)) and not wire.flag(said))


def _details(row: Row, born: date) -> PersonDetails:
    street = (wire.text(row.get("address1")), wire.text(row.get("address2")))
    return PersonDetails(
        first_name=wire.text(row.get("firstname")),
        last_name=wire.text(row.get("lastname")),
        date_of_birth=born,
        email=_unless_declined(row.get("email")),
        phone=_e164(row.get("mobilephone")),
        street=", ".join(line for line in street if line),
        city=wire.text(row.get("city")),
        state=wire.text(row.get("state")),
        zip=wire.text(row.get("zip")),
        sex=_sex(row.get("sex")),
        language=_LANGUAGE_OF.get(wire.text(row.get("language6392code")).lower(), ""),
    )


def _sex(value: object) -> str:
    """A value we have no word for stands there all the same: read as none, it would be overwritten."""
    found = wire.text(value).upper()
    return _SEX.get(found, "other") if found else ""


def _unless_declined(value: object) -> str:
    found = wire.text(value)
    return "" if found.lower() == "declined" else found


def _e164(value: object) -> str:
    """A North American number of ten digits as E.164; anything else is none."""
    digits = "".join(sign for sign in wire.text(value) if sign.isdigit())
    digits = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    return f"+1{digits}" if len(digits) == 10 else ""
