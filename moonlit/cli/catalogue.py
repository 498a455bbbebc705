"""The words of the patient's pages in other languages: found in the source, kept in `.po` files, compiled to `.mo`.

What patients read is in the catalogue: templates and Python of the rooms below, and the sentences by which the
rooms beneath the pages refuse something. Staff pages stay English; messages have texts of their own.
"""

from __future__ import annotations

import ast
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parents[1]
LOCALE = PACKAGE / "locale"
LANGUAGES = ("es",)

MARKED = ("widget", "design", "config")
"""Rooms whose templates and Python mark what patients read (`translate`, `gettext` and their kin)."""
SPOKEN = ("domain", "people", "leads", "availability/queries", "booking")
"""Rooms that know no language. A page shows their refusals by `_(refused.detail)`: every sentence in them counts."""
_FOR_STAFF = ("booking/services/finish.py", "booking/services/identity.py", "booking/services/imports/",
              "booking/services/joining.py", "booking/services/reviews.py", "booking/services/changes/staff.py",
              "booking/staff_queries/", "people/staff_queries.py")  # fmt: skip
"""What is said in them reaches staff pages only, which are English."""

_KEYWORDS: dict[str, Any] = {
    **DEFAULT_KEYWORDS,
    **{f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in ("gettext", "ngettext", "pgettext", "npgettext")},
    "gettext_noop": None,
}
_LEFT_OUT = ("Project-Id-Version", "POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team",
             "Generated-By", "Report-Msgid-Bugs-To")  # fmt: skip
"""Lines of the header that would differ with every run, or say nothing."""
_HEADER = """\
# What patients read, in {name}. `moonlit messages update` keeps it in step with the source.
# Every text here awaits a named human reviewer: see docs/translations.md.
#"""


def po_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def in_source(language: str) -> Catalog:
    """Every text of the source, untranslated, in the order of files and lines."""
    catalog = Catalog(locale=language, project="Moonlit Scheduler", fuzzy=False, charset="utf-8")
    for path in _sources():
        place = path.relative_to(PACKAGE).as_posix()
        for line, text, context in _texts(path):
            catalog.add(text, locations=[(place, line)], context=context)
    return catalog


def in_file(language: str) -> Catalog:
    """The catalogue as it is kept; empty when there is none yet."""
    kept = po_file(language)
    if not kept.exists():
        return Catalog(locale=language)
    with kept.open("rb") as opened:
        return read_po(opened, locale=language)


def update(language: str) -> Catalog:
    """Write the file anew: texts of the source, with the translations there are. Texts that are gone, go."""
    found, before = in_source(language), in_file(language)
    found.header_comment = _HEADER.format(name=found.locale.english_name if found.locale else language)
    for message in texts_of(found):
        known = before.get(message.id, message.context)
        if known is not None and not known.fuzzy:
            message.string = known.string
            message.user_comments = known.user_comments
    written = io.BytesIO()
    write_po(written, found, width=110, ignore_obsolete=True, include_lineno=False)
    lines = written.getvalue().decode().splitlines(keepends=True)
    kept = po_file(language)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("".join(line for line in lines if not line.startswith(tuple(f'"{name}:' for name in _LEFT_OUT))))
    return found


def compile_all() -> None:
    """Make each `.mo` that is older than its `.po`; Django reads those only."""
    for language in LANGUAGES:
        kept = po_file(language)
        made = kept.with_suffix(".mo")
        if not kept.exists() or (made.exists() and made.stat().st_mtime_ns >= kept.stat().st_mtime_ns):
            continue
        half = made.with_suffix(f".{os.getpid()}.mo")  # who reads meanwhile never finds half a file
        with half.open("wb") as opened:
            write_mo(opened, in_file(language))
        half.replace(made)


def texts_of(catalog: Catalog) -> list[Message]:
    """Without the header, which is a message too."""
    return [message for message in catalog if message.id]


def _sources() -> Iterator[Path]:
    for room in (*MARKED, *SPOKEN):
        for path in sorted((PACKAGE / room).rglob("*")):
            inside = path.relative_to(PACKAGE)
            if path.suffix in {".py", ".html"} and not {"tests", "migrations"} & set(inside.parts):
                yield path


def _texts(path: Path) -> list[tuple[int, Any, str | None]]:
    """(line, text, context)"""
    inside = path.relative_to(PACKAGE).as_posix()
    if inside.startswith(_FOR_STAFF):
        return []
    if inside.startswith(SPOKEN):
        return [(line, text, None) for line, text in sentences(ast.parse(path.read_text()), inside)]
    method = _template if path.suffix == ".html" else extract_python
    with path.open("rb") as opened:
        found = extract(method, opened, _KEYWORDS, options={"encoding": "utf-8"})
        return [(line, text, context) for line, text, _comments, context in found]


def _template(opened: io.BufferedReader, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """A Django template as the Python it amounts to for who looks for texts."""
    from django.utils.translation.template import templatize

    as_python = templatize(opened.read().decode())
    flush = "\n".join(line.strip() for line in as_python.splitlines())
    return extract_python(io.BytesIO(flush.encode()), keywords, comment_tags, options)


def sentences(tree: ast.Module, place: str) -> list[tuple[int, str]]:
    """(line, text) of every sentence that the module may say: a literal with a capital, a space and a full stop.

    Docstrings say nothing at run time. Raises ValueError for a sentence put together from values: nobody could
    translate it.
    """
    silent = {id(each.value) for node in ast.walk(tree) for each in _bare_expressions(node)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent |= {id(part) for part in node.values}
            if _is_sentence("".join(part.value for part in node.values if isinstance(part, ast.Constant))):
                raise ValueError(f"{place}:{node.lineno}: a sentence with values in it cannot be translated")
        elif isinstance(node, ast.Constant) and id(node) not in silent and _is_sentence(node.value):
            found.append((node.lineno, node.value))
    return sorted(found)


def _is_sentence(text: Any) -> bool:
    return isinstance(text, str) and text[:1].isupper() and " " in text and text.endswith(".")


def _bare_expressions(node: ast.AST) -> list[ast.Expr]:
    body = getattr(node, "body", None)
    return [each for each in body if isinstance(each, ast.Expr)] if isinstance(body, list) else []
