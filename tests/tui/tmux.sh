#!/usr/bin/env bash
# The console in tmux, an interpreter of terminals that is not ours: drawn, steered, resized, left, attached again, hung up.
set -u
command -v tmux >/dev/null || { echo "skipped: no tmux"; exit 77; }
[ -x "${FAKE_RUN:-}" ] && [ -x "${YOLODECK:-}" ] || { echo "skipped: needs the program and a run for tests"; exit 77; }

WORK=$(mktemp -d) SOCKET="yolodeck-test-$$" FAILED=0
export XDG_STATE_HOME=$WORK/state
t() { tmux -L "$SOCKET" -f /dev/null "$@"; }
trap 't kill-server 2>/dev/null; kill "$RUN_PID" 2>/dev/null; rm -rf "$WORK"' EXIT
check() { # check WHAT STATUS
    if [ "$2" = 0 ]; then echo "ok      $1"; else
        echo "FAILED  $1"
        FAILED=1
        t capture-pane -p 2>/dev/null
    fi
}
screen_has() { # screen_has TEXT [SECONDS]
    for _ in $(seq 1 $((${2:-3} * 20))); do
        t capture-pane -p 2>/dev/null | grep -qF -- "$1" && return 0
        sleep 0.05
    done
    return 1
}
new_session() { # new_session WIDTH HEIGHT COMMAND
    t new-session -d -x "$1" -y "$2" -e LC_ALL=C.UTF-8 -e XDG_STATE_HOME="$XDG_STATE_HOME" "$3; echo status \$?; sleep 60"
}

"$FAKE_RUN" "$WORK/exp3" >"$WORK/fake.log" 2>&1 &
RUN_PID=$!
for _ in $(seq 1 100); do [ -e "$WORK/exp3/live" ] && break; sleep 0.05; done

new_session 94 30 "$YOLODECK attach $WORK/exp3"
screen_has "learning rate"; check "draws" $?
screen_has "epoch" && screen_has "TRAIN"; check "says epoch and state" $?
t send-keys p; screen_has "PAUSED"; check "p pauses" $?
t send-keys p; screen_has "TRAIN"; check "p goes on" $?
t send-keys e; screen_has "after a final validation"; check "e opens the stop menu" $?
t send-keys Escape; sleep 0.2; t send-keys '?'; screen_has "leave the console"; check "? helps" $?
t send-keys Escape
for size in "200 60" "60 16" "40 10" "1 1" "80 24"; do
    t resize-window -x "${size% *}" -y "${size#* }"
    [ "$size" = "1 1" ] && { sleep 0.2; continue; }
    screen_has "epoch"; check "at ${size/ /x}" $?
done
screen_has "┌ progress ─"; check "edges are whole after resizing" $?
t send-keys q; screen_has "status 5"; check "q leaves with status 5" $?
t capture-pane -p | grep -qF "yolodeck attach exp3"; check "says how to come back" $?
sleep 0.3; t capture-pane -p | grep -q '\[0n'; check "no answer of the terminal is left over" $((!$?))
t kill-server
new_session 80 24 "$YOLODECK attach $WORK/exp3"
screen_has "epoch"; check "attaches again" $?
CONSOLE=$(pgrep -f "attach $WORK/exp3" | tail -n 1)
t kill-server; for _ in $(seq 1 40); do kill -0 "$CONSOLE" 2>/dev/null || break; sleep 0.05; done
! kill -0 "$CONSOLE" 2>/dev/null; check "is gone with its terminal" $?
kill -0 "$RUN_PID"; check "the run goes on" $?
exit $FAILED
