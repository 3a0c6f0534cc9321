#!/usr/bin/env bash
# YOLOv5's own val, detect and export on what we train: val finds what ours finds, in an unfinished file and in stripped ones.
# Skipped where no Python has the package yolov5 (.ci/run installs it into build/yolov5).
. "$(dirname "$0")/../support/yolov5.sh"
make_data
sed -i "s#^path: .*#path: $W/set#" "$D"
train --epochs 24 --optimizer Adam --set lr0=0.003 --noval --save-period 20 --project "$W/r" --name a >"$W/train.txt" 2>&1; is $? 0 "a run"
w=$W/r/a/weights

# The pictures get sizes of their own, so that batches have several shapes, with borders. After so short a run few
# of the labels are found: labels become a part of what is found, moved somewhat.
"$P" - "$W" <<'PYTHON'; say $? "pictures of several shapes"
import glob, sys
from PIL import Image
for i, path in enumerate(sorted(glob.glob(sys.argv[1] + "/set/images/val/*.jpg"))):
    Image.open(path).resize((256 - 9 * i, 96 + 27 * i)).save(path)
PYTHON
"$Y" val --weights "$w/best.pt" --data "$D" --img 96 --threads 1 --save-txt --save-conf --project "$W/v" --name l >"$W/val.txt" 2>&1
"$P" - "$W" <<'PYTHON'; say $? "labels from what is found in them"
import glob, os, random, sys
random.seed(1)
for path in sorted(glob.glob(sys.argv[1] + "/v/l/labels/*.txt")):
    rows = sorted((list(map(float, line.split())) for line in open(path)), key=lambda row: -row[5])
    rows = [row for c in range(4) for row in [row for row in rows if row[0] == c][:18:3]]
    with open(sys.argv[1] + "/set/labels/val/" + os.path.basename(path), "w") as file:
        for c, x, y, width, height, _ in rows:
            edges = [centre + way * side / 2 + random.gauss(0, 0.05 * side) for centre, side in ((x, width), (y, height)) for way in (-1, 1)]
            x1, x2, y1, y2 = (min(max(edge, 0), 1) for edge in edges)
            print(int(c), (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, file=file)
PYTHON
for file in best last epoch20; do
    "$Y" val --weights "$w/$file.pt" --data "$D" --img 96 --batch-size 4 --threads 1 --project "$W/v" --name o --json "$W/$file.json" >"$W/val.txt" 2>&1 ||
        say 1 "our val of $file.pt: $(tail -n 1 "$W/val.txt")"
    set -- "$@" "$w/$file.pt" "$W/$file.json"
done
"$Y" val --weights "$w/epoch20.pt" "$w/best.pt" --data "$D" --img 96 --batch-size 4 --threads 1 --project "$W/v" --name o --json "$W/two.json" >"$W/val.txt" 2>&1 ||
    say 1 "our val of two: $(tail -n 1 "$W/val.txt")"
grep -q 'Ensemble of 2 models' "$W/val.txt"; say $? "an ensemble says so"
! cmp -s "$W/two.json" "$W/best.json"; say $? "and finds otherwise than one model"
check val "$D" 96 4 "$@" "$w/epoch20.pt,$w/best.pt" "$W/two.json"; say $? "val.py finds in best.pt, last.pt, an unfinished file and an ensemble what we find"
grep "differs by" "$W/log"
awk '$1 == "best.pt" && $2 == "all" && $5 > 0.05 {found = 1} END {exit !found}' "$W/log"; say $? "which is something"

yolov5 export --weights "$w/best.pt" --include torchscript --imgsz 96 --batch-size 1; is "$? $(test -s "$w/best.torchscript" && echo there)" "0 there" "export.py writes a TorchScript file"
for file in best.torchscript epoch20.pt; do
    yolov5 detect --weights "$w/$file" --source "$W/set/images/val" --imgsz 96 --conf-thres 0.001 --save-txt --nosave --project "$W/d" --name "$file" --data "$D"
    is "$? $(find "$W/d/$file/labels" -name '*.txt' | wc -l)" "0 $(find "$W/set/images/val" -name '*.jpg' | wc -l)" "detect.py finds objects with $file in every picture"
done
done_testing
