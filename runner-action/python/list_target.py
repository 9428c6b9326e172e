"""Lists the datasets below a storage target, given as {"fsspec_class", "fsspec_args", "root_path"} in JSON on standard input.

Answers with a JSON list of {"path", "dataset_type", "mark"}. A path is relative to the root, "." for the root itself; a mark
changes when the dataset is written again. Folders inside a dataset are not entered. Of a very large target only the part
nearest to the root is read.
"""

import importlib
import json
import sys

DEPTH_MAX = 6
ENTRIES_MAX = 20_000
HEAD_BYTES = 64 * 1024
ZARR_MARKERS = (".zmetadata", ".zgroup", "zarr.json", ".zarray")
PARQUET_ENDINGS = (".parquet", ".parq")
MARKING_KEYS = ("size", "mtime", "ino", "ETag", "etag", "LastModified", "updated", "generation", "created")

target = json.load(sys.stdin)
module, _, name = target["fsspec_class"].rpartition(".")
filesystem = getattr(importlib.import_module(module), name)(**target.get("fsspec_args", {}))
root = filesystem._strip_protocol(target["root_path"]).rstrip("/")


def mark(entries):
    return json.dumps([{key: str(entry[key]) for key in MARKING_KEYS if key in entry} for entry in entries])


def relative(path):
    return path[len(root) :].strip("/") or "."


def children(folder):
    try:
        listing = filesystem.ls(folder, detail=True)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    named = {entry["name"].rstrip("/").rsplit("/", 1)[-1]: entry for entry in listing}
    return {name: entry for name, entry in sorted(named.items()) if entry["name"].strip("/") != folder.strip("/")}


def holds_references(path):
    head = filesystem.cat_file(path, start=0, end=HEAD_BYTES)
    return b'"refs"' in head or b'"version"' in head and b'"templates"' in head


found = []
seen = 0
queue = [(root, 0)]
while queue and seen < ENTRIES_MAX:
    folder, depth = queue.pop(0)
    entries = children(folder)
    seen += len(entries)
    markers = [entries[marker] for marker in ZARR_MARKERS if marker in entries]
    tables = [entry for name, entry in entries.items() if name.endswith(PARQUET_ENDINGS) and entry["type"] == "file"]
    if markers:
        lazy = folder.endswith(PARQUET_ENDINGS) and ".zmetadata" in entries
        found.append((relative(folder), "kerchunk" if lazy else "zarr", mark(markers)))
        continue
    if tables and folder != root:
        found.append((relative(folder), "parquet", mark(tables)))
        continue
    for name, entry in entries.items():
        path = entry["name"].rstrip("/")
        if entry["type"] == "directory":
            if depth < DEPTH_MAX:
                queue.append((path, depth + 1))
        elif name.endswith(".json") and holds_references(path):
            found.append((relative(path), "kerchunk", mark([entry])))
        elif name.endswith(PARQUET_ENDINGS):
            found.append((relative(path), "parquet", mark([entry])))
print(json.dumps([{"path": path, "dataset_type": kind, "mark": mark} for path, kind, mark in found]))
