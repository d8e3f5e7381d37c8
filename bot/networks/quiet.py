"""Quiet: importing old libraries without the warnings that only their makers could mend."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quietly() -> Iterator[None]:
    """For imports of facebook-sdk (an invalid escape sequence) and twitter_text (pkg_resources)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
