#!/usr/bin/env bash
# Values changed live: checked, answered with the first batch affected, written down, and repeated bitwise by every run that is resumed.
. "$(dirname "$0")/../support/lib.sh"
make_data
values() { "$Y" ctl "$1" values --json | python3 -c 'import json,sys; d = json.load(sys.stdin)["values"]; print(*[d[k]["value"] for k in sys.argv[1:]])' "${@:2}"; }
# ledger RUN EXPRESSION: of the list `lines` of the ledger's objects.
ledger() { python3 -c 'import json,sys; lines = [json.loads(l) for l in open(sys.argv[1] + "/tweaks.jsonl")]; print(eval(sys.argv[2]))' "$1" "$2"; }

# tweaked NAME WORKERS: a run with a checkpoint before, between and after changes, which goes on to its end.
tweaked() {
    local r=$W/t/$1 c
    c() { "$Y" ctl "$r" "$@" >>"$W/$1.ctl" 2>&1 || { echo "FAIL  ctl $*"; cat "$W/$1.ctl"; }; }
    # It is not over before it is told when: only the changes while it is paused are at a batch that the test knows.
    start "$W/$1.txt" --epochs 100000 --project "$W/t" --name "$1" --workers "$2" --save-period 1
    wait_for 60 '[ "$(status "$r" state 2>/dev/null)" = train ]'
    c pause; c save; c set mosaic 0.25; c set lr_scale 0.5; c resume
    c set mixup 0.5; c save; c set size_max 128
    c pause; c set size_min 96; c save; c resume
    c set lr-scale 1.25; c set mosaic 1; c set val_period 3; c save; c set plot_period 5
    c pause; epochs=$(($(status "$r" epoch) + 3)); c set epochs $epochs; c save; c resume
    wait $p; is $? 0 "$1: a run that is changed live ends well"
}
# again NAME CHECKPOINT WORKERS: the run is cut there, and goes on from it with what the ledger holds.
again() {
    local copy=$W/t/$1.copy name
    name=$(basename "$2")
    rm -rf "$copy"; cp -r "$W/t/$1" "$copy"
    mv "$copy/weights/$name" "$copy/weights/last.pt"
    "$Y" train --resume "$copy" --workers "$3" --no-tui >"$W/again.txt" 2>&1; is $? 0 "$1: resumed from $name with $3 workers"
    goes_on_as "$(state_hash "$W/again.txt")" "$whole" "$1: bitwise equal from $name with $3 workers"
    goes_on_as "$(sha256sum <"$W/t/$1/results.csv")" "$(sha256sum <"$copy/results.csv")" "$1: results.csv equal from $name"
}

for workers in 0 2; do
    name=w$workers
    tweaked $name $workers
    whole=$(state_hash "$W/$name.txt")
    is "$(ledger "$W/t/$name" '[l["name"] for l in lines]')" "['mosaic', 'lr_scale', 'mixup', 'size_max', 'size_min', 'lr_scale', 'mosaic', 'val_period', 'plot_period', 'epochs']" "$name: the ledger has every change"
    is "$(ledger "$W/t/$name" 'all(l["first_epoch"] * 3 + l["first_batch"] >= l["step"] and l["who"].startswith("pid ") and l["time"] > 1.7e9 for l in lines)')" True "$name: with the first batch affected, the time and who"
    is "$(rows "$W/t/$name")" "$epochs" "$name: epochs can be lowered"
    other=$((2 - workers))
    # shellcheck disable=SC2045 # in the order in which they were written; the names have no blanks
    for checkpoint in $(ls -rt "$W/t/$name"/weights/manual-*.pt); do again $name "$checkpoint" $other; done
    again $name "$W/t/$name/weights/epoch0.pt" $workers
done
grep -q "will be replayed" "$W/again.txt"; say $? "a run that is resumed says that it replays"

# without changes: a run with multi-scale is the same with any number of workers, and from the middle
train --epochs 6 --multi-scale --project "$W/m" --name one --save-period 1 >"$W/one.txt" 2>&1; is $? 0 "--multi-scale"
train --epochs 6 --multi-scale --project "$W/m" --name two --workers 2 >"$W/two.txt" 2>&1
is "$(state_hash "$W/two.txt")" "$(state_hash "$W/one.txt")" "multi-scale does not depend on the loader"
train --epochs 6 --project "$W/m" --name none >"$W/none.txt" 2>&1
[ "$(state_hash "$W/none.txt")" != "$(state_hash "$W/one.txt")" ]; say $? "multi-scale changes the run"
cp "$W/m/one/weights/epoch2.pt" "$W/m/one/weights/last.pt"
"$Y" train --resume "$W/m/one" --no-tui >"$W/three.txt" 2>&1
goes_on_as "$(state_hash "$W/three.txt")" "$(state_hash "$W/two.txt")" "multi-scale, resumed, is bitwise equal"

# going back to an older checkpoint by its name: what came after it has not happened
cp -a "$W/t/w0" "$W/t/back" # with the times, which say what is older
first=$(ls -rt "$W/t/back"/weights/manual-*.pt | head -n 1)
left=$(($(sed -n 's/.*manual-e\([0-9]*\)-.*/\1/p' <<<"$first") + 3))
"$Y" train --resume "$first" --epochs $left --no-tui >"$W/back.txt" 2>&1; is $? 0 "an older checkpoint by its name"
is "$(ledger "$W/t/back" '[l["name"] for l in lines[10:]]')" "['resumed', 'epochs']" "the ledger says that the run went back, and what was given beside --resume"
is "$(grep -c 'will be replayed' "$W/back.txt")" 0 "nothing is replayed then"
is "$(rows "$W/t/back")" $left "--epochs beside --resume counts"

# refusals name value and range
start "$W/live.txt" --epochs 100000 --project "$W/t" --name live
R=$W/t/live
wait_for 60 '[ "$(status "$R" state 2>/dev/null)" = train ]'
"$Y" ctl "$R" pause >/dev/null
is "$(values "$R" save_period epochs patience val_period lr_scale size_min size_max mosaic mixup plot_period)" "-1 100000 0 1 1 64 64 1 0 0" "values as the run began"
while IFS='|' read -r name value pattern; do
    fails_with 1 "$pattern" "set $name $value" "$Y" ctl "$R" set "$name" "$value"
done <<'TABLE'
mosaic|1.5|mosaic must be a number from 0 to 1, found "1.5"
mixup|nan|mixup must be a number from 0 to 1, found "nan"
lr_scale|0|lr_scale must be a number from 0.0001 to 100, found "0"
epochs|0|epochs must be a whole number from [0-9]+ to 1000000, found "0"
epochs|2.5|whole number
patience|-1|patience must be a whole number from 0 to 1000000
size_max|100|size_max must be a multiple of 32 from 64 to 16384, found "100"
size_min|96|size_min must be a multiple of 32 from 64 to 64, found "96"
size_max|16384|GB are free
val_period|many|whole number
colour|blue|"colour" cannot be changed live; these can: save_period, epochs
TABLE
"$Y" ctl "$R" set epochs 99999 >"$W/answer" 2>&1; is $? 0 "set epochs"
grep -qE '^epochs is 99999 from (the end of epoch [0-9]+|epoch [0-9]+, batch 0) on$' "$W/answer"; say $? "the answer says from when: $(cat "$W/answer")"
"$Y" ctl "$R" set mosaic 0.5 >"$W/answer" 2>&1
grep -qE '^mosaic is 0.5 from epoch [0-9]+, batch [0-9]+ on$' "$W/answer"; say $? "and from which batch: $(cat "$W/answer")"
"$Y" ctl "$R" set mosaic 0.50 >"$W/answer" 2>&1
grep -q 'already' "$W/answer"; say $? "what is so already is said to be"
is "$(values "$R" epochs mosaic)" "99999 0.5" "values show what was decided"
"$Y" ctl "$R" values >"$W/answer" 2>&1; is $? 0 "ctl values"
grep -qE '^size_max +64 +a multiple of 32 from 64 to 16384 +' "$W/answer"; say $? "a line a value, with its range: $(grep size_max "$W/answer")"
is "$(grep -c '^epochs: 99999' "$R/opt.yaml")" 1 "opt.yaml follows"
"$Y" ctl "$R" stop now >/dev/null; wait $p
done_testing
