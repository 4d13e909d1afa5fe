"""What the tests of the service share: whom they ask about, and what a refusal looks like."""

from __future__ import annotations

import httpx

CAMPAIGN = "c0055"
BRIEF = {"brief": "sourdough bread and a good oven"}


def is_problem(answer: httpx.Response, status: int, says: str) -> dict:
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert says in problem["detail"]
    assert "Traceback" not in answer.text
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem
