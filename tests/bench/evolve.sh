#!/usr/bin/env bash
# Evolution on the demo's drawn data set: the fitness of its first generation and of its best one. A model is trained on the set first; each
# generation fine-tunes it, so that fitness is of a size that means something. Anchors stay: evolved, they make a new head, whose luck counts
# for more than hyperparameters. Then the hyperparameters of the first generation and of the best
# one train with seeds that evolution has not seen, which tells what was found from what was luck.
#   tests/bench/evolve.sh [GENERATIONS [EPOCHS [BASE_EPOCHS]]]     (10, 8, 30)
# YOLODECK: the program (build/release/yolodeck); SEED: of the runs (0); SEEDS: of the check ("101 102 103", '': none).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
yolodeck=${YOLODECK:-$root/build/release/yolodeck}
generations=${1:-10} epochs=${2:-8} base_epochs=${3:-30} seed=${SEED:-0}
read -ra seeds <<<"${SEEDS-101 102 103}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$yolodeck" demo "$work/set" --write-only --pictures 192 >/dev/null
train() { # train SEED OPTION…: on one thread, at 128 pixels
    local own=$1; shift
    "$yolodeck" train --data "$work/set/data.yaml" --img-size 128 --batch-size 16 --workers 1 --threads 1 --amp off --cache ram --no-tui --noplots \
        --seed "$own" --project "$work/runs" --exist-ok "$@" >>"$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
}
train "$seed" --weights '' --cfg yolov5n.yaml --hyp hyp.demo.yaml --epochs "$base_epochs" --name base
base=$work/runs/base/weights/best.pt
train "$seed" --weights "$base" --hyp hyp.demo.yaml --epochs "$epochs" --noautoanchor --evolve "$generations" --name evolve
python3 - "$work/runs/evolve/evolve.jsonl" "$work" <<'PY'
import json, sys
rows = [r for r in map(json.loads, open(sys.argv[1])) if "generation" in r]
for r in rows:
    print(f"generation {r['generation']:3d}  fitness {r['fitness']:.5f}  {r['seconds']:6.1f} s  {r['failed']}")
first, best = rows[0], max(rows, key=lambda r: r["fitness"])
for name, row in ("first", first), ("best", best):
    with open(f"{sys.argv[2]}/{name}.yaml", "w") as file:
        file.writelines(f"{key}: {value:.10f}\n" for key, value in row["hyp"].items())
print(f"first {first['fitness']:.5f}, best {best['fitness']:.5f} (generation {best['generation']} of {len(rows)}): "
      f"{'improved' if best['fitness'] > first['fitness'] else 'not improved'}")
sys.exit(best["fitness"] <= first["fitness"])
PY
for own in "${seeds[@]}"; do
    for name in first best; do train "$own" --weights "$base" --hyp "$work/$name.yaml" --epochs "$epochs" --noautoanchor --name "$name$own"; done
done
[ ${#seeds[@]} = 0 ] || python3 - "$work/runs" "${seeds[@]}" <<'PY'
import csv, statistics, sys
def fitness(run):
    with open(f"{sys.argv[1]}/{run}/results.csv") as file:
        rows = [{key.strip(): value for key, value in row.items()} for row in csv.DictReader(file)]
    return .1 * float(rows[-1]["metrics/mAP_0.5"]) + .9 * float(rows[-1]["metrics/mAP_0.5:0.95"])
found = {name: [fitness(name + seed) for seed in sys.argv[2:]] for name in ("first", "best")}
for name, values in found.items():
    print(f"with other seeds, {name:5s}: {' '.join(f'{value:.4f}' for value in values)}, mean {statistics.mean(values):.4f}")
PY
