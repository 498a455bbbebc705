"""The language of a page stands in its path; a switch is the same page under another prefix."""

import pytest

pytestmark = pytest.mark.django_db


def test_spanish_pages_have_their_own_prefix_and_say_so(visitor):
    visitor.go("/es/book")
    assert visitor.status == 200
    assert 'lang="es"' in visitor.body
    assert 'href="/book"' in visitor.body


def test_every_page_offers_the_other_published_language(visitor):
    visitor.go("/book")
    assert 'href="/es/book"' in visitor.body


def test_a_language_that_is_not_published_leads_to_english(visitor, town):
    from moonlit.practice.models import FactsVersion, Practice

    Practice.objects.update(published_languages={})
    FactsVersion.objects.update(version=10_000)
    response = visitor.client.get("/es/book?q=reg")
    assert (response.status_code, response["Location"]) == (303, "/book?q=reg")
    assert "/es/book" not in visitor.go("/book").body
