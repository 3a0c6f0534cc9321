#!/usr/bin/env bash
# yolodeck export as a user runs it: the file beside the .pt, what it says, and what it does not do.
. "$(dirname "$0")/../support/lib.sh"
make_data
train --epochs 1 --project "$W/r" --name a >"$W/train.txt" 2>&1; is $? 0 "a model"
pt="$W/r/a/weights/best.pt" onnx="$W/r/a/weights/best.onnx"
export_to() { fails_with 0 "$@"; } # export_to PATTERN WHAT COMMAND…

export_to 'images \[2, 3, 64, 96\] -> output0 \[2, [0-9]+, [0-9]+\]' "fixed sizes" \
    "$Y" export --weights "$pt" --include onnx --img 64 96 --batch-size 2 --opset 12
grep -q 'best.onnx: ONNX, opset 12, float32' "$W/out"; say $? "the file is named"
is "$(head -c 2 "$onnx" | od -An -tx1 | tr -d ' ')" 0807 "it begins as ONNX of IR version 7 does"
export_to 'images \[batch, 3, height, width\], height and width multiples of' "free sizes" "$Y" export onnx --weights "$pt" --dynamic
full=$(stat -c %s "$onnx")
export_to 'float16' "in float16" "$Y" export --weights "$pt" --dynamic --half --simplify
[ "$(stat -c %s "$onnx")" -lt $((full * 7 / 10)) ]; say $? "which takes less room"
export_to 'export image size 65 is changed to' "a size between strides" "$Y" export --weights "$pt" --img 65

rm "$onnx"
fails_with 2 "export writes no torchscript: YOLOv5's export.py makes it" "TorchScript" "$Y" export --weights "$pt" --include torchscript onnx
[ ! -e "$onnx" ]; say $? "then nothing is written"
fails_with 2 'export knows no format "onx": onnx is wanted' "an unknown format" "$Y" export --weights "$pt" --include onx
fails_with 2 'opset must be a whole number in \[12, 28\]' "an opset that is too old" "$Y" export --weights "$pt" --opset 11
for n in 0 -1; do fails_with 2 "batch-size must be at least 1, found $n" "a batch of $n" "$Y" export --weights "$pt" --batch-size $n; done
fails_with 2 'none.pt: there is no such file' "no file" "$Y" export --weights "$W/none.pt"
printf 'PK' >"$W/bad.pt"
fails_with 2 'bad.pt' "a file that is none" "$Y" export --weights "$W/bad.pt"
done_testing
