#!/usr/bin/env bash
# Evolution on the drawn data set: the fitness of its first generation and of its best one.
#   tests/bench/evolve.sh [GENERATIONS [EPOCHS [SIZE]]]     (10, 15, 96)
# YOLODECK: the program (build/release/yolodeck); SEED: of the runs (0).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
yolodeck=${YOLODECK:-$root/build/release/yolodeck}
generations=${1:-10} epochs=${2:-15} size=${3:-96}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$yolodeck" demo "$work/set" --write-only --pictures 64 >/dev/null
"$yolodeck" train --weights '' --cfg yolov5n.yaml --data "$work/set/data.yaml" \
    --hyp hyp.demo.yaml --img-size "$size" --batch-size 8 --workers 1 --threads 1 --no-tui \
    --epochs "$epochs" --evolve "$generations" --seed "${SEED:-0}" --project "$work/runs" --name evolve >"$work/log"
python3 - "$work/runs/evolve/evolve.jsonl" <<'PY'
import json, sys
rows = [r for r in map(json.loads, open(sys.argv[1])) if "generation" in r]
for r in rows:
    print(f"generation {r['generation']:3d}  fitness {r['fitness']:.5f}  {r['seconds']:6.1f} s  {r['failed']}")
first, best = rows[0], max(rows, key=lambda r: r["fitness"])
print(f"first {first['fitness']:.5f}, best {best['fitness']:.5f} (generation {best['generation']} of {len(rows)}): "
      f"{'improved' if best['fitness'] > first['fitness'] else 'not improved'}")
sys.exit(best["fitness"] <= first["fitness"])
PY
