#!/usr/bin/env bash
# ctl and signals against a live run: each verb waits for its answer, each refusal has its reason.
. "$(dirname "$0")/../support/lib.sh"
make_data
R=$W/c/run
train --epochs 100000 --project "$W/c" --name run --detach >"$W/start" 2>&1; is $? 0 "--detach starts and returns"
wait_for 60 '[ "$(status "$R" state 2>/dev/null)" = train ]'; say $? "the run trains"

"$Y" ctl "$R" pause >/dev/null; is $? 0 "pause"
is "$(status "$R" state)" paused "paused"
a=$(status "$R" step); sleep 0.7; is "$(status "$R" step)" "$a" "paused means no step"
fails_with 1 "asked again|not while|already" "pause while paused is refused" "$Y" ctl "$R" pause
"$Y" ctl "$R" save >/dev/null; is $? 0 "save while paused"
ls "$R"/weights/manual-*.pt >/dev/null 2>&1; say $? "it is there"
wait_for 10 '[ "$(status "$R" state)" = paused ]'; say $? "and paused again"
"$Y" ctl "$R" resume >/dev/null; is $? 0 "resume"
fails_with 1 "not paused" "resume while it trains is refused" "$Y" ctl "$R" resume
"$Y" ctl "$R" set save_period 3 >/dev/null; is $? 0 "set save_period 3"
is "$(status "$R" save_period)" 3 "save_period is 3"
fails_with 1 "whole number" "a wrong value is refused" "$Y" ctl "$R" set save_period many
fails_with 1 "cannot be changed" "an unknown name is refused" "$Y" ctl "$R" set colour blue
grep -q '"name":"save_period"' "$R/tweaks.jsonl" 2>/dev/null || grep -q '"name": "save_period"' "$R/tweaks.jsonl"; say $? "the ledger has the change"
"$Y" ctl "$R" validate >"$W/v" 2>&1; is $? 0 "validate"
"$Y" ctl "$R" status >"$W/s" 2>&1; is $? 0 "status"
fails_with 2 "usage|verb" "a wrong verb" "$Y" ctl "$R" dance
fails_with 2 "now, epoch or final" "a wrong stop" "$Y" ctl "$R" stop later
fails_with 2 "held|lock|lives|process" "a second engine on the same run is refused" train --epochs 1 --project "$W/c" --name run
fails_with 2 "held|lock|lives|process" "resuming an older checkpoint of a live run is refused" "$Y" train --resume "$(ls "$R"/weights/manual-*.pt | head -n 1)" --no-tui
"$Y" ctl "$R" stop epoch >/dev/null; is $? 0 "stop epoch"
wait_for 60 '! "$Y" ctl "$R" status >/dev/null 2>&1'; say $? "the run ends"
"$Y" ctl "$R" status >/dev/null 2>&1; is $? 4 "ctl to an ended run: status 4"
[ -s "$R/weights/last.pt" ] && [ -s "$R/results.csv" ] && [ -s "$R/opt.yaml" ]; say $? "everything is saved"
wait_for 10 '[ ! -e "$R/live" ]'; say $? "no live file stays"

start "$W/fore.txt" --epochs 100000 --project "$W/c" --name fore
wait_for 60 '[ "$(status "$W/c/fore" state 2>/dev/null)" = train ]'
"$Y" ctl "$W/c/fore" stop now >/dev/null; is $? 0 "stop now is answered when all is saved"
wait $p; is $? 4 "stopped by the user: status 4"
start "$W/int.txt" --epochs 100000 --project "$W/c" --name int
wait_for 60 '[ "$(status "$W/c/int" state 2>/dev/null)" = train ]'
kill -INT $p; wait $p; is $? 130 "SIGINT saves and ends with 130"
[ -s "$W/c/int/weights/last.pt" ]; say $? "SIGINT saved"
start "$W/kill.txt" --epochs 100000 --project "$W/c" --name kill
wait_for 60 '[ "$(status "$W/c/kill" state 2>/dev/null)" = train ]'
kill -9 $p; wait $p 2>/dev/null
"$Y" ctl "$W/c/kill" status >"$W/dead" 2>&1; is $? 4 "ctl to a killed run: status 4"

train --epochs 2 --project "$W/c" --name json --json >"$W/events" 2>"$W/out"; is $? 0 "train --json"
python3 - "$W/events" <<'PY' >"$W/judged" 2>&1
import json, sys, time
events = [json.loads(line) for line in open(sys.argv[1])]
of = lambda kind: [e for e in events if e["event"] == kind]
assert {e["event"] for e in events} <= {"state", "step", "epoch", "validation", "saved", "picture", "changed", "alert", "rollback", "log"}
assert all(abs(e["time"] - time.time()) < 900 for e in events) and len({e["time"] for e in events}) > 3, "times"
assert [(e["epoch"], e["batch"]) for e in of("step")] == [(e, b) for e in (0, 1) for b in (0, 1, 2)], "steps"
assert [e["epoch"] for e in of("epoch")] == [e["epoch"] for e in of("validation")] == [0, 1], "epochs"
assert [e["epoch"] for e in of("saved") if e["name"] == "last.pt"] == [0, 1], "saved"
assert of("state")[-1]["to"] == "done", "end"
PY
is $? 0 "one event an object a line, counted from 0, with its time: $(tail -n 1 "$W/judged")"

# Started with nothing to read from and to write to: what it prints goes nowhere, least of all into its own files and rings.
"$Y" train --weights '' $(common) --epochs 100000 --project "$W/c" --name closed --json <&- >&- 2>&- & p=$!
wait_for 60 '[ "$(status "$W/c/closed" state 2>/dev/null)" = train ]'; say $? "a run whose standard files are closed trains"
is "$(readlink /proc/$p/fd/{0,1,2} | sort -u)" /dev/null "and none of its own takes their places"
kill -TERM $p; wait $p; is $? 143 "SIGTERM saves it"
# What is written is documented, and the other way round: docs/events.md.
start "$W/fore.txt" --epochs 100000 --project "$W/c" --name watched
wait_for 60 '[ "$(status "$W/c/watched" state 2>/dev/null)" = train ]'
"$Y" attach --json "$W/c/watched" >"$W/seen" 2>"$W/out" & watcher=$!
wait_for 10 'grep -q "\"epoch\"" "$W/seen"'; say $? "attach --json tells"
"$Y" ctl "$W/c/watched" set save_period 7 >/dev/null
kill -STOP $p; wait_for 20 'grep -q stalled "$W/seen"'; say $? "a stopped engine is told"; kill -CONT $p
kill -STOP $watcher; sleep 1; kill -CONT $watcher
kill -KILL $p; wait $p 2>/dev/null; wait $watcher; is $? 3 "a killed engine ends it with status 3"
python3 - "$S/docs/events.md" "$W/events" "$W/seen" <<'PY' >"$W/judged" 2>&1
import json, re, sys
fields, kind = {}, None
for line in open(sys.argv[1]):
    heading = re.match(r"##+ `(\w+)`", line)
    if heading: fields[kind := heading[1]] = []
    elif line.startswith("#"): kind = None
    elif kind and (row := re.match(r"\| `(\w+)` \|", line)): fields[kind].append(row[1])
found = set()
for path in sys.argv[2:]:
    for line in open(path):
        event = json.loads(line)
        assert list(event) == ["event", "time"] + fields[event["event"]], line
        found.add(event["event"])
first, *_, last = [json.loads(line) for line in open(sys.argv[3])]
assert first["event"] == "attached" and first["epochs"] == 100000 and last["event"] == "gone", (first, last)
assert {"attached", "state", "step", "epoch", "validation", "saved", "changed", "log", "stalled", "gone"} <= found, found
PY
is $? 0 "every object is as docs/events.md has it: $(tail -n 1 "$W/judged")"
done_testing
