"""The Spanish catalogue: every text of the source and no other, each translated without breaking or claiming anything.

`moonlit messages update` takes new texts in and loses gone ones; the translation is a person's work.
"""

import ast
import re

import pytest
from babel.messages.catalog import Catalog

from moonlit.cli import catalogue
from moonlit.cli.catalogue_faults import faults, found_in
from moonlit.practice.neutral import revealing_word
from tests.guard.source import ROOT, dotted, modules

WIDGET = ROOT / "moonlit" / "widget"
TEMPLATES = [path for room in ("widget", "design") for path in sorted((ROOT / "moonlit" / room).rglob("*.html"))]
NOT_FOR_PATIENTS = {"This practice is not set up yet.\n"}
"""Said before there is a practice, to who installs it."""


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_the_catalogue_is_complete_and_sound(language):
    assert faults(language) == []


def catalogue_of(*messages):
    made = Catalog(locale="es")
    for message in messages:
        made.add(*message[:2], flags=message[2:])
    return made


SOURCE = catalogue_of(("You may come at %(time)s.",), (("%(n)s day left", "%(n)s days left"),), ("Send",))
DAYS = (("%(n)s day left", "%(n)s days left"), ("queda %(n)s día", "quedan %(n)s días"))
COME = ("You may come at %(time)s.", "Puede venir a las %(time)s.")
SEND = ("Send", "Enviar")


def test_a_good_catalogue_has_no_faults():
    assert found_in(catalogue_of(COME, DAYS, SEND), SOURCE) == []


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ((COME, DAYS), "missing"),
        ((COME, DAYS, SEND, ("Gone", "Ido")), "stale"),
        ((COME, DAYS, ("Send", "")), "empty"),
        ((COME, (DAYS[0], ("queda %(n)s día", "")), SEND), "empty"),
        ((COME, DAYS, ("Send", "Enviar", "fuzzy")), "fuzzy"),
        (((COME[0], "Puede venir a las %(hora)s."), DAYS, SEND), "other placeholders"),
        (((COME[0], "Puede venir."), DAYS, SEND), "other placeholders"),
        ((COME, (DAYS[0], ("queda %(n)s día", "quedan días")), SEND), "other placeholders"),
        ((COME, DAYS, ("Send", "<b>Enviar</b>")), "markup of its own"),
        ((COME, DAYS, ("Send", "Send")), "not translated"),
        ((COME, DAYS, ("Send", "Enviar ")), "space around it"),
        ((COME, DAYS, ("Send", "Está cubierto")), "claims 'cubiert'"),
        ((COME, DAYS, ("Send", "Asegurado")), "claims 'Asegurad'"),
        ((COME, DAYS, ("Send", "Verificada")), "claims 'Verificad'"),
    ],
)
def test_each_fault_is_seen(messages, fault):
    assert [line.partition(":")[0] for line in found_in(catalogue_of(*messages), SOURCE)] == [fault]


def test_what_a_refusal_says_is_found_without_a_mark_and_must_be_one_piece():
    source = '"""A docstring. It says nothing."""\nraise Refused("code_a", "The time is gone. Choose another one.")\n'
    assert catalogue.sentences(ast.parse(source), "") == [(2, "The time is gone. Choose another one.")]
    with pytest.raises(ValueError, match="values in it"):
        catalogue.sentences(ast.parse('raise Refused(f"The time {start} is gone.")'), "")


def test_every_sentence_of_the_pages_own_code_is_in_the_catalogue():
    """One that was not marked would stay English on a Spanish page."""
    known = {
        each
        for message in catalogue.texts_of(catalogue.in_source("es"))
        for each in (message.id if isinstance(message.id, tuple) else (message.id,))
    }
    found = {
        f"{path}:{line}": text
        for path, tree in modules("moonlit/widget", "moonlit/design")
        for line, text in catalogue.sentences(tree, path)
        if text not in known | NOT_FOR_PATIENTS
    }
    assert found == {}


def test_no_text_is_marked_inside_an_f_string():
    """There the extraction does not see it."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules(*(f"moonlit/{room}" for room in catalogue.MARKED))
        for outer in ast.walk(tree)
        if isinstance(outer, ast.JoinedStr)
        for node in ast.walk(outer)
        if isinstance(node, ast.Call) and dotted(node.func) in {"_", "gettext", "ngettext", "pgettext"}
    ]
    assert found == []


_MARKED = re.compile(r"{%\s*(blocktranslate|blocktrans|comment)\b.*?{%\s*end\1\s*%}", re.DOTALL)
_TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}|<!doctype[^>]*>", re.DOTALL)
_SAID_BY_ATTRIBUTES = re.compile(r"\s(?:aria-label|alt|title|placeholder|data-says-\w+)=\"([^\"]*)\"")


def text_outside_marks(template):
    """What a template says by itself, in its text and in the attributes that are read out."""
    plain = _TAGS.sub("", _MARKED.sub("", template))
    said = [re.sub(r"<[^>]*>", " ", plain), *_SAID_BY_ATTRIBUTES.findall(plain)]
    return [" ".join(each.split()) for each in said if re.search(r"[^\W\d_]{2}", each)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "moonlit")))
def test_a_template_says_nothing_that_is_not_marked(path):
    assert text_outside_marks(path.read_text()) == []


def test_a_text_that_is_not_marked_would_be_seen():
    assert text_outside_marks('<p>Hello</p>{% translate "Bye" %}') == ["Hello"]
    assert text_outside_marks('<a aria-label="Close">{{ name }}</a>') == ["Close"]


def test_titles_name_no_specialty_in_any_language():
    titles = {
        node.args[0].value
        for _path, tree in modules("moonlit/widget")
        for each in ast.walk(tree)
        if isinstance(each, ast.keyword) and each.arg == "title"
        for node in ast.walk(each.value)
        if isinstance(node, ast.Call) and dotted(node.func) == "_"
    }
    assert len(titles) > 10
    kept = catalogue.in_file("es")
    said = {title: (title, str(kept.get(title).string)) for title in titles if kept.get(title)}
    assert {title: words for title, words in said.items() if any(map(revealing_word, words))} == {}
