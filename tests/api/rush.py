"""One of several processes that call the API at once; `python -m tests.api.rush` reads its work from standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 8


def together(works: list[dict[str, Any]], *, database: str) -> list[list[Any]]:
    """Give each piece of work to a process of its own, all at once, and answer what they print."""
    from django.db import connection

    connection.close()
    url = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{database}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "API_REQUESTS_PER_MINUTE": "1000000",
        "LOG_LEVEL": "CRITICAL",  # the aborted requests are meant
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.api.rush"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in works
    ]
    for process, work in zip(started, works, strict=True):
        process.stdin.write(json.dumps(work))
        process.stdin.close()
    printed = [process.stdout.read() for process in started]
    assert [process.wait() for process in started] == [0] * len(started)
    return [json.loads(text) for text in printed]


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
    django.setup()
    from django.test.utils import setup_test_environment

    setup_test_environment()
    work = json.load(sys.stdin)
    json.dump({"requests": requests, "limit": limit}[work["kind"]](work), sys.stdout)


def requests(work: dict[str, Any]) -> list[Any]:
    """Send each request; answers (name of its key, status, body) of those whose answer arrived."""
    from django.db import connection
    from django.test import Client

    client = Client(raise_request_exception=False, HTTP_AUTHORIZATION=f"Bearer {work['token']}")
    arrived = []
    for name, body, fate in work["requests"]:

        def send(name: str = name, body: dict = body) -> Any:
            headers = {"Idempotency-Key": name}
            return client.post("/api/v1/leads", body, content_type="application/json", headers=headers)

        if fate == "abort":
            with connection.execute_wrapper(tear_after_insert):
                answer = send()
            connection.close()
        else:
            answer = send()
        if fate != "lost":
            arrived.append((name, answer.status_code, answer.content.decode()))
    return arrived


def tear_after_insert(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
    """The connection dies in the middle of the act, after the lead was written and before its history."""
    done = execute(sql, params, many, context)
    if sql.startswith('INSERT INTO "leads_lead"'):
        context["connection"].connection.close()
    return done


def limit(work: dict[str, Any]) -> list[Any]:
    from smarketing.foundation.api.throttle import let_through

    return [
        let_through(work["name"], limit=work["limit"], moment=work["moment"]) for _ in range(work["times"])
    ]


if __name__ == "__main__":
    main()
