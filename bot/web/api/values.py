"""Values: what the API takes and gives, by the names of the contract; times are ISO 8601 in UTC."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from bot.model.scope import Scope
from bot.model.stage import Stage
from bot.model.state import Hold, State

MOST_IDS = 500


def _storable(text: str) -> str:
    """As a database can keep it."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


Reason = Annotated[str, StringConstraints(max_length=500), AfterValidator(_storable)]
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_IDS)]
When = Annotated[
    str,
    StringConstraints(min_length=3, max_length=40),
    Field(
        description="A wall time in each delivery's own zone, an instant with its offset, or `now`.",
        examples=["2018-09-25 09:00", "2018-09-25T07:00:00+00:00", "now"],
    ),
]


class Value(BaseModel):
    """What is given."""

    model_config = ConfigDict(populate_by_name=True)


class Order(BaseModel):
    """What is taken: exactly the fields that are described."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(Value):
    """Why a request was not done, in one sentence for a person."""

    detail: str


class Pause(Value):
    """Whether all publishing is paused, by whom and why."""

    paused: bool
    reason: str | None = None
    actor: str | None = None
    at: datetime | None = None


class Resumed(Value):
    """That publishing goes on, and how many deliveries that fell due meanwhile are looked at anew."""

    paused: Literal[False] = False
    released: int


class PauseOrder(Order):
    """Why everything is to be paused; everybody sees it."""

    reason: Reason = ""


class Listed(Value):
    """A delivery as the status shows it."""

    id: int
    post: str
    account: str
    network: str
    state: State
    due_at: datetime
    reason: str
    hold: Hold | None
    remote_url: str | None
    removed_at: datetime | None
    removed_by: str | None


class AccountStatus(Value):
    """One account at a glance."""

    account: str
    network: str
    said: Annotated[str, Field(description="`ready`, or why nothing goes out there.")]
    ready: bool
    scheduled: int
    published: int
    needs_a_person: int
    expires_at: Annotated[datetime | None, Field(description="When its credentials end, if that is known.")]


class Heartbeat(Value):
    """A worker that is alive."""

    id: str
    host: str
    pid: int
    accounts: list[str]
    started_at: datetime
    heartbeat_at: datetime
    waits_for: str | None


class Preflight(Value):
    """What a look ahead has found."""

    campaign: str
    day: date
    at: datetime
    ready: bool
    findings: list[dict[str, Any]]


class Status(Value):
    """Everything at a glance, as `bot status --json` has it."""

    fine: Annotated[bool, Field(description="Nothing needs a person.")]
    worker_alive: bool
    workers: int
    heartbeats: list[Heartbeat]
    heartbeat_at: datetime | None
    paused: bool
    pause_reason: str | None
    next_due: Listed | None
    attention: Annotated[list[Listed], Field(description="What stays as it is until somebody acts.")]
    accounts: list[AccountStatus]
    counts: Annotated[dict[str, int], Field(description="Deliveries by state.")]
    removed: int
    overdue: Annotated[bool, Field(description="Something is due and no worker is there to send it.")]
    problems: list[str]
    waiting: list[str]
    preflights: list[Preflight]


class Account(AccountStatus):
    """An account of config/accounts.toml, or one that deliveries are still for."""

    handle: str | None
    timezone: str | None


class Accounts(Value):
    """All accounts, by name."""

    items: list[Account]


class Campaign(Value):
    """A campaign as it was last applied."""

    name: str
    title: str
    timezone: str
    starts: date
    ends: date
    days: int
    themes: list[str]
    hashtags: list[str]
    counts: Annotated[dict[str, int], Field(description="Its deliveries by state.")]


class Campaigns(Value):
    """All campaigns, the one that begins last first."""

    items: list[Campaign]


class Delivery(Value):
    """One post to one account at one instant."""

    id: int
    campaign: str
    post: str
    account: str
    network: str
    kind: str
    slot: str | None
    day: int | None
    state: State
    hold: Annotated[Hold | None, Field(description="Why it is held.")]
    reason: Annotated[str, Field(description="Why it is in its state.")]
    wall: Annotated[str, Field(description="Its time as wall time in `zone`.")]
    zone: str
    due_at: datetime
    expires_at: Annotated[datetime, Field(description="Past it, it is missed.")]
    fingerprint: Annotated[str, Field(description="Of what it says; to be sent with an approval.")]
    needs_approval: bool
    approved: Annotated[bool, Field(description="What it says now was approved.")]
    remote_id: str | None
    remote_url: str | None
    published_at: datetime | None
    removed_at: datetime | None
    removed_by: str | None


class Deliveries(Value):
    """Some deliveries; `next` is the cursor of those that follow, or null."""

    items: list[Delivery]
    next: str | None


class Changed(Value):
    """The deliveries that were changed, as they are now."""

    items: list[Delivery]


class Part(Value):
    """One message of a delivery."""

    number: int
    role: str
    text: str
    remote_id: str | None
    remote_url: str | None
    published_at: datetime | None
    removed_at: datetime | None


class Attempt(Value):
    """One try to publish one part."""

    number: int
    part: int
    started_at: datetime
    ended_at: datetime | None
    outcome: Annotated[str | None, Field(description="null: nobody knows yet.")]
    status: int | None
    said: Annotated[str, Field(description="The network's own words.")]
    remote_url: str | None


class Entry(Value):
    """One entry of the post log."""

    id: int
    at: datetime
    delivery: int
    post: str
    account: str
    network: str
    from_state: Annotated[str | None, Field(alias="from", description="The state before; null: queued.")]
    state: str
    attempt: int | None
    remote_id: str | None
    remote_url: str | None
    reason: str
    actor: str
    lateness_s: float | None


class Story(Delivery):
    """A delivery with its parts, every attempt, and the latest of what the post log says of it."""

    parts: list[Part]
    attempts: list[Attempt]
    log: list[Entry]


class Log(Value):
    """Some entries; `next` is the cursor of those that follow, or null."""

    items: list[Entry]
    next: str | None
    last_id: Annotated[int, Field(description="To be sent as `after_id` for what comes after these.")]


class Change(Value):
    """One entry of the record of what the team has changed, deliveries apart."""

    id: int
    at: datetime
    actor: str
    what: str
    about: str
    detail: str


class Audit(Value):
    """Some changes, the latest first; `next` is the cursor of those that follow, or null."""

    items: list[Change]
    next: str | None


class Webhook(Value):
    """An address that is told of changes; without its secret."""

    id: int
    name: str
    url: str
    events: Annotated[list[str], Field(description="Empty: all of them.")]
    active: bool
    off_why: str
    made_at: datetime
    made_by: str
    failing_since: datetime | None
    waiting: Annotated[int, Field(description="How many messages are on their way.")]


class Webhooks(Value):
    """All webhooks."""

    items: list[Webhook]


class Me(Value):
    """The token that asks, and what it may do now."""

    member: str
    role: str
    token: str
    scopes: list[Scope]
    ends_at: datetime | None


class OneOrder(Order):
    """Why; for the post log."""

    reason: Reason = ""


class ManyOrder(OneOrder):
    """Which deliveries: all of them are changed, or none."""

    ids: Ids


class WhenOrder(OneOrder):
    """Another time."""

    to: When


class ManyWhenOrder(ManyOrder):
    """Another time for several."""

    to: When


class ApproveOrder(OneOrder):
    """What was read; if it says something else by now, nothing is approved."""

    fingerprint: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Seen(Order):
    """A delivery, and what was read of it."""

    id: Id
    fingerprint: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ManyApproveOrder(OneOrder):
    """Which deliveries, with what was read of each."""

    items: Annotated[list[Seen], Field(min_length=1, max_length=MOST_IDS)]


class ResolveOrder(OneOrder):
    """What somebody has seen who has looked at the account."""

    outcome: Literal["published", "not-published"]
    url: Annotated[
        Annotated[str, StringConstraints(max_length=2000), AfterValidator(_storable)] | None,
        Field(description="The link of the post; needed if it is published."),
    ] = None


class ListedPost(Value):
    """A post that is written here, without its text."""

    id: int
    path: str
    campaign: str
    origin: Annotated[str, Field(description="`page`, or `file`: a copy that is being edited.")]
    version: Annotated[int, Field(description="Grows with every save.")]
    stage: Stage
    approved_version: int | None
    approved_by: str | None
    approved_at: datetime | None
    queued_version: Annotated[int | None, Field(description="What the queue goes by; null: not in it.")]
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


class Post(ListedPost):
    """A post with its text: YAML front matter, then the body, as in a file of `posts/`."""

    source: str


class Posts(Value):
    """Some posts; `next` is the cursor of those that follow, or null."""

    items: list[ListedPost]
    next: str | None


class OtherVersion(Problem):
    """That a post was changed meanwhile, and what it says now."""

    current: Post | None = None


class Media(Value):
    """A file that was taken in; posts of its campaign call it by its name."""

    campaign: str
    name: str
    format: str
    size: int


Source = Annotated[str, StringConstraints(max_length=256 * 1024), AfterValidator(_storable)]


class NewPost(Order):
    """A post to begin with."""

    campaign: Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_storable)]
    title: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_storable)],
        Field(description="Of which its name is made."),
    ]
    source: Annotated[Source, Field(examples=["---\nday: 1\nkind: daily-post\n---\nThe week begins.\n"])]


class SavedPost(Order):
    """What a post says now, and the version that was edited (or send it as `If-Match`)."""

    source: Source
    version: Id | None = None


class PostStep(Order):
    """The version that was read, and what there is to say."""

    version: Id
    comment: Annotated[str, StringConstraints(max_length=5000), AfterValidator(_storable)] = ""
