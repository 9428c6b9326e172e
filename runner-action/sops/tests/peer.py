"""Another reader and writer of SOPS files, on other libraries: what the tests of this crate are measured against.

    peer.py encrypt RECIPIENT...   plain YAML on standard input, a SOPS file on standard output
    peer.py decrypt KEY_FILE       a SOPS file on standard input, JSON on standard output; fails where the MAC does not fit

The format: https://getsops.io/docs/#encryption-protocol
"""

import base64
import hashlib
import json
import os
import re
import sys

import pyrage
import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NAMES = {bool: "bool", int: "int", float: "float", str: "str"}
VALUE = re.compile(r"^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]$")


def as_text(value):
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def seal(value, key, aad, kind=None):
    nonce = os.urandom(32)
    sealed = AESGCM(key).encrypt(nonce, as_text(value).encode(), aad.encode())
    data, iv, tag = (base64.b64encode(part).decode() for part in (sealed[:-16], nonce, sealed[-16:]))
    return f"ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind or NAMES[type(value)]}]"


def unseal(text, key, aad):
    data, iv, tag, kind = VALUE.match(text).groups()
    sealed = base64.b64decode(data) + base64.b64decode(tag)
    plain = AESGCM(key).decrypt(base64.b64decode(iv), sealed, aad.encode()).decode()
    return {"str": str, "int": int, "float": float, "bool": lambda word: word == "True"}[kind](plain)


def each(value, path, visit):
    if isinstance(value, dict):
        return {name: each(inner, f"{path}{name}:", visit) for name, inner in value.items()}
    if isinstance(value, list):
        return [each(inner, path, visit) for inner in value]
    return visit(value, path)


def encrypt(recipients):
    plain = yaml.safe_load(sys.stdin)
    key, digest, when = os.urandom(32), hashlib.sha512(), "2026-01-02T03:04:05Z"

    def visit(value, path):
        digest.update(as_text(value).encode())
        return seal(value, key, path)

    sealed = each(plain, "", visit)
    ages = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    sops = {
        "kms": [],
        "gcp_kms": [],
        "azure_kv": [],
        "hc_vault": [],
        "age": [
            {"recipient": str(age), "enc": pyrage.encrypt(key, [age], armored=True).decode()} for age in ages
        ],
        "lastmodified": when,
        "mac": seal(digest.hexdigest().upper(), key, when),
        "pgp": [],
        "unencrypted_suffix": "_unencrypted",
        "version": "3.9.4",
    }
    yaml.add_representer(str, block, Dumper=yaml.SafeDumper)
    text = yaml.safe_dump(sealed, sort_keys=False, width=2**20, indent=4)
    comment = seal("a note", key, "", "comment")
    print(f"#{comment}\n" + text + yaml.safe_dump({"sops": sops}, sort_keys=False, width=2**20, indent=4), end="")


def block(dumper, text):
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def decrypt(key_file):
    tree = yaml.safe_load(sys.stdin)
    sops = tree.pop("sops")
    with open(key_file) as lines:
        identity = pyrage.x25519.Identity.from_str([line.strip() for line in lines if line.startswith("AGE-")][0])
    own = [age for age in sops["age"] if age["recipient"] == str(identity.to_public())]
    key, digest = pyrage.decrypt(own[0]["enc"].encode(), [identity]), hashlib.sha512()

    def visit(value, path):
        plain = unseal(value, key, path)
        digest.update(as_text(plain).encode())
        return plain

    plain = each(tree, "", visit)
    if unseal(sops["mac"], key, sops["lastmodified"]) != digest.hexdigest().upper():
        sys.exit("the MAC does not fit")
    json.dump(plain, sys.stdout)


if sys.argv[1] == "encrypt":
    encrypt(sys.argv[2:])
else:
    decrypt(sys.argv[2])
