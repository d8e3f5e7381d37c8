"""Webhooks at work: copies what is new, and sends it, in threads that publishing never waits for."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.logs import event
from bot.settings import Settings, SettingsError
from bot.store import webhook_copies as rows
from bot.store.engine import Store, StoreError
from bot.store.webhook_copies import Parcel
from bot.webhooks.message import message
from bot.webhooks.posting import Answer, Post, Stopped
from bot.webhooks.signing import body_of, headers, secrets_of

log = logging.getLogger("bot.webhooks")
EVERY_S = 1.0  # between two looks; costs a look at a table of a few rows where nothing is new
STOP_S = 1.0
FINISH_S = 30.0
_NO_KEY_AGAIN = timedelta(minutes=5)


class Webhooks:
    """The webhooks of one process; of any number of processes on one store each copy is sent by one.

    Args:
        clock_is_right: whether the clock may be acted upon; by a wrong one, receivers would refuse the
            signature, and what is written down as given up or to be tried later would count for years.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        clock: Clock,
        clock_is_right: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._clock_is_right = clock_is_right
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._under_way: dict[int, tuple[threading.Thread, Post]] = {}  # by webhook
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to copy and to send; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End at once, also in the middle of a call: the next process sends it again."""
        self._stopping.set()
        with self._lock:
            threads = [self._thread] if self._thread.is_alive() else []
            for thread, post in self._under_way.values():
                threads.append(thread)
                post.stop()
        give_up = time.monotonic() + STOP_S
        for thread in threads:
            thread.join(max(give_up - time.monotonic(), 0))

    def finish(self) -> None:
        """Send what is left to send now: for a worker that runs only until nothing is due."""
        give_up = time.monotonic() + FINISH_S
        while self.look() and time.monotonic() < give_up and not self._stopping.is_set():
            time.sleep(0.02)

    def look(self) -> bool:
        """Copy what is new and begin to send what waits; whether anything is to be done yet."""
        try:
            return self._look()
        except StoreError as error:
            # Beside a worker, that says it: it meets the same.
            log.debug("webhooks wait: %s", error)
        except Exception:
            if not self._stopping.is_set():
                log.exception("webhooks failed; trying on", extra=event("fault"))
        return False

    def _look(self) -> bool:
        if self._stopping.is_set() or not self._clock_is_right():
            return False
        more = rows.note(self._store, self._real_now())
        with self._store.read() as connection:
            ready = rows.ready(connection, self._real_now())
        for webhook in ready:
            self._begin(webhook)
        with self._lock:
            return more or bool(self._under_way)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            self.look()

    def _begin(self, webhook: int) -> None:
        with self._lock:
            if webhook in self._under_way or self._stopping.is_set():
                return
            post = Post()
            thread = threading.Thread(
                target=self._send_all, args=(webhook, post), name=f"webhook {webhook}", daemon=True
            )
            self._under_way[webhook] = thread, post
        thread.start()

    def _send_all(self, webhook: int, post: Post) -> None:
        """Send one after the other, until nothing waits or one does not arrive."""
        try:
            while not self._stopping.is_set() and self.send(webhook, post):
                pass
        except (StoreError, Stopped):
            pass  # the next look, or the next process, tries again
        except Exception:
            log.exception("a webhook failed; trying on", extra=event("fault"))
        finally:
            with self._lock:
                self._under_way.pop(webhook, None)

    def send(self, webhook: int, post: Post) -> bool:
        """Send what a webhook is to be told next; whether something has arrived.

        Raises:
            Stopped: this process stops.
        """
        parcel = rows.claim(self._store, webhook, self._real_now())
        if parcel is None:
            return False
        try:
            answer = self._post(parcel, post)
        except Stopped:
            rows.put_back(self._store, parcel)
            raise
        return self._settle(parcel, answer)

    def _post(self, parcel: Parcel, post: Post) -> Answer:
        now = self._real_now()
        try:
            secrets = secrets_of(parcel.webhook, self._settings, now)
        except SettingsError as error:
            return Answer(False, None, str(error), _NO_KEY_AGAIN)
        body = body_of(message(parcel))
        return post.send(parcel.webhook.url, body, headers(secrets, parcel.message, now, body), secrets)

    def _settle(self, parcel: Parcel, answer: Answer) -> bool:
        now, name = self._real_now(), parcel.webhook.name
        if answer.ok and answer.status is not None:
            rows.arrived(self._store, parcel, answer.status, answer.words, now)
            return True
        again = rows.did_not_arrive(
            self._store, parcel, answer.status, answer.words, now, answer.wait, answer.gone
        )
        if parcel.webhook.failing_since is None:  # once, however often it is tried
            log.warning(
                "the webhook %s was not told of %s, again at %s UTC: %s", name, parcel.type,
                f"{again:%H:%M:%S}", answer.status or answer.words, extra=event("not-told", webhook=name),
            )  # fmt: skip
        return False

    def _real_now(self) -> datetime:
        return self._clock.real(self._clock.now())
