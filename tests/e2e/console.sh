#!/usr/bin/env bash
# The program in a terminal that is not ours (tmux), where users live: as process 1 of a container, under a shell's
# job control, in the background, in a locale with decimal commas, with its terminal torn away.
. "$(dirname "$0")/../support/lib.sh"
tmux -V >/dev/null 2>&1 || { echo "skipped: needs tmux"; exit 77; }
T="tmux -L yolodeck-e2e-$$ -f /dev/null"
trap 'code=$?; $T kill-server 2>/dev/null; (exit "$code"); finish' EXIT
export LC_ALL=C.UTF-8
make_data
R=$W/c/run

# pane COMMAND: in a terminal of its own, which stays and says with what status the command ended
pane() { # a server that is about to end takes nothing: asked again
    $T kill-server 2>/dev/null
    COMMAND="$1; echo status \$?; sleep 600"
    wait_for 20 '$T new-session -d -x 94 -y 30 "$COMMAND" 2>/dev/null'
}
keys() { $T send-keys "$@"; }
screen() { $T capture-pane -p 2>/dev/null; }
shows() { # shows TEXT [SECONDS]
    wait_for "${2:-20}" 'screen | grep -qF -- "$WANTED"' && return 0
    echo "\"$1\" is not on the screen:"; screen | grep -v '^$'; return 1
}
sees() { WANTED=$1 shows "$1" "${3:-20}"; say $? "$2"; }
options="$(common | sed 's/--no-tui//') --weights '' --epochs 100000 --noval --project $W/c --name run"

train --epochs 100000 --noval --project "$W/c" --name run --detach >"$W/start" 2>&1
wait_for 60 '[ "$(status "$R" state 2>/dev/null)" = train ]' || { cat "$W/start"; exit 1; }

pane "bash --norc --noprofile -i"
keys "$Y attach $R" Enter; sees TRAIN "attach draws"
keys C-z; sees Stopped "Ctrl-Z gives the terminal to the shell"
keys "echo shell \$((40 + 3))" Enter; sees "shell 43" "which works"
keys "fg" Enter; sees "learning rate" "and fg brings the picture back"
keys q; sees "to come back" "q leaves"
keys "clear; $Y attach $R &" Enter; sees "im/s" "in the background it tells lines"
keys Enter "kill %1; wait; clear; echo wiped by \$((40 + 2))" Enter; sees "by 42" "and ends by a signal"
keys "TERM=dumb $Y attach $R" Enter; sees "ETA" "a dumb terminal has lines" # none is left of those above
keys C-c; sees "goes on" "until Ctrl-C, which ends the watching alone"
keys "clear; $Y attach $R </dev/null" Enter; sees "standard input is no terminal" "with nothing to read keys from it says why there are lines"
keys C-c
is "$(status "$R" state)" train "the run goes on"

pane "$Y attach $R"; sees TRAIN "attach again"
pid=$($T list-panes -F '#{pane_pid}')
$T kill-server
wait_for 20 '! ps -o pid= --ppid "$pid" >/dev/null && ! kill -0 "$pid" 2>/dev/null'; say $? "a terminal torn away ends the console"
is "$(status "$R" state)" train "and not the run"

locale=$W/locale
mkdir -p "$locale"
if localedef -i de_DE -f UTF-8 "$locale/de_DE.UTF-8" >/dev/null 2>&1 &&
    [ "$(LOCPATH=$locale LC_ALL=de_DE.UTF-8 bash -c 'printf %.1f 1,5')" = 1,5 ]; then
    comma="env LOCPATH=$locale LC_ALL=de_DE.UTF-8"
    pane "$comma $Y attach $R"; sees "im/s" "a locale with decimal commas: drawn"
    wait_for 20 'screen >"$W/screen"; grep -q "box *[0-9]\.[0-9]" "$W/screen"'; say $? "points"
    ! grep -q '[0-9],[0-9]' "$W/screen"; say $? "no comma in a number"
    $comma "$Y" train --weights '' $(common) --epochs 1 --project "$W/c" --name comma --json >"$W/events" 2>"$W/out"; is $? 0 "train --json there"
    python3 -c 'import json,sys; [json.loads(line) for line in open(sys.argv[1])]' "$W/events"; say $? "is JSON"
    $comma "$Y" train --weights '' $(common) --epochs 1 --project "$W/c" --name comma2 >"$W/plain" 2>&1; is $? 0 "and plain lines"
    ! grep -q '[0-9],[0-9]' "$W/plain"; say $? "have points"
    python3 - "$W/c/comma/results.csv" "$W/c/comma2/results.csv" <<'PY'; say $? "results.csv too"
import csv, sys
for path in sys.argv[1:]:
    rows = list(csv.reader(open(path)))
    assert len(rows) == 2 and len(rows[1]) == len(rows[0]) and all(float(x) == float(x) for x in rows[1]), rows
PY
else
    echo "ok    (no locale with decimal commas can be made here: skipped)"
fi
pid=$(status "$R" pid)
"$Y" ctl "$R" stop now >/dev/null
wait_for 20 '! ps -o stat= -p "$pid" | grep -q "^[^Z]"' # the folder is free for the next run
$T kill-server 2>/dev/null

# trains_on WHAT: the run writes more epochs than it has.
trains_on() { local had; had=$(rows "$R"); wait_for 60 '[ "$(rows "$R")" -gt '"$had"' ]'; say $? "$1"; }
# Process 1 of a container, made by namespaces: what it leaves behind would die with it.
inside="unshare --user --map-root-user --pid --fork --mount-proc"
if $inside true 2>/dev/null; then
    pane "$inside $Y train $options"; sees TRAIN "process 1 of a namespace: trains and draws" 60
    keys q; sees "this process stays until" "q leaves the console, the process stays"
    trains_on "and the run goes on"
    kill -TERM "$(pgrep -o -f "^$Y train .*--project $W/c --name run")" # the oldest is the launcher, seen from outside
    sees "status 143" "SIGTERM to process 1 saves and stops the run" 60
    [ -s "$R/weights/last.pt" ]; say $? "it is saved"
    pane "$inside $Y train $options"; sees TRAIN "process 1 again" 60
    kill -TERM "$(pgrep -o -f "^$Y train .*--project $W/c --name run")"
    sees "status 143" "SIGTERM to process 1 while the console is open saves and stops the run too" 60
    pane "$inside $Y train $options"; sees TRAIN "process 1 once more" 60
    pid=$($T list-panes -F '#{pane_pid}')
    $T kill-server
    wait_for 20 '! kill -0 "$pid" 2>/dev/null'
    trains_on "a terminal torn away: the run goes on"
    pgrep -f "^$Y train .*--project $W/c --name run" | xargs -r kill -KILL
else
    echo "ok    (no namespaces for users here: process 1 skipped)"
fi
done_testing
