#!/usr/bin/env bash
# TensorBoard's own reader shows a run as it was: every batch once, epochs as results.csv has them, and the same curves whether the run
# was cut and resumed or not. Skipped where no Python has the package tensorboard (.ci/run installs it into build/tensorboard).
P=
for python in "${YD_TENSORBOARD_PYTHON:-}" "${YD_SOURCE_DIR:-.}/build/tensorboard/bin/python" python3; do
    [ -n "$python" ] && "$python" -c 'import tensorboard' 2>/dev/null && P=$python && break
done
[ -n "$P" ] || { echo "skipped: no Python here has the package tensorboard"; exit 77; }
. "$(dirname "$0")/../support/lib.sh"
check() { "$P" "$S/tests/e2e/tensorboard_check.py" "$@" 2>"$W/why" || { grep -v -i warning "$W/why" | tail -n 5; return 1; }; }
files() { find "$1" -maxdepth 1 -name 'events.out.tfevents.*' | wc -l; }
make_data
a="--epochs 6 --seed 7 --project $W/r"

train $a --name whole >"$W/whole.txt" 2>&1; is $? 0 "six epochs"
is "$(files "$W/r/whole")" 1 "one event file"
check results "$W/r/whole"; say $? "its scalars are those of results.csv, and every batch"

"$Y" train --weights '' $(common | sed 's/--noplots//') --epochs 2 --project "$W/r" --name plots >"$W/plots.txt" 2>&1; is $? 0 "two epochs with plots"
export W
check beside "$W/r/plots"; say $? "histogram, graph and pictures"

# shellcheck disable=SC2317 # meanwhile calls it
kill_at_random() { sleep "0.$((RANDOM % 5))"; kill -9 $p 2>/dev/null; wait $p 2>/dev/null; true; }
for round in 1 2; do # after the first checkpoint
    meanwhile "$W/r/cut" '[ -s "$W/r/cut/weights/last.pt" ]' kill_at_random start "$W/cut.txt" $a --name cut
    "$Y" train --resume "$W/r/cut" --no-tui >"$W/resumed.txt" 2>&1; is $? 0 "resume after SIGKILL ($round)"
    check compare "$W/r/whole" "$W/r/cut"; say $? "the same curves after SIGKILL ($round)"
done

# in the middle of an epoch, by a saved stop
meanwhile "$W/r/term" '[ "$(rows "$W/r/term")" -ge 1 ]' 'kill -TERM $p; wait $p; code=$?' start "$W/term.txt" $a --name term
is $code 143 "SIGTERM saves"
"$Y" train --resume "$W/r/term" --no-tui >"$W/termed.txt" 2>&1; is $? 0 "resume after SIGTERM"
is "$(files "$W/r/term")" 2 "a file a session"
check compare "$W/r/whole" "$W/r/term"; say $? "the same curves after SIGTERM"

# from an older checkpoint, behind which there is much to be undone
train $a --name back --save-period 1 >"$W/back.txt" 2>&1
"$Y" train --resume "$W/r/back/weights/epoch1.pt" --no-tui >"$W/backed.txt" 2>&1; is $? 0 "resume from an older checkpoint"
check compare "$W/r/whole" "$W/r/back"; say $? "what was undone is not shown"
done_testing
