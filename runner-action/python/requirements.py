"""Says whether the packages installed here satisfy every line of a requirements.txt, given on standard input.

Answers with a JSON string: "empty" when the text asks for nothing, "satisfied" when all that it asks for is installed here in
a version that fits, "install" when pip has to be asked. Whatever is not a plain requirement, and every extra, is for pip.
"""

import json
import sys
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import InvalidRequirement, Requirement


def without_comment(line):
    text = line.strip()
    return "" if text.startswith("#") else text.split(" #", 1)[0].strip()


def is_satisfied(text):
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        return False
    if wanted.url or wanted.extras:
        return False
    if wanted.marker and not wanted.marker.evaluate():
        return True
    try:
        return wanted.specifier.contains(version(wanted.name), prereleases=True)
    except PackageNotFoundError:
        return False


lines = [line for line in map(without_comment, sys.stdin.read().splitlines()) if line]
if not lines:
    answer = "empty"
elif all(map(is_satisfied, lines)):
    answer = "satisfied"
else:
    answer = "install"
print(json.dumps(answer))
