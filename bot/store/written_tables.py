"""The tables of what is written on the page: posts with their history, uploaded files, campaigns."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from bot.store.tables import table


class Post(SQLModel, table=True):
    """A post that is written on the page, or the copy of a file's that is being edited there."""

    __table_args__ = (
        CheckConstraint("(live_source IS NULL) = (live_version IS NULL)", name="live"),
        # A copy of a file is begun anew after it was put away; a path of the page's own is never used again.
        Index("post_path", "path", unique=True, sqlite_where=text("removed_at IS NULL"),
              postgresql_where=text("removed_at IS NULL")),
        Index("post_campaign", "campaign", "id"),
        Index("post_live", "campaign", "path", sqlite_where=text("live_version IS NOT NULL"),
              postgresql_where=text("live_version IS NOT NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    path: str  # its identity, as a file has one: CAMPAIGN/web/NAME.md
    campaign: str
    origin: str  # "page", or "file": then it is never queued
    base: str = ""  # of a file: the digest of what it said when it was opened
    source: str = Field(sa_type=Text)  # what is being worked on, as a file would have it
    version: int  # grows with every save
    stage: str
    approved_version: int | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    live_source: str | None = Field(default=None, sa_type=Text)  # what the queue goes by; None: not in it
    live_version: int | None = None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    removed_at: datetime | None = None
    removed_by: str | None = None


class PostVersion(SQLModel, table=True):
    """One entry in the history of a post: what was done to it, and what it said then."""

    __tablename__ = "post_version"
    __table_args__ = (Index("post_version_post", "post_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    version: int
    at: datetime  # of the last save that it stands for
    began_at: datetime  # of the first: what one person saves within some minutes is one entry
    actor: str
    what: str  # "saved", "submitted", "approved", "returned", "queued", "withdrawn", "removed"
    comment: str = Field(default="", sa_type=Text)
    source: str = Field(sa_type=Text)


class PostPresence(SQLModel, table=True):
    """Who has a post open on the page, in real time."""

    __tablename__ = "post_presence"

    post_id: int = Field(primary_key=True, foreign_key="post.id")
    member: str = Field(primary_key=True)
    seen_at: datetime


class MediaFile(SQLModel, table=True):
    """A file that was uploaded on the page, known by its content."""

    __tablename__ = "media_file"

    digest: str = Field(primary_key=True)  # SHA-256
    size: int = Field(sa_type=BigInteger)
    format: str
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    begun_at: datetime
    complete: bool = False  # every piece of it is there


class MediaPiece(SQLModel, table=True):
    """A piece of a file; all but the last have the same length."""

    __tablename__ = "media_piece"

    digest: str = Field(primary_key=True, foreign_key="media_file.digest")
    number: int = Field(primary_key=True)  # from 0
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class MediaName(SQLModel, table=True):
    """What a file is called in a campaign; a name never comes to mean another file."""

    __tablename__ = "media_name"
    __table_args__ = (Index("media_name_digest", "digest"),)

    campaign: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    digest: str = Field(foreign_key="media_file.digest")
    at: datetime


class CampaignSource(SQLModel, table=True):
    """A campaign that was made on the page, as its file would say it."""

    __tablename__ = "campaign_source"

    name: str = Field(primary_key=True)
    source: str = Field(sa_type=Text)
    version: int  # grows with every save
    copied_from: str | None = None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    removed_at: datetime | None = None


posts, post_versions, post_presences = map(table, ("post", "post_version", "post_presence"))
media_files, media_pieces, media_names = map(table, ("media_file", "media_piece", "media_name"))
campaign_sources = table("campaign_source")
