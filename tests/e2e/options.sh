#!/usr/bin/env bash
# Options that belong to several devices, sizes that are chosen, and runs that are carried on by --weights.
. "$(dirname "$0")/../support/lib.sh"
make_data
a="--epochs 1 --project $W/r"
key() { grep -oP "^$2: \K.*" "$1/opt.yaml"; }
says() { grep -qE -- "$2" "$1"; say $? "$3"; }

for device in 0 0,1 cuda:0; do
    fails_with 2 "device $device: there is no GPU .* there is cpu \([0-9]+ cores\)" "--device $device" train $a --device $device
done
[ ! -e "$W/r" ]; say $? "leaves no run folder"
WORLD_SIZE=2 RANK=1 fails_with 2 "process 1 of 2" "one of several processes" train $a
train $a --name several --device MPS --sync-bn --local_rank 0 --artifact_alias v3 >"$W/several.txt" 2>&1; is $? 0 "options of several devices"
says "$W/several.txt" "device MPS: there is no Metal" "mps is the CPU"
says "$W/several.txt" "sync-bn: there is one device" "--sync-bn is answered"
says "$W/several.txt" "local_rank: .* not read" "--local_rank is answered"
is "$(key "$W/r/several" sync_bn)|$(key "$W/r/several" local_rank)|$(key "$W/r/several" artifact_alias)" "true|0|v3" "they are kept in opt.yaml"

train $a --name sixteen --batch-size -1 --img-size 60 >"$W/sixteen.txt" 2>&1; is $? 0 "--batch-size -1"
says "$W/sixteen.txt" "batch-size -1: 16, as YOLOv5 takes on a CPU \(.* MB an image of 64, .* are free, room for [0-9]+\)" "takes 16, and says what there is room for"
says "$W/sixteen.txt" "training image size 60 is changed to 64" "an image size that is no multiple of the stride is rounded up"
is "$(key "$W/r/sixteen" batch_size)" 16 "opt.yaml has the number"
fails_with 2 "batch-size must be at least 1, or -1" "--batch-size 0" train $a --batch-size 0
fails_with 2 "batch-size must be at least 1" "of val" "$Y" val --weights "$W/r/several/weights/last.pt" --data "$D" --batch-size -1

# --weights of an unfinished run, as mid-2021 takes them
b="--preset seed --no-image-weights --no-multi-scale --project $W/s"
train $b --epochs 5 --save-period 1 --name first >"$W/first.txt" 2>&1; is $? 0 "a run to carry on"
carry() { "$Y" train $(common) $b --cfg '' --weights "$W/s/first/weights/epoch2.pt" "$@"; }
epochs() { cut -d, -f1 "$1/results.csv" | tail -n +2 | tr -d ' ' | paste -sd' '; }
carry --epochs 5 --name second >"$W/second.txt" 2>&1; is $? 0 "its third epoch's file as --weights"
says "$W/second.txt" "epoch2.pt: goes on at epoch 3, with its optimizer" "brings epoch and optimizer along"
is "$(epochs "$W/s/second")" "3 4" "and goes on there"
carry --epochs 2 --name third >"$W/third.txt" 2>&1; is $? 0 "with fewer epochs than it has"
says "$W/third.txt" "trained for 3 epochs: fine-tuning for 1 more" "is fine-tuned"
is "$(epochs "$W/s/third")" "3" "for as many more as the reference has"
carry --epochs 4 --adam --name adam >"$W/adam.txt" 2>&1; is $? 0 "with another optimizer"
says "$W/adam.txt" "of another optimizer: what Adam remembers starts anew" "says that it starts anew"
fails_with 2 "3 epochs behind it and --epochs is 3: nothing is left" "with exactly as many epochs" carry --epochs 3
carry --preset v7 --epochs 1 --name today >"$W/today.txt" 2>&1; is $? 0 "today's generation"
is "$(epochs "$W/s/today")" "0" "takes weights alone"
carry --weights "$W/s/first/weights/last.pt" --epochs 1 --name stripped >"$W/stripped.txt" 2>&1; is $? 0 "a finished run's file"
is "$(epochs "$W/s/stripped")" "0" "is weights alone"
done_testing
