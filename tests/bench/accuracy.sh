#!/usr/bin/env bash
# mAP on BCCD beside the reference's (../shared/reference/measured.md): fine-tuning yolov5n.pt for 20 epochs with seeds 0, 1 and 2, and 60
# epochs from random weights, nothing else changed. Prints the table and whether it holds.
# AMP=off (or bf16) sets --amp.
#   tests/bench/accuracy.sh [full|short|tune|scratch]   full: all of it, some 15 minutes; short: 4 epochs, to see that it learns
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
shared=$root/../shared
yolodeck=${YOLODECK:-$root/build/release/yolodeck}
mode=${1:-full}
out=${2:-$root/build/accuracy}
[ -x "$yolodeck" ] || { echo "accuracy: no $yolodeck: run ./dev build first" >&2; exit 2; }
if [ ! -d "$shared/datasets/bccd" ] || [ ! -f "$shared/weights/yolov5n.pt" ]; then
    echo "accuracy: needs $shared/datasets/bccd and weights/yolov5n.pt" >&2
    exit 77
fi
mkdir -p "$out"
data=$out/bccd.yaml
sed "s#^path: .*#path: $shared/datasets/bccd#" "$shared/datasets/bccd/data.yaml" > "$data"

run() { # run NAME [OPTION…]
    local name=$1; shift
    "$yolodeck" train --preset v7 --data "$data" --img-size 320 --batch-size 16 --no-tui --project "$out" --name "$name" --exist-ok --amp "${AMP:-auto}" "$@" > "$out/$name.log" 2>&1
}
best() { # best NAME: mAP@.5 and mAP@.5:.95 of the epoch with the best fitness
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) { gsub(/ /, "", $i); if ($i == "metrics/mAP_0.5") a = i; if ($i == "metrics/mAP_0.5:0.95") b = i } }
             NR > 1 && .1 * $a + .9 * $b >= f { f = .1 * $a + .9 * $b; x = $a; y = $b } END { printf "%.3f %.3f\n", x, y }' "$out/$1/results.csv"
}
tune() { for seed in 0 1 2; do run "tune$seed" --weights "$shared/weights/yolov5n.pt" --epochs 20 --seed "$seed"; done; }
scratch() { run scratch --weights '' --cfg yolov5n.yaml --epochs 60 --seed 0; }

holds=0
check() { awk "BEGIN { exit !($1) }" || holds=1; }
table_tune() {
    local sum50=0 sum95=0 m50 m95
    for seed in 0 1 2; do
        read -r m50 m95 < <(best "tune$seed")
        echo "| from yolov5n.pt | 20 | $seed | $m50 | $m95 |"
        sum50=$(awk "BEGIN { print $sum50 + $m50 }"); sum95=$(awk "BEGIN { print $sum95 + $m95 }")
    done
    m50=$(awk "BEGIN { printf \"%.3f\", $sum50 / 3 }"); m95=$(awk "BEGIN { printf \"%.3f\", $sum95 / 3 }")
    echo "| | | mean | $m50 (reference 0.766, at least 0.726) | $m95 (reference 0.436, at least 0.416) |"
    check "$m50 >= 0.726"; check "$m95 >= 0.416"
}
table_scratch() {
    local m50 m95
    read -r m50 m95 < <(best scratch)
    echo "| random weights | 60 | 0 | $m50 (reference 0.743, at least 0.703) | $m95 (reference 0.411, at least 0.391) |"
    check "$m50 >= 0.703"; check "$m95 >= 0.391"
}

case $mode in
    short)
        run short --weights "$shared/weights/yolov5n.pt" --epochs 4 --seed 0
        read -r first last cls_first cls_last < <(awk -F, 'NR == 2 { a = $7; c = $11 } { b = $7; d = $11 } END { print a + 0, b + 0, c + 0, d + 0 }' "$out/short/results.csv")
        echo "4 epochs from yolov5n.pt: mAP@.5 $first -> $last (wanted: 5 times as much), validation class loss $cls_first -> $cls_last (wanted: at most 0.7 times)"
        check "$last >= 5 * $first && $last > 0.01"; check "$cls_last <= 0.7 * $cls_first"
        exit $holds ;;
    tune) tune ;;
    scratch) scratch ;;
    full) tune; scratch ;;
    *) echo "accuracy: full, short, tune or scratch, not $mode" >&2; exit 2 ;;
esac
echo "| run | epochs | seed | best epoch: mAP@.5 | mAP@.5:.95 |"
echo "| --- | --- | --- | --- | --- |"
[ "$mode" = scratch ] || table_tune
[ "$mode" = tune ] || table_scratch
[ $holds = 0 ] && echo "all within the stated distance of the reference" || echo "NOT all within the stated distance of the reference"
exit $holds
