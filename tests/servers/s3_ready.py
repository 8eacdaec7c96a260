"""Succeeds once an S3 server takes signed requests and stores objects. Only the standard library: boto3 is 30 times the size."""

import argparse
import datetime
import hashlib
import hmac
import http.client
import urllib.parse

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("endpoint")
parser.add_argument("access_key")
parser.add_argument("secret_key")
options = parser.parse_args()
address = urllib.parse.urlsplit(options.endpoint).netloc


def signed(method, path, body=b""):
    """Sends a request signed with AWS Signature Version 4; returns the status."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": address, "x-amz-content-sha256": digest, "x-amz-date": now}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = hashlib.sha256(f"{method}\n{path}\n\n{lines}\n{names}\n{digest}".encode()).hexdigest()
    key = f"AWS4{options.secret_key}".encode()
    for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{canonical}"):
        key = hmac.digest(key, part.encode(), "sha256")
    credential = f"Credential={options.access_key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    connection = http.client.HTTPConnection(address, timeout=2)
    connection.request(method, path, body, headers | {"authorization": f"AWS4-HMAC-SHA256 {credential}"})
    return connection.getresponse().status


assert signed("GET", "/") == 200
assert signed("PUT", "/ready") in (200, 409), "409: there already"
# The volume server joins a moment after the gateway answers.
assert signed("PUT", "/ready/object", b"x") == 200
