"""Every state of the catalogue in both languages, both colour schemes and two widths, looked at without pictures.

`python -m tests.states` walks the same and keeps the pictures.
"""

import pytest

from tests.states import tour
from tests.states.catalogue import STATES, courses
from tests.states.gallery import Gallery

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

COURSES = courses()


def test_the_courses_pass_every_state_of_the_catalogue():
    assert {state for course in COURSES for state in course.states} == set(STATES)


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_no_state_has_a_fault(chromium, demo, course, language):
    gallery = Gallery(None)
    tour.run(course, chromium, demo, language, gallery)
    assert not gallery.faulty, [(each.file, each.faults) for each in gallery.faulty]
