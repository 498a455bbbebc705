import httpx2
import pytest

from simulators.clinic_site.app import PAGES
from simulators.running import running

WIDGET = "http://127.0.0.1:8999"


@pytest.fixture(scope="module")
def site():
    with running("simulators.clinic_site", "--widget", f"{WIDGET}/") as address:
        yield address


@pytest.mark.parametrize("path", PAGES)
def test_each_page_takes_the_loader_from_the_widget_and_has_a_plain_link_to_it(site, path):
    answer = httpx2.get(f"{site}{path}", trust_env=False)
    assert answer.status_code == 200
    assert f'<script src="{WIDGET}/embed.js" defer></script>' in answer.text
    assert f'<a href="{WIDGET}/book' in answer.text
    assert "book.example.org" not in answer.text


def test_the_policy_grants_the_widget_its_two_lines_and_nothing_else(site):
    policy = httpx2.get(site, trust_env=False).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert [line for line in policy.split("; ") if WIDGET in line] == [f"script-src {WIDGET}", f"frame-src {WIDGET}"]
    assert "unsafe" not in policy


def test_its_style_sheet_is_its_own(site):
    assert httpx2.get(f"{site}/clinic.css", trust_env=False).headers["content-type"].startswith("text/css")
