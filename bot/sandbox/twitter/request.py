"""The request that creates a post on X: CreatePostsRequest of its published description, version 2.167.

https://docs.x.com/x-api/posts/create-post (read 2026-08-22).
"""

from typing import Any

from bot.sandbox.shape import Shape

_ID = {"type": "string", "pattern": "[0-9]{1,19}"}
_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_WHO = {"type": "string", "enum": ("following", "mentionedUsers", "subscribers", "verified")}


def _object(required: tuple[str, ...] = (), **properties: Shape) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _list(items: Shape, **bounds: int) -> dict[str, Any]:
    return {"type": "array", "items": items, **bounds}


_ACTIONS = _object(
    app_install=_object(app_store_id=_TEXT, ipad_app_store_id=_TEXT, play_store_id=_TEXT),
    visit_site=_object(("url",), url=_TEXT),
    watch_now=_object(("url",), url=_TEXT),
)
_MEDIA = _object(
    ("media_ids",),
    call_to_actions=_ACTIONS,
    description=_TEXT,
    embeddable=_FLAG,
    media_ids=_list(_ID, minItems=1, maxItems=4),
    preview_media_id=_ID,
    tagged_user_ids=_list(_ID, maxItems=10),
    title=_TEXT,
)
_POLL = _object(
    ("options", "duration_minutes"),
    duration_minutes={"type": "integer", "minimum": 5, "maximum": 10_080},
    options=_list({"type": "string", "minLength": 1, "maxLength": 25}, minItems=2, maxItems=4),
    reply_settings=_WHO,
)
_REPLY = _object(
    ("in_reply_to_tweet_id",),
    auto_populate_reply_metadata=_FLAG,
    exclude_reply_user_ids=_list(_TEXT),
    in_reply_to_tweet_id=_ID,
)
CREATE = _object(
    card_uri=_TEXT,
    community_id=_ID,
    direct_message_deep_link=_TEXT,
    edit_options=_object(("previous_post_id",), previous_post_id=_ID),
    for_super_followers_only=_FLAG,
    geo=_object(("place_id",), place_id=_TEXT),
    made_with_ai=_FLAG,
    media=_MEDIA,
    nullcast=_FLAG,
    paid_partnership=_FLAG,
    poll=_POLL,
    quote_tweet_id=_ID,
    reply=_REPLY,
    reply_settings=_WHO,
    share_with_followers=_FLAG,
    text=_TEXT,
)
UPLOAD = _object(
    ("media", "media_category"),
    additional_owners=_TEXT,
    media=_TEXT,
    media_category={
        "type": "string",
        "enum": ("tweet_image", "tweet_video", "tweet_gif", "dm_image", "dm_video", "dm_gif", "subtitles"),
    },
)
