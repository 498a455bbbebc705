"""The language of a page stands in its path; a switch is the same page under another prefix."""

import re
from datetime import timedelta

import pytest

pytestmark = pytest.mark.django_db


def test_spanish_pages_have_their_own_prefix_and_say_so(visitor):
    visitor.go("/es/book")
    assert visitor.status == 200
    assert 'lang="es"' in visitor.body
    assert 'action="/book"' in visitor.body


def test_every_page_offers_the_other_published_language(visitor):
    visitor.go("/book")
    assert 'action="/es/book"' in visitor.body


def test_a_language_that_is_not_published_leads_to_english(visitor, town):
    from moonlit.practice.models import FactsVersion, Practice

    Practice.objects.update(published_languages={})
    FactsVersion.objects.update(version=10_000)
    response = visitor.client.get("/es/book?q=reg")
    assert (response.status_code, response["Location"]) == (303, "/book?q=reg")
    assert "/es/book" not in visitor.go("/book").body


def test_before_its_day_a_language_is_not_published_either(visitor, town):
    from moonlit.practice.models import FactsVersion, Practice

    tomorrow = {"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-03-03"}}
    Practice.objects.update(published_languages=tomorrow)
    FactsVersion.objects.update(version=10_000)
    assert visitor.client.get("/es/book").status_code == 303
    assert "Español" not in visitor.go("/book").body
    town.clock.at += timedelta(days=1)
    assert visitor.go("/es/book").status == 200


@pytest.mark.parametrize("path", ["/es//evil.example/x", "/es/%2Fevil.example", "/es/%5Cevil.example", "/es/"])
def test_an_unpublished_language_never_leads_to_another_site(visitor, town, path):
    from moonlit.practice.models import FactsVersion, Practice

    Practice.objects.update(published_languages={})
    FactsVersion.objects.update(version=10_000)
    location = visitor.client.get(path)["Location"]
    assert re.match(r"/(?![/\\])", location)


def test_a_prefix_that_is_no_language_of_ours_is_no_page(visitor):
    assert visitor.client.get("/es-mx/book").status_code == 404
