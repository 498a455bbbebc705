"""What the patient wants us to know, as staff see it."""

from moonlit.audit.models import AuditEvent
from moonlit.dashboard.tests.reading import page


def test_staff_read_the_note_as_typed_and_as_text(staff, book):
    visit = book(note="Call me <b>Zed</b> 🙂\nplease", confirmed=True)
    answer = staff.get(f"/staff/appointments/{visit}")
    body = answer.content.decode()
    assert "Call me &lt;b&gt;Zed&lt;/b&gt; 🙂<br>please" in body
    assert "What the patient wants us to know" in body
    assert AuditEvent.objects.filter(verb="people:patient:read").exists(), "looking is audited"


def test_a_visit_without_a_note_shows_no_place_for_one(staff, book):
    assert "What the patient wants us to know" not in page(staff, f"/staff/appointments/{book()}")
