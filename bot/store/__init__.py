"""The store: the queue, its attempts and the post log in one SQL database, behind a few verbs."""

from bot.store.engine import Store, StoreError, open_store

__all__ = ["Store", "StoreError", "open_store"]
