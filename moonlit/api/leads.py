"""POST /leads: somebody we cannot serve yet asks to hear from us."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from moonlit.api.documents import OF_A_BODY, operation
from moonlit.api.guard import json_answer, limited, parsed, raw_body
from moonlit.audit.actor import PUBLIC
from moonlit.leads.inputs import LeadInput
from moonlit.leads.services import create_lead
from moonlit.platform import clock
from moonlit.platform.policy import public

router = Router(tags=["leads"])


class LeadOut(Schema):
    lead: str


@router.post("/leads", **operation("leave_lead", "Ask to be told", {201: LeadOut}, OF_A_BODY, body=LeadInput))
@public
@limited("leads", capacity=30, per_seconds=600)
def leads(request: HttpRequest) -> HttpResponse:
    """An e-mail address or a phone number is needed. The same lead twice within a day is one lead."""
    lead = create_lead(parsed(raw_body(request), LeadInput), actor=PUBLIC, now=clock.now())
    return json_answer({"lead": str(lead)}, status=201)
