"""The few fields behind a link: where the code goes, the code, and words to the practice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from moonlit.widget.guard import switches_language

MOST_LETTERS = 500


def form_data(request: HttpRequest) -> dict[str, Any]:
    """What a form of the page begins with: what was sent, or, sent only to change the language, what was typed, which
    then is shown again and not judged.
    """
    if switches_language(request):
        return {"initial": request.POST.dict()}
    return {"data": request.POST if request.method == "POST" else None}


class ChannelForm(forms.Form):
    channel = forms.ChoiceField(
        label=gettext_lazy("How should the code come?"),
        choices=[("email", gettext_lazy("By e-mail")), ("sms", gettext_lazy("By text message"))],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Please choose how the code should come."),
            "invalid_choice": gettext_lazy("Please choose how the code should come."),
        },
    )


class CodeForm(forms.Form):
    """Spaces and dashes in what was typed do no harm."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "short"}),
        error_messages={
            "required": gettext_lazy("Please enter the six digits of the code."),
            "max_length": gettext_lazy("Please enter the six digits of the code."),
        },
    )

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        digits = "".join(char for char in typed if char not in " -\u2013")
        if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
            raise forms.ValidationError(self.fields["code"].error_messages["required"])
        return digits


class WordsForm(forms.Form):
    """Free text to the practice."""

    words = forms.CharField(
        required=False,
        max_length=MOST_LETTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": gettext_lazy("Please write at most 500 letters.")},
    )

    def __init__(self, label: Any, **typed: Any) -> None:
        super().__init__(**typed)
        self.fields["words"].label = label
