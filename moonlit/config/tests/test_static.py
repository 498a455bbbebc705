import gzip
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from moonlit.config.static import OURS, HashedFiles

LINKED = re.compile(r"static\s+'([^']+)'|\bsheet=\"([^\"]+)\"")


@pytest.fixture
def collected(tmp_path):
    with override_settings(STATIC_ROOT=tmp_path):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield HashedFiles(location=tmp_path)


def linked_files():
    templates = [path.read_text() for path in OURS.glob("*/templates/**/*.html")]
    return sorted({"".join(found) for template in templates for found in LINKED.findall(template)})


def test_every_file_a_page_links_is_there_under_a_hashed_name(collected):
    names = [collected.stored_name(name) for name in linked_files()]
    assert len(names) >= 5
    assert all(re.search(r"\.[0-9a-f]{12}\.", name) for name in names)
    assert all((Path(collected.location) / name).is_file() for name in names)


def test_a_style_sheet_is_there_compressed_too(collected):
    sheet = Path(collected.path(collected.stored_name("dist/book.css")))
    assert Path(f"{sheet}.br").stat().st_size < Path(f"{sheet}.gz").stat().st_size < sheet.stat().st_size


def test_nothing_is_collected_that_no_page_links(collected):
    assert {name.partition("/")[0] for name in collected.hashed_files} == {
        name.partition("/")[0] for name in linked_files()
    }
    assert [name for name in collected.hashed_files if name.startswith("django_htmx/")] == ["django_htmx/htmx-2.min.js"]


def test_before_anything_is_collected_names_are_plain(tmp_path):
    assert HashedFiles(location=tmp_path).stored_name("dist/book.css") == "dist/book.css"


def test_the_first_sheet_weighs_little():
    sheet = OURS / "static" / "dist" / "book.css"
    assert len(gzip.compress(sheet.read_bytes(), 9)) <= 9_000
