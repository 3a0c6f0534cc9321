#!/usr/bin/env bash
# Adam and AdamW: named in either generation's words, exact over a resume, branched from and to another optimizer.
. "$(dirname "$0")/../support/lib.sh"
make_data
a="--epochs 6 --seed 7 --project $W/r"
key() { grep -oP "^$2: \K.*" "$1/opt.yaml"; }

for optimizer in SGD Adam AdamW; do
    train $a --optimizer $optimizer --set lr0=0.002 --save-period 1 --name $optimizer >"$W/$optimizer.txt" 2>&1; is $? 0 "$optimizer"
done
is "$(cat "$W"/{SGD,Adam,AdamW}.txt | grep '^train state sha256' | sort -u | wc -l)" 18 "each goes its own way"
is "$(key "$W/r/Adam" optimizer)" Adam "opt.yaml names it"
train $a --preset seed --no-image-weights --no-multi-scale --adam --set lr0=0.002 --epochs 1 --name seed >"$W/seed.txt" 2>&1; is $? 0 "--adam"
is "$(key "$W/r/seed" adam)|$(key "$W/r/seed" optimizer)" "true|Adam" "is kept in the words of mid-2021"

for optimizer in Adam AdamW; do
    meanwhile "$W/r/cut$optimizer" '[ "$(rows "$W/r/cut$optimizer")" -ge 2 ]' 'kill -TERM $p; wait $p; code=$?' \
        start "$W/cut.txt" $a --optimizer $optimizer --set lr0=0.002 --name cut$optimizer
    is $code 143 "$optimizer is cut"
    "$Y" train --resume "$W/r/cut$optimizer" --no-tui >"$W/resumed.txt" 2>&1; is $? 0 "$optimizer is resumed"
    goes_on_as "$(state_hash "$W/resumed.txt")" "$(state_hash "$W/$optimizer.txt")" "bitwise equal"
done

branch() { "$Y" train --branch "$1" --name "$2" --no-tui "${@:3}" >"$W/$2.txt" 2>&1; }
branch "$W/r/Adam/weights/epoch2.pt" same; is $? 0 "a branch with the same optimizer"
goes_on_as "$(state_hash "$W/same.txt")" "$(state_hash "$W/Adam.txt")" "ends as its parent"
branch "$W/r/SGD/weights/epoch2.pt" toadam --optimizer Adam --set lr0=0.002; is $? 0 "a branch from SGD to Adam"
grep -q "epoch2.pt: is of another optimizer: what Adam remembers starts anew" "$W/toadam.txt"; say $? "says that its memory starts anew"
branch "$W/r/Adam/weights/epoch2.pt" tosgd --optimizer SGD; is $? 0 "a branch from Adam to SGD"
grep -q "what SGD remembers starts anew" "$W/tosgd.txt"; say $? "says so too"
branch "$W/r/Adam/weights/epoch2.pt" tow --optimizer AdamW; is $? 0 "a branch from Adam to AdamW"
grep -q "starts anew" "$W/tow.txt"; is $? 1 "goes on with the same moments"
fails_with 2 "one of SGD|Adam|AdamW" "an optimizer that is not there" train $a --optimizer Lion
done_testing
