#!/usr/bin/env bash
# mAP on BCCD with one option each beside the plain run: fine-tuning yolov5n.pt, as tests/bench/accuracy.sh does, with fixed seeds. Prints a
# table of the means of mAP@.5 over the seeds, with their standard errors, which should be within 0.05 of the plain runs' or of YOLOv5's with
# the same option. A run that fails costs its own row alone; runs that are there already are not trained again, so that it can be cut short and
# started anew. Rates of the plain run are for SGD: Adam's are a tenth, those of the biases' warm-up included.
#   tests/bench/options_accuracy.sh [--only NAME]… [--list] [--table] [--reference] [FOLDER]
# EPOCHS (20), SIZE (320), SEEDS ("0 1 2"), THREADS (all), AMP (auto) from the environment; --table: of the runs that are there;
# --reference: trains YOLOv5 too (YD_PYTHON: with it in it; build/reference/bin/python, which ./dev bench-reference makes).
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
shared=$root/../shared
yolodeck=${YOLODECK:-$root/build/release/yolodeck}
epochs=${EPOCHS:-20} size=${SIZE:-320} threads=${THREADS:-0}
read -ra seeds <<<"${SEEDS:-0 1 2}"
rows=(
    "plain|"
    "adam|--optimizer Adam --set lr0=0.001 --set warmup_bias_lr=0.001"
    "adamw|--optimizer AdamW --set lr0=0.001 --set warmup_bias_lr=0.001"
    "linear|--linear-lr"
    "cosine|--cos-lr"
    "rect|--rect"
    "multi-scale|--multi-scale"
    "image-weights|--image-weights"
    "quad|--quad"
    "mixup|--set mixup=0.5"
    "label-smoothing|--label-smoothing 0.1"
    "focal|--set fl_gamma=1.5"
    "bf16|--amp bf16"
)
only=() out='' table='' reference='' python=${YD_PYTHON:-$root/build/reference/bin/python}
while [ $# -gt 0 ]; do
    case $1 in
        --only) [ $# -gt 1 ] || { echo "options_accuracy: --only wants a name" >&2; exit 2; }; only+=("$2"); shift ;;
        --list) printf '%s\n' "${rows[@]}"; exit 0 ;;
        --table) table=1 ;;
        --reference) reference=1 ;;
        -*) echo "options_accuracy: $1 is no option: --only NAME, --list, --table, --reference" >&2; exit 2 ;;
        *) out=$1 ;;
    esac
    shift
done
out=${out:-$root/build/options_accuracy}
[ -x "$yolodeck" ] || { echo "options_accuracy: no $yolodeck: run ./dev build first" >&2; exit 2; }
if [ ! -d "$shared/datasets/bccd" ] || [ ! -f "$shared/weights/yolov5n.pt" ]; then
    echo "options_accuracy: needs $shared/datasets/bccd and weights/yolov5n.pt" >&2
    exit 77
fi
if [ -n "$reference" ] && [ ! -x "$python" ]; then
    echo "options_accuracy: --reference needs $python (./dev bench-reference)" >&2
    exit 77
fi
for name in "${only[@]}"; do
    printf '%s\n' "${rows[@]}" | grep -q "^$name|" || { echo "options_accuracy: $name is no row; --list lists them" >&2; exit 2; }
done
mkdir -p "$out"
data=$out/bccd.yaml
sed "s#^path: .*#path: $shared/datasets/bccd#" "$shared/datasets/bccd/data.yaml" > "$data"

wanted() { # the plain run is what the others are measured by
    local name
    [ ${#only[@]} = 0 ] || [ "$1" = plain ] && return 0
    for name in "${only[@]}"; do [ "$name" = "$1" ] && return 0; done
    return 1
}
folder() { echo "$out/$size-$epochs-$1/$2"; } # folder SEED NAME
train() { # train SEED NAME OPTION…: as often as it was trained whole, once
    local seed=$1 name=$2 run; run=$(folder "$1" "$2"); shift 2
    [ -e "$run/done" ] && return 0
    rm -rf "${run:?}"
    mkdir -p "$(dirname "$run")"
    "$yolodeck" train --preset v7 --data "$data" --weights "$shared/weights/yolov5n.pt" --epochs "$epochs" --seed "$seed" --img-size "$size" --batch-size 16 \
        --threads "$threads" --no-tui --noplots --project "$(dirname "$run")" --name "$name" --exist-ok --amp "${AMP:-auto}" "$@" > "$run.log" 2>&1 &&
        touch "$run/done"
}
train_reference() { # the same by YOLOv5; on a processor it has float32 alone
    local seed=$1 name=$2 run; run=$(folder "$1" "reference/$2"); shift 2
    [ "$name" = bf16 ] || [ -e "$run/done" ] && return 0
    rm -rf "${run:?}"
    mkdir -p "$run"
    THREADS=$threads YD_BENCH_WORK=$out/reference-work "$python" "$root/tests/bench/reference/options.py" "$size" "$epochs" "$seed" "$run" "$@" \
        > "$run.log" 2>&1 && touch "$run/done"
}
best() { # best FOLDER: mAP@.5 and mAP@.5:.95 of the epoch with the best fitness
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) { gsub(/ /, "", $i); if ($i == "metrics/mAP_0.5") a = i; if ($i == "metrics/mAP_0.5:0.95") b = i } }
             NR > 1 && .1 * $a + .9 * $b >= f { f = .1 * $a + .9 * $b; x = $a; y = $b } END { printf "%.5f %.5f\n", x, y }' "$1/results.csv"
}
means() { # means NAME: number of runs, mean of mAP@.5, its standard error, mean of mAP@.5:.95
    local seed
    for seed in "${seeds[@]}"; do
        [ -e "$(folder "$seed" "$1")/done" ] && best "$(folder "$seed" "$1")"
    done | awk '{ n++; s += $1; q += $1 * $1; t += $2 }
                END { if (!n) exit; v = q - s * s / n; if (v < 0) v = 0
                      e = "-"; if (n > 1) e = sprintf("%.3f", sqrt(v / (n - 1) / n))
                      printf "%d %.3f %s %.3f\n", n, s / n, e, t / n }'
}

status=0 plain=''
for row in "${rows[@]}"; do
    name=${row%%|*}
    read -ra options <<<"${row#*|}"
    [ -n "$table" ] && break
    wanted "$name" || continue
    for seed in "${seeds[@]}"; do
        train "$seed" "$name" ${options[@]+"${options[@]}"} || status=1
        [ -z "$reference" ] || train_reference "$seed" "$name" ${options[@]+"${options[@]}"} || status=1
    done
done
near() { awk "BEGIN { d = $1 - $2; exit !(d >= -0.05 && d <= 0.05) }"; }
echo "| option | runs | mAP@.5 | standard error | against plain | YOLOv5's | against it | mAP@.5:.95 | YOLOv5's | |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
for row in "${rows[@]}"; do
    name=${row%%|*}
    given=${row#*|}
    wanted "$name" || continue
    read -r n m50 se m95 < <(means "$name") || {
        [ -n "$table" ] && continue
        log=$(folder "${seeds[0]}" "$name").log
        echo "| $name \`$given\` | 0 | failed | | | | | | | $(grep -m 1 '^yolodeck:' "$log" || tail -n 1 "$log") |"
        continue
    }
    [ "$name" = plain ] && plain=$m50
    verdict='' r50='' r95=''
    read -r _ r50 _ r95 < <(means "reference/$name")
    if [ -n "$plain" ] && ! near "$m50" "$plain" && ! { [ -n "$r50" ] && near "$m50" "$r50"; }; then verdict='more than 0.05 from both' status=1; fi
    echo "| $name \`$given\` | $n | $m50 | $se | $([ -n "$plain" ] && awk "BEGIN { printf \"%+.3f\", $m50 - $plain }")" \
        "| $r50 | $([ -n "$r50" ] && awk "BEGIN { printf \"%+.3f\", $m50 - $r50 }") | $m95 | $r95 | $verdict |"
done
exit $status
