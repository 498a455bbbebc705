"""Reading a page as a person would."""

import re


def page(client, address):
    """The words of a page that must be there."""
    answer = client.get(address)
    assert answer.status_code == 200, answer
    text = re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("&#x27;", "'")
    return " ".join(text.split())


def part(client, name):
    """The markup of one section of *Today*."""
    html = client.get("/staff/").content.decode()
    start = html.index(f'<section id="{name}">')
    return html[start : html.index("</section>", start)]
