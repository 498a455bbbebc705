"""The Booking Service: ask for a visit, push it to the EHR, keep its links."""

from moonlit.booking.refusals import HoldExpired, SlotTaken
from moonlit.booking.services.advance import advance
from moonlit.booking.services.changes import (
    ChangeAsked,
    advance_change,
    ask_staff_to_move,
    request_cancel,
    request_move,
)
from moonlit.booking.services.chart_writes import open_chart_writes, reopen_chart_writes, write_again, write_to_chart
from moonlit.booking.services.codes import (
    CodeLimit,
    Session,
    end_session,
    mint_code,
    proven_contact,
    purge_codes,
    request_code,
    session_ends,
    session_for,
    verify_code,
)
from moonlit.booking.services.details import add_details, details_standing
from moonlit.booking.services.duplicates import refuse_overlap, review_duplicates, review_neighbours
from moonlit.booking.services.estimates import open_estimate
from moonlit.booking.services.finish import finish_with_ehr_id
from moonlit.booking.services.freezes import settle_freeze, sweep_freezes
from moonlit.booking.services.holds import (
    Held,
    extend_hold,
    held_candidate,
    make_room,
    place_hold,
    release_hold,
    sweep_holds,
    time_of_hold,
)
from moonlit.booking.services.identity import call_patient, lift_restriction, make_chart, take_chart, verify_identity
from moonlit.booking.services.imports import (
    Look,
    Outcome,
    ask_for_contact,
    believed_booked,
    chart_merged,
    flag_again,
    follow_visit,
    import_visit,
    knows_chart,
    look_at,
    on_another_chart,
    read_contact,
    visit_gone,
)
from moonlit.booking.services.joining import ask_for_join, read_join, sweep_joins
from moonlit.booking.services.links import (
    link_lives,
    mint_link,
    mint_manage_link,
    mint_status_link,
    revoke_link,
    revoke_links,
)
from moonlit.booking.services.reaching import ask_confidential, choose_messages, end_confidential, record_told
from moonlit.booking.services.readiness import review_readiness
from moonlit.booking.services.redecide import redecide_next
from moonlit.booking.services.request import Accepted, request_booking
from moonlit.booking.services.reviews import apply_review, dismiss_review, tell_patient
from moonlit.booking.services.signing import sign_consents, signer_of, to_be_signed
from moonlit.booking.services.supervision import write_supervision
from moonlit.booking.services.watch import sweep

__all__ = [
    "Accepted",
    "ChangeAsked",
    "CodeLimit",
    "Held",
    "HoldExpired",
    "Look",
    "Outcome",
    "Session",
    "SlotTaken",
    "add_details",
    "advance",
    "advance_change",
    "apply_review",
    "ask_confidential",
    "ask_for_contact",
    "ask_for_join",
    "ask_staff_to_move",
    "believed_booked",
    "call_patient",
    "chart_merged",
    "choose_messages",
    "details_standing",
    "dismiss_review",
    "end_confidential",
    "end_session",
    "extend_hold",
    "finish_with_ehr_id",
    "flag_again",
    "follow_visit",
    "held_candidate",
    "import_visit",
    "knows_chart",
    "lift_restriction",
    "link_lives",
    "look_at",
    "make_chart",
    "make_room",
    "mint_code",
    "mint_link",
    "mint_manage_link",
    "mint_status_link",
    "on_another_chart",
    "open_chart_writes",
    "open_estimate",
    "place_hold",
    "proven_contact",
    "purge_codes",
    "read_contact",
    "read_join",
    "record_told",
    "redecide_next",
    "refuse_overlap",
    "release_hold",
    "reopen_chart_writes",
    "request_booking",
    "request_cancel",
    "request_code",
    "request_move",
    "review_duplicates",
    "review_neighbours",
    "review_readiness",
    "revoke_link",
    "revoke_links",
    "session_ends",
    "session_for",
    "settle_freeze",
    "sign_consents",
    "signer_of",
    "sweep",
    "sweep_freezes",
    "sweep_holds",
    "sweep_joins",
    "take_chart",
    "tell_patient",
    "time_of_hold",
    "to_be_signed",
    "verify_code",
    "verify_identity",
    "visit_gone",
    "write_again",
    "write_supervision",
    "write_to_chart",
]
