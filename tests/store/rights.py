"""Rights: lets a test meet a file or folder that it may not write, even where tests run as root."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import alembic.command
import alembic.config  # noqa: F401  (whoever has no rights could not load it)

NOBODY = 65534


@contextmanager
def without_rights() -> Iterator[tuple[Path, Callable[[], AbstractContextManager[None]]]]:
    """A folder of the tester's, and a context within which nobody may write into it."""
    # Not pytest's own: that one can be entered by its owner only, and root is held by no rights.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)

    @contextmanager
    def powerless() -> Iterator[None]:
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)

    try:
        yield folder, powerless
    finally:
        shutil.rmtree(folder)
