"""List the three users of a pool of moto's cognito-idp, many times over, and print the milliseconds of one call.

Runs in the peers' environment.
"""

import json
import time

import boto3
from moto import mock_aws

CALLS = 300

with mock_aws():
    secrets = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
    client = boto3.client("cognito-idp", region_name="us-east-1", **secrets)
    pool = client.create_user_pool(PoolName="bench")["UserPool"]["Id"]
    for n in range(3):
        client.admin_create_user(UserPoolId=pool, Username=f"user{n}@school.example")
    found = 0
    for call in range(2 * CALLS):
        if call == CALLS:  # the first half is to get warm
            began = time.process_time()
        found += len(client.list_users(UserPoolId=pool)["Users"])
    assert found == 6 * CALLS, found
    print(json.dumps({"ms": (time.process_time() - began) / CALLS * 1000}))
