"""Static files: only what our pages link, under hashed names that a browser may keep for a year."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = Path(__file__).resolve().parents[1]
OF_PACKAGES = frozenset({"django_htmx/htmx-2.min.js"})
"""All that we link of what the installed packages bring."""


class LinkedFiles(AppDirectoriesFinder):
    """`collectstatic` takes the files of our apps and `OF_PACKAGES`; the megabytes beside them stay where they are."""

    def list(self, ignore_patterns: list[str]) -> Iterator[tuple[str, Any]]:
        for path, storage in super().list(ignore_patterns):
            if path in OF_PACKAGES or Path(storage.location).is_relative_to(OURS):
                yield path, storage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Names carry a hash of the content once `collectstatic` has run; before that, in tests, they are plain."""

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
