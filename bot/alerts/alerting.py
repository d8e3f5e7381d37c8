"""Alerting: the alerts and webhooks of this process by the settings in force; others begin them anew."""

from bot.alerts.alerts import Alerts
from bot.clock import Clock
from bot.settings import Settings
from bot.store.engine import Store
from bot.webhooks.webhooks import Webhooks
from bot.worker.worker import Worker


class Alerting:
    """Alerts beside a worker, or beside a page that only watches whether any worker is alive (None)."""

    def __init__(self, store: Store, clock: Clock, running: Worker | None) -> None:
        self._store, self._clock, self._running = store, clock, running
        self._alerts: Alerts | None = None
        self._webhooks: Webhooks | None = None  # beside a worker

    def use(self, settings: Settings) -> None:
        """Go by other settings from now on: targets, times, accounts."""
        self.stop()
        if self._running is None:
            self._alerts = Alerts(self._store, settings, self._clock, accounts=None)
        else:
            self._alerts = Alerts(
                self._store, settings, self._clock,
                accounts=self._running.accounts, troubles=self._running.troubles,
                waits=self._running.why_it_waits, clock_is_right=self._running.clock_is_right,
            )  # fmt: skip
            right = self._running.clock_is_right
            self._webhooks = Webhooks(self._store, settings, self._clock, right)
            self._webhooks.start()
        self._alerts.start()

    def finish(self) -> None:
        """Tell what is left to tell now, once: for a worker that runs only until nothing is due."""
        if self._alerts:
            self._alerts.finish()
        if self._webhooks:
            self._webhooks.finish()

    def stop(self) -> None:
        """End at once; the next process sends what was not sent."""
        if self._alerts:
            self._alerts.stop()
        if self._webhooks:
            self._webhooks.stop()
