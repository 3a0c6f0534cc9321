#!/usr/bin/env bash
# A run that was cut, anywhere and by anything, and resumed ends bitwise as one that was not.
# shellcheck disable=SC2317 # meanwhile calls them
. "$(dirname "$0")/../support/lib.sh"
make_data
a="--epochs 10 --seed 7 --project $W/r"

train $a --name whole >"$W/whole.txt" 2>&1; is $? 0 "ten epochs"
whole=$(state_hash "$W/whole.txt")
[ -n "$whole" ]; say $? "every checkpoint logs its state hash"
is "$(grep -c '^train state sha256' "$W/whole.txt")" 10 "one hash an epoch"

train $a --name again >"$W/again.txt" 2>&1
is "$(state_hash "$W/again.txt")" "$whole" "the same seed gives the same run"
train $a --name two --workers 2 >"$W/two.txt" 2>&1
is "$(state_hash "$W/two.txt")" "$whole" "two loader threads give the same run"
train $a --name none --workers 0 >"$W/none.txt" 2>&1
is "$(state_hash "$W/none.txt")" "$whole" "no loader thread gives the same run"
train --epochs 10 --seed 8 --project "$W/r" --name other >"$W/other.txt" 2>&1
[ "$(state_hash "$W/other.txt")" != "$whole" ]; say $? "another seed gives another run"

kill_at_random() { sleep "0.$((RANDOM % 7))$((RANDOM % 10))"; kill -9 $p 2>/dev/null; wait $p 2>/dev/null; true; }
for round in 1 2 3; do # after the first checkpoint
    meanwhile "$W/r/cut" '[ -s "$W/r/cut/weights/last.pt" ]' kill_at_random start "$W/cut.txt" $a --name cut
    "$Y" train --resume "$W/r/cut" --no-tui >"$W/resumed.txt" 2>&1; is $? 0 "resume after SIGKILL ($round)"
    goes_on_as "$(state_hash "$W/resumed.txt")" "$whole" "bitwise equal after SIGKILL ($round)"
    goes_on_as "$(sha256sum <"$W/r/cut/results.csv")" "$(sha256sum <"$W/r/whole/results.csv")" "results.csv equal after SIGKILL ($round)"
done

# killed while it finishes: last.pt is whole, all epochs are done
train $a --name end --epochs 10 --save-period 1 >"$W/end.txt" 2>&1
for epoch in 0 1 2 3 4 5 6 7 8 9; do "$Y" info "$W/r/end/weights/epoch$epoch.pt" | grep -o 'train state sha256.*'; done >"$W/stored"
grep -o '^train state sha256.*' "$W/end.txt" | cmp -s - "$W/stored"; say $? "what is written beside the next epoch is the state of its own"
cp "$W/r/end/weights/epoch9.pt" "$W/r/end/weights/last.pt"; sed -i '$d' "$W/r/end/results.csv"
"$Y" train --resume "$W/r/end" --no-tui >"$W/ended.txt" 2>&1; is $? 0 "a run that was killed while it finished finishes"
cmp -s "$W/r/whole/results.csv" "$W/r/end/results.csv"; say $? "its last row is there again"
goes_on_as "$(state_hash "$W/ended.txt")" "$whole" "its state is the one it had"
grep -q "trained:" "$W/ended.txt"; is $? 1 "and nothing was trained again"

# in the middle of an epoch, by a saved stop
meanwhile "$W/r/term" '[ "$(rows "$W/r/term")" -ge 1 ]' 'kill -TERM $p; wait $p; code=$?' start "$W/term.txt" $a --name term
is $code 143 "SIGTERM saves and ends with 143"
"$Y" train --resume "$W/r/term/weights/last.pt" --no-tui >"$W/termed.txt" 2>&1; is $? 0 "resume after SIGTERM"
goes_on_as "$(state_hash "$W/termed.txt")" "$whole" "bitwise equal after SIGTERM"
goes_on_as "$(sha256sum <"$W/r/term/results.csv")" "$(sha256sum <"$W/r/whole/results.csv")" "results.csv equal after SIGTERM"

# from a checkpoint that the save key made in the middle of an epoch, while the run went on and was killed later
meanwhile "$W/r/key" '[ -e "$W/r/key/live" ]' '"$Y" ctl "$W/r/key" save >"$W/ctl" 2>&1' start "$W/key.txt" $a --name key; say $? "ctl save"
kill -9 $p 2>/dev/null; wait $p 2>/dev/null
manual=$(ls "$W"/r/key/weights/manual-*.pt 2>/dev/null | head -n 1)
[ -n "$manual" ]; say $? "the save key keeps a second name"
"$Y" train --resume "$manual" --no-tui >"$W/keyed.txt" 2>&1; is $? 0 "resume from the save key's file"
goes_on_as "$(state_hash "$W/keyed.txt")" "$whole" "bitwise equal from the save key's file"

# resuming a run that is still being trained (its starter was killed, the engine was not) watches it to its end
A=$W/r/alive
meanwhile "$A" '[ -s "$A/weights/last.pt" ]' '"$Y" ctl "$A" pause >"$W/ctl" 2>&1' start "$W/alive.txt" $a --name alive
"$Y" train --resume "$A" --no-tui >"$W/watched.txt" 2>&1 & watcher=$!
wait_for 20 'grep -q ETA "$W/watched.txt"'; "$Y" ctl "$A" resume >"$W/ctl" 2>&1
wait $watcher; is $? 0 "resuming a live run watches it"
wait $p
is "$(state_hash "$W/watched.txt")" "$whole" "and shows its states"

fails_with 2 "stripped|nothing to resume" "a finished run cannot be resumed" "$Y" train --resume "$W/r/whole" --no-tui
fails_with 2 "nowhere" "a run that is not there" "$Y" train --resume "$W/nowhere" --no-tui
fails_with 2 "batch-size" "an option that the run decides" "$Y" train --resume "$W/r/whole" --batch-size 4 --no-tui

# the data set has other classes now
start "$W/classes.txt" --epochs 100000 --project "$W/r" --name classes
wait_for 60 '[ -s "$W/r/classes/weights/last.pt" ]'
"$Y" ctl "$W/r/classes" stop now >"$W/stop" 2>&1; wait $p; is $? 4 "a run that is stopped"
cp "$D" "$W/before.yaml"
sed -i 's/^names: \[/&more, /; s/^nc: .*/nc: 5/' "$D"
fails_with 2 'data.yaml has 5 classes now, and .*last.pt was trained with 4' "one class more" "$Y" train --resume "$W/r/classes" --no-tui
sed 's/disk/disc/' "$W/before.yaml" >"$D"
start_resume() { "$Y" train --resume "$W/r/classes" --no-tui >"$W/renamed.txt" 2>&1 & p=$!; }
start_resume
wait_for 60 'grep -q "class 0 is disc in .*data.yaml now, and was disk when the run began" "$W/renamed.txt"'; say $? "another name of a class is a warning"
wait_for 60 'grep -q "resumed at epoch" "$W/renamed.txt"'; say $? "and the run goes on"
kill -TERM $p; wait $p
done_testing
