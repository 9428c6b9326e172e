"""A KMS of AWS on this machine, with a key that has wrapped a data key, and botocore's signature to compare ours with.

Prints one line of JSON, and ends when its standard input does.
"""

import base64
import json
import sys

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
kms = boto3.client(
    "kms", endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret"
)
arn = kms.create_key()["KeyMetadata"]["Arn"]
context = {"deployment": "staging"}
wrapped = kms.encrypt(KeyId=arn, Plaintext=bytes(range(32)), EncryptionContext=context)["CiphertextBlob"]
print(
    json.dumps(
        {"endpoint": endpoint, "arn": arn, "context": context, "ciphertext": base64.b64encode(wrapped).decode()}
    ),
    flush=True,
)
for line in sys.stdin:
    told = json.loads(line)
    headers = {name: text for name, text in told["headers"].items() if name == "content-type" or "x-amz" in name}
    request = AWSRequest("POST", f"http://{told['headers']['host']}/", data=told["body"], headers=headers)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials("id", "secret"), "kms", "eu-west-1")
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    print(json.dumps({"signature": signature}), flush=True)
