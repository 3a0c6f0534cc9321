#!/usr/bin/env bash
# Includes point downward only: each module sees what core/CMakeLists.txt gives it, the console what tui/CMakeLists.txt does,
# and nothing sees cuda/. Planted faults show first that the check can fail.
set -euo pipefail
python3 - "${YD_SOURCE_DIR:-$(dirname "$0")/../..}" <<'PY'
import os, re, sys

root = sys.argv[1]
direct, folder_of = {}, {}
for line in open(os.path.join(root, "core/CMakeLists.txt")):
    m = re.match(r"yd_module\((\w+) (\S+?)\)?(?: DEPENDS ([^)]*?))?(?: LIBS [^)]*)?\)?$", line.strip())
    if m:
        name, folder, depends = m.groups()
        folder_of[folder.rstrip(")")] = name
        direct[name] = (depends or "").split()
assert "train" in direct and "base" in direct, "core/CMakeLists.txt could not be read"

def closure(name):
    seen, todo = {name}, [name]
    while todo:
        for d in direct[todo.pop()]:
            assert d in direct, f"{name} depends on {d}, which is declared nowhere"
            if d not in seen:
                seen.add(d)
                todo.append(d)
    return seen

def module_of(path):  # longest declared folder that holds the path
    folder = os.path.dirname(path)
    while folder:
        if folder in folder_of:
            return folder_of[folder]
        folder = os.path.dirname(folder)

console = {"base", "event", "config", "image", "series", "runs"}

def faults(path, text):
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not m:
            continue
        target = m.group(1)
        top = target.split("/")[0]
        if top == "cuda" and not path.startswith("cuda/"):
            found.append(f"{path}:{number}: nothing includes cuda/")
        elif path.startswith("core/"):
            seen = module_of("core/" + target)
            if seen is None:
                found.append(f'{path}:{number}: "{target}" is in no module of core')
            elif seen not in closure(module_of(path)):
                found.append(f"{path}:{number}: {module_of(path)} must not see {seen}")
        elif path.startswith("tui/") and path != "tui/main.c" and top != "tui":
            if module_of("core/" + target) not in console:
                found.append(f'{path}:{number}: the console must not see "{target}"')
    return found

assert faults("core/event/x.c", '#include "train/loss.h"\n') and faults("tui/x.c", '#include "model/plan.h"\n') \
    and faults("core/base/x.c", '#include "cuda/x.h"\n') and not faults("core/train/x.c", '#include "base/error.h"\n')
bad, files = [], 0
for top in ("core", "tui", "cuda", "tests"):
    for folder, _, names in os.walk(os.path.join(root, top)):
        for name in names:
            if name.endswith((".c", ".h", ".def", ".cu", ".inc")):
                full = os.path.join(folder, name)
                files += 1
                bad += faults(os.path.relpath(full, root), open(full, encoding="utf-8").read())
print("\n".join(bad))
print(f"{files} files, {len(bad)} arrows that point the wrong way")
sys.exit(1 if bad or files < 20 else 0)
PY
