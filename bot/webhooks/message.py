"""The message: what a webhook is told of an entry of the post log; the same at every try."""

from collections.abc import Mapping

from bot.store.webhook_copies import Parcel


def message(parcel: Parcel) -> Mapping[str, object]:
    """The object that is sent; made of the entry alone, which nobody can change."""
    entry = parcel.entry
    at = (entry.at if entry else parcel.made_at).isoformat()
    # "timestamp" is the name that the specification recommends, "at" the one of all our JSON.
    told: dict[str, object] = {"id": parcel.message, "type": parcel.type, "timestamp": at, "at": at}
    if entry is not None:
        value = entry.to_json()
        told["entry"] = value.pop("id")  # its number in the post log: grows with every entry
        del value["at"]
        told["delivery"] = {"id": value.pop("delivery"), "campaign": parcel.campaign, **value}
    return told
