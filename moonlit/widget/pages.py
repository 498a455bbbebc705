"""How a page is put together: practice, step, title, and the pages that only say why there is nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from moonlit.platform import clock
from moonlit.practice.queries import is_published, practice
from moonlit.widget import words


def step_names() -> list[str]:
    """The six steps as the row on top of the page names them."""
    return [_("Payment"), _("Who and how"), _("Time"), _("About you"), _("Check"), _("Your visit")]


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One line of the summary on top, leading to the field it is about."""

    target: str
    sentence: str


def page(
    request: HttpRequest,
    template: str,
    *,
    title: str,
    step: int | None = None,
    token: str = "",
    errors: list[ErrorLine] | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A whole page. `title` names the step and never a person, a payer or a choice.

    `typed_form` in the context is the id of the form whose contents a change of language must carry along: the switch
    then is a button of that form, and the view sees `switches_language`. Without it the switch is a plain link.
    """
    here = practice()
    names = step_names()
    shown = {
        "practice": here,
        "phone_link": words.phone_link(here.phone),
        "title": title,
        "step": step,
        "steps": len(names),
        "step_names": names,
        "token": token,
        "errors": errors or [],
        "ends": getattr(request, "ends", None),
        "languages": other_languages(request),
        "framed": request.headers.get("Sec-Fetch-Dest") == "iframe",
        **context,
    }
    return render(request, f"widget/{template}.html", shown, status=status)


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """The same page in another published language."""

    code: str
    name: str
    """In that language itself."""
    address: str


def other_languages(request: HttpRequest) -> list[OtherLanguage]:
    """Empty while the practice has published English only."""
    address = request.get_full_path()
    return [
        OtherLanguage(code, name, translate_url(address, code))
        for code, name in settings.LANGUAGES
        if code != get_language() and is_published(code, clock.now())
    ]


def error_lines(form: forms.Form) -> list[ErrorLine]:
    """The faults of a form, in the order of its fields."""
    lines = []
    for name in form.fields:
        field = form[name]
        if field.errors:
            target = f"{field.auto_id}_0" if isinstance(field.field.widget, forms.RadioSelect) else field.auto_id
            lines.append(ErrorLine(str(target), str(field.errors[0])))
    return lines


def gone(request: HttpRequest) -> HttpResponse:
    """One answer for a draft or booking that never was, has ended or is somebody else's."""
    return page(request, "gone", title=_("This page has ended"), status=404)


def link_ended(request: HttpRequest) -> HttpResponse:
    """The same for the link of a message: a visit that was moved or cancelled has a newer one."""
    return page(request, "link_ended", title=_("This link has ended"), status=404)


def not_from_us(request: HttpRequest) -> HttpResponse:
    return page(request, "refused", title=_("We could not take this"), status=403)


def too_much(request: HttpRequest, retry_after: int) -> HttpResponse:
    response = page(request, "too_much", title=_("Please wait a moment"), status=429, again=request.path)
    response["Retry-After"] = str(retry_after)
    return response


def not_set_up(_request: HttpRequest) -> HttpResponse:
    """Before the first practice file there is no practice to show."""
    return HttpResponse("This practice is not set up yet.\n", content_type="text/plain; charset=utf-8", status=503)
