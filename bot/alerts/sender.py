"""The sender: a process of its own that sends one message through Apprise, and says whether it worked.

Apprise has far over a hundred services, some of which may wait for ever; a process can be ended, a thread can
not. What it is to send comes in on standard input, never in the arguments, which others can read.
"""

import json
import logging
import sys


def main() -> None:
    """Read {"url", "subject", "body", "kind"}, send it, print {"ok", "words"}."""
    order = json.load(sys.stdin)
    said = _Said()
    logger = logging.getLogger("apprise")
    logger.handlers[:] = [said]
    logger.propagate = False
    ok = _send(order["url"], order["subject"], order["body"], order["kind"])
    words = "" if ok else said.last or "the service gives no reason"
    sys.stdout.write(json.dumps({"ok": ok, "words": words}))


def _send(url: str, subject: str, body: str, kind: str) -> bool:
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, OverflowMode, PersistentStoreMode

    asset = AppriseAsset(
        app_id="campaign-bot",
        app_desc="campaign-bot",
        async_mode=False,
        secure_logging=True,
        storage_mode=PersistentStoreMode.MEMORY,  # some services would keep tokens on the disk
    )
    service = Apprise.instantiate(url, asset=asset)
    if service is None:
        return False
    if "overflow=" not in url:
        service.overflow_mode = OverflowMode.SPLIT  # a message too long for a chat is not refused
    everything = Apprise(asset=asset)
    everything.add(service)
    types = {"event": NotifyType.FAILURE, "summary": NotifyType.INFO, "test": NotifyType.INFO}
    return bool(
        everything.notify(body=body, title=subject, notify_type=types[kind], body_format=NotifyFormat.TEXT)
    )


class _Said(logging.Handler):
    """Keeps the last complaint."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = " ".join(record.getMessage().split())


if __name__ == "__main__":
    main()
