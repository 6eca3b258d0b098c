"""If-Match: a tag means the same in whatever coding its answer came."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from serving.entity_tags import coded_tag
from serving.preconditions import find_seen, get_seen
from serving.problems import ProblemDocument


def request(if_match: str | None) -> Request:
    headers = [] if if_match is None else [(b"if-match", if_match.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize("tag", ['"0f3c"', 'W/"0f3c"', coded_tag('"0f3c"', "gzip"), coded_tag('"0f3c"', "br")])
def test_who_has_read_a_compressed_answer_has_seen_the_same(tag: str) -> None:
    assert find_seen(request(tag), "override") == "0f3c"


@pytest.mark.parametrize("tags", ["", '""', '"a", "b"', ","])
def test_it_names_one_thing(tags: str) -> None:
    with pytest.raises(ProblemDocument, match="If-Match"):
        find_seen(request(tags), "override")


def test_who_says_nothing_has_seen_nothing_and_must_say_it_where_it_is_asked() -> None:
    assert find_seen(request(None), "override") is None
    with pytest.raises(ProblemDocument) as refused:
        get_seen(request(None), "override", "GET …/override")
    assert refused.value.status == 428
