"""Answers: the contract's document unchanged, an ETag that is new with every plan, 304, gzip."""

from __future__ import annotations

import dataclasses
import gzip
import json
from datetime import datetime

import pytest
from home_days import build_home
from page_server import WEB_FOLDER

from hems.web.assets import load_assets
from hems.web.documents import build_documents
from hems.web.reply import answer, json_body, unavailable
from hems.web.status import Made

PROBLEM, PLAN = build_home()
MADE = Made(PROBLEM, PLAN, datetime.fromisoformat("2026-03-28T12:00:00+00:00"), "start", 1)


def test_the_plan_is_the_contract_s_document_exactly() -> None:
    reply = answer(build_documents(MADE).plan, None, "")
    assert reply.status == 200 and json.loads(reply.body) == PLAN
    assert json.loads(answer(build_documents(MADE).problem, None, "").body) == PROBLEM


def test_the_etag_is_new_with_every_plan_even_when_the_plan_is_the_same() -> None:
    first, again = build_documents(MADE).plan, build_documents(MADE).plan
    second = build_documents(dataclasses.replace(MADE, number=2)).plan
    assert first.etag == again.etag != second.etag
    assert answer(first, first.etag, "").status == 304
    assert answer(second, first.etag, "").status == 200


@pytest.mark.parametrize("header", ["W/{0}", '"other", {0}', "*"])
def test_if_none_match_forms(header: str) -> None:
    body = json_body({"a": 1})
    reply = answer(body, header.format(body.etag), "gzip")
    assert (reply.status, reply.body) == (304, b"")
    assert reply.headers["ETag"] == body.etag


def test_gzip_only_for_who_understands_it() -> None:
    body = json_body({"a": [1] * 1000})
    reply = answer(body, None, "gzip, deflate, br")
    assert reply.headers["Content-Encoding"] == "gzip" and gzip.decompress(reply.body) == body.plain
    assert "Content-Encoding" not in answer(body, None, "identity").headers


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_body({"a": float("nan")})


def test_unavailable_is_plain_words() -> None:
    reply = unavailable("no plan yet")
    assert reply.status == 503 and json.loads(reply.body) == {"error": "no plan yet"}


def test_assets_come_from_the_package_and_name_no_other_host() -> None:
    assets = load_assets(WEB_FOLDER)
    assert b"plotly.js" in assets["hems_plotly"].plain[:200]
    assert len(assets["hems_plotly"].compressed) < len(assets["hems_plotly"].plain) / 2
    for name in ("hems", "hems_css", "hems_js"):
        text = assets[name].plain.decode().replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text and "https:" not in text and "innerHTML" not in text
