#!/usr/bin/env bash
# Evolution: what it leaves behind, that one which was cut, by whatever means, ends bitwise as one that was not, that generations
# may fail, and that whoever watches sees one run.
# shellcheck disable=SC2317 # meanwhile calls them
. "$(dirname "$0")/../support/lib.sh"
make_data
e() { echo --epochs 3 --evolve 3 --seed 7 --project "$W/r" --name "$1"; }
# What a generation found and with what, without the times.
lines() { grep '"generation"' "$1/evolve.jsonl" | sed 's/"seconds": [^,]*, //; s/"time": [^,]*, //'; }

train $(e whole) >"$W/whole.txt" 2>&1; is $? 0 "three generations"
R=$W/r/whole
is "$(grep -c '"generation"' "$R/evolve.jsonl")" 3 "each has a line in evolve.jsonl"
is "$(wc -l <"$R/evolve.csv")" 4 "and a row in evolve.csv, below the header"
awk -F, '{for (i = 1; i <= NF; i++) if (length($i) != 20) exit 1; if (NF != 36) exit 1}' "$R/evolve.csv"; say $? "7 results and 29 hyperparameters, each 20 wide"
is "$(awk 'NR > 1 {print $1}' FS=, "$R/evolve.csv" | wc -l)" 3 "no row is missing"
[ "$(awk -F, 'NR > 1 {$1 = $2 = $3 = $4 = $5 = $6 = $7 = ""; print}' "$R/evolve.csv" | sort -u | wc -l)" = 3 ]; say $? "no two have the same hyperparameters"
head -1 "$R/hyp_evolve.yaml" | grep -qx '# YOLOv5 Hyperparameter Evolution Results' && grep -qx '# Last generation: 2' "$R/hyp_evolve.yaml"; say $? "the best are in hyp_evolve.yaml"
train --epochs 1 --hyp "$R/hyp_evolve.yaml" --project "$W/r" --name taken >"$W/taken.txt" 2>&1; is $? 0 "which a training takes"
[ -z "$(ls -A "$R/weights")" ]; say $? "no checkpoints"
is "$(wc -l <"$R/results.csv")" 4 "results.csv has the epochs of the last generation"
is "$(grep -c 'validated' "$W/whole.txt")" 3 "only last epochs are validated"
grep -qx 'evolve: 3' "$R/opt.yaml"; say $? "opt.yaml says so"
fails_with 2 'nothing to resume: its 3 generations are done' "one that is over is not resumed" "$Y" train --resume "$R" --no-tui
"$Y" train --resume "$R" --evolve 4 --no-tui >"$W/longer.txt" 2>&1; is $? 0 "but may be made longer"
is "$(grep -c '"generation"' "$R/evolve.jsonl")" 4 "by one generation"
"$Y" runs "$W/r" --no-tui | grep -q whole; say $? "the run is listed"
[ ! -e "$R/evolve.png" ]; say $? "--noplots draws none"
"$Y" plot "$R" >"$W/plotted"; grep -q "evolve.png" "$W/plotted" && [ "$(head -c 4 "$R/evolve.png" | tail -c 3)" = PNG ]; say $? "its plot can be drawn later"
lines "$R" | head -n 3 >"$W/wanted"; head -4 "$R/evolve.csv" >"$W/wanted.csv"
same() { lines "$W/r/$1" | cmp -s - "$W/wanted" && cmp -s "$W/r/$1/evolve.csv" "$W/wanted.csv"; say $? "$2"; }

# in_second NAME COMMAND: carries it out when the first of three generations is done.
in_second() { R=$W/r/$1; meanwhile "$R" 'grep -q "\"generation\": 0" "$R/evolve.jsonl" 2>/dev/null' "$2" start_now "$W/$1.txt" $(e "$1"); }
start_now() { began=$(date +%s%3N); start "$@"; }
generation() { pgrep -P "$p" | xargs -r -n1 pgrep -P; } # its process
killed() { # anywhere
    sleep "$(awk "BEGIN {print ($(date +%s%3N) - $began) * $((RANDOM % 150)) / 1e5}")" # within one and a half generations of the two that are left
    children=$(generation)
    kill -9 $p 2>/dev/null; wait $p 2>/dev/null
    true
}

for round in 1 2 3; do
    in_second cut killed
    wait_for 5 '! kill -0 $children 2>/dev/null'; say $? "no generation outlives its evolution ($round)"
    "$Y" train --resume "$W/r/cut" --no-tui >"$W/resumed.txt" 2>&1
    is $? 0 "resume after SIGKILL ($round)"
    same cut "bitwise equal after SIGKILL ($round)"
done

in_second stop '"$Y" ctl "$R" pause >"$W/pause" 2>&1'; say $? "pause"
"$Y" ctl "$W/r/stop" status | grep -q 'generation [12] of 3'; say $? "ctl status says the generation"
is "$(status "$W/r/stop" state)" paused "paused"
"$Y" ctl "$W/r/stop" stop now >"$W/stopped" 2>&1; is $? 0 "stop now"
wait $p; is $? 4 "a stopped evolution ends with 4"
[ -s "$W/r/stop/weights/last.pt" ]; say $? "the generation is saved"
(cd "$W" && "$Y" train --resume "$W/r/stop" --no-tui >"$W/resumed.txt" 2>&1); is $? 0 "resume after stop"
grep -q 'resumed at epoch' "$W/resumed.txt"; say $? "in the middle of the generation"
same stop "bitwise equal after stop"

# One that would not be over today: who starts it is told of the run at once.
# shellcheck disable=SC2046 # words
timeout 300 "$Y" train --weights '' $(common | sed 's/--no-tui//') --epochs 1 --evolve 1000000 --project "$W/r" --name detached --detach >"$W/detached" 2>&1; is $? 0 "--detach returns"
grep -q "detached runs as process" "$W/detached"; say $? "with the way to the run"
"$Y" ctl "$W/r/detached" stop now >"$W/stopped" 2>&1; is $? 0 "which goes on until it is stopped"

in_second signal 'kill -TERM $p; wait $p; code=$?'; is $code 143 "SIGTERM saves and ends"
"$Y" train --resume "$W/r/signal" --no-tui >"$W/resumed.txt" 2>&1; is $? 0 "resume after SIGTERM"
same signal "bitwise equal after SIGTERM"

crash() { wait_for 10 '[ -n "$(generation)" ]' && generation | xargs kill -KILL; } # SIGSEGV would be caught by a sanitizer
in_second crash crash
wait $p; is $? 0 "an evolution outlives a generation that crashes"
is "$(grep -c '"failed": "ended by signal 9' "$W/r/crash/evolve.jsonl")" 1 "which says why it failed"
grep '"failed": "ended' "$W/r/crash/evolve.jsonl" | grep -q '"fitness": 0.0'; say $? "and has fitness 0"
is "$(grep -c '"generation"' "$W/r/crash/evolve.jsonl")" 3 "all generations are there"

cd "$W" || exit 1
train --preset seed --epochs 1 --evolve 2 --img-size 64 64 --project "$W/s" >"$W/seed.txt" 2>&1; is $? 0 "two generations of the seed"
awk '{if (NF != 36 || length($0) != 36 * 11 - 1) exit 1}' evolve.txt; say $? "evolve.txt in the working directory"
is "$(wc -l <evolve.txt)" 2 "with a row a generation"
head -1 "$W/s/evolve/hyp_evolved.yaml" | grep -qx '# Hyperparameter Evolution Results'; say $? "hyp_evolved.yaml in the folder evolve"
train --preset seed --epochs 1 --evolve 1 --img-size 64 64 --project "$W/s" >"$W/seed.txt" 2>&1
is "$(grep -c '"generation": 2' "$W/s/evolve/evolve.jsonl")" 1 "evolving again goes on from there"
mkdir -p "$W/bin" "$W/gs"
cat >"$W/bin/gsutil" <<'SH'
#!/bin/sh
[ "$1" = du ] && { wc -c "$GS/${2##*/}" 2>/dev/null || exit 1; exit 0; }
case $2 in gs://*) exec cp "$GS/${2##*/}" "$3";; *) exec cp "$2" "$GS/${2##*/}";; esac
SH
chmod +x "$W/bin/gsutil"
GS="$W/gs" PATH="$W/bin:$PATH" train --epochs 1 --evolve 2 --bucket box --project "$W/b" --name one >"$W/one.txt" 2>&1; is $? 0 "an evolution with a bucket"
cmp -s "$W/gs/evolve.csv" "$W/b/one/evolve.csv" && cmp -s "$W/gs/hyp_evolve.yaml" "$W/b/one/hyp_evolve.yaml"; say $? "which has the population and the best"
GS="$W/gs" PATH="$W/bin:$PATH" train --epochs 1 --evolve 1 --seed 3 --bucket box --project "$W/b" --name two >"$W/two.txt" 2>&1
is "$(wc -l <"$W/b/two/evolve.csv")" 4 "a second evolution adds to it"
fails_with 2 'cannot be given beside --evolve' "a branch does not evolve" "$Y" train --branch "$W/r/taken" --evolve 2 --no-tui
fails_with 2 'nothing.yaml' "wrong data is said before anything is made" train $(e bad) --data nothing.yaml
[ ! -e "$W/r/bad" ]; say $? "and leaves no folder"
done_testing
