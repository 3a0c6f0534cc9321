#!/usr/bin/env bash
# Anchors that do not fit the labels are replaced before training, and stay with the run: in checkpoints, on resume, in val.
. "$(dirname "$0")/../support/lib.sh"
make_data
T=$W/thin # the same pictures with labels that are 2 pixels high and most of the width, or upright
cp -r "$W/set" "$T"
python3 - "$T" <<'PY'
import pathlib, random, sys
random.seed(3)
for path in sorted(pathlib.Path(sys.argv[1], "labels").rglob("*.txt")):
    rows = []
    for _ in range(random.randint(2, 4)):
        long, short = random.uniform(0.5, 0.9), random.uniform(0.03, 0.05)
        w, h = (long, short) if random.random() < 0.6 else (short, long)
        rows.append(f"{random.randrange(4)} 0.5 0.5 {w:.4f} {h:.4f}\n")
    path.write_text("".join(rows))
PY
D=$T/data.yaml
P=$W/a
recall() { sed -n 's/.*best possible recall \([0-9.]*\).*/\1/p' "$1" | "${2:-head}" -n 1; }
better() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a > b) }'; }

train --epochs 2 --project "$P" --name fitted >"$W/fitted" 2>&1; is $? 0 "a run on labels that fit no anchor"
better "$(recall "$W/fitted" tail)" "$(recall "$W/fitted")"; say $? "the recall rises: $(recall "$W/fitted") to $(recall "$W/fitted" tail)"
better "$(recall "$W/fitted" tail)" 0.98; say $? "above 0.98"
grep -q "anchors: .* | .* | " "$W/fitted"; say $? "the new anchors are named, level by level"
train --epochs 2 --project "$P" --name again --threads 2 >"$W/again" 2>&1
is "$(grep 'anchors: .* | ' "$W/again")" "$(grep 'anchors: .* | ' "$W/fitted")" "the same again with another number of threads"

"$Y" train $(common | sed "s#--cfg [^ ]*##") --weights "$P/fitted/weights/last.pt" --epochs 1 --project "$P" --name tuned >"$W/tuned" 2>&1; is $? 0 "training goes on from its weights"
grep -q "recall [0-9.]*: they fit" "$W/tuned"; say $? "its anchors came along, and fit"
"$Y" val --weights "$P/fitted/weights/last.pt" --data "$D" --img-size 64 --backend "$B" --threads 1 --project "$W/val-runs" >"$W/val" 2>&1; is $? 0 "val"

train --epochs 3 --project "$P" --name whole >"$W/whole" 2>&1
meanwhile "$P/cut" '[ -s "$P/cut/weights/epoch0.pt" ]' 'kill -9 $p; wait $p 2>/dev/null; true' \
    start "$W/cut" --epochs 3 --project "$P" --name cut --save-period 1
"$Y" train --resume "$P/cut/weights/epoch0.pt" --no-tui >"$W/resumed" 2>&1; is $? 0 "resumed from its first epoch"
! grep -q "possible recall" "$W/resumed"; say $? "a resumed run keeps its anchors unasked"
goes_on_as "$(state_hash "$W/resumed")" "$(state_hash "$W/whole")" "and ends as one that was not cut"

train --epochs 1 --project "$P" --name kept --noautoanchor >"$W/kept" 2>&1; is $? 0 "--noautoanchor"
! grep -q "possible recall" "$W/kept"; say $? "nothing is looked at"
printf 'anchors: 4\n' | cat "$H" - >"$W/hyp.yaml"
H=$W/hyp.yaml
train --epochs 1 --project "$P" --name four >"$W/four" 2>&1; is $? 0 "anchors: 4 in the hyperparameters"
grep -q "looking for 12 " "$W/four"; say $? "four on each of three levels"
better "$(recall "$W/four" tail)" 0.98; say $? "fitted from nothing"
train --epochs 1 --project "$P" --name none --noautoanchor >"$W/none" 2>&1; is $? 0 "the same with --noautoanchor"
grep -q "placeholders" "$W/none"; say $? "is warned of"
D=$W/set/data.yaml
H=$S/configs/hyp/hyp.scratch-low.yaml
done_testing
