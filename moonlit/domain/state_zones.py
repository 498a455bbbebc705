"""Every zone in use in every state, for hours that must be civil wherever in the state a person lives (rules 6.4).

Historical names with today's clock of a neighbour (`America/Indiana/Marengo`) are left to that neighbour; towns that
keep another clock by law are in (West Wendover, Nevada), towns that do so by habit are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_EASTERN = "America/New_York"
_CENTRAL = "America/Chicago"
_MOUNTAIN = "America/Denver"
_PACIFIC = "America/Los_Angeles"

STATE_ZONES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "CT",
                "DC",
                "DE",
                "GA",
                "MA",
                "MD",
                "ME",
                "NC",
                "NH",
                "NJ",
                "NY",
                "OH",
                "PA",
                "RI",
                "SC",
                "VA",
                "VT",
                "WV",
            ),
            (_EASTERN,),
        ),
        **dict.fromkeys(("AL", "AR", "IA", "IL", "LA", "MN", "MO", "MS", "OK", "WI"), (_CENTRAL,)),
        **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), (_MOUNTAIN,)),
        **dict.fromkeys(("CA", "WA"), (_PACIFIC,)),
        "AK": ("America/Anchorage", "America/Adak"),
        "AZ": ("America/Phoenix", _MOUNTAIN),  # the Navajo Nation keeps daylight-saving time
        "FL": (_EASTERN, _CENTRAL),
        "HI": ("Pacific/Honolulu",),
        "ID": ("America/Boise", _PACIFIC),
        "IN": ("America/Indiana/Indianapolis", _CENTRAL),
        "KS": (_CENTRAL, _MOUNTAIN),
        "KY": ("America/Kentucky/Louisville", _CENTRAL),
        "MI": ("America/Detroit", "America/Menominee"),
        "ND": (_CENTRAL, _MOUNTAIN),
        "NE": (_CENTRAL, _MOUNTAIN),
        "NV": (_PACIFIC, _MOUNTAIN),
        "OR": (_PACIFIC, "America/Boise"),
        "SD": (_CENTRAL, _MOUNTAIN),
        "TN": (_EASTERN, _CENTRAL),
        "TX": (_CENTRAL, _MOUNTAIN),
        "AS": ("Pacific/Pago_Pago",),
        "GU": ("Pacific/Guam",),
        "MP": ("Pacific/Saipan",),
        "PR": ("America/Puerto_Rico",),
        "VI": ("America/St_Thomas",),
    }
)
