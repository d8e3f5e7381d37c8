"""Versions: how long LinkedIn serves each version of its API.

https://learn.microsoft.com/en-us/linkedin/marketing/integrations/migrations and …/marketing/versioning (read
2026-11-25): a version is served for at least a year, and gone on a day that the first page names.
"""

import re
from datetime import date

# What the page named on the day it was read.
_SUNSETS = {
    "202511": date(2026, 11, 16),
    "202601": date(2027, 1, 15),
    "202602": date(2027, 2, 15),
    "202603": date(2027, 3, 16),
}


def version_ends(version: str) -> date | None:
    """The first day on which a version may be gone; None where it is no version.

    Where LinkedIn has not named the day yet, it is the first one on which it could be.
    """
    found = re.fullmatch(r"(\d{4})(0[1-9]|1[0-2])(?:\.\d{2})?", version, re.ASCII)
    if found is None or found[1] == "0000" or found[1] == "9999":
        return None
    year_month = found[1] + found[2]
    return _SUNSETS.get(year_month) or date(int(found[1]) + 1, int(found[2]), 1)
