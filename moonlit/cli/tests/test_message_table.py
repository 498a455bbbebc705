"""`moonlit messages show` prints every message once in each language, and what it costs to send."""

from moonlit.cli.message_table import lines
from moonlit.notifications.kinds import ABOUT_VISITS, Kind


def test_every_message_is_in_the_table_with_an_example_in_each_language():
    printed = "\n".join(lines())
    table = [line.strip("| ").split(" | ") for line in printed.partition("\n## ")[0].splitlines()[2:]]
    assert {row[1] for row in table} == set(Kind)
    for told in ABOUT_VISITS.values():
        for language in ("en", "es"):
            for channel in ("email", "sms"):
                assert f"\n### {told.news}, {channel}, {language}\n" in printed
    assert (
        "| booked | confirmation | patient; who booked, by e-mail | appointment.booked | yes | yes | 1 x GSM-7"
        in printed
    )
    assert "    Subject: Moonlit: su cita está reservada\n" in printed
    assert printed.endswith("Linter: 0 faults.")
