"""What docs/security.md says of SM2, SM3 and SM4 is so in the installed library."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

#: Key and block of the example of GB/T 32907.
BLOCK = bytes.fromhex("0123456789abcdeffedcba9876543210")


def test_sm3_gives_the_standards_digest() -> None:
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")

    assert digest.finalize().hex() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )


def test_sm4_gives_the_standards_block_and_seals() -> None:
    plain = Cipher(algorithms.SM4(BLOCK), modes.ECB()).encryptor()
    sealing = Cipher(algorithms.SM4(BLOCK), modes.GCM(bytes(12))).encryptor()
    sealed = sealing.update(b"text") + sealing.finalize()
    opening = Cipher(algorithms.SM4(BLOCK), modes.GCM(bytes(12), sealing.tag)).decryptor()

    assert (plain.update(BLOCK) + plain.finalize()).hex() == "681edf34d206965e86b3e94f536e4246"
    assert opening.update(sealed) + opening.finalize() == b"text"


def test_there_is_no_sm2_yet() -> None:
    assert not [name for name in dir(ec) if "SM2" in name.upper()]
