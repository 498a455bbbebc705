"""Long lists, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseRedirect

ROWS = 25
_LAST_SENSIBLE = 1_000_000


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    """From 1."""
    total: int = 0
    """Rows in the whole list, or as many of them as are listed."""
    more: bool = False
    """There are further ones that are not listed: the filters lead to them."""

    @property
    def offset(self) -> int:
        return (self.number - 1) * ROWS

    @property
    def count(self) -> int:
        return max(1, -(-self.total // ROWS))

    @property
    def first_row(self) -> int:
        return self.offset + 1

    @property
    def last_row(self) -> int:
        return min(self.offset + ROWS, self.total)

    @property
    def previous(self) -> int | None:
        return min(self.number - 1, self.count) if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.count else None

    @property
    def past_the_end(self) -> bool:
        """The list has become shorter since the link was made, or somebody typed the number."""
        return self.number > self.count


def asked_page(request: HttpRequest) -> int:
    """The number in `?page=`; 1 for anything that is none."""
    given = request.GET.get("page", "")
    return min(max(int(given), 1), _LAST_SENSIBLE) if given.isascii() and given.isdigit() and len(given) < 10 else 1


def to_last_page(request: HttpRequest, here: Page) -> HttpResponseRedirect:
    """To the same list at its last page, for a page past the end."""
    query = request.GET.copy()
    query["page"] = str(here.count)
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
