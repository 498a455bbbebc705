import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.platform.crypto.blind import blind_index
from moonlit.platform.crypto.keys import new_keyset, parse_keyset
from moonlit.platform.crypto.seal import CannotDecryptError, seal, unseal
from moonlit.platform.tokens import new_token, token_hash


@given(st.binary(max_size=200), st.text(max_size=20))
def test_sealed_bytes_open_under_their_own_context_only(plain, context):
    locked = seal(plain, context)
    assert unseal(locked, context) == plain
    with pytest.raises(CannotDecryptError):
        unseal(locked, context + "x")


def test_keysets_differ_and_open_only_their_own():
    one, two = parse_keyset(new_keyset()), parse_keyset(new_keyset())
    locked = one.encrypt(b"value", b"place")
    assert one.decrypt(locked, b"place") == b"value"
    with pytest.raises(Exception, match=r"(?i)decryption failed"):
        two.decrypt(locked, b"place")


@pytest.mark.parametrize("value", ["", "not base64!", "e30=", "bm90IGpzb24="])
def test_a_broken_keyset_is_refused_without_being_repeated(value):
    with pytest.raises(ValueError, match="not a Tink AEAD keyset") as refusal:
        parse_keyset(value)
    assert refusal.value.__cause__ is None


def test_a_blind_index_is_stable_and_differs_by_purpose():
    assert blind_index("patient.phone", "+18015550101") == blind_index("patient.phone", b"+18015550101")
    assert len(blind_index("a", "x")) == 32
    assert blind_index("patient.phone", "x") != blind_index("lead.phone", "x")
    assert blind_index("a", "bc") != blind_index("ab", "c")


def test_tokens_are_long_random_and_stored_as_hashes():
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {22}
    assert len(token_hash("x")) == 32
    assert token_hash("x") != token_hash("y")
