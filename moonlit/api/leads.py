"""POST /leads: somebody we cannot serve yet asks to hear from us."""

from __future__ import annotations

from uuid import uuid4

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
    """Another one for each call. It names nothing: the same for the same lead would tell that somebody left it."""


@router.post("/leads", **operation("leave_lead", "Ask to be told", {201: LeadOut}, OF_A_BODY, body=LeadInput))
@public
@limited("leads", capacity=30, per_seconds=600)
def leads(request: HttpRequest) -> HttpResponse:
    """An e-mail address or a phone number is needed. The same lead twice within a day is one lead."""
    create_lead(parsed(raw_body(request), LeadInput), actor=PUBLIC, now=clock.now())
    return json_answer({"lead": str(uuid4())}, status=201)
