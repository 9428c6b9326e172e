"""Lists the stores that a recipe's text names, without running it: the source is on standard input, the object's name is the
first argument.

Only constants are found. When the object is assigned at the top level, its own expression and those of the names that it uses
are read; when that says nothing (a dictionary filled in a loop, say) and the whole file names one store only, it is that one.
Answers with a JSON list of {"path", "dataset_type"}.
"""

import ast
import json
import sys

REFERENCE_WRITERS = {"WriteReference", "WriteCombinedReference"}


def constant(call, keyword):
    values = [k.value for k in call.keywords if k.arg == keyword]
    if values and isinstance(values[0], ast.Constant) and isinstance(values[0].value, str):
        return values[0].value
    return None if values else ""


def store(call):
    name = constant(call, "store_name")
    if not name:
        return None
    writer = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if writer not in REFERENCE_WRITERS:
        return name, "zarr"
    file_name = constant(call, "output_file_name")
    return None if file_name is None else (f"{name}/{file_name or 'reference.json'}", "kerchunk")


def stores_in(nodes):
    calls = (node for top in nodes for node in ast.walk(top) if isinstance(node, ast.Call))
    return {found for found in map(store, calls) if found}


def assigned(tree, names):
    for statement in tree.body:
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        if {getattr(target, "id", None) for target in targets} & names and getattr(statement, "value", None):
            yield statement.value


try:
    tree = ast.parse(sys.stdin.read())
except (SyntaxError, ValueError, RecursionError):
    tree = ast.Module(body=[], type_ignores=[])
names, own = {sys.argv[1]}, []
while True:
    own = list(assigned(tree, names))
    used = {node.id for top in own for node in ast.walk(top) if isinstance(node, ast.Name)} - names
    if not used:
        break
    names |= used
found = stores_in(own)
if not found:
    everywhere = stores_in([tree])
    found = everywhere if len(everywhere) == 1 else set()
print(json.dumps([{"path": path, "dataset_type": kind} for path, kind in sorted(found)]))
