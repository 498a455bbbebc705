"""Reads of leads."""

from moonlit.leads.queries.contact import LeadContact, lead_contact, still_invitable
from moonlit.leads.queries.detail import HistoryRow, LeadDetail, MatchRow, NoteRow, one_lead
from moonlit.leads.queries.links import lead_by_token
from moonlit.leads.queries.worklist import Assignee, LeadRow, Sort, Wanted, list_leads

__all__ = [
    "Assignee",
    "HistoryRow",
    "LeadContact",
    "LeadDetail",
    "LeadRow",
    "MatchRow",
    "NoteRow",
    "Sort",
    "Wanted",
    "lead_by_token",
    "lead_contact",
    "list_leads",
    "one_lead",
    "still_invitable",
]
