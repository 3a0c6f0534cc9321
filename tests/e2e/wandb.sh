#!/usr/bin/env bash
# `wandb sync`, W&B's own program, reads a run's offline folders and sends them on, to a server here: epochs as results.csv has them,
# pictures, boxes, models, one run whether it was cut or not. Skipped where no Python has the package wandb (.ci/run installs it).
P=
for python in "${YD_WANDB_PYTHON:-}" "${YD_SOURCE_DIR:-.}/build/wandb/bin/python"; do
    [ -n "$python" ] && "$python" -c 'import wandb' 2>/dev/null && P=$python && break
done
. "$(dirname "$0")/../support/lib.sh"
unset WANDB_MODE WANDB_DIR WANDB_ENTITY WANDB_RUN_ID
export W
folders() { find "$1/wandb" -maxdepth 1 -name 'offline-run-*' 2>/dev/null | wc -l; }
id_of() { find "$1/wandb" -maxdepth 1 -name 'offline-run-*' | sed 's/.*-//' | sort -u; }
check() { [ -z "$P" ] || "$P" "$S/tests/e2e/wandb_check.py" "$@" 2>"$W/why" || { tail -n 5 "$W/why"; return 1; }; }
make_data
plots=$(common | sed 's/--noplots//')
wtrain() { "$Y" train --weights '' $plots --epochs 3 --project "$W/r" "$@"; }

wtrain --name off >"$W/off.txt" 2>&1; is "$(folders "$W/r/off")" 0 "nothing without being asked"
WANDB_MODE=disabled wtrain --name off2 --wandb >"$W/off2.txt" 2>&1; is "$(folders "$W/r/off2")" 0 "nothing with WANDB_MODE=disabled"
WANDB_MODE=offline wtrain --name off3 --no-wandb >"$W/off3.txt" 2>&1; is "$(folders "$W/r/off3")" 0 "nothing with --no-wandb"

wtrain --name whole --entity someone --save-period 1 --upload_dataset true >"$W/whole.txt" 2>&1; is $? 0 "three epochs with --entity"
is "$(folders "$W/r/whole")" 1 "one folder"
grep -q "W&B: run $(id_of "$W/r/whole"), offline in" "$W/whole.txt"; say $? "the log says where it is"
check "$W/r/whole" entity=someone project=r name=whole sessions=1 epochs=3 models=4 datasets=train,val pictures=30 labels=30; say $? "wandb sync sends it"

# killed after the first checkpoint: the id goes on, and what is done again replaces what was
# shellcheck disable=SC2317 # meanwhile calls it
start_cut() { WANDB_MODE=offline "$Y" train --weights '' $plots --epochs 6 --project "$W/r" --name cut >"$W/cut.txt" 2>&1 & p=$!; }
meanwhile "$W/r/cut" '[ -s "$W/r/cut/weights/last.pt" ]' 'kill -9 $p; wait $p 2>/dev/null; true' start_cut
"$Y" train --resume "$W/r/cut" --no-tui >"$W/resumed.txt" 2>&1; is $? 0 "resumed"
is "$(folders "$W/r/cut")" 2 "a folder a session"
is "$(id_of "$W/r/cut" | wc -l)" 1 "under one id"
check "$W/r/cut" project=r name=cut sessions=2 epochs=6; say $? "wandb sync sends both as one run"

WANDB_DIR=$W/elsewhere wtrain --name there --wandb >"$W/there.txt" 2>&1
is "$(folders "$W/elsewhere")" 1 "WANDB_DIR is where it goes"

# a disk that takes nothing is a warning
WANDB_DIR=/dev/null wtrain --name full --wandb >"$W/full.txt" 2>&1; is $? 0 "the run needs no W&B"
grep -q "nothing is kept for W&B: " "$W/full.txt"; say $? "and says that it has none"
[ -n "$P" ] || echo "note  no Python here has the package wandb: its own reader is not tried"
done_testing
