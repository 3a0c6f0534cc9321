#!/usr/bin/env bash
# The real program in a real terminal: browses runs, opens what has ended, resumes a killed run and watches it.
# shellcheck source=tests/support/lib.sh
. "$(dirname "$0")/../support/lib.sh"
command -v tmux >/dev/null || exit 77
make_data
L=browser$$
t() { tmux -L "$L" "$@"; }
# shellcheck disable=SC2317 # wait_for calls it
pane() { t capture-pane -p; }
trap 'code=$?; t kill-server 2>/dev/null; (exit "$code"); finish' EXIT
start "$W/first.txt" --project "$W/r" --name cut --epochs 100000
wait_for 60 '[ "$(wc -l 2>/dev/null <"$W/r/cut/results.csv" || echo 0)" -ge 2 ]'; say $? "a run writes its rows"
kill -9 "$p"; wait "$p" 2>/dev/null
before=$(wc -l <"$W/r/cut/results.csv")
fails_with 2 "$W/r/cut" "attach on a dead run without a terminal" "$Y" attach "$W/r/cut"
"$Y" runs "$W/r" | grep -q '^cut .*dead'; say $? "the plain list in a pipe"

t -f /dev/null new-session -d -x 100 -y 30 "$Y runs $W/r; echo left with \$?; sleep 600"
wait_for 20 'pane | grep -q "cut .*dead"'; say $? "the browser lists it as dead"
t send-keys Enter; wait_for 20 'pane | grep -q "cut . DEAD"'; say $? "Enter shows what it has left"
t send-keys 2; wait_for 20 'pane | grep -q "metrics/mAP_0.5"'; say $? "with its curves"
t send-keys 6; wait_for 20 'pane | grep -q "A cut"'
t send-keys r; wait_for 20 'pane | grep -q "again resumes cut"'; say $? "r asks"
t send-keys r; wait_for 60 '[ "$(status "$W/r/cut" state 2>/dev/null)" = train ]'; say $? "r again resumes it"
wait_for 60 'pane | grep -q "cut . TRAIN"'; say $? "and the console watches it"
wait_for 60 '[ "$(wc -l <"$W/r/cut/results.csv")" -gt "$before" ]'; say $? "it goes on from where it was"
is "$(ps -o ni= -p "$(status "$W/r/cut" pid)" | tr -d ' ')" "$(ps -o ni= -p $$ | tr -d ' ')" "the engine is as important as it would be without a console"
t send-keys q; wait_for 20 'pane | grep -q "left with 5"'; say $? "the console is left, the run goes on"
"$Y" ctl "$W/r/cut" stop now >"$W/stop"; say $? "and is stopped"
done_testing
