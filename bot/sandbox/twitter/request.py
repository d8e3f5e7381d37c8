"""The requests that create a post on X and bring files, by its published description, version 2.167.

https://docs.x.com/x-api/posts/create-post (read 2026-08-22) and https://docs.x.com/x-api/media (read
2026-11-25).
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
INITIALIZE = _object(
    additional_owners=_list(_ID),
    media_category={
        "type": "string",
        "enum": (
            "amplify_video",
            "tweet_gif",
            "tweet_image",
            "tweet_video",
            "dm_gif",
            "dm_image",
            "dm_video",
            "subtitles",
        ),
    },
    media_type={
        "type": "string",
        "enum": (
            "video/mp4",
            "video/webm",
            "video/mp2t",
            "video/quicktime",
            "text/srt",
            "text/vtt",
            "image/jpeg",
            "image/gif",
            "image/bmp",
            "image/png",
            "image/webp",
            "image/pjpeg",
            "image/tiff",
            "model/gltf-binary",
            "model/vnd.usdz+zip",
        ),
    },
    shared=_FLAG,
    total_bytes={"type": "integer", "minimum": 0, "maximum": 17_179_869_184},
)
APPEND = _object(
    ("media", "segment_index"),
    media=_TEXT,
    segment_index={"type": "integer", "minimum": 0, "maximum": 999},
)
# The rest of what metadata may have is not looked at.
METADATA = _object(
    ("id",), id=_ID, metadata=_object(alt_text=_object(("text",), text={"type": "string", "maxLength": 1000}))
)
