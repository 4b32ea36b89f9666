#!/usr/bin/env python3
"""Prints one observation: how full the file systems named as arguments are, with a word on the health of each."""

import json
import os
import socket
import sys


def state(used, size):
    """A file system over 95 % is critical, over 85 % a warning."""
    share = used / size if size else 0
    return "critical" if share > 0.95 else "warning" if share > 0.85 else "ok"


observation = {"ref": socket.gethostname(), "name": socket.gethostname(), "claims": [], "readings": []}
for path in sys.argv[1:] or ["/"]:
    fs = os.statvfs(path)  # a path that is not there ends the script: a failed poll, not a healthy volume
    size = fs.f_blocks * fs.f_frsize
    used = size - fs.f_bavail * fs.f_frsize
    component = "volume:" + path
    observation["claims"].append({"facet": "health", "component": component, "state": state(used, size), "raw": f"{used} of {size} bytes"})
    observation["readings"] += [
        {"component": component, "quantity": "used", "value": used, "unit": "By"},
        {"component": component, "quantity": "size", "value": size, "unit": "By"},
    ]
print(json.dumps(observation))
