"""The seal: encrypts what the store must keep secret, with the keys of BOT_SECRET_KEY."""

from collections.abc import Mapping

from bot.settings import SettingsError

VARIABLE = "BOT_SECRET_KEY"
HOW = "bot secret-key prints a new one"


class WrongKeyError(SettingsError):
    """None of the keys opens what is stored."""


class Seal:
    """Fernet (AES-128 in CBC mode, and an HMAC-SHA256): the first key closes, each of them opens.

    Raises:
        SettingsError: one of the keys is none.
    """

    def __init__(self, keys: str) -> None:
        from cryptography.fernet import Fernet, MultiFernet  # 60 ms, and seldom needed

        try:
            found = [Fernet(key.strip()) for key in keys.split(",") if key.strip()]
            self._first, self._all = found[0], MultiFernet(found)
        except ValueError:  # the key is not shown, not even a wrong one
            raise SettingsError(f"{VARIABLE} is not a key, or several with commas between: {HOW}") from None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Seal | None":
        """The seal of the environment's keys; None where there are none.

        Raises:
            SettingsError: one of the keys is none.
        """
        keys = environment.get(VARIABLE, "").strip(" ,")
        return cls(keys) if keys else None

    def close(self, text: str) -> str:
        """The text, encrypted with the first key."""
        return self._first.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again.

        Raises:
            WrongKeyError: it was closed with another key, or changed since.
        """
        from cryptography.fernet import InvalidToken

        try:
            return self._all.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise WrongKeyError(
                f"{VARIABLE} does not open what is stored: append the former key to it, after a comma"
            ) from None

    def is_of_first_key(self, sealed: str) -> bool:
        """Whether the first key opens it, so that the others are not needed for it."""
        from cryptography.fernet import InvalidToken

        try:
            self._first.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def new_key() -> str:
    """A key that nobody has yet."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
