"""Mutants that no test can tell from the real thing, each with the reason; reviewed like code."""

_TYPES = "where there is no way there is always a finding against it; the check tells the types"
_CAPPED = "the wait is 60 s from the fifth try on; the inner limit only keeps the power small"

EQUIVALENT = {
    "booking._backoff: 8 -> 7": _CAPPED,
    "booking._backoff: 8 -> 9": _CAPPED,
    "coverage._live_services: location is not None and row.location == location -> row.location == location": (
        "without a location both branches give the rows for any location"
    ),
    "coverage.decide: isinstance(way, Way) and (not against) -> not against": _TYPES,
    "coverage.decide: against or not isinstance(way, Way) -> against": _TYPES,
    "offers._gated: for window in windows if window.first <= offer.gate -> for window in windows": (
        "the decision on each segment asks the gate again; this spares the asking"
    ),
    "effective_dates._openings: mask & -mask -> mask | -mask": "both have the bit length of the lowest set bit",
    "effective_dates._named_public_program: if offer.criteria.payer is None -> if False": (
        "without a card no payer is found behind it either; the line spares the search and tells the types"
    ),
    "effective_dates._nobody_fits: if not same_language(criteria.visit_language, 'en') -> if True": (
        "asked for in English it is the question that has just been answered with nobody"
    ),
    "routes.route_windows: payer is None or seen is None or payer.practice_status is not PayerStatus.APPROVED"
    " -> payer is None or seen is None": "both kinds of window ask for the payer's approval themselves",
    "refusals.module: RefusalCode.PROVIDER_NOT_BOOKABLE -> RefusalCode.PAYER_NOT_BOOKABLE": (
        "the last in the order is also what is given when none of the order fits"
    ),
}
