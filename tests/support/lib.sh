# shellcheck shell=bash
# Shared by the shell tests: counts checks, makes a small data set, waits without sleeping longer than needed.
# Sets: Y the program, B the backend that trains, W a folder that goes away, D a data set YAML, M a tiny model YAML, H hyperparameters.
set -u
Y=${YOLODECK:?the tests set YOLODECK to the program}
B=${YD_TEST_BACKEND:-cpu}
S=${YD_SOURCE_DIR:?the tests set YD_SOURCE_DIR to the source tree}
W=$(mktemp -d)
export HOME=$W/home XDG_STATE_HOME=$W/state XDG_CACHE_HOME=$W/cache
mkdir -p "$HOME"
failed=0
finish() {
    local code=$?
    jobs -p | xargs -r kill -9 2>/dev/null
    for live in "$W"/*/live "$W"/*/*/live "$W"/*/*/*/live; do
        [ -f "$live" ] && sed -n 's/^pid:* *//p' "$live" | xargs -r kill -9 2>/dev/null
    done
    rm -rf "$W"
    exit "$code"
}
trap finish EXIT
say() { if [ "$1" = 0 ]; then echo "ok    $2"; else failed=$((failed + 1)); echo "FAIL  $2"; fi; }
is() { if [ "$1" = "$2" ]; then say 0 "$3"; else say 1 "$3 (found \"$1\", wanted \"$2\")"; fi; }
# goes_on_as FOUND WANTED WHAT: the hash of a resumed run's state, or of its rows, is that of a whole one. On `ref` it is not: that computes
# in double, and checkpoints hold float32.
goes_on_as() { if [ "$B" = ref ]; then echo "note  $3: not compared on ref"; else [ -n "$2" ]; is "$?/$1" "0/$2" "$3"; fi; }
# fails_with STATUS PATTERN WHAT COMMAND…: the command ends with the status, and its output has the pattern.
fails_with() {
    local wanted=$1 pattern=$2 what=$3 code
    shift 3
    "$@" >"$W/out" 2>&1 </dev/null
    code=$?
    if [ "$code" != "$wanted" ]; then say 1 "$what: status $code, wanted $wanted: $(head -n 3 "$W/out")"
    elif ! grep -qE -- "$pattern" "$W/out"; then say 1 "$what: no \"$pattern\" in: $(head -n 3 "$W/out")"
    else say 0 "$what"; fi
}
# wait_for SECONDS CONDITION: the seconds are a quiet machine's; a loaded one, or a sanitizer, has eight times as many.
wait_for() { local n=$(($1 * 320)); while [ $n -gt 0 ]; do eval "$2" && return 0; sleep 0.025; n=$((n - 1)); done; return 1; }
make_data() { # 24 + 8 small pictures
    "$Y" demo "$W/set" --write-only --pictures 24 >"$W/make" 2>&1 || { cat "$W/make"; echo "cannot make the data set"; exit 1; }
    D=$W/set/data.yaml
    M=$S/tests/support/micro.yaml
    H=$S/configs/hyp/hyp.scratch-low.yaml
}
# No run ends early: how many epochs one has while a test looks at it is up to the machine.
common() { echo --cfg "$M" --data "$D" --hyp "$H" --img-size 64 --batch-size 8 --workers 1 --threads 1 --backend "$B" --noplots --exist-ok --no-tui --patience 0; }
train() { "$Y" train --weights '' $(common) "$@"; }
# start LOG [OPTION…]: the same in the background; its own process, not a shell's, is $p.
start() { local log=$1; shift; "$Y" train --weights '' $(common) "$@" >"$log" 2>&1 & p=$!; }
# meanwhile RUN CONDITION COMMAND START…: starts a run by START…, which sets $p to its process, and carries out COMMAND once CONDITION
# holds, which has to be before the run is over. How fast a run is beside this shell is nobody's choice: where it was over first, or
# COMMAND failed, all begins anew, with a run that is twice as slow. CONDITION and COMMAND are evaluated.
meanwhile() {
    local run=$1 condition=$2 command=$3 try reached brake
    shift 3
    for try in 1 2 3 4 5 6 7 8; do
        rm -rf "$run"
        "$@"
        brake=
        [ $try = 1 ] || { slow_down "$p" $(((1 << (try - 1)) - 1)) & brake=$!; }
        wait_for 60 "{ $condition; } || ! kill -0 $p 2>/dev/null"
        if eval "$command" && ! is_over "$run"; then reached=1; else reached=; fi
        [ -z "$brake" ] || { kill -TERM $brake; wait $brake; } 2>/dev/null
        [ -z "$reached" ] || return 0
        kill -KILL "$p" 2>/dev/null; wait "$p" 2>/dev/null
        echo "note  $run was over before it was reached ($try)"
    done
    say 1 "$run cannot be reached before it is over"
}
family() { local child; echo "$1"; for child in $(pgrep -P "$1"); do family "$child"; done; } # family PROCESS: it and all that it began
# slow_down PROCESS TIMES: it and its children rest so many times as long as they work, until it is gone, or until SIGTERM.
slow_down() {
    local all=$1 rest
    rest=$(awk "BEGIN {print 0.01 * $2}")
    trap 'kill -CONT $all 2>/dev/null; exit' TERM
    while kill -STOP $all 2>/dev/null; do
        sleep "$rest"; all=$(family "$1")
        kill -CONT $all 2>/dev/null; sleep 0.01
    done
}
rows() { local n; n=$(wc -l 2>/dev/null <"$1/results.csv") || n=1; echo $((n - 1)); } # rows RUN: how many epochs results.csv has
# is_over RUN: its last epoch, or generation, is done.
is_over() {
    local epochs generations
    epochs=$(sed -n 's/^epochs: //p' "$1/opt.yaml" 2>/dev/null) generations=$(sed -n 's/^evolve: //p' "$1/opt.yaml" 2>/dev/null)
    if [ -e "$1/evolve.jsonl" ]; then [ "$(grep -c '"generation"' "$1/evolve.jsonl")" -ge "${generations:-1}" ]
    else [ "$(rows "$1")" -ge "${epochs:-1}" ]; fi
}
state_hash() { grep -ho 'train state sha256 [0-9a-f]*' "$1" | tail -n 1; }
status() { "$Y" ctl "$1" status --json | python3 -c 'import json,sys; d = json.load(sys.stdin); print(*[d[k] for k in sys.argv[1:]])' "${@:2}"; }
done_testing() { echo "$failed failed"; [ "$failed" = 0 ]; exit $?; }
