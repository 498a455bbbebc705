"""What stands around every page of a patient, and how it travels."""

import gzip
import re

from moonlit.staff.testing import signed_in_client
from moonlit.widget.tests.visitor import WHO

ZIP = {"Accept-Encoding": "gzip"}


def test_a_patients_page_travels_compressed(client, town):
    answer = client.get("/book", headers=ZIP)
    assert answer["Content-Encoding"] == "gzip"
    assert b"How will you pay?" in gzip.decompress(answer.content)
    assert len(answer.content) < 4_000


def test_a_staff_page_is_not_compressed_for_its_cookie_makes_sizes_tell(town):
    answer = signed_in_client().get("/staff/", headers=ZIP)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


def test_the_row_of_steps_names_all_six_and_marks_the_one_shown(visitor):
    visitor.go("/book").press(self_pay="1")
    steps = re.search(r'<ol class="steps">(.*?)</ol>', visitor.body, re.DOTALL)[1]
    marked = re.findall(r"<li([^>]*)>", steps)
    assert len(marked) == 6
    assert [number for number, found in enumerate(marked, 1) if "aria-current" in found] == [2]
    visitor.press(**WHO)
    steps = re.search(r'<ol class="steps">(.*?)</ol>', visitor.body, re.DOTALL)[1]
    assert [bool(re.search("done", found)) for found in re.findall(r"<li([^>]*)>", steps)] == [True] * 3 + [False] * 3


def test_staff_who_mistype_an_address_stay_in_their_own_frame(town):
    answer = signed_in_client().get("/staff/no-such-page")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
    assert "Book a visit" not in answer.content.decode()
