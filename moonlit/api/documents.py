"""What an operation says about itself in the OpenAPI document: it reads and writes its own bytes, so it must tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from ninja import Schema
from pydantic import BaseModel

from moonlit.api.problems import TYPE
from moonlit.domain.refusals import RefusalCode

OF_A_BODY = (
    RefusalCode.MALFORMED_JSON,
    RefusalCode.BODY_TOO_LARGE,
    RefusalCode.UNSUPPORTED_MEDIA_TYPE,
    RefusalCode.INVALID_REQUEST,
    RefusalCode.RATE_LIMITED,
)
"""The refusals of every operation that takes a body."""
_WITH_RETRY_AFTER = {RefusalCode.REQUEST_IN_PROGRESS, RefusalCode.RATE_LIMITED}


def operation(
    operation_id: str,
    summary: str,
    answers: dict[int, type[Schema]],
    refusals: Iterable[RefusalCode],
    *,
    body: type[BaseModel] | None = None,
    parameters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The arguments of ninja's route decorator; `body` must be one of the components (moonlit.api.app)."""
    extra: dict[str, Any] = {"parameters": list(parameters), "responses": _problems(refusals)}
    if body is not None:
        schema = {"$ref": f"#/components/schemas/{body.__name__}"}
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"operation_id": operation_id, "summary": summary, "response": answers, "openapi_extra": extra}


def _problems(refusals: Iterable[RefusalCode]) -> dict[int, dict[str, Any]]:
    """By status: a problem document whose `code` is one of those named."""
    ordered = sorted(refusals, key=lambda code: (code.status, code.value))
    return {status: _problem(tuple(codes)) for status, codes in groupby(ordered, key=lambda code: code.status)}


def _problem(codes: tuple[RefusalCode, ...]) -> dict[str, Any]:
    named = {"properties": {"code": {"enum": [code.value for code in codes]}}}
    found: dict[str, Any] = {
        "description": ", ".join(f"`{code.value}`" for code in codes),
        "content": {TYPE: {"schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, named]}}},
    }
    if _WITH_RETRY_AFTER & set(codes):
        found["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}
    return found


def parameters_of(model: type[BaseModel]) -> list[dict[str, Any]]:
    """The members of a model as query parameters: absent or given, never null."""
    schema = model.model_json_schema()
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": _given(member)}
        for name, member in schema["properties"].items()
    ]


def _given(member: dict[str, Any]) -> dict[str, Any]:
    (given,) = [each for each in member.get("anyOf", [{}]) if each.get("type") != "null"]
    own = {name: value for name, value in member.items() if name not in {"anyOf", "title"} and value is not None}
    return own | given
