#!/usr/bin/env bash
# ctl rollback: the run that went back ends bitwise as one that never went further.
. "$(dirname "$0")/../support/lib.sh"
make_data
EPOCHS=12
hashes() { grep -o 'train state sha256 [0-9a-f]*' "$1/train.log"; }
last_hash() { hashes "$1" | tail -n 1; }
plain() { sed 's/"time": [0-9.]*, //' "$1"; }

train --epochs $EPOCHS --project "$W/r" --name whole >"$W/whole.txt" 2>&1; is $? 0 "the run that was left alone"

# Begins, and holds in the middle of things.
begin() { # begin NAME
    R=$W/r/$1
    meanwhile "$R" '[ "$(rows "$R")" -ge 1 ]' '"$Y" ctl "$R" pause >/dev/null' \
        start "$W/$1.txt" --epochs $EPOCHS --project "$W/r" --name "$1"
}
compare() { # compare NAME WHAT
    "$Y" ctl "$R" resume >/dev/null
    wait $p; is $? 0 "$2: the run ends"
    is "$(last_hash "$R")" "$(last_hash "$W/r/whole")" "$2: in the same state"
    goes_on_as "$(sha256sum <"$W/r/whole/results.csv")" "$(sha256sum <"$R/results.csv")" "$2: with the same results.csv"
    is "$(plain "$R/classes.jsonl" | sha256sum)" "$(plain "$W/r/whole/classes.jsonl" | sha256sum)" "$2: and classes.jsonl"
}

begin last
"$Y" ctl "$R" rollback >"$W/o" 2>&1; is $? 0 "rollback of a paused run"
grep -qE '^went back to weights/(last|best).pt: epoch [0-9]+, batch 0' "$W/o"; say $? "says where it is: $(cat "$W/o")"
is "$(status "$R" state)" paused "and holds on"
e=$(sed -n 's/.*: epoch \([0-9]*\), batch .*/\1/p' "$W/o")
is "$(status "$R" epoch)" "$e" "at that epoch"
is "$(wc -l <"$R/results.csv")" $((e + 1)) "later rows are gone"
is "$(last_hash "$R")" "$(hashes "$W/r/whole" | sed -n "${e}p")" "in the state of that checkpoint"
compare last "back to last.pt"

begin named
"$Y" ctl "$R" save >/dev/null
saved=$(cd "$R/weights" && echo manual-*.pt)
a=$(status "$R" epoch)
"$Y" ctl "$R" set lr_scale 0.5 >/dev/null; is $? 0 "a live change"
"$Y" ctl "$R" set mosaic 0.25 >/dev/null; is $? 0 "and one that the loader holds"
"$Y" ctl "$R" set epochs 100000 >/dev/null; is $? 0 "and one without which the run might be over too soon"
"$Y" ctl "$R" resume >/dev/null
wait_for 30 '[ "$(status "$R" epoch)" -ge $((a + 2)) ]'; say $? "two epochs with it"
"$Y" ctl "$R" rollback no-such.pt >"$W/o" 2>&1; is $? 1 "a checkpoint that there is not"
grep -q 'no checkpoint to go back to' "$W/o"; say $? "is refused: $(cat "$W/o")"
"$Y" ctl "$R" rollback "$saved" >"$W/o" 2>&1; is $? 0 "rollback while it trains, to $saved"
grep -q "went back to weights/$saved" "$W/o"; say $? "says so"
if "$Y" ctl "$R" pause >/dev/null 2>&1; then # else it is over already
    is "$("$Y" ctl "$R" values --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["values"]["lr_scale"]["value"])')" 1 "the change has not happened"
fi
compare named "back to $saved"

begin killed
"$Y" ctl "$R" set lr_scale 0.5 >/dev/null
"$Y" ctl "$R" rollback >/dev/null; is $? 0 "rollback"
kill -9 $p; wait $p 2>/dev/null
"$Y" train --resume "$R" --no-tui >"$W/resumed.txt" 2>&1; is $? 0 "killed after it went back, and resumed"
is "$(last_hash "$R")" "$(last_hash "$W/r/whole")" "in the same state: the change before did not come back"

fails_with 2 'wanted nothing, or a file' "two words too many" "$Y" ctl "$R" rollback a b

# Nothing to go back to: the first epoch already left no finite loss.
sed -e 's/^lr0:.*/lr0: 1.0/' -e 's/^lrf:.*/lrf: 1.0/' -e 's/^\(box\|cls\|obj\):.*/\1: 1000/' -e 's/^momentum:.*/momentum: 0.99/' \
    -e 's/^warmup_bias_lr:.*/warmup_bias_lr: 0.0/' "$H" >"$W/wild.yaml"
R=$W/r/wild
start "$W/wild.txt" --epochs 1000 --project "$W/r" --name wild --preset seed --hyp "$W/wild.yaml" --watch-pause nan
wait_for 60 '[ "$(status "$R" state 2>/dev/null)" = paused ]'
h=$(status "$R" step epoch batch)
fails_with 1 'losses are not finite' "no good checkpoint: refused" "$Y" ctl "$R" rollback
is "$(status "$R" step epoch batch state)" "$h paused" "and nothing changes"
"$Y" ctl "$R" stop now >/dev/null
wait $p; is $? 4 "the run can be stopped all the same"
done_testing
