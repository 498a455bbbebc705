import json
import logging

from moonlit.platform import log


def test_a_line_is_json_with_event_level_time_and_the_allowed_keys(lines):
    log.get_logger("moonlit.booking").info("visit_booked", appointment="a1", ms=12)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "visit_booked",
        "level": "info",
        "logger": "moonlit.booking",
        "appointment": "a1",
        "ms": 12,
    }


def test_a_key_nobody_allowed_is_dropped_and_named(lines):
    log.get_logger("moonlit.booking").info("visit_booked", first_name="Canary", appointment="a1")
    (line,) = lines()
    assert "Canary" not in json.dumps(line)
    assert line["dropped_keys"] == ["first_name"]


def test_an_exception_is_its_type_and_place_never_its_text(lines):
    try:
        int("Canary, born 1990-01-01")
    except ValueError:
        log.get_logger("moonlit.people").exception("chart_failed")
    (line,) = lines()
    assert "Canary" not in json.dumps(line)
    assert line["error"] == "builtins.ValueError"
    assert line["error_at"].startswith(f"{__name__}:")


def test_records_of_packages_lose_their_arguments(lines):
    logging.getLogger("django.request").error("Internal Server Error: %s", "/book/d/Canary")
    (line,) = lines()
    assert line["event"] == "Internal Server Error: %s"


def test_of_an_unknown_package_only_the_place_is_kept(lines):
    logging.getLogger("asyncio").error("Task exception was never retrieved: Canary")
    (line,) = lines()
    assert line["event"] == "package_log"
    assert "Canary" not in json.dumps(line)


def test_a_message_that_is_an_object_is_not_written_out(lines):
    logging.getLogger("django.security").error(ValueError("Canary"))
    assert "Canary" not in json.dumps(lines())


def test_the_request_id_follows_the_context(lines):
    reset = log.request_id.set("r-1")
    log.get_logger("moonlit.api").info("request", route="payers")
    log.request_id.reset(reset)
    log.get_logger("moonlit.api").info("request", route="payers")
    first, second = lines()
    assert first["request_id"] == "r-1"
    assert "request_id" not in second


def test_values_that_are_no_plain_type_become_short_text(lines):
    log.get_logger("moonlit.api").info("request", code=["x" * 900])
    (line,) = lines()
    assert len(line["code"]) == log.MAX_TEXT


def test_information_of_packages_is_left_out(lines):
    logging.getLogger("procrastinate.worker").info("Starting job")
    assert lines() == []
