"""What a test may do to the emulated AWS: end a function in the middle of what it does, and let time pass for links.

The functions are the product's own, unchanged: it is the emulated AWS that ends their process at a chosen call, either
before it carried the call out, or after it did and before the answer is sent.

POST /_e2e/interrupt {"function", "call", "after"}  arms it for one kill and forgets the calls seen; {} disarms it
GET  /_e2e/interrupt                                the calls that the function made since, and how many processes were killed
POST /_e2e/later {"seconds"}                        pre-signed links are judged as if it were so much later
"""

import datetime
import json
import os
import re
import signal

_KEY = re.compile(rb"Credential=([A-Z0-9]+)/")


class Levers:
    """Wraps the ASGI application."""

    def __init__(self, app):
        self.app, self.order, self.calls, self.killed = app, {}, [], 0
        self.later = datetime.timedelta()
        self.judge_links_later()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"].startswith("/_e2e/"):
            return await self.pull(scope, receive, send)
        function = self.caller(scope) if self.order else None
        if function is None or function != self.order["function"]:
            return await self.app(scope, receive, send)
        self.calls.append(self.name(scope))
        if len(self.calls) != self.order["call"]:
            return await self.app(scope, receive, send)
        if self.order["after"]:
            await self.app(scope, receive, _nowhere)
        self.killed += kill(function)

    def caller(self, scope) -> str | None:
        """The physical name of the function whose role signed the request."""
        from ministack.services import sts

        header = dict(scope["headers"]).get(b"authorization", b"")
        key = _KEY.search(header)
        session = sts._sessions.get(key.group(1).decode()) if key else None
        return str(session["UserId"]).rsplit(":", 1)[-1] if session and "UserId" in session else None

    def name(self, scope) -> str:
        headers = dict(scope["headers"])
        return headers.get(b"x-amz-target", b"").decode() or f"{scope['method']} {scope['path']}"

    async def pull(self, scope, receive, send):
        if scope["method"] == "POST":
            order = json.loads((await receive())["body"])
            if scope["path"].endswith("/later"):
                self.later = datetime.timedelta(seconds=order["seconds"])
            else:
                self.order, self.calls, self.killed = order, [], 0
        body = json.dumps({"calls": self.calls, "killed": self.killed}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    def judge_links_later(self) -> None:
        from ministack.services import s3

        known, notation = s3.presigned_request_is_expired, "%Y%m%dT%H%M%SZ"

        def is_expired(signed_at, expires):
            shifted = datetime.datetime.strptime(signed_at, notation) - self.later
            return known(shifted.strftime(notation), expires)

        s3.presigned_request_is_expired = is_expired


async def _nowhere(message) -> None:
    """Where an answer goes that nobody gets."""


def kill(function: str) -> int:
    """Kills every busy process of `function`; how many there were."""
    from ministack.core import lambda_runtime

    with lambda_runtime._lock:
        workers = [worker for entries in lambda_runtime._workers.values() for worker in entries]
    busy = [worker._proc for worker in workers if worker.func_name == function and worker.in_use and worker._proc]
    for process in busy:
        os.kill(process.pid, signal.SIGKILL)
    return len(busy)
