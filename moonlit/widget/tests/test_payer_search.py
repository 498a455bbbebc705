"""Search as one types: the same answer as the plain form's, for the part of the page below the field."""

import re

from moonlit.widget.models import Draft
from moonlit.widget.tests.visitor import SAME_ORIGIN

PART = {"HX-Request": "true"}


def part(visitor, path):
    response = visitor.client.get(path, headers=PART)
    return response, response.content.decode()


def test_the_part_has_the_hits_as_buttons_and_says_their_number(visitor):
    response, body = part(visitor, "/book?q=blue+cross")
    assert response.status_code == 200
    assert '<div id="answer">' in body
    assert 'name="payer" value="regence"' in body
    assert "<html" not in body
    assert 'hx-swap-oob="innerHTML">2 insurances found<' in body
    assert "Open now" in body


def test_one_hit_is_one_insurance(visitor):
    assert ">1 insurance found<" in part(visitor, "/book?q=selecthealth+medicaid")[1]


def test_the_plain_form_shows_the_same_buttons(visitor):
    body = part(visitor, "/book?q=blue+cross")[1]
    answer = body[body.index("<section") : body.index("</section>")]
    assert answer in visitor.go("/book?q=blue+cross").body


def test_every_hit_says_what_it_means(visitor):
    assert "SelectHealth Open now Choose a time that suits you" in visitor.go("/book?q=selecthealth").text
    assert "PEHP Not yet See what we can do instead" in visitor.go("/book?q=pehp").text


def test_a_full_list_says_that_there_may_be_more(visitor):
    assert "There may be more." in visitor.go("/book?q=medicaid").text
    assert "There may be more." not in visitor.go("/book?q=regence").text


def test_a_name_nobody_has_can_be_used_as_it_is(visitor):
    _, body = part(visitor, "/book?q=Nowhere+Mutual")
    assert 'hx-swap-oob="innerHTML">We found no insurance by that name<' in body
    assert "Go on with “Nowhere Mutual”" in body
    visitor.go("/book").press("/book", payer_name="Nowhere Mutual")
    assert "We do not know this insurance yet" in visitor.text


def test_an_emptied_field_says_nothing(visitor):
    _, body = part(visitor, "/book?q=")
    assert "<section" not in body
    assert "insurances found" not in body


def test_no_cache_keeps_either_or_mistakes_one_for_the_other(visitor):
    for response in (part(visitor, "/book?q=aetna")[0], visitor.go("/book?q=aetna").response):
        assert response["Cache-Control"] == "no-store"
        assert "HX-Request" in response["Vary"]


def test_searching_creates_nothing(visitor):
    part(visitor, "/book?q=aetna")
    assert Draft.objects.count() == 0


def test_under_a_draft_the_hits_change_that_draft(visitor):
    visitor.go("/book").press("/book", payer="cigna")
    path = f"/book/d/{visitor.token}/pay"
    assert f'<form method="post" action="{path}">' in part(visitor, f"{path}?q=aetna")[1]


def test_markup_in_the_search_stays_text(visitor):
    for body in (part(visitor, "/book?q=<script>x</script>")[1], visitor.go("/book?q=<script>x</script>").body):
        assert "<script>x" not in body


def test_an_insurance_named_by_the_clinics_own_page_waits_to_be_confirmed(visitor):
    visitor.go("/book?payer=selecthealth")
    assert "You chose SelectHealth" in visitor.text
    assert "We take this insurance. We will check your plan before your visit. Continue" in visitor.text
    assert "Name of your insurance" in visitor.text
    assert "SelectHealth" not in visitor.title
    assert Draft.objects.count() == 0
    visitor.press("/book", payer="selecthealth")
    assert visitor.page == "who"


def test_it_says_what_each_named_insurance_means(visitor):
    assert "We ask one question about your card." in visitor.go("/book?payer=regence").text
    assert "You can use it here from Sunday, March 22, 2026." in visitor.go("/book?payer=emi-health").text
    assert "We cannot book visits with this insurance today." in visitor.go("/book?payer=cigna").text


def test_an_unknown_name_is_the_plain_page(visitor):
    assert "You chose" not in visitor.go("/book?payer=no-such-payer").text
    assert "You chose" not in visitor.go("/book?payer=").text


def test_a_search_takes_the_place_of_the_named_insurance(visitor):
    assert "You chose" not in visitor.go("/book?payer=selecthealth&q=aetna").text


def test_the_spanish_page_takes_the_name_too(visitor):
    assert 'name="payer" value="selecthealth"' in visitor.go("/es/book?payer=selecthealth").body


def test_a_change_of_language_keeps_what_was_searched(visitor):
    visitor.go("/book")
    assert 'form="search-form" formaction="/es/book" formnovalidate name="language" value="es"' in visitor.body
    visitor.go("/es/book?q=aetna&language=es")
    assert visitor.value_of("q") == "aetna"
    assert 'value="aetna"' in visitor.body


def test_a_change_of_language_keeps_a_name_that_was_refused_and_does_not_judge_it(visitor):
    visitor.go("/book").press("/book", payer_name="x" * 121)
    assert visitor.status == 422
    assert 'form="named-form" formaction="/es/book"' in visitor.body
    visitor.press("/es/book", payer_name="Nowhere", language="es")
    assert visitor.status == 200
    assert visitor.value_of("payer_name") == "Nowhere"
    assert Draft.objects.count() == 0


def test_a_change_of_language_keeps_the_answer_of_the_question(visitor):
    visitor.go("/book").press("/book", payer="regence")
    path = visitor.path
    assert f'form="page-form" formaction="/es{path}"' in visitor.body
    visitor.press(f"/es{path}", benefit="regence", language="es")
    assert visitor.status == 200
    assert re.search(r'value="regence" id="id_benefit_\d" checked', visitor.body)
    switched = visitor.client.post(f"/es{path}", {"language": "en"}, headers=SAME_ORIGIN)
    assert switched.status_code == 200, "nothing chosen is no fault yet"
