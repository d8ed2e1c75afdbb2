"""What a test may do to the emulated AWS: end a function in the middle of what it does, and let time pass for links.

The functions are the product's own, unchanged: it is the emulated AWS that ends their process at a chosen call, either
before it carried the call out, or after it did and before the answer is sent.

POST /_e2e/interrupt {"function", "call", "after"}  arms it for one kill and forgets the calls seen; {} disarms it,
                                                    call 0 means each call
GET  /_e2e/interrupt                                the calls that the function made since, and how many processes were killed
POST /_e2e/later {"seconds"}                        pre-signed links are judged as if it were so much later
POST /_e2e/call {"as", "service", "method", "arguments", "plain"}
    calls AWS with boto3 over TLS (`plain`: without), as the role of a function or as the account (null);
    {"refused": <error code or null>, "answer"}, in which bytes are written as base64
"""

import asyncio
import base64
import datetime
import json
import os
import re
import signal

import boto3
import botocore.config
import botocore.exceptions

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
        if self.order["call"] not in (0, len(self.calls)):
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
        order, lever = await _body(receive) if scope["method"] == "POST" else None, scope["path"].rsplit("/", 1)[-1]
        answer = {"calls": self.calls, "killed": self.killed}
        if order is not None and lever == "later":
            self.later = datetime.timedelta(seconds=order["seconds"])
        elif order is not None and lever == "interrupt":
            self.order, self.calls, self.killed = order, [], 0
        elif order is not None:
            answer = await asyncio.to_thread(call, order)
        body = json.dumps(answer, default=_text).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    def judge_links_later(self) -> None:
        from ministack.services import s3

        known, notation = s3.presigned_request_is_expired, "%Y%m%dT%H%M%SZ"

        def is_expired(signed_at, expires):
            shifted = datetime.datetime.strptime(signed_at, notation) - self.later
            return known(shifted.strftime(notation), expires)

        s3.presigned_request_is_expired = is_expired


def _text(value) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


async def _body(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return json.loads(body)


def call(order: dict) -> dict:
    """Calls AWS as somebody, and tells what came of it."""
    port = os.environ["GATEWAY_PORT"] if order.get("plain") else os.environ["SECURE_PORT"]
    endpoint = f"http{'' if order.get('plain') else 's'}://127.0.0.1:{port}"
    once = botocore.config.Config(retries={"total_max_attempts": 1})
    client = boto3.client(order["service"], endpoint_url=endpoint, config=once, **credentials(order.get("as")))
    try:
        answer = getattr(client, order["method"])(**order["arguments"])
    except botocore.exceptions.ClientError as error:
        return {"refused": error.response["Error"]["Code"], "answer": error.response["Error"]["Message"]}
    answer.pop("ResponseMetadata", None)
    for name, value in answer.items():
        answer[name] = value.read().decode() if hasattr(value, "read") else value
    return {"refused": None, "answer": answer}


def credentials(function: str | None) -> dict:
    """Those that MiniStack gives to a function's process, or the account's own, to which nothing is forbidden."""
    if function is None:
        return {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    names = {"AWS_ACCESS_KEY_ID": "aws_access_key_id", "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
             "AWS_SESSION_TOKEN": "aws_session_token"}
    given = lambda_runtime.execution_credentials(lambda_svc._functions[function]["config"])
    return {names[name]: value for name, value in given.items()}


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
