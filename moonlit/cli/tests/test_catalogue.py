"""The catalogue of translations: texts are found wherever pages take them from, and nobody's translation is lost."""

import gettext
import os

import pytest

from moonlit.cli import catalogue
from moonlit.cli.messages import said

TEMPLATE = """{% load i18n %}
    <p title="{% translate "It's here" %}">{{ _("Kept short") }}</p>
  {% blocktranslate with day=visit.day trimmed %}
    See you on {{ day }}.
  {% endblocktranslate %}
{% blocktranslate count number=left %}{{ number }} day{% plural %}{{ number }} days{% endblocktranslate %}
"""
PYTHON = """
from django.utils.translation import gettext as _, gettext_lazy, pgettext
LATER = gettext_lazy("Said later")
def title():
    return _("Two "
             "lines"), pgettext("verb", "Book")
"""
REFUSAL = '"""About refusals."""\nraise Refused("code", "The time is gone.")\n'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A program with one template, one view and one refusal, and no catalogue yet."""
    monkeypatch.setattr(catalogue, "PACKAGE", tmp_path)
    monkeypatch.setattr(catalogue, "LOCALE", tmp_path / "locale")
    for path, text in (
        ("widget/templates/page.html", TEMPLATE),
        ("widget/views.py", PYTHON),
        ("booking/refusals.py", REFUSAL),
        ("dashboard/pages.py", '_("For staff")'),
        ("widget/tests/test_it.py", '_("For a test")'),
        ("booking/services/finish.py", 'X = "The EHR does not answer."'),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def translate(text, into):
    """As a translator would, in the file."""
    path = catalogue.po_file("es")
    path.write_text(path.read_text().replace(f'msgid "{text}"\nmsgstr ""', f'msgid "{text}"\nmsgstr "{into}"'))


def test_texts_are_found_in_templates_views_and_refusals_for_patients(package):
    found = [message.id for message in catalogue.texts_of(catalogue.update("es"))]
    assert found == [
        "It's here",
        "Kept short",
        "See you on %(day)s.",
        ("%(number)s day", "%(number)s days"),
        "Said later",
        "Two lines",
        "Book",
        "The time is gone.",
    ]
    text = catalogue.po_file("es").read_text()
    assert "#: widget/templates/page.html\n" in text
    assert 'msgctxt "verb"' in text
    assert "Date" not in text


def test_an_update_keeps_translations_and_loses_texts_that_are_gone(package):
    catalogue.update("es")
    translate("Said later", "Dicho después")
    translate("Two lines", "Dos líneas")
    (package / "widget/views.py").write_text('_("Two lines!")\n_("Said later")\n')
    updated = catalogue.update("es")
    assert updated.get("Said later").string == "Dicho después"
    assert not updated.get("Two lines!").string, "nothing is guessed"
    assert "Dos líneas" not in catalogue.po_file("es").read_text()


def test_an_update_without_news_changes_nothing(package):
    catalogue.update("es")
    translate("Said later", "Dicho después")
    before = catalogue.po_file("es").read_text()
    catalogue.update("es")
    assert catalogue.po_file("es").read_text() == before


def test_what_django_reads_is_made_anew_only_when_the_file_is_newer(package):
    catalogue.update("es")
    translate("Said later", "Dicho después")
    catalogue.compile_all()
    made = catalogue.po_file("es").with_suffix(".mo")
    with made.open("rb") as opened:
        assert gettext.GNUTranslations(opened).gettext("Said later") == "Dicho después"
    first = made.stat().st_mtime_ns
    catalogue.compile_all()
    assert made.stat().st_mtime_ns == first
    os.utime(catalogue.po_file("es"), ns=(first + 1, first + 1))
    catalogue.compile_all()
    assert made.stat().st_mtime_ns != first
    assert [path.name for path in made.parent.iterdir() if path.suffix == ".mo"] == ["django.mo"]


def test_a_text_counts_as_translated_when_all_its_forms_are(package):
    catalogue.update("es")
    kept = catalogue.in_file("es")
    assert not any(said(message) for message in catalogue.texts_of(kept))
    days = kept.get("%(number)s day")
    days.string = ("%(number)s día", "")
    assert not said(days)
    days.string = ("%(number)s día", "%(number)s días")
    assert said(days)
