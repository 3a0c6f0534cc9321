#!/usr/bin/env bash
# The trainer without chance: both programs fine-tune yolov5n.pt on BCCD from the same start (the reference's) with the same batches (ours), so that what
# is left between them is rounding. Prints the losses of each epoch and the last mAP of both. Needs the reference (./dev bench-reference).
#   tests/bench/replay.sh [SIZE [EPOCHS [SEED [KEY=VALUE…]]]]     (224, 20, 0; SEED: of the batches; KEY: a hyperparameter, for both)
# YOLODECK: the program (build/release/yolodeck); THREADS: of each (all); YD_PYTHON: with the reference in it (build/reference/bin/python).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
yolodeck=${YOLODECK:-$root/build/release/yolodeck}
python=${YD_PYTHON:-$root/build/reference/bin/python}
shared=$root/../shared
size=${1:-224} epochs=${2:-20} seed=${3:-0}
shift $(($# < 3 ? $# : 3))
if [ ! -x "$python" ] || [ ! -d "$shared/datasets/bccd" ]; then
    echo "replay: needs $python (./dev bench-reference) and $shared" >&2
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export YD_BENCH_WORK=$work/reference-work THREADS=${THREADS:-$(nproc)}
sets=()
for word in "$@"; do sets+=(--set "$word"); done
sed "s#^path: .*#path: $shared/datasets/bccd#" "$shared/datasets/bccd/data.yaml" >"$work/bccd.yaml"
"$root/build/release/tests/bench_batches" "$size" "$seed" "$epochs" "$work/batches"
"$python" "$root/tests/bench/reference/replay.py" start "$work/start.pt"
"$yolodeck" train --data "$work/bccd.yaml" --weights "$work/start.pt" --epochs "$epochs" --seed "$seed" --img-size "$size" --batch-size 16 --workers 1 \
    --threads "$THREADS" --amp off --no-tui --noplots --project "$work" --name ours --exist-ok ${sets[@]+"${sets[@]}"} >"$work/ours.log" 2>&1 ||
    { tail "$work/ours.log" >&2; exit 1; }
"$python" "$root/tests/bench/reference/replay.py" train "$work/batches" "$work/start.pt" "$size" "$epochs" "$work/theirs" "$@"
for run in ours theirs; do # the reference's own leaves pictures without detections where the machine is busy: its NMS has a time limit
    "$yolodeck" val --data "$work/bccd.yaml" --weights "$work/$run/weights/last.pt" --img-size "$size" --threads "$THREADS" --project "$work/val" --name "$run" \
        >>"$work/val.log" 2>&1 || { tail "$work/val.log" >&2; exit 1; }
done
python3 - "$work" <<'PY'
import csv, json, sys
def read(name):
    with open(f"{sys.argv[1]}/{name}/results.csv") as file:
        return [{key.strip(): float(value) for key, value in row.items()} for row in csv.DictReader(file)]
ours, theirs = read("ours"), read("theirs")
print("epoch        ours: box     obj      cls   theirs: box     obj      cls")
for a, b in zip(ours, theirs):
    print(f"{int(a['epoch']):5d}  " + "  ".join("  %9.5f %8.5f %8.5f" % tuple(row[f"train/{kind}_loss"] for kind in ("box", "obj", "cls")) for row in (a, b)))
for key in ("val/box_loss", "val/obj_loss", "val/cls_loss"):
    print(f"{key:13s} ours {ours[-1][key]:.5f}  theirs {theirs[-1][key]:.5f}")
found = [json.load(open(f"{sys.argv[1]}/val/{name}/metrics.json"))["metrics"] for name in ("ours", "theirs")]
for key in ("map50", "map50_95"):
    print(f"{key:13s} ours {found[0][key]:.5f}  theirs {found[1][key]:.5f}")
PY
