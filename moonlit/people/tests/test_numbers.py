"""Whose number it is: of the person, or the one they asked to be reached at."""

from datetime import timedelta

import pytest

from moonlit.people.queries import people_with_number
from moonlit.people.services import end_confidential_contact, phone_index
from moonlit.people.tests.test_reaching import DESK, NOW, PHONE, SAFE, Person


@pytest.mark.django_db
def test_a_person_is_found_by_the_number_on_file_and_by_the_confidential_one_in_force():
    zoe = Person()
    zoe.asks_for("sms", SAFE)
    assert people_with_number(phone_index(PHONE)) == people_with_number(phone_index(SAFE)) == [zoe.patient]
    end_confidential_contact(zoe.patient.pk, actor=DESK, now=NOW + timedelta(hours=2))
    assert people_with_number(phone_index(SAFE)) == []
