#!/usr/bin/env bash
# The end of a training on COCO: which files are validated by each generation's rules, and COCO's results files.
. "$(dirname "$0")/../support/lib.sh"
make_data
mkdir -p "$W/coco"
ls "$W"/set/images/val/* >"$W/coco/val2017.txt"
sed "s|^path:.*|path: $W|; s|^train:.*|train: set/images/train|; s|^val:.*|val: coco/val2017.txt|" "$D" >"$W/coco.yaml"
D=$W/coco.yaml
validated() { grep -oE 'Validating .*' "$1" | sed 's|.*/||; s|\.\.\.$||' | paste -sd' '; }
predictions() { (cd "$1" && ls ./*_predictions.json 2>/dev/null | paste -sd' '); }

train --preset seed --no-image-weights --no-multi-scale --epochs 2 --project "$W/r" --name seed >"$W/seed.txt" 2>&1; is $? 0 "the seed"
is "$(validated "$W/seed.txt")" "last.pt best.pt" "validates last.pt, then best.pt"
is "$(predictions "$W/r/seed")" "./best_predictions.json ./last_predictions.json" "and writes what both predict"
train --epochs 1 --project "$W/r" --name v7 >"$W/v7.txt" 2>&1; is $? 0 "v7"
is "$(validated "$W/v7.txt")" "best.pt" "validates best.pt alone"
is "$(predictions "$W/r/v7")" "./best_predictions.json" "and writes what that predicts"
# The lines that scripts around YOLOv5 look for.
for line in "Image sizes 64 train, 64 val" "Using 1 dataloader workers" "Logging results to $W/r/v7" "Starting training for 1 epochs..." \
    "1 epochs completed in 0.* hours." "Optimizer stripped from $W/r/v7/weights/best.pt, 0.[0-9]MB" "Results saved to $W/r/v7"; do
    grep -q "^$line" "$W/v7.txt"; say $? "says: $line"
done
make_data # not COCO
train --preset seed --no-image-weights --no-multi-scale --epochs 1 --project "$W/r" --name plain >"$W/plain.txt" 2>&1; is $? 0 "the seed on other data"
grep -qE '^ +Class +Images +Labels +P +R +mAP@.5 mAP@.5:.95$' "$W/plain.txt" && grep -qE '^ +disk +' "$W/plain.txt"; say $? "its last validation has the table of classes"
is "$(validated "$W/plain.txt")|$(predictions "$W/r/plain")" "|" "validates neither at the end"

sed 's|^val:.*|val: wandb-artifact://me/p/val|' "$D" >"$W/wandb.yaml"
D=$W/wandb.yaml fails_with 2 'wandb.yaml:[0-9]*: val: wandb-artifact://me/p/val: nothing is fetched from Weights & Biases' "artifacts of W&B as data" train --epochs 1 --project "$W/n"
fails_with 2 'resume wandb-artifact://me/p/id: nothing is fetched from Weights & Biases' "and as a run to resume" "$Y" train --no-tui --resume wandb-artifact://me/p/id
[ ! -e "$W/n" ]; say $? "leave no run folder"
done_testing
