#!/usr/bin/python3
"""A Lambda function that calls AWS as its role and tells what came of it: what may this role do?

Its event is {"service", "method", "arguments", "plain"}; `plain` asks over HTTP without TLS. It answers
{"refused": <error code or null>}.
"""

import json
import os
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

RUNTIME = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"


def ask(event: dict) -> dict:
    endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}" if event.get("plain") else None
    once = botocore.config.Config(retries={"total_max_attempts": 1})
    client = boto3.client(event["service"], endpoint_url=endpoint, config=once)
    try:
        getattr(client, event["method"])(**event["arguments"])
    except botocore.exceptions.ClientError as error:
        return {"refused": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}
    return {"refused": None}


while True:
    with urllib.request.urlopen(RUNTIME + "next") as answer:
        request, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(answer.read())
    try:
        path, result = "/response", ask(event)
    except Exception as error:
        path, result = "/error", {"errorType": type(error).__name__, "errorMessage": str(error)}
    body = json.dumps(result).encode()
    urllib.request.urlopen(urllib.request.Request(RUNTIME + request + path, body, method="POST")).read()
