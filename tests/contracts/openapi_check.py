"""Holds real answers of the API against its own OpenAPI document, with the world closed: nothing that is not promised."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

formats = FormatChecker(formats=())


@formats.checks("date", raises=ValueError)
def _date(value: object) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


@formats.checks("date-time", raises=ValueError)
def _moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def closed(schema: Any) -> Any:
    """The schema with every object refusing members it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(each) for name, each in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        found.setdefault("additionalProperties", False)
    return found


class Contract:
    """Calls the API through the test client; each answer must be one the document describes."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.document = client.get("/api/v1/openapi.json").json()
        self.components = closed(self.document["components"])
        self.seen: dict[str, set[str]] = defaultdict(set)
        """Operation id -> statuses met, problems as `422 notice_too_short`."""

    def promised(self) -> dict[str, set[str]]:
        """Operation id -> every status and code in the document, in the form of `seen`."""
        found: dict[str, set[str]] = {}
        for operations in self.document["paths"].values():
            for operation in operations.values():
                found[operation["operationId"]] = {
                    f"{status} {code}".strip()
                    for status, answer in operation["responses"].items()
                    for code in _codes(answer)
                }
        return found

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._checked("get", path, self.client.get(f"/api/v1{path}", query or {}, headers=headers))

    def post(self, path: str, body: Any, *, content_type: str = "application/json", **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.post(f"/api/v1{path}", content, content_type=content_type, headers=names)
        return self._checked("post", path, answer)

    def delete(self, path: str) -> Any:
        return self._checked("delete", path, self.client.delete(f"/api/v1{path}"))

    def _checked(self, method: str, path: str, answer: Any) -> Any:
        operation = self.document["paths"][_template(path)][method]
        described = operation["responses"].get(str(answer.status_code))
        assert described, f"{answer.status_code} is not documented for {operation['operationId']}: {answer.content!r}"
        if answer.status_code == 204:
            assert (answer.content, "content" in described) == (b"", False)
            self.seen[operation["operationId"]].add("204")
            return answer
        (media_type,) = described["content"]
        assert answer["Content-Type"] == media_type
        given = answer.json()
        schema = {**closed(described["content"][media_type]["schema"]), "components": self.components}
        faults = list(Draft202012Validator(schema, format_checker=formats).iter_errors(given))
        assert not faults, f"{operation['operationId']} {answer.status_code}: {faults[0].message}"
        if answer.status_code >= 400:
            assert given["status"] == answer.status_code
        for name in ("Retry-After",):
            assert name in described.get("headers", {}) or name not in answer
        self.seen[operation["operationId"]].add(f"{answer.status_code} {given.get('code', '')}".strip())
        return answer


def _codes(answer: Any) -> list[str]:
    if "content" not in answer:
        return [""]
    (content,) = answer["content"].values()
    for part in content["schema"].get("allOf", ()):
        if "properties" in part:
            return part["properties"]["code"]["enum"]
    return [""]


def _template(path: str) -> str:
    parts = path.strip("/").split("/")
    if parts[0] == "holds" and len(parts) > 1:
        parts[1] = "{hold}"
    if parts[0] == "appointments" and len(parts) > 1:
        parts[2 if parts[1] == "status" else 1] = "{token}"
    return "/api/v1/" + "/".join(parts)
