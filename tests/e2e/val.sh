#!/usr/bin/env bash
# val: its run folder, predictions as text and as COCO's results file, COCO's twelve numbers, tasks, what it refuses.
. "$(dirname "$0")/../support/lib.sh"
make_data
train --project "$W/runs" --name m --epochs 1 >"$W/log" 2>&1 || { cat "$W/log"; exit 1; }
val() { "$Y" val --weights "$W/runs/m/weights/best.pt" --data "$D" --img 64 --batch-size 4 --threads 1 --backend "$B" --project "$W/val" "$@"; }

python3 - "$W" <<'PYTHON' # the labels of the validation pictures as COCO has them, a crowd among them
import glob, json, os, sys
root = sys.argv[1] + "/set"
images, found = [], []
for i, path in enumerate(sorted(glob.glob(root + "/images/val/*"))):
    images.append({"id": 100 + i, "file_name": os.path.basename(path)})
    label = path.replace("/images/", "/labels/").rsplit(".", 1)[0] + ".txt"
    for line in open(label) if os.path.exists(label) else []:
        c, x, y, w, h = map(float, line.split()[:5])
        found.append({"image_id": 100 + i, "category_id": int(c) + 1, "iscrowd": int(len(found) == 3),
                      "bbox": [256 * (x - w / 2), 256 * (y - h / 2), 256 * w, 256 * h], "area": 256 * w * 256 * h})
names = [line.split(":")[1].strip() for line in open(root + "/data.yaml") if line.lstrip()[:1].isdigit()]
if not names:
    text = open(root + "/data.yaml").read()
    names = [n.strip() for n in text[text.index("[") + 1:text.index("]")].split(",")]
json.dump({"images": images, "annotations": found, "categories": [{"id": i + 1, "name": n} for i, n in enumerate(names)]},
          open(sys.argv[1] + "/coco.json", "w"))
PYTHON

val --save-txt --save-conf --coco-json "$W/coco.json" >"$W/out" 2>"$W/err"
is $? 0 "val with everything"
is "$(grep -c '^ Average ' "$W/out")" 12 "twelve numbers"
grep -q '(AP) @\[ IoU=0.50:0.95 | area=   all | maxDets=100 \] = [0-9]' "$W/out"; say $? "as pycocotools prints them"
python3 - "$W/val/exp" <<'PYTHON'; say $? "results file, metrics and text files agree"
import glob, json, sys
run = sys.argv[1]
rows, metrics = json.load(open(run + "/best_predictions.json")), json.load(open(run + "/metrics.json"))
lines = [line.split() for path in glob.glob(run + "/labels/*.txt") for line in open(path)]
assert len(rows) == len(lines) > 0, (len(rows), len(lines))
assert all(len(line) == 6 for line in lines)
assert {r["image_id"] for r in rows} <= set(range(100, 108))
assert all(len(r["bbox"]) == 4 and 0 <= r["score"] <= 1 and r["category_id"] >= 1 for r in rows)
assert sorted(round(float(line[5]), 4) for line in lines) == sorted(round(r["score"], 4) for r in rows) or \
    abs(sum(float(line[5]) for line in lines) - sum(r["score"] for r in rows)) < 1e-3 * len(rows)
assert len(metrics["coco"]) == 12 and -1 <= metrics["coco"]["AP"] <= 1
PYTHON
val >"$W/out" 2>&1
is "$? $(ls "$W/val")" "0 exp
exp2" "the next run has a folder of its own"
is "$(cd "$W/val/exp2" && find . -type f ! -name "*.png" ! -name "*.jpg")" "./metrics.json" "which holds no more than was asked for, but pictures"
val --exist-ok --save-txt >"$W/out" 2>&1
is "$(cat "$W"/val/exp/labels/*.txt | awk '{print NF}' | sort -u)" 5 "--exist-ok writes the text files anew"
val --task speed --name s >"$W/out" 2>&1
is $? 0 "--task speed"
grep -q '^Speed: .*(4, 3, 64, 64)' "$W/out"; say $? "says its times"
val --augment --save-txt --name a >"$W/out" 2>&1
is $? 0 "--augment"
is "$(ls "$W/val/a/labels")" "$(ls "$W/val/exp/labels")" "finds something in the same pictures"
! diff -rq "$W/val/a/labels" "$W/val/exp/labels" >/dev/null; say $? "but otherwise than one look"
val --save-hybrid --save-conf --name hybrid >"$W/out" 2>"$W/err"
is $? 0 "--save-hybrid"
grep -q "metrics are not the model's own" "$W/err"; say $? "is answered with what it means"
python3 - "$W" <<'PYTHON'; say $? "the labels are among the predictions, sure of themselves, and found"
import glob, json, sys
lines = lambda folder: [l.split() for p in glob.glob(f"{sys.argv[1]}/{folder}/*.txt") for l in open(p)]
sure, labels = [l for l in lines("val/hybrid/labels") if l[5] == "1"], lines("set/labels/val")
assert 0.8 * len(labels) <= len(sure) <= len(labels) > 0, (len(sure), len(labels)) # NMS may drop near doubles
assert json.load(open(f"{sys.argv[1]}/val/hybrid/metrics.json"))["metrics"]["map50"] > 0.9
PYTHON
val --dnn --name d >"$W/out" 2>&1
grep -q 'dnn: OpenCV would compute' "$W/out"; say $? "--dnn is answered"
fails_with 2 'no such file|cannot open' "annotations that are not there" val --coco-json "$W/none.json" --name r
[ ! -e "$W/val/r" ]; say $? "what cannot begin leaves no folder"
val --single-cls --name one --json "$W/one.json" >"$W/out" 2>&1
is "$? $(grep -o '"name"' "$W/one.json" | wc -l) $(ls "$W/val/one/confusion_matrix.png" 2>/dev/null | wc -l)" "0 1 1" "--single-cls: all classes count as one"

w=$W/runs/m/weights
two() { "$Y" val --data "$D" --img 64 --batch-size 4 --threads 1 --backend "$B" --project "$W/val" --exist-ok "$@"; }
two --weights "$w/last.pt" "$w/best.pt" --name e --save-json --json "$W/e.json" >"$W/out" 2>&1
is "$? $(ls "$W"/val/e/*_predictions.json)" "0 $W/val/e/last_predictions.json" "an ensemble's predictions have the first one's name"
grep -q '"box": *null' "$W/e.json"; say $? "and it has no losses"
train --project "$W/runs" --name one --epochs 1 --single-cls >"$W/log" 2>&1 || { cat "$W/log"; exit 1; }
fails_with 2 'one.weights.best.pt detects 1 classes, .*last.pt 4: models of an ensemble have the same' "models of other classes" \
    two --weights "$w/last.pt" "$W/runs/one/weights/best.pt"
two --weights "$w/last.pt" "$w/best.pt" --task speed --name sp --no-exist-ok >"$W/out" 2>&1
is "$? $(grep -c '^Speed: ' "$W/out") $(grep -c "\.pt:\$" "$W/out")" "0 2 2" "--task speed: each model by itself"
find "$W/set/images/val" -name '*.jpg' | head -n 1 >"$W/one.txt" # of one picture: the largest size is 1536
sed "s#^val: .*#val: $W/one.txt#" "$D" >"$W/set/tiny.yaml"
two --weights "$w/last.pt" "$w/best.pt" --data "$W/set/tiny.yaml" --task study --name st >"$W/out" 2>&1
is "$? $(cd "$W/val/st" && wc -l study_*.txt | awk '{print $1, $2}' | head -n 2 | tr '\n' ' ')" "0 11 study_tiny_best.txt 11 study_tiny_last.txt " "--task study: a line a size of each"
is "$(awk '{print NF}' "$W"/val/st/study_*.txt | sort -u)" 10 "of seven results and three times"
is "$(od -An -tx1 -N4 "$W/val/st/study.png")" " 89 50 4e 47" "and a plot"
rm "$W/val/st/study.png"
mkfifo "$W/val/st/study_pipe.txt"
"$Y" plot "$W/val/st" >"$W/out" 2>&1
is "$? $(cat "$W/out")" "0 $W/val/st/study.png" "which plot draws anew"
"$Y" val --weights "$w/best.pt" --data "$D" --img 20 --batch-size 4 --threads 1 --backend "$B" --project "$W/val" --name small >"$W/out" 2>&1
grep -q '^Speed: .*(4, 3, 32, 32)' "$W/out"; say $? "a size below two strides is rounded to one"
val --conf-thres 0.3 --name c >"$W/out" 2>&1
grep -q 'conf-thres 0.3: .* mAP is lower' "$W/out"; say $? "a threshold that costs mAP is answered"
val --half --name h >"$W/out" 2>&1
grep -q 'half: float16 is for GPUs' "$W/out"; say $? "--half is answered"
done_testing
