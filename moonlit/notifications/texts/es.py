"""Spanish, with usted. The text messages use words that need no á, í, ó or ú: these are not in GSM-7, and one of them
halves the room of the whole text (rules 6.4). é and ñ are.
"""

from datetime import date, datetime

from moonlit.notifications.texts.wording import News, Reply, Wording, ended

_RATES = " Pueden aplicarse tarifas. AYUDA para ayuda, ALTO para terminar."
_HELP = " AYUDA para ayuda, ALTO para terminar."
_STOP = " Responda ALTO para no recibir mensajes."
_END = " ALTO para terminar"


def _sms(*wordings: str) -> tuple[str, ...]:
    return ended(wordings, (_STOP, _END))


def _first_sms(*wordings: str) -> tuple[str, ...]:
    """Of a message that can be the first one."""
    return ended(wordings, (_RATES, _HELP, _END))


_UPDATE = "{name}: hay una novedad para usted"
UPDATE = Wording(
    subject=_UPDATE,
    line="Hay una novedad para usted. Abra el enlace para verla.",
    action="Ver la novedad",
    sms=_first_sms(_UPDATE + ". {link}"),
)

_SEE_OR_CHANGE = "Ver o cambiar su cita"
NEWS = {
    News.RECEIVED: Wording(
        subject="{name}: recibimos su solicitud",
        line="Recibimos su solicitud para el {when} y le guardamos esa hora. La cita todavía no está confirmada. "
        "Le avisaremos cuando lo esté.",
        action="Ver su solicitud",
        sms=_first_sms(
            "{name}: recibimos su solicitud para el {when}. Queda pendiente, le avisaremos. {link}",
            "{name}: recibimos su solicitud para el {when}. Queda pendiente. {link}",
            "{name}: solicitud pendiente, {when}. {link}",
            "{name}: pendiente, {when}. {link}",
        ),
    ),
    News.NOT_BOOKED: Wording(
        subject="{name}: no se pudo reservar la hora",
        line="Lo sentimos. No se pudo reservar la cita que pidió para el {when}. Usted no tiene una cita a esa hora.",
        action="Elegir otra hora",
        sms=_sms(
            "{name}: lo sentimos, no se pudo reservar el {when}. Elija otra hora: {link}",
            "{name}: no se pudo reservar el {when}. Otras horas: {link}",
            "{name}: no se pudo, {when}. {link}",
        ),
    ),
    News.BOOKED: Wording(
        subject="{name}: su cita está reservada",
        line="Su cita está reservada para el {when}.",
        action=_SEE_OR_CHANGE,
        sms=_first_sms(
            "{name}: su cita queda reservada para el {when}. {link}",
            "{name}: su cita es el {when}. {link}",
            "{name}: cita {when}. {link}",
        ),
    ),
    News.CHANGED: Wording(
        subject="{name}: su cita ha cambiado",
        line="Su cita ha cambiado. Ahora es el {when}.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: su cita ha cambiado. Ahora es el {when}. {link}",
            "{name}: su cita ahora es el {when}. {link}",
            "{name}: ahora el {when}. {link}",
        ),
    ),
    News.STAYS: Wording(
        subject="{name}: no se pudo cambiar su cita",
        line="No se pudo cambiar su cita. Sigue siendo el {when}.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: no se pudo cambiar su cita. Sigue siendo el {when}. {link}",
            "{name}: no hubo cambio, su cita sigue el {when}. {link}",
            "{name}: sigue el {when}. {link}",
        ),
    ),
    News.ANOTHER: Wording(
        subject="{name}: se reservó otra cita",
        line="Se reservó otra cita a su nombre. La suya del {when} sigue en pie. ¿No la pidió usted? Llámenos.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: hay otra cita a su nombre. La suya del {when} sigue en pie. {link}",
            "{name}: hay otra cita; la suya del {when} sigue. {link}",
            "{name}: hay otra cita; sigue {when}. {link}",
        ),
    ),
    News.CANCELLED: Wording(
        subject="{name}: su cita está cancelada",
        line="Su cita del {when} está cancelada.",
        action="Ver la novedad",
        sms=_sms(
            "{name}: su cita del {when} queda cancelada. {link}",
            "{name}: cita del {when} cancelada. {link}",
            "{name}: cancelada, {when}. {link}",
        ),
    ),
    News.IN_3_DAYS: Wording(
        subject="{name}: un recordatorio de su cita",
        line="Su cita es el {when}. Si no puede asistir, por favor cámbiela o cancélela con este enlace.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: le recordamos su cita del {when}. Para cambiarla: {link}",
            "{name}: le recordamos su cita del {when}. {link}",
            "{name}: recuerde, {when}. {link}",
        ),
    ),
    News.TOMORROW: Wording(
        subject="{name}: se acerca su cita",
        line="Se acerca su cita: {when}. Si no puede asistir, por favor avísenos ahora con este enlace.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: se acerca su cita: {when}. Detalles: {link}",
            "{name}: se acerca su cita: {when}. {link}",
            "{name}: pronto, {when}. {link}",
        ),
    ),
    News.JOIN: Wording(
        subject="{name}: cómo entrar a su cita",
        line="Su cita es el {when}. Abra este enlace unos minutos antes para entrar.",
        action="Entrar a su cita",
        sms=_sms(
            "{name}: su cita es el {when}. Para entrar, abra {link}",
            "{name}: para entrar el {when}, abra {link}",
            "{name}: entrar, {when} {link}",
        ),
    ),
    News.TO_COMPLETE: Wording(
        subject="{name}: falta algo antes de su cita",
        line="Antes de su cita del {when} todavía necesitamos algunas cosas de usted. Toma unos minutos.",
        action="Ver lo que falta",
        sms=_sms(
            "{name}: antes de su cita del {when} necesitamos algo de usted. {link}",
            "{name}: falta algo antes del {when}: {link}",
            "{name}: falta algo, {when} {link}",
        ),
    ),
    News.PROPOSAL: Wording(
        subject="{name}: queremos proponerle un cambio",
        line="Queremos proponerle un cambio en su cita del {when}. Nada cambia hasta que usted responda.",
        action="Ver y responder",
        sms=_sms(
            "{name}: le proponemos un cambio en su cita del {when}. Por favor responda: {link}",
            "{name}: ¿cambiamos su cita del {when}? {link}",
            "{name}: ¿cambiar, {when}? {link}",
        ),
    ),
}

OTHER_TIMES = "Estas otras horas estaban libres cuando le escribimos:\n{times}"

CODE_SUBJECT = "{name}: su código"
CODE_LINE = "Su código es {code}. Sirve durante 10 minutos. Nunca se lo pedimos por teléfono ni por mensaje."
CODE_SMS = "{name}: su clave es {code}. Sirve durante 10 minutos. Nunca le pedimos esta clave."

_LEAD_QUESTIONS = " ¿Preguntas? Llame al {phone}."
LEAD_RECEIVED = Wording(
    subject="{name}: recibimos su solicitud",
    line="Recibimos su solicitud y le responderemos a más tardar el {by}." + _LEAD_QUESTIONS,
    action="",
    sms=_first_sms(
        "{name}: recibimos su solicitud. Le responderemos el {by} o antes. ¿Preguntas? {phone}.",
        "{name}: le responderemos el {by} o antes. ¿Preguntas? {phone}.",
    ),
)
LEAD_RECEIVED_UNDATED = Wording(
    subject=LEAD_RECEIVED.subject,
    line="Recibimos su solicitud y le responderemos." + _LEAD_QUESTIONS,
    action="",
    sms=_first_sms("{name}: recibimos su solicitud. ¿Preguntas? {phone}."),
)
LEAD_INVITATION = Wording(
    subject="{name}: ya se pueden reservar horas",
    line="Usted nos pidió que le avisáramos. Ya se pueden reservar horas.",
    action="Elegir una hora",
    sms=_first_sms(
        "{name}: ya puede reservar una hora: {link}",
        "{name}: ya puede reservar: {link}",
    ),
)

REPLIES = {
    Reply.STOPPED: (
        "{name}: ya no le enviaremos mensajes. Esto NO cancela su cita: para eso llame al {phone}. EMPEZAR para volver",
    ),
    Reply.STARTED: (
        "{name}: le enviaremos mensajes de nuevo. ¿Preguntas? {phone}. Pueden aplicarse tarifas." + _STOP,
        "{name}: le enviaremos mensajes de nuevo. ¿Preguntas? {phone}." + _END,
    ),
    Reply.HELP: (
        "{name}: mensajes sobre sus citas y solicitudes. Ayuda: {phone}. Pueden aplicarse tarifas." + _STOP,
        "{name}: mensajes sobre sus citas y solicitudes. Ayuda: {phone}." + _STOP,
        "{name}: mensajes sobre sus citas y solicitudes. Ayuda: {phone}." + _END,
    ),
    Reply.FREE: (
        "{name}: no respondemos mensajes. Llame al {phone}. En una emergencia, llame al 911." + _STOP,
        "{name}: no respondemos mensajes. Llame al {phone}. Emergencia: llame al 911." + _END,
    ),
}

FOOTER = "Por favor no responda: nadie lee esta dirección."

CALENDAR_TITLE = "Cita"

_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_SHORT_DAYS = ("lun", "mar", "mie", "jue", "vie", "sab", "dom")
_MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)


def long_day(on: date) -> str:
    """As in: martes 1 de diciembre de 2026"""
    return f"{_DAYS[on.weekday()]} {on.day} de {_MONTHS[on.month - 1]} de {on.year}"


def short_day(on: date) -> str:
    """As in: mar 1 dic; for text messages, so without accents"""
    return f"{_SHORT_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1][:3]}"


def long_when(at: datetime) -> str:
    """As in: martes 1 de diciembre de 2026, 9:00 a. m. MST"""
    return f"{long_day(at)}, {_time(at)}"


def short_when(at: datetime) -> str:
    """As in: mar 1 dic, 9:00 a. m. MST"""
    return f"{short_day(at)}, {_time(at)}"


def _time(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02} {'a. m.' if at.hour < 12 else 'p. m.'} {at.tzname()}"
