"""What AWS has and MiniStack 1.5.33 lacks, each as AWS documents it.

Nothing here lets anything pass that AWS would refuse: condition keys and permissions only let policies bite, and
failures are retried and buried as they are on AWS.
"""

import contextvars
import datetime
import json
import re
import sys
import xml.etree.ElementTree

# The condition keys of the request at hand, for the checks that MiniStack makes without them.
_lock_keys = contextvars.ContextVar("lock_keys", default={})

_PUT_HEADERS = {
    "s3:if-none-match": "if-none-match",
    "s3:if-match": "if-match",
    "s3:object-lock-mode": "x-amz-object-lock-mode",
    "s3:object-lock-legal-hold": "x-amz-object-lock-legal-hold",
    "s3:object-lock-retain-until-date": "x-amz-object-lock-retain-until-date",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-server-side-encryption-customer-algorithm": "x-amz-server-side-encryption-customer-algorithm",
}


def teach_s3_condition_keys() -> None:
    """s3:if-none-match, s3:object-lock-*, s3:ObjectCreationOperation, s3:versionid and the key of encryption."""
    from ministack.core import iam_actions
    from ministack.core.responses import get_region

    known, access_points = iam_actions.s3_service_context, iam_actions.s3_access_point_resources

    def context(action, query_params, path="", headers=None):
        keys, parameters = dict(known(action, query_params, path, headers)), query_params or {}
        version = parameters.get("versionId")
        if version:
            keys["s3:versionid"] = version[0] if isinstance(version, list) else version
        if action == "s3:PutObject":
            parts = {"uploadId", "uploads", "partNumber"} & set(parameters)
            keys["s3:objectcreationoperation"] = "false" if parts else "true"
            keys.update({key: headers[name] for key, name in _PUT_HEADERS.items() if (headers or {}).get(name)})
        if action == "s3:PutObjectRetention":
            keys.update(_retention_of_body())
        keys.update(_remaining_days(keys.get("s3:object-lock-retain-until-date")))
        _lock_keys.set({key: value for key, value in keys.items() if key.startswith("s3:object-lock")})
        return keys

    def resources(arn):
        # S3 asks the key in the caller's name, and says so.
        via = {"kms:ViaService": f"s3.{get_region()}.amazonaws.com"} if arn.startswith("arn:aws:kms:") else {}
        return [(found, {**_lock_keys.get(), **via, **keys}) for found, keys in access_points(arn)]

    iam_actions.s3_service_context, iam_actions.s3_access_point_resources = context, resources


def _retention_of_body() -> dict:
    from ministack.core import iam_evaluator

    request = iam_evaluator._signed_request.get()
    try:
        root = xml.etree.ElementTree.fromstring(request.body if request else b"")
    except xml.etree.ElementTree.ParseError:
        return {}
    texts = {element.tag.rsplit("}", 1)[-1]: (element.text or "").strip() for element in root.iter()}
    names = {"Mode": "s3:object-lock-mode", "RetainUntilDate": "s3:object-lock-retain-until-date"}
    return {key: texts[name] for name, key in names.items() if texts.get(name)}


def _remaining_days(until: str | None) -> dict:
    if not until:
        return {}
    now = datetime.datetime.now(datetime.timezone.utc)
    left = datetime.datetime.fromisoformat(until.replace("Z", "+00:00")) - now
    # A part of a day is a day.
    return {"s3:object-lock-remaining-retention-days": str(max(0, -(-left // datetime.timedelta(days=1))))}


def teach_s3_permissions() -> None:
    """A lock needs s3:PutObjectRetention, a hold s3:PutObjectLegalHold, SSE-KMS kms:GenerateDataKey and kms:Decrypt."""
    from ministack.core import iam_actions

    known = iam_actions.s3_additional_checks

    def checks(method, path, headers, body, query_params):
        found = list(known(method, path, headers, body, query_params))
        action = iam_actions._s3_action(method, path, query_params)
        if action == "PutObject":
            arn = "arn:aws:s3:::" + path.lstrip("/")
            found += [("s3:PutObjectRetention", arn)] if headers.get("x-amz-object-lock-mode") else []
            found += [("s3:PutObjectLegalHold", arn)] if headers.get("x-amz-object-lock-legal-hold") else []
            key = headers.get("x-amz-server-side-encryption-aws-kms-key-id")
            found += [("kms:GenerateDataKey", key)] if key else []
        if action in ("GetObject", "GetObjectVersion") and method == "GET":
            key = _key_of_object(path, query_params)
            found += [("kms:Decrypt", key)] if key else []
        return found

    iam_actions.s3_additional_checks = checks


def _key_of_object(path: str, query_params: dict) -> str | None:
    from ministack.services import s3

    bucket, _, key = path.lstrip("/").partition("/")
    version = (query_params.get("versionId") or [None])[0]
    record = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key)
    for candidate in s3._object_versions.get((bucket, key), []) if version else []:
        if candidate["version_id"] == version:
            record = candidate
    text = json.dumps(record, default=lambda value: None)
    found = re.search(r'"x-amz-server-side-encryption-aws-kms-key-id": "([^"]+)"', text)
    return found.group(1) if found else None


def teach_dynamodb_leading_keys() -> None:
    """dynamodb:LeadingKeys: the partition keys that a request names."""
    from ministack.core import iam_actions

    known = iam_actions.dynamodb_service_context

    def context(body):
        keys = dict(known(body))
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            return keys
        found = [value for request in _requests(data) for value in _leading_keys(request)]
        return {**keys, "dynamodb:LeadingKeys": found} if found else keys

    iam_actions.dynamodb_service_context = context


def _requests(data: dict) -> list[dict]:
    """A request, or each of those that stand in a transaction or a batch."""
    inner = [item for wrapped in data.get("TransactItems", []) for item in wrapped.values()]
    for table, items in (data.get("RequestItems") or {}).items():
        given = [{"Key": key} for key in items.get("Keys", [])] if isinstance(items, dict) else [
            item for wrapped in items for item in wrapped.values()]
        inner += [{"TableName": table, **item} for item in given]
    return [data, *inner]


def _leading_keys(request: dict) -> list[str]:
    from ministack.services import dynamodb

    table = dynamodb._tables.get(str(request.get("TableName")).rsplit("/", 1)[-1]) or {}
    key = next((part["AttributeName"] for part in table.get("KeySchema", []) if part["KeyType"] == "HASH"), None)
    values = [request[member][key] for member in ("Key", "Item") if key in (request.get(member) or {})]
    names, given = request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {}
    for name, value in re.findall(r"(#?\w+)\s*=\s*(:\w+)", request.get("KeyConditionExpression") or ""):
        values += [given[value]] if names.get(name, name) == key and value in given else []
    return [str(next(iter(value.values()))) for value in values]


def name_rules_as_aws_does() -> None:
    """The ARN of a rule of the default bus does not name the bus, and targets are those of a rule."""
    from ministack.core import iam_actions

    known = iam_actions.extract_resource_arn

    def resource(service, method, path, headers, body, *rest):
        arn = known(service, method, path, headers, body, *rest)
        if service != "events":
            return arn
        rule, (region, account) = iam_actions._safe_json_field(body, "Rule"), rest[-2:]
        return f"arn:aws:events:{region}:{account}:rule/{rule}" if rule else arn.replace(":rule/default/", ":rule/")

    iam_actions.extract_resource_arn = resource


def hold_everybody_to_key_policies() -> None:
    """aws:PrincipalArn of a session is its role; what a key policy denies, it denies to the account's root too."""
    from ministack.core import iam_evaluator
    from ministack.core.responses import get_account_id

    resolve, known = iam_evaluator._resolve_condition_key, iam_evaluator.enforce

    def condition_key(key, context):
        value = resolve(key, context)
        session = re.fullmatch(r"arn:aws:sts::(\d+):assumed-role/([^/]+)/.*", str(value))
        is_session = key.lower() == "aws:principalarn" and session
        return f"arn:aws:iam::{session[1]}:role/{session[2]}" if is_session else value

    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        result = known(access_key_id, iam_action, service, region, resource_arn, service_context)
        found = iam_evaluator._resource_policy(service, resource_arn) if service == "kms" else None
        if result is not None or found is None:
            return result
        account = get_account_id()
        root = iam_evaluator.EvalContext(
            principal_arn=f"arn:aws:iam::{account}:root", principal_type="Root", principal_account=account,
            action=iam_action, resource_arn=resource_arn, region=region, service_context=service_context or {})
        denied = iam_evaluator.is_root_access_key(access_key_id) and (
            iam_evaluator.evaluate_resource_policy(found[0], root).decision == "Deny")
        return iam_evaluator.EvalResult("Deny", principal_arn=root.principal_arn) if denied else None

    iam_evaluator._resolve_condition_key, iam_evaluator.enforce = condition_key, enforce


def retry_as_aws_does() -> None:
    """EventBridge invokes asynchronously, with the function's retries and dead letters; a retry keeps its request id."""
    from ministack.services import eventbridge, lambda_svc

    request_id = contextvars.ContextVar("request_id", default=None)
    invoke, fresh = lambda_svc.invoke_async_with_retry, lambda_svc.new_uuid

    def invoke_async(function, event):
        token = request_id.set(fresh())
        try:
            invoke(function, event)
        finally:
            request_id.reset(token)

    def identity():
        executing = sys._getframe(1).f_code.co_name == "_execute_function"
        return (request_id.get() if executing else None) or fresh()

    def dispatch(arn, payload):
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if function and config:
            record = lambda_svc._execution_record_for_config(function, config)
            lambda_svc.invoke_async_with_retry(record, json.loads(payload))

    lambda_svc.invoke_async_with_retry, lambda_svc.new_uuid = invoke_async, identity
    eventbridge._dispatch_to_lambda = dispatch


def keep_alarms_over_several_metrics() -> None:
    """CloudFormation makes alarms over an expression of metrics; here they are kept and never ring."""
    from ministack.services.cloudformation import provisioners

    known = provisioners._cw_metric_alarm_record

    def record(name, properties):
        if properties.get("Metrics"):
            rest = {key: value for key, value in properties.items() if key != "Metrics"}
            properties = {**rest, "Namespace": "Expressions", "MetricName": name}
        return known(name, properties)

    provisioners._cw_metric_alarm_record = record


def teach() -> None:
    """Everything above."""
    teach_s3_condition_keys()
    teach_s3_permissions()
    teach_dynamodb_leading_keys()
    name_rules_as_aws_does()
    hold_everybody_to_key_policies()
    retry_as_aws_does()
    keep_alarms_over_several_metrics()
