#!/usr/bin/env bash
# Run folders that are not as the run left them: what can be mended by the user ends with status 2 and names the file, what can be
# gone on with is warned of, and `runs` says which files are damaged.
. "$(dirname "$0")/../support/lib.sh"
make_data
R=$W/r/run
train --epochs 2 --save-period 1 --project "$W/r" --name run >"$W/run.txt" 2>&1; is $? 0 "two epochs"
copy() { rm -rf "$W/r/$1"; cp -r "$R" "$W/r/$1"; sed -i "s#^save_dir: .*#save_dir: $W/r/$1#; s/^name: .*/name: $1/" "$W/r/$1/opt.yaml"; }
resume() { "$Y" train --resume "$W/r/$1/weights/epoch0.pt" --no-tui; }

# another number of pictures
copy less
cp -r "$W/set" "$W/kept"
victim=$(ls "$W"/set/images/train/*.jpg | head -n 1); rm "$victim"
resume less >"$W/less.txt" 2>&1; is $? 0 "a picture less: the run goes on"
grep -q 'warning: .*the training set has 23 pictures, and had 24' "$W/less.txt"; say $? "with a warning"
copy half
rm "$(ls "$W"/set/images/train/*.jpg | head -n 1)"; for i in 1 2 3 4 5 6 7; do rm "$(ls "$W"/set/images/train/*.jpg | head -n 1)"; done
resume half >"$W/half.txt" 2>&1; is $? 0 "a batch less: too"
grep -q 'warning: .*the training set has 15 pictures, and had 24' "$W/half.txt"; say $? "with the warning"
is "$(rows "$W/r/half")" 2 "its results have both epochs"
rm -rf "$W/set"; mv "$W/kept" "$W/set"

# folders where files belong
for name in results.csv opt.yaml weights/last.pt train.log; do
    copy taken; rm -rf "${W:?}/r/taken/$name"; mkdir "$W/r/taken/$name"
    fails_with 2 "$name: a folder" "a folder in the place of $name: resume" "$Y" train --resume "$W/r/taken/weights/epoch0.pt" --no-tui
    fails_with 2 "$name: a folder" "and a run with --exist-ok" "$Y" train --weights '' $(common) --epochs 1 --project "$W/r" --name taken
done
mkdir "$W/folder.pt" "$W/folder.yaml"
fails_with 2 'folder.pt.*folder' "a folder as --weights" "$Y" train $(common) --weights "$W/folder.pt" --epochs 1 --project "$W/p"
fails_with 2 'folder.pt.*folder' "and of val" "$Y" val --data "$D" --weights "$W/folder.pt"
fails_with 2 'folder.pt.*folder' "and of export" "$Y" export --weights "$W/folder.pt"
for option in data hyp cfg; do
    fails_with 2 'folder.yaml' "a folder as --$option" "$Y" train --weights '' $(common) --$option "$W/folder.yaml" --epochs 1 --project "$W/p"
done

# what runs says
copy bad; truncate -s -100 "$W/r/bad/weights/best.pt"; printf 'epochs: [\n\t!!' >"$W/r/bad/opt.yaml"
head -c 300 /dev/urandom >"$W/r/bad/results.csv"; echo '{"number": nothing' >"$W/r/bad/tweaks.jsonl"
"$Y" runs "$W/r" --no-tui >"$W/runs.txt" 2>&1; is $? 0 "runs lists damaged ones"
line=$(grep -A1 '^bad' "$W/runs.txt" | tail -n 1)
for part in 'opt.yaml (no YAML)' 'results.csv (no table)' 'tweaks.jsonl (lines that cannot be read)' 'weights/best.pt (cut off)'; do
    case $line in *"$part"*) say 0 "runs says: $part" ;; *) say 1 "runs does not say \"$part\": $line" ;; esac
done
is "$(grep -c damaged "$W/runs.txt")" "$(grep -cE '^(bad|taken)' "$W/runs.txt")" "and nothing of those that are well"
"$Y" runs "$W/r" --json | python3 -c 'import json,sys
for run in json.load(sys.stdin): assert bool(run["damage"]) == (run["run"] in ("bad", "taken")), run'
say $? "as JSON too"

# an evolution whose ledger is damaged
E=$W/e/exp
train --epochs 1 --evolve 2 --project "$W/e" --name exp >"$W/evolved.txt" 2>&1; is $? 0 "two generations"
cp "$E/evolve.jsonl" "$W/ledger"
sed 's/"generation"/"genera/' "$W/ledger" >"$E/evolve.jsonl"
fails_with 2 'evolve.jsonl: 2 lines, and none tells of a generation' "no line of a generation is left: resume" "$Y" train --resume "$E" --evolve 3 --no-tui
sed '2s/"generation"/"genera/' "$W/ledger" >"$E/evolve.jsonl"; printf '{"generation": 2, "fit' >>"$E/evolve.jsonl"
"$Y" train --resume "$E" --evolve 3 --no-tui >"$W/again.txt" 2>&1; is $? 0 "one is damaged and one was cut off: it goes on"
grep -q 'evolve.jsonl: 1 damaged lines are left out: 1 generations can be read' "$W/again.txt"; say $? "and says what is left"
grep -q 'evolve.jsonl: the last line was cut off' "$W/again.txt"; say $? "and what was cut off"
tail -n 1 "$E/evolve.jsonl" | python3 -c 'import json,sys; assert json.load(sys.stdin)["generation"] == 2'; say $? "behind which the new line begins"
done_testing
