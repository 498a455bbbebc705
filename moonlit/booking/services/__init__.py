"""The Booking Service: ask for a visit, push it to the EHR, keep its links."""

from moonlit.booking.services.advance import advance
from moonlit.booking.services.finish import finish_with_ehr_id
from moonlit.booking.services.links import mint_link, revoke_link, revoke_links
from moonlit.booking.services.request import Accepted, SlotTaken, request_booking
from moonlit.booking.services.supervision import write_supervision
from moonlit.booking.services.watch import sweep

__all__ = [
    "Accepted",
    "SlotTaken",
    "advance",
    "finish_with_ehr_id",
    "mint_link",
    "request_booking",
    "revoke_link",
    "revoke_links",
    "sweep",
    "write_supervision",
]
