"""What is still to be signed for a visit: by the patient, or by a recorded representative (rules 4.11)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.booking.services import sign_consents, signer_of, to_be_signed
from moonlit.domain.refusals import Refused
from moonlit.people.signing_queries import OpenSignatures
from moonlit.platform.policy import public
from moonlit.practice.documents import texts_in_force
from moonlit.widget.guard import patient_page, switches_language
from moonlit.widget.managing import Managed, in_session
from moonlit.widget.pages import ErrorLine, page
from moonlit.widget.texts import WORDS, text_address
from moonlit.widget.views.about import Tick
from moonlit.widget.way import see_other

PERSON = "person"


@public
@patient_page
@in_session
def sign(request: HttpRequest, managed: Managed) -> HttpResponse:
    """Nothing is ticked beforehand, and nothing must be: what is not ticked stays open."""
    waiting = to_be_signed(managed.visit.appointment)
    if not (managed.may_add and (waiting.texts or waiting.contacts)):
        return managed.to("manage")
    if request.method != "POST" or switches_language(request):
        return _sign_page(request, managed, waiting)
    versions = {
        text.kind: text.version for text in waiting.texts if request.POST.get(f"agree_{text.kind}") == text.version
    }
    ticked = set(request.POST.getlist(PERSON))
    contacts = [contact.id for contact in waiting.contacts if str(contact.id) in ticked]
    if not (versions or contacts):
        return _sign_page(request, managed, waiting, fault=_("Please tick what you agree to. Nothing was signed."))
    try:
        sign_consents(
            managed.visit.appointment,
            versions,
            signer=signer_of(managed.token),
            contacts=contacts,
            actor=PUBLIC,
            now=managed.now,
        )
    except Refused as refused:
        return _sign_page(request, managed, waiting, fault=_(refused.detail))
    return see_other(reverse("manage", args=[managed.token, managed.session]) + "?notice=signed")


def _sign_page(request: HttpRequest, managed: Managed, waiting: OpenSignatures, *, fault: str = "") -> HttpResponse:
    texts = texts_in_force()
    ticks = [
        Tick(
            kind=text.kind,
            label=str(WORDS[text.kind].agree),
            value=text.version,
            address=text_address(texts[text.kind]),
            version=text.version,
            ticked=request.POST.get(f"agree_{text.kind}") == text.version,
            required=False,
            fault="",
        )
        for text in waiting.texts
    ]
    return page(
        request,
        "manage/sign",
        title=_("To be signed"),
        errors=[ErrorLine("sign", fault)] if fault else [],
        status=422 if fault else 200,
        ticks=ticks,
        contacts=waiting.contacts,
        person=PERSON,
        people_ticked=set(request.POST.getlist(PERSON)),
        typed_form="sign",
        **managed.described(),
    )
