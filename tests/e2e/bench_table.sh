#!/usr/bin/env bash
# The table of ratios (tests/bench/table.py) from programs that print known figures: medians of the ratios of the turns, targets met
# and missed, a side that is not there, a program that fails; and every row of the true table names a group.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
table=$root/tests/bench/table.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "bench_table: $*" >&2; sed 's/^/    /' "$work/out" >&2; exit 1; }

# Prints the next line of its file of values with each call.
cat > "$work/figures" <<'TEXT'
#!/usr/bin/env bash
set -euo pipefail
head -n 1 "$1" | sed 's/^/result speed /'
sed -i 1d "$1"
TEXT
printf '2 s\n4 s\n4 s\n' > "$work/ours"
printf '2 s\n40 s\n8 s\n' > "$work/reference" # ratios 1, 10, 2
printf '#!/bin/sh\necho "not compared: there is no such thing"\nexit 77\n' > "$work/absent"
printf '#!/bin/sh\necho result speed 5 s\nexit 3\n' > "$work/broken"
cat > "$work/table.def" <<TEXT
# a comment
group | pair | bash $work/figures $work/ours | bash $work/figures $work/reference
row | pair | two times as fast | >= 2 | ref:speed / ours:speed
row | pair | more than that | >= 2.5 | ref:speed / ours:speed
row | pair | time alone | < 4 | ours:speed
group | lonely | echo result speed 7 images/s | sh $work/absent | | 1
row | lonely | against nothing | >= 1 | ours:speed / ref:speed
row | lonely | no target | | ours:speed
TEXT
bench() { python3 "$table" --table "$work/table.def" --keep "$work/kept" "$@" > "$work/out" 2>&1; }
has() { grep -qF "$1" "$work/out" || fail "there is no «$1»"; }

bench || fail "status $?"
has '| two times as fast | >= 2 | 4 s | 8 s | 2 | met | `./dev bench pair` |'
has '| more than that | >= 2.5 | 4 s | 8 s | 2 | missed |'
has '| time alone | < 4 | 4 s |  | 4 | missed |'
has '| against nothing | >= 1 | 7 images/s |  |  | not compared: there is no such thing |'
has '| no target |  | 7 images/s |  | 7 |  |'
bench --show lon || fail "status $?"
has 'against nothing'
if grep -q 'two times' "$work/out"; then fail "a group that was not asked for"; fi

if bench nothing; then fail "a group that does not exist"; fi
has 'there is no group nothing'
printf 'group | bad | sh %s/broken\nrow | bad | what breaks | | ours:speed\n' "$work" >> "$work/table.def"
if bench bad; then fail "a program that fails"; fi
has '| what breaks |  |  |  |  | not measured: it failed (status 3) |'
echo 'row | nowhere | what | | ours:x' >> "$work/table.def"
if bench --list; then fail "a row of no group"; fi
has 'neither a group nor a row of one'
python3 "$table" --list > "$work/out" 2>&1 || fail "the true table cannot be read"
has 'bench_step yolov5n 320 8'
