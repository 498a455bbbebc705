"""The Lead Service: people we cannot serve yet, and asked to hear from us (rules 2, 8)."""

from moonlit.leads.services.convert import (
    appointment_booked,
    booked_through_link,
    confirm_match,
    refuse_match,
)
from moonlit.leads.services.create import create_lead
from moonlit.leads.services.follow_ups import open_follow_ups
from moonlit.leads.services.invite import invitation_withheld, send_invitation_now
from moonlit.leads.services.links import LeadIsOver, mint_booking_link
from moonlit.leads.services.state import WAITING, Result
from moonlit.leads.services.waiting import judge_waiting
from moonlit.leads.services.worklist import (
    NOTE_LIMIT,
    REASONS_TO_CLOSE,
    assign,
    close_lead,
    copy_link,
    follow_up,
    mark_contacted,
    name_payer,
    note,
    reopen_lead,
)

__all__ = [
    "NOTE_LIMIT",
    "REASONS_TO_CLOSE",
    "WAITING",
    "LeadIsOver",
    "Result",
    "appointment_booked",
    "assign",
    "booked_through_link",
    "close_lead",
    "confirm_match",
    "copy_link",
    "create_lead",
    "follow_up",
    "invitation_withheld",
    "judge_waiting",
    "mark_contacted",
    "mint_booking_link",
    "name_payer",
    "note",
    "open_follow_ups",
    "refuse_match",
    "reopen_lead",
    "send_invitation_now",
]
