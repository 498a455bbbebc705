"""What a text to our number means: the words of the law, courtesy and noise around them, and what only looks alike."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.stop_words import Meaning, folded, read

ENGLISH = ["STOP", "STOPALL", "QUIT", "END", "REVOKE", "OPT OUT", "OPTOUT", "opt-out", "CANCEL", "UNSUBSCRIBE"]
SPANISH = ["ALTO", "PARAR", "PARE", "CANCELAR", "BAJA"]


@pytest.mark.parametrize("word", ENGLISH + SPANISH)
def test_the_words_opt_out(word):
    said = read(word)
    assert (said.meaning, said.to_read) == (Meaning.STOP, False)
    assert said.language == ("es" if word in SPANISH else "en")


@pytest.mark.parametrize(
    "text",
    [
        " alto. ",
        "stop!",
        "S.T.O.P",
        "s t o p",
        "STOP".translate({n: n + 0xFEE0 for n in range(33, 127)}),  # full width
        "st\N{ZERO WIDTH SPACE}op",
        "\N{OCTAGONAL SIGN} Stop \N{PERSON WITH FOLDED HANDS}",
        "STOP STOP STOP",
        "please stop",
        "Stop it",
        "ok, cancel please",
        "Álto",
        "por favor pare",
        "Stop\n",
    ],
)
def test_noise_and_courtesy_around_a_word_change_nothing(text):
    assert (read(text).meaning, read(text).to_read) == (Meaning.STOP, False)


@pytest.mark.parametrize(
    "text",
    [
        "Please stop texting me",
        "please stop texting me I already have a therapist",
        "can you stop sending me these reminders",
        "I asked you to stop texting me",
        "No more texts!",
        "don't text me anymore",
        "do not contact me again",
        "I don't want any more messages",
        "remove me from your list",
        "take my number off your texting list please",
        "unsubscribe me from all of this",
        "I revoke my consent",
        "I want to opt out",
        "Leave me alone",
        "Stop. I am fine.",
        "no me manden más mensajes",
        "ya no me escriban",
        "Dejen de enviarme textos",
        "no quiero recibir mas mensajes",
        "quiero darme de baja",
        "quítenme de la lista",
    ],
)
def test_clear_wording_opts_out_and_somebody_reads_it(text):
    assert (read(text).meaning, read(text).to_read) == (Meaning.STOP, True)


@pytest.mark.parametrize(
    "text",
    [
        "can't stop crying",
        "I can't stop texting my ex",
        "non-stop pain",
        "should I stop by at 5?",
        "end it all",
        "I want to end it",
        "I quit smoking",
        "please don't stop texting me",
        "I don't want you to stop the reminders",
        "why did you stop texting me?",
        "I told him to stop texting me",
        "I need to end contact with my mother",
        "don't text me before noon",
        "revoke my consent to treatment",
        "no deje de escribirme",
        "para mañana",
        "help me",
        "I need help",
        "yes",
        "Sí, confirmo",
        "start of the visit?",
        "",
        " ",
        "\N{THUMBS UP SIGN}",
    ],
)
def test_what_only_looks_alike_is_read_by_a_person(text):
    said = read(text)
    assert (said.meaning, said.to_read, said.wrong_number) == (Meaning.FREE, True, False)


@pytest.mark.parametrize(
    "text",
    [
        "please cancel my appointment",
        "cancel it",
        "Cancelar mi cita",
        "I need to reschedule",
        "can we move the visit to Friday",
        "I can't make it tomorrow",
        "no puedo ir mañana",
    ],
)
def test_a_sentence_about_the_visit_is_no_opt_out_and_is_read_soon(text):
    assert (read(text).meaning, read(text).about_visit) == (Meaning.FREE, True)


def test_both_in_one_text_are_both_heard():
    said = read("STOP. And please cancel my appointment.")
    assert (said.meaning, said.to_read, said.about_visit) == (Meaning.STOP, True, True)


@pytest.mark.parametrize("text", ["START", "unstop", "Comenzar!", "EMPEZAR", "start start"])
def test_few_words_and_nothing_else_opt_in_again(text):
    assert read(text).meaning is Meaning.START


@pytest.mark.parametrize("text", ["yes", "start please", "please start", "Si", "ok", "resume", "start stop"])
def test_nothing_that_could_mean_another_thing_opts_in(text):
    assert read(text).meaning is not Meaning.START


@pytest.mark.parametrize(("text", "language"), [("HELP", "en"), ("info", "en"), ("Ayuda.", "es"), ("¿AYUDA?", "es")])
def test_help_is_the_bare_word(text, language):
    assert (read(text).meaning, read(text).language) == (Meaning.HELP, language)


@pytest.mark.parametrize("text", ["wrong number", "Sorry, you have the wrong number", "Wrong #", "Número equivocado"])
def test_somebody_else_has_the_number_now(text):
    assert read(text).wrong_number


def test_a_wrong_number_of_something_else_is_not_theirs():
    assert not read("I gave you the wrong number for my insurance").wrong_number


@given(
    word=st.sampled_from(ENGLISH + SPANISH),
    before=st.text(st.sampled_from(" .,!?;-*'\"()\u200b\u00a0\N{OCTAGONAL SIGN}\n")),
    after=st.text(st.sampled_from(" .,!?;-*'\"()\u200b\u00a0\N{OCTAGONAL SIGN}\n")),
    upper=st.booleans(),
    form=st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
)
def test_no_punctuation_case_or_form_hides_a_word(word, before, after, upper, form):
    text = before + (word.upper() if upper else word.lower()) + after
    assert read(unicodedata.normalize(form, text)).meaning is Meaning.STOP


@given(st.text(max_size=400))
def test_any_text_has_a_meaning(text):
    said = read(text)
    assert said.meaning in set(Meaning)
    assert folded(folded(text)) == folded(text)


WORDS = ["i", "you", "me", "my", "visit", "tomorrow", "crying", "sad", "doctor", "the", "at", "five", "gracias", "no"]


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_without_any_such_word_nobody_is_opted_out(words):
    assert read(" ".join(words)).meaning is Meaning.FREE


def test_a_text_made_to_be_slow_is_not():
    began = time.perf_counter()
    for text in ("stop all the " * 400, "please " * 600 + "x", "told a b c to " * 300, "wrong i think this is " * 300):
        read(text)
    assert time.perf_counter() - began < 2
