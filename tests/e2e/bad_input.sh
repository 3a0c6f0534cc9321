#!/usr/bin/env bash
# Bad input: each case ends with the right status and one line that names the thing, or costs a warning and nothing else.
. "$(dirname "$0")/../support/lib.sh"
make_data
t() { "$Y" train --weights '' --cfg "$M" --hyp "$H" --img-size 64 --batch-size 8 --epochs 1 --workers 1 --threads 1 --noplots --no-tui --project "$W/p" "$@"; }

# command line and configuration
fails_with 2 'bach-size.*--batch-size' "unknown option" t --data "$D" --bach-size 4
fails_with 2 'epochs' "an option out of range" t --data "$D" --epochs 0
fails_with 2 'epochs' "an option that is no number" t --data "$D" --epochs many
fails_with 2 'none.yaml' "a data file that is not there" t --data "$W/none.yaml"
fails_with 2 "device" "a device that is not there" t --data "$D" --device 0
sed 's/^lr0: .*/lr0: fast/' "$H" >"$W/h.yaml"; n=$(grep -n '^lr0' "$W/h.yaml" | cut -d: -f1)
fails_with 2 "h.yaml:$n: lr0 .*\"fast\"" "a hyperparameter that is no number" t --data "$D" --hyp "$W/h.yaml"
sed 's/^lr0: .*/lr0: 1e-3/' "$H" >"$W/h.yaml"
fails_with 2 "h.yaml:$n: lr0" "1e-3, which YAML 1.1 reads as a word" t --data "$D" --hyp "$W/h.yaml"
grep -v '^momentum' "$H" >"$W/h.yaml"
fails_with 2 'momentum' "a missing hyperparameter" t --data "$D" --hyp "$W/h.yaml"
printf 'train: [unclosed\nval: x\n' >"$W/d.yaml"
fails_with 2 'd.yaml:[0-9]+' "a data file that is no YAML" t --data "$W/d.yaml"
sed 's/^nc: .*/nc: 2/; s/^names:.*/names: [a, b]/' "$D" >"$W/set/nc.yaml"
fails_with 2 'class' "a label class beyond nc" t --data "$W/set/nc.yaml"
sed 's/^names:.*/names: [a, b]/; s/^nc: .*/nc: 3/' "$D" >"$W/set/names.yaml"
fails_with 2 'nc|names' "names that do not fit nc" t --preset seed --data "$W/set/names.yaml"
sed 's#^train: .*#train: nowhere#' "$D" >"$W/set/nowhere.yaml"
fails_with 2 'nowhere' "a training folder that is not there" t --data "$W/set/nowhere.yaml"
sed 's/Conv, \[128, 3, 2\]/Konv, [128, 3, 2]/' "$M" >"$W/m.yaml"; n=$(grep -n Konv "$W/m.yaml" | cut -d: -f1)
fails_with 2 "m.yaml:$n: .*Konv" "an unknown module" t --data "$D" --cfg "$W/m.yaml"
sed 's/\[\[-1, 6\], 1, Concat/[[-1, 77], 1, Concat/' "$M" >"$W/m.yaml"
fails_with 2 'm.yaml:[0-9]+' "a layer that is not there" t --data "$D" --cfg "$W/m.yaml"

fails_with 2 'freeze.*nothing is left to train' "a model that is frozen whole" t --data "$D" --freeze 100
grep -v '^val:' "$D" >"$W/set/noval.yaml"
fails_with 2 'noval.yaml: the data set has no val' "no validation set" t --data "$W/set/noval.yaml"
grep -q '^train: [0-9]' "$W/out"; is $? 1 "which is seen before the training set is looked through"
fails_with 2 "weights $W/set: a folder" "a folder for weights" "$Y" val --data "$D" --weights "$W/set"

# data
mkdir -p "$W/empty/images" "$W/empty/labels"
printf 'path: %s\ntrain: images\nval: images\nnc: 1\nnames: [x]\n' "$W/empty" >"$W/empty/d.yaml"
fails_with 2 'images|pictures' "an empty data set" t --data "$W/empty/d.yaml"
echo rotten >"$W/empty/images/a.jpg"
fails_with 2 'empty/images/a.jpg: not a picture' "nothing but broken pictures" t --data "$W/empty/d.yaml"
tail -n 1 "$W/out" | grep -q '^yolodeck: '; say $? "what is wrong is said last"
cp -r "$W/set" "$W/odd"; sed "s#^path: .*#path: $W/odd#; s#^train: .*#train: images/train#" "$D" >"$W/odd/data.yaml"
cd "$W/odd/images/train" || exit 1; set -- *.jpg
head -c 700 "$1" >"cut.jpg"; : >"empty.jpg"; echo hello >"text.png"; cp "$2" "$(printf 'esc\033[31m.jpg')"; cp "$3" really_jpeg.png
echo '0 .5 .5' >"$W/odd/labels/train/${4%.jpg}.txt"; echo '0 .5 .5 .2 nan' >"$W/odd/labels/train/${5%.jpg}.txt"
echo '0 -.5 .5 .2 .2' >"$W/odd/labels/train/${6%.jpg}.txt"; head -c 999 /dev/urandom >"$W/odd/labels/train/${7%.jpg}.txt"
cd "$W" || exit 1
t --data "$W/odd/data.yaml" --name odd >"$W/out" 2>&1; is $? 0 "broken pictures and labels: training goes on"
for name in cut.jpg empty.jpg text.png; do grep -q "$name" "$W/out"; say $? "$name is named"; done
grep -q "$(printf '\033')" "$W/out"; is $? 1 "escape bytes in a file name do not reach the terminal"

# weights
head -c 90000 /dev/urandom >"$W/noise.pt"; echo '<html>404</html>' >"$W/html.pt"; : >"$W/empty.pt"
for f in noise html empty; do fails_with 2 "$f.pt" "$f.pt is refused" t --data "$D" --weights "$W/$f.pt"; done
fails_with 2 'nothere.pt' "weights that are not there" t --data "$D" --weights "$W/nothere.pt"
fails_with 2 'nothere.pt' "val of weights that are not there" "$Y" val --data "$D" --weights "$W/nothere.pt"

# places
# A project folder that cannot be written; root, who may write everywhere, becomes somebody else for it.
as_user=()
[ "$(id -u)" = 0 ] && as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
chmod -R go+rX "$W"; mkdir "$W/locked"; chmod 555 "$W/locked"
if "${as_user[@]}" "$Y" --version >/dev/null 2>&1; then
    fails_with 2 'locked' "a project folder that cannot be written" "${as_user[@]}" "$Y" train --weights '' $(common) --epochs 1 --project "$W/locked/p"
    grep -q 'Permission denied' "$W/out"; say $? "and why"
fi
for c in help "help train" doctor "runs $W" "info $M"; do
    "$Y" $c >/dev/full 2>"$W/out"; is $? 3 "$c into a full disk"
    grep -q '^yolodeck: standard output: cannot write' "$W/out"; say $? "which is said"
done
echo file >"$W/file"
fails_with 2 'file' "a project path through a file" t --data "$D" --project "$W/file/p"
# no room for checkpoints (a file may have 8 MB): the run goes on, says so, leaves no half file, and holds at its end until there is room
full() { ( ulimit -f 8000; exec "$Y" train --weights '' $(common) --cfg yolov5n.yaml --epochs 2 --project "$W/p" --name "$1" >"$W/$1.txt" 2>&1 ) & p=$!; }
full full
wait_for 60 'grep -q "tried again" "$W/full.txt"'; say $? "a last checkpoint that cannot be written is tried again"
grep -qE 'epoch 0 is not saved.*last.pt.*(large|space)' "$W/full.txt"; say $? "a checkpoint that cannot be written is named"
wait_for 10 '[ -z "$(ls "$W/p/full/weights")" ]'; say $? "and leaves no half file"
prlimit --pid "$p" --fsize=unlimited 2>/dev/null && { wait $p; is $? 0 "with room it is written, and the run ends well"; [ -s "$W/p/full/weights/last.pt" ]; say $? "the last checkpoint is there"; }
full stopped
wait_for 60 'grep -q "tried again" "$W/stopped.txt"'; kill -TERM $p; wait $p; is $? 3 "told to stop instead, the run fails with status 3"
done_testing
