"""Data classes of columns: every model says of each of its columns what kind of data it holds."""

from enum import StrEnum


class DataClass(StrEnum):
    """What a column may reveal. A guard test refuses a column that declares none."""

    PHI = "phi"
    """About a patient: names, birth date, contacts, member ids, free text, answers of a payer. Encrypted."""
    BLIND_INDEX = "blind_index"
    """A keyed hash that can be compared and not reversed."""
    SECRET = "secret"  # noqa: S105  the name of a class of data
    """Hash of a token, a password, a sealed key: worthless to an ordinary reader, never shown."""
    PERSONAL_STAFF = "personal_staff"
    """About somebody who works here: name, e-mail, role."""
    OPERATIONAL = "operational"
    """Everything else: states, times, codes, counters, opaque ids."""


def columns(**named: str) -> dict[str, DataClass]:
    """`columns(operational="id state", phi="first_name")` -> {attribute name: data class}.

    The names are the fields' `attname` (`provider_id`, not `provider`). Raises ValueError for a class
    that does not exist and for a column named twice.
    """
    declared: dict[str, DataClass] = {}
    for class_value, names in named.items():
        data_class = DataClass(class_value)
        for name in names.split():
            if name in declared:
                raise ValueError(f"column {name} is declared twice")
            declared[name] = data_class
    return declared
