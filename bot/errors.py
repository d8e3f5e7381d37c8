"""The root of the errors whose message is one line for a person: what is wrong, and what to do."""


class SpokenError(Exception):
    """Shown as it is, without a traceback; the command ends with 1."""
