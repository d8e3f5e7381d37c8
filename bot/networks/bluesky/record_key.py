"""A record key: where a part stands in the account's repository, the same at every try.

https://atproto.com/specs/tid (read 2026-11-25): 13 characters of an own alphabet for 64 bits, which are
a zero, 53 that grow with the time in microseconds, and 10 that keep two writers apart.
"""

import re

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_LENGTH = 13
# The lower bits of the time are random, with the ten of the writer: two deliveries of one account that were
# queued together must never have one key, for the second would take the place of the first.
_RANDOM_BITS = 30  # about 18 minutes
_WRITER_BITS = 10
_OURS = re.compile(r"[0-9a-f]{28,32}")


def record_key(key: str, number: int) -> str:
    """The key of a part's record, from the delivery's key and the part's number; later parts have later ones.

    Of a key that is none of `model.key`, as in a preview, what stands for it is left as it is.
    """
    if not _OURS.fullmatch(key):
        return f"{key}-{number}"
    microseconds = int(key[:12], 16) * 1000
    random = int(key[12:28], 16)
    coarse = microseconds >> _RANDOM_BITS << _RANDOM_BITS
    fine = (random >> _WRITER_BITS) % (1 << _RANDOM_BITS)
    writer = random % (1 << _WRITER_BITS)
    return _tid((coarse + fine + number) % (1 << 53), writer)


def _tid(microseconds: int, writer: int) -> str:
    value = microseconds << _WRITER_BITS | writer
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LENGTH)))
