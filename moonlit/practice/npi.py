"""National Provider Identifiers."""

_PREFIX = "80840"
"""Health applications (80), United States (840): part of the check, not of the number."""


def is_npi(text: str) -> bool:
    """Ten digits that pass the Luhn check over the prefixed number."""
    if len(text) != 10 or not (text.isascii() and text.isdigit()):
        return False
    total = 0
    for place, digit in enumerate(reversed(_PREFIX + text)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
