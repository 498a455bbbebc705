"""`moonlit messages show`: every message in words, for whoever has to read or approve them."""

from __future__ import annotations

from collections.abc import Iterator

from moonlit.notifications import texts
from moonlit.notifications.kinds import ABOUT_VISITS, Kind
from moonlit.notifications.lint import lint
from moonlit.notifications.samples import PLAIN_VISIT, Sample, every_message
from moonlit.notifications.segments import measure

BASE_URL = "https://book.example.org"
NAME = "Moonlit"
PHONE = "801-555-0100"


def lines() -> Iterator[str]:
    """A table of kinds, channels and languages, then one example of each, in Markdown; nobody's data."""
    samples = [
        each
        for each in every_message(BASE_URL, name=NAME, phone=PHONE, visit=PLAIN_VISIT)
        if each.channel != "calendar"
    ]
    whats = list(dict.fromkeys(each.what for each in samples))
    columns = [(channel, language) for channel in ("email", "sms") for language in texts.LANGUAGES]
    yield (
        "| message | kind | to | event | " + " | ".join(f"{channel} {language}" for channel, language in columns) + " |"
    )
    yield "|" + " --- |" * (4 + len(columns))
    for what in whats:
        of_it = {(each.channel, each.language): each for each in samples if each.what == what and each.agreed}
        kind = next(iter(of_it.values())).kind
        cells = [_cell(of_it.get(column)) for column in columns]
        yield f"| {what} | {kind} | {_to(kind)} | {_events(what, kind)} | " + " | ".join(cells) + " |"
    for agreed, heading in ((True, "Examples"), (False, "Through a vendor without an agreement (no BAA on record)")):
        yield f"\n## {heading}"
        said: set[tuple[str, str]] = set()
        for sample in samples:
            words = sample.parts["text"]
            if sample.agreed is agreed and (sample.language, words) not in said:
                said.add((sample.language, words))
                yield from _example(sample)
    found = lint(BASE_URL, name=NAME, phone=PHONE)
    yield f"\nLinter: {len(found)} faults."
    yield from found


def _to(kind: Kind) -> str:
    match kind:
        case Kind.CODE:
            return "whoever asked on the page"
        case Kind.LEAD_RECEIVED | Kind.LEAD_INVITATION:
            return "whoever left word"
        case Kind.LEAD_ALERT | Kind.STAFF_ALERT:
            return "staff"
        case Kind.REPLY:
            return "whoever wrote to us"
        case _:
            return "patient; who booked, by e-mail"


def _events(what: str, kind: Kind) -> str:
    about_visits = [topic for topic, told in ABOUT_VISITS.items() if (told.news, told.kind) == (what, kind)]
    return ", ".join(about_visits)


def _cell(sample: Sample | None) -> str:
    if sample is None:
        return ""
    if sample.channel == "email":
        return "yes"
    found = measure(sample.parts["text"])
    return f"{found.count} x {found.encoding.value}, {found.units}"


def _example(sample: Sample) -> Iterator[str]:
    what = sample.what if sample.agreed or sample.kind is Kind.LEAD_RECEIVED else "any news about a visit"
    yield f"\n### {what}, {sample.channel}, {sample.language}\n"
    if subject := sample.parts.get("subject"):
        yield f"    Subject: {subject}\n"
    else:
        found = measure(sample.parts["text"])
        parts = "segment" if found.count == 1 else "segments"
        yield f"    ({found.count} {parts}, {found.encoding.value}, {found.units} units)\n"
    yield from (f"    {line}".rstrip() for line in sample.parts["text"].strip().splitlines())
