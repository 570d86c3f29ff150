"""Answers of the page's routes as plain values: status, headers, body; compressed once, never a request."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
# Always ask again, but let the ETag answer: the page must never show yesterday's plan from a cache.
REVALIDATE = "no-cache"


@dataclass(frozen=True)
class Body:
    """A body that is sent often: with its compressed form, so that each is compressed once."""

    plain: bytes
    compressed: bytes
    content_type: str
    etag: str
    cache_control: str = REVALIDATE


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def make_body(plain: bytes, content_type: str, cache_control: str = REVALIDATE, salt: str = "") -> Body:
    """Compress, and name the content by its hash; `salt` makes the name differ for equal content.

    A strong name is right for both forms because `Vary` keeps caches from mixing them up.
    """
    digest = hashlib.sha256(salt.encode() + b"\0" + plain).hexdigest()[:20]
    # mtime 0: the same content gives the same bytes.
    return Body(plain, gzip.compress(plain, 6, mtime=0), content_type, f'"{digest}"', cache_control)


def json_body(document: Any, salt: str = "") -> Body:
    """A JSON document as a body. Raises ValueError for NaN and infinity, which are not JSON."""
    return make_body(encode(document), JSON, salt=salt)


def encode(document: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def answer(body: Body, if_none_match: str | None, accept_encoding: str) -> Reply:
    """200 with the body, or 304 when the asker has it."""
    headers = {"ETag": body.etag, "Cache-Control": body.cache_control, "Vary": "Accept-Encoding"}
    if if_none_match and _matches(body.etag, if_none_match):
        return Reply(304, headers=headers)
    headers["Content-Type"] = body.content_type
    if "gzip" in accept_encoding.lower():
        headers["Content-Encoding"] = "gzip"
        return Reply(200, body.compressed, headers)
    return Reply(200, body.plain, headers)


def answer_json(document: Any) -> Reply:
    """A small document that is new each time."""
    return Reply(200, encode(document), {"Content-Type": JSON, "Cache-Control": "no-store"})


def unavailable(error: str) -> Reply:
    """503 with the reason in plain words."""
    return Reply(503, encode({"error": error}), {"Content-Type": JSON, "Cache-Control": "no-store"})


def _matches(etag: str, if_none_match: str) -> bool:
    names = [name.strip().removeprefix("W/") for name in if_none_match.split(",")]
    return etag in names or "*" in names
