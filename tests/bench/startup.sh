#!/usr/bin/env bash
# How long a training takes from its start as a process to its first step, until that begins to compute (its batch is
# there) and until it is done: yolov5n on BCCD at 320, batch 16, with the label caches there already, pictures read from
# their files.
#
#     tests/bench/startup.sh [ROUNDS]     the median of 7, or of as many as are asked for
#
# Times are those that the program gives its events (train --json), less the moment before it was started. Each
# round is a run of its own, killed after its first step, that follows at once on another which is not counted: a
# virtual machine that has lent its free memory out takes longer to get it back than all the rest.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${YOLODECK:-build/release/yolodeck} rounds=${1:-7}
data=../shared/datasets/bccd/data.yaml weights=../shared/weights/yolov5n.pt
for file in "$data" "$weights"; do
    [ -e "$file" ] || { echo "skipped: $file is not there"; exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

round() { # round NUMBER: the seconds to the first step, and a line for every moment on the way
    : >"$folder/$1.json"
    local start=$EPOCHREALTIME
    "$program" train --data "$data" --weights "$weights" --img 320 --batch 16 --no-tui --json --epochs 1 \
        --project "$folder" --name "$1" >"$folder/$1.json" 2>&1 &
    local pid=$!
    until grep -q '"event": "step"' "$folder/$1.json" || ! kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    awk -v start="$start" '{
        split($0, halves, "\"time\": ")
        if (split(halves[2], rest, ", ") < 2) next
        text = substr(halves[2], length(rest[1]) + 3)
        printf "%.3f %s %s\n", rest[1] - start, substr(halves[1], 2), substr(text, 1, 100)
        if (!/"event": "step"/) next
        match($0, /"images_per_second": [0-9.]+/); seconds = 16 / substr($0, RSTART + 21, RLENGTH - 21)
        match($0, /"shares": .[0-9.e-]+/); data = substr($0, RSTART + 11, RLENGTH - 11)
        printf "%.3f first step begins, and ends at\n%.3f\n", rest[1] - start - seconds * (1 - data), rest[1] - start
        exit
    }' "$folder/$1.json"
}

for ((i = 1; i <= rounds; i++)); do
    round "before$i" >/dev/null # fills the caches, too
    round "$i" >"$folder/$i.txt"
    grep -q '"step"' "$folder/$i.txt" || { cat "$folder/$i.json"; exit 1; }
    tail -n 2 "$folder/$i.txt" | cut -d' ' -f1 | paste -d' ' - - >>"$folder/times"
done
echo "the last of $rounds rounds:"
cat "$folder/$rounds.txt"
column() { cut -d' ' -f"$1" "$folder/times"; }
median() { column "$1" | sort -n | sed -n "$(((rounds + 1) / 2))p"; }
echo "begins: $(column 1 | tr '\n' ' ')"
echo "done:   $(column 2 | tr '\n' ' ')"
echo "result startup_step_begins $(median 1) s"
echo "result startup_first_step $(median 2) s"
