"""Requests with larger bodies pass the guards twice, and each counts once."""

from pathlib import Path

import httpx

from gateway.serving.server import WsgiServer
from tests.support.people_console import FEED, OURS, TOKEN, house_over

LARGE = b" " * 100_000


def test_a_large_submission_counts_once_and_a_sign_in_is_not_let_off(tmp_path: Path) -> None:
    with house_over(tmp_path, requests_per_minute=10) as house:
        server = WsgiServer(house.app, threads=2).start()
        url = f"http://127.0.0.1:{server.port}"
        pushing = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        try:
            with httpx.Client(timeout=20) as client:
                pushed = [
                    client.post(
                        f"{url}/push/{FEED}/submissions", content=LARGE, headers=pushing
                    ).status_code
                    for _ in range(11)
                ]
                # A client may have any request asked for by its headers first.
                entering = {**OURS, "Expect": "100-continue"}
                entered = [
                    client.post(
                        f"{url}/sign-in", data={"name": "op1", "password": "x"}, headers=entering
                    ).status_code
                    for _ in range(11)
                ]
        finally:
            server.stop()

    assert pushed[:10].count(429) == 0
    assert pushed[10] == 429
    assert 429 in entered
