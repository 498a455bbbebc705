"""The event webhook's signature: ECDSA over P-256 and SHA-256, of the stamp's digits followed by the raw body."""

import base64

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Signer:
    """Holds the private key, as PEM or base64 of DER (PKCS#8); an empty one means a fresh pair.

    Raises ValueError for a key that cannot be read or lies on another curve.
    """

    def __init__(self, key: str) -> None:
        if not key:
            private = ec.generate_private_key(ec.SECP256R1())
        elif key.startswith("-----"):
            private = serialization.load_pem_private_key(key.encode(), None)
        else:
            private = serialization.load_der_private_key(base64.b64decode(key), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            raise ValueError("the signing key must lie on P-256")  # noqa: TRY004 - the key's form, not a type of ours
        self._private = private
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.public_key = base64.b64encode(public).decode()
        """As the settings address shows it: base64 of DER."""

    def headers(self, stamp: int, body: bytes) -> dict[str, str]:
        """What proves this body at this time (unix seconds)."""
        signed = self._private.sign(str(stamp).encode() + body, ec.ECDSA(hashes.SHA256()))
        return {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signed).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": str(stamp),
        }
