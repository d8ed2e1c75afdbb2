"""After deploying: what an operator does by hand, and what the tests need to know.

Usage: prepare.py <folder>. Calls the emulated AWS as the account itself. Writes <folder>/environment.json.
"""

import datetime
import json
import os
import pathlib
import secrets
import sys

import boto3

ROLES = ["admin", "engineer", "approver", "auditor"]
TENANTS = ["acme", "globex", "initech"]


def outputs() -> dict:
    """What both stacks say of themselves."""
    cloudformation, found = boto3.client("cloudformation"), {}
    for stack in ["exhibit-e2e-custody", "exhibit-e2e-app"]:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        found.update({output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]})
    return found


def lock(bucket: str) -> None:
    """MiniStack ignores ObjectLockEnabled of a template: what AWS does when it makes the bucket."""
    configuration = {"ObjectLockEnabled": "Enabled"}
    boto3.client("s3").put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)


def people(pool: str, client: str) -> dict:
    """One person for each role of each tenant, and one without a role, with the tokens that they sign in for."""
    cognito, tokens = boto3.client("cognito-idp"), {}
    for tenant in TENANTS:
        for role in [*ROLES, "nobody"]:
            name, password = f"{role}@{tenant}.example", f"Aa1-{secrets.token_hex(12)}"
            attributes = [{"Name": "custom:tenant", "Value": tenant}, {"Name": "email", "Value": name}]
            cognito.admin_create_user(
                UserPoolId=pool, Username=name, UserAttributes=attributes, MessageAction="SUPPRESS",
                TemporaryPassword=password)
            cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
            if role in ROLES:
                cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=role)
            answer = cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH",
                                           AuthParameters={"USERNAME": name, "PASSWORD": password})
            tokens.setdefault(tenant, {})[role] = answer["AuthenticationResult"]["IdToken"]
    return tokens


def deliver(bucket: str) -> None:
    """What the sources of each tenant deliver: the days of July 2026, and those around today."""
    s3, today = boto3.client("s3"), datetime.datetime.now(datetime.timezone.utc).date()
    july = [datetime.date(2026, 7, day) for day in range(1, 32)]
    around = [today + datetime.timedelta(days=days) for days in (-2, -1, 0)]
    for tenant in TENANTS:
        for day in july:
            second = "true" if day.day > 1 else "false"
            text = f"user,second_factor\nana,true\nben,{second}\ncho,true\n"
            left = [{"user": "ana"}, {"user": "ben"}, {"user": "cho", "left_on": "2026-06-30"}]
            s3.put_object(Bucket=bucket, Key=f"{tenant}/accounts-{day}.csv", Body=text)
            s3.put_object(Bucket=bucket, Key=f"{tenant}/people-{day}.json", Body=json.dumps({"people": left}))
            # Not what the query declares: this source cannot be understood.
            s3.put_object(Bucket=bucket, Key=f"{tenant}/broken-{day}.csv", Body="nonsense\n1\n")
        for day in around:
            s3.put_object(Bucket=bucket, Key=f"{tenant}/doors-{day}.csv", Body="door,locked\nfront,true\n")


def begin(schedule: str) -> None:
    """Commits the slots of the catalog and makes its rules, as after each deployment."""
    answer = boto3.client("lambda").invoke(FunctionName=schedule, Payload=b"{}")
    if "FunctionError" in answer:
        raise SystemExit(f"{schedule}: {answer['Payload'].read().decode()}")


def main(folder: pathlib.Path) -> None:
    found = outputs()
    lock(found["EvidenceBucket"])
    deliver(found["SourcesBucketName"])
    begin(found["ScheduleFunctionName"])
    api = boto3.client("apigatewayv2").get_apis()["Items"][0]["ApiId"]
    environment = {
        "endpoint": os.environ["AWS_ENDPOINT_URL"],
        "api": f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{api}",
        "authority": os.environ["SSL_CERT_FILE"],
        "bucket": found["EvidenceBucket"],
        "table": found["Table"],
        "sources_bucket": found["SourcesBucketName"],
        "signing_key": found["SigningKeyArn"],
        "state_machine": found["ReportStateMachineArn"],
        "dead_letters": found["DeadLettersUrl"].rsplit("/", 1)[-1],
        "functions": "exhibit-e2e-",
        "tokens": people(found["UserPoolId"], found["UserPoolClientId"]),
    }
    (folder / "environment.json").write_text(json.dumps(environment, indent=2) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
