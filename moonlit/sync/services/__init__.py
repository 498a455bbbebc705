"""Staying in step with the EHR (rules 5): open slots, the change feed, the push, and the nightly proof."""

from moonlit.sync.services.compare import Compared, compare_all, compare_due
from moonlit.sync.services.feed import FeedRead, follow_feed, forget_applied, take_in_due
from moonlit.sync.services.push import Delivery, receive_push
from moonlit.sync.services.runs import SyncDone, sync_due, sync_once
from moonlit.sync.services.slots import Refreshed, refresh_all, refresh_due

__all__ = [
    "Compared",
    "Delivery",
    "FeedRead",
    "Refreshed",
    "SyncDone",
    "compare_all",
    "compare_due",
    "follow_feed",
    "forget_applied",
    "receive_push",
    "refresh_all",
    "refresh_due",
    "sync_due",
    "sync_once",
    "take_in_due",
]
