#!/usr/bin/env bash
# YOLOv5's own scripts on files of ours: train goes on with an unfinished run; and a run of ours
# starts from what it has written. Skipped where no Python has the package yolov5 (.ci/run installs it into build/yolov5).
. "$(dirname "$0")/../support/yolov5.sh"
make_data
sed -i "s#^path: .*#path: $W/set#" "$D"
train --epochs 3 --save-period 1 --project "$W/r" --name a >"$W/train.txt" 2>&1; is $? 0 "a run of three epochs"
w=$W/r/a/weights


# What only the package has, and not the YOLOv5 that it was made from, is missing in opt.yaml.
printf '%s: null\n' neptune_token neptune_project neptune_resume_id s3_upload_dir hf_model_id hf_token hf_dataset_id roboflow_token >>"$W/r/a/opt.yaml"
printf '%s: false\n' hf_private roboflow_upload >>"$W/r/a/opt.yaml"
cp "$w/epoch0.pt" "$w/last.pt"
yolov5 train --resume "$w/last.pt"; say $? "train.py goes on with an unfinished run"
grep -q '^2 epochs completed' "$W/log"; say $? "with its second epoch"
grep -q 'Optimizer stripped from .*last.pt' "$W/log"; say $? "and ends it"

"$Y" train --resume "$w/epoch1.pt" --no-tui >"$W/ours.txt" 2>&1; is $? 0 "an unfinished file that it wrote is resumed"
grep -q 'epoch1.pt: goes on at epoch 2, with its optimizer' "$W/ours.txt" && grep -q '^1 epochs completed\|epoch 2/2' "$W/ours.txt"; say $? "at its epoch, with its optimizer"
is "$(find "$W/r" -maxdepth 1 -name 'a?*' | wc -l)" 1 "in a folder of its own"
train --weights "$w/last.pt" --epochs 1 --project "$W/r" --name b >"$W/again.txt" 2>&1; is $? 0 "what it wrote is a start of ours"
"$Y" val --weights "$w/best.pt" --data "$D" --img 64 --project "$W/v" --threads 1 >"$W/val.txt" 2>&1; is $? 0 "and can be validated"
done_testing
