#!/usr/bin/env bash
# Every way of making batches trains, and goes on bitwise where it was cut, with any number of loader threads.
. "$(dirname "$0")/../support/lib.sh"
make_data

# mode NAME OPTION…
mode() {
    local name=$1 cut=$W/r/$1.cut
    shift
    set -- --epochs 3 --seed 7 --project "$W/r" "$@"
    train "$@" --name "$name" >"$W/$name.txt" 2>&1; is $? 0 "$name: trains"
    meanwhile "$cut" '[ "$(rows "$cut")" -ge 1 ]' 'kill -TERM $p; wait $p; code=$?' start "$W/$name.cut.txt" "$@" --name "$name.cut"
    is $code 143 "$name: SIGTERM saves"
    "$Y" train --resume "$cut" --workers 0 --no-tui >"$W/$name.cut.txt" 2>&1; is $? 0 "$name: resumed"
    goes_on_as "$(state_hash "$W/$name.cut.txt")" "$(state_hash "$W/$name.txt")" "$name: bitwise equal after it was cut"
    goes_on_as "$(sha256sum <"$W/r/$name.cut/results.csv")" "$(sha256sum <"$W/r/$name/results.csv")" "$name: results.csv equal"
}
differ() { [ "$(state_hash "$W/$1.txt")" != "$(state_hash "$W/plain.txt")" ]; say $? "$1: not the run without it"; }

train --epochs 3 --seed 7 --project "$W/r" --name plain >"$W/plain.txt" 2>&1; is $? 0 "plain: trains"
mode rect --rect; differ rect
mode quad --quad; differ quad
mode weights --image-weights; differ weights
mode nine --set mosaic9=0.5 --set mixup=0.3; differ nine
for cache in ram disk; do # the second time pictures come from the disk
    train --epochs 3 --seed 7 --project "$W/r" --name $cache --cache $cache >"$W/$cache.txt" 2>&1; is $? 0 "--cache $cache trains"
    is "$(state_hash "$W/$cache.txt")" "$(state_hash "$W/plain.txt")" "--cache $cache changes nothing"
done
is "$(find "$W/set/images/train" -name '*.npy' | wc -l)" 24 "a file for each picture"
train --epochs 3 --seed 7 --project "$W/r" --name again --cache disk >"$W/again.txt" 2>&1
grep -q "24 of 24 pictures are there" "$W/again.txt"; say $? "they are found again"
is "$(state_hash "$W/again.txt")" "$(state_hash "$W/plain.txt")" "and are the pictures"
mode both --quad --image-weights --multi-scale; differ both

train --rect --image-weights --epochs 3 --seed 7 --project "$W/r" --name neither >"$W/neither.txt" 2>&1
grep -q "rect: left out" "$W/neither.txt"; say $? "rect beside image weights is left out, and it is said"
is "$(state_hash "$W/neither.txt")" "$(state_hash "$W/weights.txt")" "then the run is the one of image weights"
fails_with 2 "batch-size must be at least that, found 3" "a quad needs four pictures in a batch" \
    "$Y" train --weights '' $(common) --quad --batch-size 3 --project "$W/r"
done_testing
