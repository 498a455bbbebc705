"""The page that shows all pictures: a state a row, its languages, schemes and widths side by side."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from tests.states.gallery import Picture

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every state of the patient's pages</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem; background: #f3f1ee; color: #111 }
h2 { margin: 3rem 0 .5rem; font-size: 1.125rem }
code { color: #555 }
.row { display: flex; gap: 1rem; align-items: flex-start; overflow-x: auto; padding-bottom: 1rem }
figure { margin: 0; flex: none }
figcaption { font-size: .8125rem }
img { display: block; border: 1px solid #999; background: #fff }
.narrow img { width: 200px } .wide img { width: 420px }
.fault { color: #a00; max-width: 420px; white-space: pre-wrap }
nav { columns: 3 18rem }
nav a { display: block }
</style>
</head>
<body>
"""


def write_index(folder: Path, titles: dict[str, str], pictures: list[Picture], summary: Iterable[str]) -> Path:
    """Write `index.html` beside the pictures and say where it is."""
    parts = [_HEAD, "<h1>Every state of the patient's pages</h1>"]
    parts += [f"<p>{escape(line)}</p>" for line in summary]
    shown = {state: [each for each in pictures if each.state == state] for state in titles}
    parts.append("<nav aria-label='States'>")
    parts += [f'<a href="#{state}">{escape(titles[state])}</a>' for state in titles if shown[state]]
    parts.append("</nav>")
    for state, title in titles.items():
        if not shown[state]:
            parts.append(f"<h2>{escape(title)} <code>{state}</code>: no picture</h2>")
            continue
        parts.append(f'<h2 id="{state}">{escape(title)} <code>{state}</code></h2><div class="row">')
        parts += [_figure(each, title) for each in shown[state]]
        parts.append("</div>")
    parts.append("</body></html>\n")
    target = folder / "index.html"
    target.write_text("\n".join(parts))
    return target


def _figure(picture: Picture, title: str) -> str:
    how = f"{picture.language}, {picture.theme}, {picture.width} px"
    axe = "".join(f'<p class="fault">{escape(fault)}</p>' for fault in picture.faults) or "no fault found"
    kind = "narrow" if picture.width < 600 else "wide"
    return (
        f'<figure class="{kind}"><a href="{picture.file}"><img loading="lazy" src="{picture.file}" '
        f'alt="{escape(title)}, {how}"></a><figcaption>{how}: {axe}</figcaption></figure>'
    )
