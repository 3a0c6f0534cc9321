#!/usr/bin/env bash
# What a console costs the run, within one run: batches a second while the console goes on and while it is stopped by
# a signal, in short turns that begin with either, as the median of the turns' ratios and the error of that; the same
# of turns in which nothing differs, which is the machine's noise; and the console's CPU time beside the engine's.
#   tests/bench/console_cost.sh [TURNS [SECONDS]]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
yolodeck=${YOLODECK:-$root/build/release/yolodeck}
turns=${1:-24} seconds=${2:-2.5}
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
cpu() { # cpu PID: milliseconds that the process has used, all its threads
    cat /proc/"$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.3f\n", sum / 1e6 }'
}
tmux -L $socket -f /dev/null new-session -d -x 120 -y 40 "exec $yolodeck attach $work/run/r"
sleep 5
console=$(tmux -L $socket list-panes -F '#{pane_pid}')
engine=$("$yolodeck" ctl "$work/run/r" status --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
with() {
    local a b
    kill -CONT "$console"
    sleep 0.5
    a=$(cpu "$console") b=$(cpu "$engine")
    rate >>"$work/with"
    echo "$a $(cpu "$console") $b $(cpu "$engine")" >>"$work/cpu"
}
without() { # without FILE
    kill -STOP "$console"
    sleep 0.5
    rate >>"$work/$1"
}
for ((i = 0; i < turns; i++)); do
    if ((i % 2)); then with; without without; without again; else without again; without without; with; fi
done
kill -CONT "$console"
tmux -L $socket kill-server
python3 - "$work/without" "$work/with" "$work/again" "$work/cpu" <<'PY'
import statistics, sys
without, along, again = ([float(x) for x in open(p)] for p in sys.argv[1:4])

def compare(these, those):
    """The median of the ratios, and its standard error where they are normal."""
    ratios = [a / b for a, b in zip(these, those)]
    return statistics.median(ratios), 1.2533 * statistics.stdev(ratios) / len(ratios) ** 0.5

ratio, error = compare(along, without)
noise, noise_error = compare(again, without)
shares = [(float(b) - float(a)) / (float(d) - float(c)) * 100 for a, b, c, d in (line.split() for line in open(sys.argv[4]))]
print(f"console_cost: {statistics.median(without):.3f} batches/s with the console stopped, {statistics.median(along):.3f} while it goes on; "
      f"ratio {ratio:.4f} ± {error:.4f}, of two turns without it {noise:.4f} ± {noise_error:.4f}; its CPU time {statistics.median(shares):.3f} % of the engine's")
print(f"result console_cost {ratio:.4f}")
print(f"result console_cost_noise {noise:.4f}")
print(f"result console_cpu {statistics.median(shares):.4f} %")
PY
