"""Kills a function in the middle of what it does, at a chosen call to AWS.

The functions are the product's own, unchanged: it is the emulated AWS that ends their process, either before it carried
the call out, or after it did and before the answer is sent. `POST /_e2e/interrupt` with {"function", "call", "after"}
arms it for one kill and forgets the calls seen, `GET /_e2e/interrupt` tells what happened since.
"""

import json
import os
import re
import signal

_KEY = re.compile(rb"Credential=([A-Z0-9]+)/")


class Interrupt:
    """Wraps the ASGI application."""

    def __init__(self, app):
        self.app, self.order, self.calls, self.killed = app, None, [], 0

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["path"] == "/_e2e/interrupt":
            return await self.control(scope, receive, send)
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

    async def control(self, scope, receive, send):
        if scope["method"] == "POST":
            self.order, self.calls, self.killed = json.loads((await receive())["body"]) or None, [], 0
        body = json.dumps({"calls": self.calls, "killed": self.killed}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})


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
