"""Where a message stands after what a vendor told: in whatever order and how often it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.notifications.delivery import Way, after
from moonlit.notifications.models import Message

S, D = Message.State, Message.Delivery
WORDS = st.sampled_from(list(D))
STARTS = st.sampled_from([S.SENDING, S.SENT, S.FAILED, S.QUEUED, S.SUPPRESSED])


def told(way, words):
    for word in words:
        way = after(way, word)
    return way


@given(start=STARTS, words=st.lists(WORDS, min_size=1, max_size=8), data=st.data())
def test_any_order_and_repetition_ends_in_the_same_state(start, words, data):
    way = Way(start, D.NONE, handed_over=True)
    shuffled = data.draw(st.permutations(words + data.draw(st.lists(st.sampled_from(words)))))
    assert told(way, shuffled) == told(way, words)


@given(start=STARTS, words=st.lists(WORDS, max_size=8))
def test_it_only_moves_forward(start, words):
    way = Way(start, D.NONE, handed_over=True)
    for word in words:
        new = after(way, word)
        assert after(new, word) == new
        assert new.delivery in (way.delivery, word)
        way = new


@pytest.mark.parametrize("state", [S.SENDING, S.FAILED, S.QUEUED])
@pytest.mark.parametrize("word", [D.PROCESSED, D.DEFERRED, D.DELIVERED])
def test_an_unclear_sending_is_settled_by_any_word_of_it(state, word):
    assert after(Way(state, D.NONE, handed_over=True), word) == Way(S.SENT, word, handed_over=True)


@pytest.mark.parametrize("word", [D.BOUNCED, D.BLOCKED, D.DROPPED, D.UNDELIVERED])
def test_what_could_not_be_brought_is_given_up(word):
    assert after(Way(S.SENT, D.PROCESSED, handed_over=True), word).state == S.FAILED


@pytest.mark.parametrize("late", [D.PROCESSED, D.DEFERRED, D.BLOCKED, D.BOUNCED])
def test_nothing_but_a_complaint_follows_an_arrival(late):
    way = Way(S.SENT, D.DELIVERED, handed_over=True)
    assert after(way, late) == way
    assert after(way, D.COMPLAINED) == Way(S.SENT, D.COMPLAINED, handed_over=True)


def test_what_was_never_handed_over_no_vendor_can_know():
    way = Way(S.QUEUED, D.NONE, handed_over=False)
    assert after(way, D.DELIVERED) == way


@pytest.mark.parametrize(("word", "counts"), [(D.PROCESSED, False), (D.BOUNCED, False), (D.DELIVERED, True)])
def test_of_an_earlier_sending_only_the_arrival_counts(word, counts):
    way = Way(S.QUEUED, D.NONE, handed_over=True)
    assert (after(way, word, of_this_sending=False) != way) is counts


@given(start=STARTS, delivery=st.sampled_from(list(D)))
def test_a_word_that_says_nothing_of_the_way_changes_nothing(start, delivery):
    way = Way(start, delivery, handed_over=True)
    assert after(way, D.NONE) == way
