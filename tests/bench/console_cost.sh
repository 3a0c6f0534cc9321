#!/usr/bin/env bash
# What the console costs the run: images a second with a console attached and without, in turns within one run, as medians and their ratio.
#   tests/bench/console_cost.sh [TURNS [SECONDS]]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
yolodeck=${YOLODECK:-$root/build/release/yolodeck}
turns=${1:-6} seconds=${2:-10}
work=$(mktemp -d)
export XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state HOME=$work
socket=cost$$
trap 'set +e; tmux -L $socket kill-server 2>/dev/null; "$yolodeck" ctl "$work/run/r" stop now >/dev/null 2>&1; rm -rf "$work"' EXIT
"$yolodeck" demo "$work/set" --write-only 2>/dev/null
"$yolodeck" train --weights '' --cfg yolov5n.yaml --data "$work/set/data.yaml" --hyp hyp.scratch-low.yaml --img 128 --batch 8 --epochs 100000 --patience 0 \
    --noval --project "$work/run" --name r --detach >/dev/null
"$yolodeck" ctl "$work/run/r" status >/dev/null
step() { "$yolodeck" ctl "$work/run/r" status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["step"])'; }
rate() { # batches a second over the given time
    local a b t0 t1
    a=$(step); t0=$(date +%s.%N); sleep "$seconds"; b=$(step); t1=$(date +%s.%N)
    awk "BEGIN { print ($b - $a) / ($t1 - $t0) }"
}
sleep 5
for ((i = 0; i < turns; i++)); do
    rate >>"$work/without"
    tmux -L $socket -f /dev/null new-session -d -x 120 -y 40 "$yolodeck attach $work/run/r"
    sleep 1
    rate >>"$work/with"
    tmux -L $socket kill-server; sleep 1
done
python3 - "$work/without" "$work/with" <<'PY'
import statistics, sys
a, b = ([float(x) for x in open(p)] for p in sys.argv[1:])
ratio = statistics.median(y / x for x, y in zip(a, b))
print(f"console_cost: {statistics.median(a):.3f} batches/s without, {statistics.median(b):.3f} with a console; median ratio {ratio:.4f}")
print(f"result console_cost {ratio:.4f}")
PY
