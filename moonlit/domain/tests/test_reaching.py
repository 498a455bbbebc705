"""Where messages may go: each rule once, and over many records of many wishes that nothing opens what was closed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.reaching import (
    Channel,
    OnFile,
    Request,
    Requests,
    Said,
    Ways,
    Wishes,
    code_address,
    ways,
    why_no_code,
)

EMAIL, SMS, PHONE, NONE = Channel.EMAIL, Channel.SMS, Channel.PHONE, Channel.NONE
AT = datetime(2026, 3, 2, 17, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
BOTH = OnFile(email="zoe@example.org", phone="+18015550142")
YES, NO = Said(True, AT), Said(False, AT)
TEXTS = {SMS: Wishes(consent=YES)}


def ask(channel, address="", at=AT, *, adult=True, **more):
    return Request(channel, address, at, adult, **more)


def test_an_address_given_for_it_gets_email_and_a_number_without_consent_gets_no_text():
    assert ways(BOTH, {}, Requests()) == Ways(email=BOTH.email)


def test_consent_opens_texts():
    assert ways(BOTH, TEXTS, Requests()).sms == BOTH.phone


@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_a_refused_channel_is_closed_until_a_later_choice_asks_for_it(channel):
    at = {EMAIL: "email", SMS: "sms"}[channel]
    assert getattr(ways(BOTH, {channel: Wishes(consent=NO)}, Requests()), at) == ""
    same_time = {channel: Wishes(consent=NO, choice=YES)}
    assert getattr(ways(BOTH, same_time, Requests()), at) == ""
    asked_again = {channel: Wishes(consent=NO, choice=Said(True, LATER))}
    assert getattr(ways(BOTH, asked_again, Requests()), at) != ""


@pytest.mark.parametrize("consent", [YES, Said(True, LATER), None])
def test_a_topic_that_is_not_wanted_stays_away_whatever_was_agreed(consent):
    unwanted = {channel: Wishes(consent=consent, choice=NO) for channel in (EMAIL, SMS)}
    assert ways(BOTH, unwanted, Requests()) == Ways()


def test_a_choice_of_the_topic_alone_permits_texts_about_it():
    assert ways(BOTH, {SMS: Wishes(choice=YES)}, Requests()).sms == BOTH.phone


def test_a_no_in_another_record_of_the_person_closes_the_channel_here():
    wanted = {EMAIL: Wishes(choice=Said(True, LATER), refused_elsewhere=True), **TEXTS}
    assert ways(BOTH, wanted, Requests()) == Ways(sms=BOTH.phone)


def test_who_booked_hears_of_it_until_they_want_no_more():
    on_file = replace(BOTH, booker_email="case@example.org", to_booker=True, to_patient=False)
    assert ways(on_file, TEXTS, Requests()) == Ways(booker_email="case@example.org")
    assert ways(on_file, TEXTS, Requests(), booker_wants=False) == Ways()


def test_a_confidential_request_leaves_one_address_and_counts_as_asking_for_it():
    on_file = replace(BOTH, booker_email="parent@example.org", to_booker=True)
    asked = Requests(ask(SMS, "+18015550199", LATER))
    assert ways(on_file, {SMS: Wishes(consent=NO)}, asked) == Ways(sms="+18015550199")


def test_stop_after_a_confidential_request_for_texts_ends_them():
    asked = Requests(ask(SMS, BOTH.phone))
    assert ways(BOTH, {SMS: Wishes(consent=Said(False, LATER))}, asked) == Ways()


def test_the_parent_of_a_minor_goes_on_hearing_of_the_visit_unless_nothing_may_be_sent():
    on_file = replace(BOTH, booker_email="parent@example.org", to_booker=True)
    asked = Requests(ask(EMAIL, "teen@example.org", adult=False))
    assert ways(on_file, {}, asked) == Ways(email="teen@example.org", booker_email="parent@example.org")
    assert ways(on_file, {}, Requests(ask(PHONE, adult=False))) == Ways(call_only=True)


@pytest.mark.parametrize("channel", [PHONE, NONE])
def test_who_asks_for_calls_or_for_nothing_is_sent_nothing(channel):
    asked = Requests(ask(channel))
    assert ways(BOTH, TEXTS, asked) == Ways(call_only=True)
    assert code_address(EMAIL, BOTH, asked, None) == code_address(SMS, BOTH, asked, None) == ""


def test_a_request_in_another_record_narrows_to_its_address_where_that_is_known_here_too():
    elsewhere = Requests(elsewhere=(ask(EMAIL, "Zoe@Example.org"),))
    assert ways(BOTH, TEXTS, elsewhere) == Ways(email=BOTH.email)
    unknown = Requests(elsewhere=(ask(EMAIL, "stranger@example.org"),))
    assert ways(BOTH, TEXTS, unknown) == Ways(call_only=True)


@pytest.mark.parametrize("channel", [EMAIL, PHONE, NONE])
def test_a_request_in_another_record_leaves_alone_what_only_this_visit_has(channel):
    stranger = Requests(elsewhere=(ask(channel, known_there=frozenset({EMAIL})),))
    assert ways(BOTH, TEXTS, stranger) == Ways(sms=BOTH.phone)
    assert (code_address(EMAIL, BOTH, stranger, None), code_address(SMS, BOTH, stranger, None)) == ("", BOTH.phone)


def test_a_request_for_texts_in_another_record_is_no_consent_to_them_here():
    asked = Requests(elsewhere=(ask(SMS, BOTH.phone),))
    assert ways(BOTH, {}, asked) == Ways()


def test_two_requests_that_contradict_leave_it_to_a_call():
    asked = Requests(ask(SMS, BOTH.phone), (ask(EMAIL, BOTH.email),))
    assert ways(BOTH, TEXTS, asked) == Ways(call_only=True)


def test_a_code_goes_to_the_contact_on_file_without_consent_but_not_to_a_number_that_said_stop():
    assert code_address(SMS, BOTH, Requests(), None) == BOTH.phone
    assert code_address(SMS, BOTH, Requests(), NO) == ""
    assert code_address(EMAIL, BOTH, Requests(), NO) == BOTH.email


def test_a_code_goes_to_the_confidential_address_and_to_no_other():
    asked = Requests(ask(EMAIL, "safe@example.org"))
    assert code_address(EMAIL, BOTH, asked, None) == "safe@example.org"
    assert code_address(SMS, BOTH, asked, None) == ""


@pytest.mark.parametrize(
    ("on_file", "asked", "said", "why"),
    [
        (OnFile(email="zoe@example.org"), Requests(), None, "no_contact"),
        (OnFile(email="zoe@example.org"), Requests(), NO, "no_contact"),
        (BOTH, Requests(), NO, "stopped_contact"),
        (BOTH, Requests(ask(EMAIL, "safe@example.org")), None, "confidential"),
        (BOTH, Requests(ask(PHONE)), NO, "stopped_contact"),
        (BOTH, Requests(elsewhere=(ask(NONE),)), None, "confidential"),
    ],
)
def test_why_no_code_comes_by_text_is_told_apart(on_file, asked, said, why):
    assert code_address(SMS, on_file, asked, said) == ""
    assert why_no_code(SMS, on_file, asked, said) == why


emails = st.sampled_from(["", "a@example.org", "b@example.org"])
phones = st.sampled_from(["", "+18015550101", "+18015550102"])
instants = st.integers(0, 4).map(lambda hours: AT + timedelta(hours=hours))
saids = st.none() | st.builds(Said, st.booleans(), instants)
files = st.builds(OnFile, emails, phones, emails, st.booleans(), st.booleans())
some = st.frozensets(st.sampled_from([EMAIL, SMS]))
requests = st.one_of(
    st.builds(Request, st.just(EMAIL), emails, instants, st.booleans(), some),
    st.builds(Request, st.just(SMS), phones, instants, st.booleans(), some),
    st.builds(Request, st.sampled_from([PHONE, NONE]), st.just(""), instants, st.booleans(), some),
)
records = st.builds(Requests, st.none() | requests, st.lists(requests, max_size=2).map(tuple))
wishes = st.fixed_dictionaries({channel: st.builds(Wishes, saids, saids, st.booleans()) for channel in (EMAIL, SMS)})


def addresses(found):
    return {found.email, found.sms, found.booker_email} - {""}


@given(files, wishes, records, st.booleans())
def test_nothing_goes_anywhere_but_to_contacts_of_the_visit_and_the_address_asked_for(on_file, said, asked, booker):
    found = ways(on_file, said, asked, booker_wants=booker)
    known = {on_file.email, on_file.phone, on_file.booker_email, asked.own.address if asked.own else ""}
    assert addresses(found) <= known
    if asked.own:
        assert {found.email, found.sms} <= {"", asked.own.address}
    silent = [each for each in asked.all if each.channel in (PHONE, NONE)]
    for channel in (EMAIL, SMS):
        if any(each is asked.own or channel in each.known_there for each in silent):
            assert not getattr(found, channel)
    assert not (silent and found.booker_email)
    assert not (found.call_only and addresses(found))


@given(files, wishes, records, requests, st.sampled_from([EMAIL, SMS]), st.booleans())
def test_another_record_only_takes_away(on_file, said, asked, planted, channel, booker):
    before = ways(on_file, said, asked, booker_wants=booker)
    more = replace(asked, elsewhere=(*asked.elsewhere, planted))
    refused = {**said, channel: replace(said[channel], refused_elsewhere=True)}
    for after in (ways(on_file, said, more, booker_wants=booker), ways(on_file, refused, asked, booker_wants=booker)):
        assert after.email in ("", before.email)
        assert after.sms in ("", before.sms)
        assert after.booker_email in ("", before.booker_email)
    for way in (EMAIL, SMS):
        assert code_address(way, on_file, more, None) in ("", code_address(way, on_file, asked, None))


@given(files, wishes, records, st.sampled_from([EMAIL, SMS]))
def test_no_text_without_a_yes_and_none_of_a_topic_after_a_no(on_file, said, asked, channel):
    found = ways(on_file, said, asked)
    if found.sms:
        wish = said[SMS]
        yes = [each.at for each in (wish.consent, wish.choice) if each and each.yes]
        yes += [asked.own.at] if asked.own else []
        assert yes
        assert not (wish.choice and not wish.choice.yes)
        assert not (wish.consent and not wish.consent.yes and max(yes) <= wish.consent.at)
    no = {**said, channel: replace(said[channel], choice=Said(False, AT))}
    assert not getattr(ways(on_file, no, asked), channel.value)
