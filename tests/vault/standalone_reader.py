"""Opens a sealed blob; written from docs/reference/formats/sealed-blob.md alone, needs nothing but `cryptography`.

usage: standalone_reader.py SEALED_FILE DATA_KEY_HEX BLOB_ID     plaintext on stdout, exit 0 only if all of it is whole
"""

import sys
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def unseal(sealed: bytes, data_key: bytes, blob_id: uuid.UUID) -> bytes:
    """Plaintext of a whole sealed blob; raises ValueError or InvalidTag if it is not whole."""
    header, body = sealed[:64], sealed[64:]
    if header[:8] != b"EAKTEBS\x01" or not 12 <= header[8] <= 24 or header[9:16] != bytes(7):
        raise ValueError("no sealed blob of version 1")
    if header[16:32] != blob_id.bytes:
        raise ValueError("another blob")
    cipher = AESGCM(HKDF(SHA256(), 32, salt=header[32:64], info=header[:32]).derive(data_key))
    step = (1 << header[8]) + 16
    segments = [body[at : at + step] for at in range(0, len(body), step)]
    if not segments or len(segments[-1]) < 16 or (len(segments) > 1 and len(segments[-1]) == 16):
        raise ValueError("cut")
    last = len(segments) - 1
    return b"".join(
        cipher.decrypt(bytes(7) + number.to_bytes(4, "big") + bytes([number == last]), segment, None)
        for number, segment in enumerate(segments)
    )


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        sealed_bytes = file.read()
    try:
        sys.stdout.buffer.write(unseal(sealed_bytes, bytes.fromhex(sys.argv[2]), uuid.UUID(sys.argv[3])))
    except (ValueError, InvalidTag) as error:
        sys.exit(f"refused: {error or 'wrong key or changed bytes'}")
