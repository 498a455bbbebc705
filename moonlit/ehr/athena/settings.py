"""What configuration decides about Athena, and every fact nobody has confirmed against the live API yet."""

from dataclasses import dataclass, field

VENDOR = "athena"


@dataclass(frozen=True, slots=True)
class AthenaSettings:
    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    practice_id: str
    webhook_secret: str = field(default="", repr=False)
    """Secret of our push subscriptions; without one every push is refused."""
    rps: float = 5.0
    """Calls per second over all processes; 0 = no limit. Athena publishes none."""
    daily_limit: int = 50_000
    """Calls per UTC day; the preview's quota. 0 = no limit."""
    supervision_write: str = "supervisingproviderid"
    """supervisingproviderid | providerid+schedulingproviderid: which fields of PUT /appointments/booked say that
    the attending renders. The second sends providerid (renders) with schedulingproviderid (seen). Inferred."""
    signature_zone: str = ""
    """IANA zone in which signaturedatetime of a privacy acknowledgement is written; "" = the department's. Inferred."""
    page_size: int = 5000
    """Largest `limit` the lists accept. Inferred: 5000 in 2015, other sources say 10000."""
    providers_per_call: int = 400
    """Ids in one query before the address grows too long for a gateway. Inferred."""
    min_match_score: int = 16
    """Below it enhancedbestmatch means no match; `minscore` is not always honoured, so it is checked again."""
    connect_seconds: float = 5.0
    read_seconds: float = 20.0
    budget_wait_seconds: float = 2.0
    """How long a call waits for its turn in the budget before it gives up as not reached."""
    read_attempts: int = 3
    read_retry_seconds: float = 30.0
    """A read is tried again at most so often, and not begun again after so long."""
    scope: str = "athena/service/Athenanet.MDP.*"
