#!/usr/bin/env bash
# New runs from checkpoints of others: what they take over, what is theirs, and that they say where they come from.
# shellcheck disable=SC2317 # meanwhile calls them
. "$(dirname "$0")/../support/lib.sh"
make_data
plain() { "$Y" train "$@" --no-tui; }
opt() { grep -oP "^$2: \K.*" "$1/opt.yaml"; }
epochs() { cut -d, -f1 "$1/results.csv" | tail -n +2 | tr -d ' ' | paste -sd' '; }

P=$W/r/parent
meanwhile "$P" '[ "$(status "$P" state 2>/dev/null)" = train ]' '"$Y" ctl "$P" pause >/dev/null' \
    start "$W/parent.txt" --epochs 40 --save-period 1 --project "$W/r" --name parent
"$Y" ctl "$P" set mosaic 0.5 >/dev/null; "$Y" ctl "$P" set lr_scale 0.75 >/dev/null
"$Y" ctl "$P" save >/dev/null; "$Y" ctl "$P" resume >/dev/null
wait $p; is $? 0 "the parent"
manual=$(ls "$P"/weights/manual-*.pt | head -n 1)
at=$(grep -oP 'manual-e\K[0-9]+' <<<"$manual") # the epoch of the changes
file=$P/weights/epoch$((at > 37 ? 38 : at)).pt; first=$(($(grep -oP 'epoch\K[0-9]+(?=\.pt)' <<<"$file") + 1))
parent=$(state_hash "$W/parent.txt")

plain --branch "$file" >"$W/same.txt" 2>&1; is $? 0 "a branch with nothing changed"
B1=$W/r/parent2
goes_on_as "$(state_hash "$W/same.txt")" "$parent" "ends bitwise as its parent, live changes included"
is "$(epochs "$B1")" "$(seq -s " " $first 39)" "its results begin where it branches off"
is "$(opt "$B1" branch)|$(opt "$B1" branch_run)|$(opt "$B1" branch_epoch)" "$file|$P|$first" "opt.yaml names file, run and epoch"
grep -q "branched off at epoch $first, batch 0" "$W/same.txt"; say $? "the log says so"
cmp -s "$P/hyp.yaml" "$B1/hyp.yaml"; say $? "the hyperparameters are the parent's"
[ -s "$B1/weights/best.pt" ]; say $? "its best is its own"

plain --branch "$P/weights/epoch4.pt" --set lr0=0.005 --set mosaic=0 --epochs 7 --patience 0 --name other >"$W/other.txt" 2>&1; is $? 0 "a branch with other hyperparameters"
B2=$W/r/other
is "$(grep -E '^(lr0|mosaic):' "$B2/hyp.yaml" | paste -sd' ')" "lr0: 0.005 mosaic: 0.0" "they are in its hyp.yaml"
is "$(epochs "$B2")" "5 6" "and it has as many epochs as it was given"
[ "$(state_hash "$W/other.txt")" != "$parent" ]; say $? "it ends elsewhere"

plain --branch "$manual" --batch-size 6 --name batches --epochs $((at + 2)) >"$W/batches.txt" 2>&1; is $? 0 "other batches, from the middle of an epoch"
grep -qE "branched off at epoch [0-9]+, batch 0" "$W/batches.txt"; say $? "begin that epoch anew"

plain --branch "$P/weights/best.pt" --epochs 2 --name fresh >"$W/fresh.txt" 2>&1; is $? 0 "a stripped checkpoint"
grep -q "starts from its weights, at epoch 0" "$W/fresh.txt"; say $? "is only weights"
is "$(epochs "$W/r/fresh")" "0 1" "and begins at epoch 0"
plain --branch "$P" --epochs 1 --name named >"$W/named.txt" 2>&1; is $? 0 "a run by its folder"
is "$(opt "$W/r/named" branch)" "$P/weights/last.pt" "means its last.pt"

# a branch is a run like any other: cut and resumed, it ends as if it had not been
plain --branch "$P/weights/epoch1.pt" --epochs 40 --seed 3 --name long >"$W/long.txt" 2>&1
start_branch() { "$Y" train --branch "$P/weights/epoch1.pt" --epochs 40 --seed 3 --name cut --no-tui >"$W/cut.txt" 2>&1 & p=$!; }
meanwhile "$W/r/cut" '[ "$(rows "$W/r/cut")" -ge 2 ]' 'kill -TERM $p; wait $p; code=$?' start_branch
is $code 143 "a branch is cut"
plain --resume "$W/r/cut" >"$W/cut2.txt" 2>&1; is $? 0 "and resumed"
goes_on_as "$(state_hash "$W/cut2.txt")" "$(state_hash "$W/long.txt")" "bitwise equal"
is "$(opt "$W/r/cut" branch_epoch)" 2 "it still says where it comes from"
plain --branch "$W/r/cut" --name twig --epochs 1 >"$W/twig.txt" 2>&1
is "$(opt "$W/r/twig" branch_run)" "$W/r/cut" "a branch of a branch names its own parent"
train --epochs 1 --set lr0=0.004 --project "$W/r" --name set >/dev/null 2>&1
is "$(grep '^lr0:' "$W/r/set/hyp.yaml")" "lr0: 0.004" "--set without a branch"

fails_with 2 "weights cannot be given beside --branch" "--weights beside --branch" plain --branch "$P" --weights x.pt
fails_with 2 "no such checkpoint and no such run" "a run that is not there" plain --branch "$W/nowhere"
fails_with 2 "nothing is left to train" "no epoch left" plain --branch "$P/weights/epoch4.pt" --epochs 4
fails_with 2 "lr is not a hyperparameter; did you mean lr0" "a misspelt name" plain --branch "$P" --set lr=1
fails_with 2 "lr0 must be a number in \(0, 1\], found \"2\"" "a wrong value" plain --branch "$P" --set lr0=2
fails_with 2 "must be KEY=VALUE" "no value" plain --branch "$P" --set lr0
cp "$P/weights/best.pt" "$W/alone.pt"
fails_with 2 "lies in no run folder" "a checkpoint of no run" plain --branch "$W/alone.pt"
done_testing
