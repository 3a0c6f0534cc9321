#!/usr/bin/env bash
# Downloads: data sets whose YAML names an archive, and released weights, from a server here: cut connections, no
# ranges, wrong checksums, hostile archives, an interrupt and the start after it; scripts that are never run.
. "$(dirname "$0")/../support/lib.sh"
command -v python3 >/dev/null || { echo "python3 is not there"; exit 77; }
unset http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY
make_data
O=$W/origin C=$W/cwd
mkdir -p "$O" "$C"
python3 - "$W/set" "$O" <<'PYTHON' # the set as archives that hold it as the folder "toy", and hostile ones
import io, os, sys, tarfile, zipfile
source, target = sys.argv[1:]
files = sorted(os.path.join(d, f) for d, _, fs in os.walk(source) for f in fs if f.endswith((".txt", ".png", ".jpg", ".bmp")))
with zipfile.ZipFile(target + "/toy.zip", "w", zipfile.ZIP_DEFLATED) as z, tarfile.open(target + "/toy.tar.gz", "w:gz") as t:
    for f in files:
        name = "toy/" + os.path.relpath(f, source)
        z.write(f, name)
        t.add(f, name)
    big = os.urandom(900000)
    z.writestr("toy/noise.bin", big)
with zipfile.ZipFile(target + "/evil.zip", "w") as z:
    z.writestr("toy/images/val/a.jpg", "x")
    z.writestr("../evil.txt", "x")
with tarfile.open(target + "/link.tgz", "w:gz") as t:
    link = tarfile.TarInfo("toy/images")
    link.type, link.linkname = tarfile.SYMTYPE, "/"
    t.addfile(link)
with zipfile.ZipFile(target + "/other.zip", "w") as z:
    z.writestr("other/readme.txt", "x")
PYTHON
python3 "$S/tests/support/range_server.py" "$O" >"$W/port" 2>"$W/server" &
wait_for 20 '[ -s "$W/port" ]' || { echo "the server does not start"; exit 1; }
U=http://127.0.0.1:$(cat "$W/port")
names=$(sed -n '/^names/,$p' "$D")
# set_up NAME DOWNLOAD [LINE]: a YAML in a fresh folder, with the set missing.
set_up() {
    rm -rf "$C" "$W/datasets" "$O/requests"; mkdir -p "$C"
    printf 'path: ../datasets/toy\ntrain: images/train\nval: images/val\n%s\ndownload: %s\n%s\n' "$names" "$1" "${2:-}" >"$C/toy.yaml"
}
into_run() { cd "$C" && exec "$Y" train --weights '' --cfg "$M" --data toy.yaml --hyp "$H" --img-size 64 --batch-size 8 --workers 1 --threads 1 --backend "$B" --noplots --no-tui --epochs 1 --exist-ok --project "$W/runs"; }
run() { (into_run); }
left() { ls -A "$W/datasets" | tr '\n' ' '; }

for name in toy.zip toy.tar.gz; do
    set_up "$U/$name"
    run >"$W/log" 2>&1; is $? 0 "$name: downloaded, unpacked, trained"
    is "$(left)" "toy " "nothing else is left"
    grep -q "downloading $U/$name to ../datasets/$name" "$W/log"; say $? "the log says so"
done
rm -f "$O/requests"; run >"$W/log" 2>&1; is "$? $(ls "$O/requests" 2>/dev/null)" "0 " "what is there is not downloaded again"

set_up "$U/cut/toy.zip"
run >"$W/log" 2>&1; is $? 0 "a connection that is cut again and again"
[ "$(grep -c 'trying again' "$W/log")" -ge 2 ]; say $? "is taken up where it was cut"
is "$(awk '$2 != "-"' "$O/requests" | sort -u | wc -l)" "$(($(wc -l <"$O/requests") - 1))" "each time from another place"
set_up "$U/busy/toy.zip"; run >"$W/log" 2>&1; is $? 0 "a server that is busy at first"
set_up "$U/away/toy.zip"; run >"$W/log" 2>&1; is $? 0 "a redirect"
set_up "$U/toy.zip?dl=1"; run >"$W/log" 2>&1; is $? 0 "a query behind the name"
set_up "file://$O/toy.zip"; run >"$W/log" 2>&1; is $? 0 "a file"

sum=$(sha256sum "$O/toy.zip" | cut -d ' ' -f 1)
set_up "$U/toy.zip" "download_sha256: $sum"; run >"$W/log" 2>&1; is $? 0 "the right checksum"
set_up "$U/toy.zip#sha256=$sum"; run >"$W/log" 2>&1; is $? 0 "the same behind the address"
for wrong in toy.zip cut/toy.zip; do
    set_up "$U/$wrong" "download_sha256: ${sum//[0-9]/a}"
    fails_with 2 'its sha256 is [0-9a-f]*, .* is wanted: removed' "a wrong checksum ($wrong)" run
    is "$(left)" "" "and nothing is left"
done
set_up "$U/toy.zip" "download_sha256: 12"; fails_with 2 'toy.yaml:[0-9]*: .*64 hexadecimal digits' "a checksum that is none" run
set_up "$U/none.zip"; fails_with 2 '/none.zip: the server answers 404' "an archive that is not there" run
is "$(left)" "" "leaves nothing"
set_up "$U/far/toy.zip"; fails_with 3 'redirect' "redirects without end" run
set_up "$U/evil.zip"; fails_with 2 'member \.\./evil.txt leads out of the folder' "an archive that leads out" run
is "$(left) $(ls "$W/evil.txt" 2>/dev/null)" "evil.zip  " "unpacks nothing"
set_up "$U/link.tgz"; fails_with 2 'member toy/images is a link' "an archive with a link" run
set_up "$U/other.zip"; fails_with 2 'does not exist; .*other.zip does not hold it' "an archive of something else" run
set_up "$U/toy.txt"; fails_with 2 'is no archive' "an address of something else" run
set_up 'http://127.0.0.1:1/toy.zip'
fails_with 3 'cannot be downloaded' "no server" run

# A file that must not grow beyond 300 kB stands for a disk that is full.
set_up "$U/toy.zip"
limited() { trap '' XFSZ; ulimit -f 300; cd "$C" && exec "$Y" val --weights "$W/runs/exp/weights/last.pt" --data toy.yaml --img 64 --threads 1 --backend "$B" --project "$W/val"; }
(limited) >"$W/out" 2>&1; is $? 3 "a full disk"
grep -q 'toy.zip.part: cannot write' "$W/out"; say $? "is said"
is "$(stat -c %s "$W/datasets/toy.zip.part")" 307200 "keeps what has come"
run >"$W/log" 2>&1; is $? 0 "and the start after it goes on"
grep -q 'bytes=307200-' "$O/requests"; say $? "with the rest"

# Scripts are never run.
set_up "bash touch $W/ran"; fails_with 2 'shell command, which YoloDeck never runs' "a shell command" run
printf 'path: ../datasets/toy\ntrain: images/train\nval: images/val\n%s\ndownload: |\n  import os\n  os.system("touch %s")\n' "$names" "$W/ran" >"$C/toy.yaml"
fails_with 2 'Python script, which YoloDeck never runs' "a Python script" run
[ ! -e "$W/ran" ]; say $? "neither was run"

# An interrupt, and the start after it.
set_up "$U/held/toy.zip"; touch "$O/hold"
into_run >"$W/log" 2>&1 & p=$!
wait_for 20 '[ "$(stat -c %s "$W/datasets/toy.zip.part" 2>/dev/null || echo 0)" -gt 100000 ]'; say $? "a download is under way"
kill -INT "$p"; wait "$p"; is $? 130 "SIGINT ends it"
rm "$O/hold"
grep -q 'was stopped; the next start goes on' "$W/log"; say $? "and says so"
part=$(stat -c %s "$W/datasets/toy.zip.part")
run >"$W/log" 2>&1; is $? 0 "the next start"
grep -q "^/held/toy.zip bytes=$part-$" "$O/requests"; say $? "goes on where it was"
# The same where the file has changed meanwhile: from the beginning.
set_up "$U/held/toy.zip"; touch "$O/hold"
into_run >"$W/log" 2>&1 & p=$!
wait_for 20 '[ "$(stat -c %s "$W/datasets/toy.zip.part" 2>/dev/null || echo 0)" -gt 100000 ]'
kill -INT "$p"; wait "$p"; rm "$O/hold"
cp "$O/toy.zip" "$W/keep.zip"; (cd "$O" && python3 -c 'import zipfile; zipfile.ZipFile("toy.zip", "a").writestr("toy/more", "x")')
run >"$W/log" 2>&1; is $? 0 "another file of that name is not mixed with the first"
# A part that the server does not go on with: it is longer than the file is now, or another range is sent.
for way in held astray; do
    set_up "$U/$way/toy.zip"
    tag=$(md5sum "$O/toy.zip" | cut -d ' ' -f 1) length=$(stat -c %s "$O/toy.zip")
    mkdir -p "$W/datasets"
    printf '%s\n"%s"\n' "$U/$way/toy.zip" "$tag" >"$W/datasets/toy.zip.part.from"
    head -c "$([ "$way" = held ] && echo $((length + 5)) || echo $((length / 2)))" /dev/zero >"$W/datasets/toy.zip.part"
    run >"$W/log" 2>&1; is $? 0 "a part that does not fit ($way)"
    grep -q 'toy.zip.part: the server does not go on behind byte [0-9]* of it; trying again' "$W/log"; say $? "is begun anew"
done

# Configuration files by their addresses: into the working directory, under their own names.
rm -rf "$C" "$O/requests"; mkdir -p "$C" "$O"
sed "s|^path:.*|path: $W/set|" "$D" >"$O/byname.yaml"; cp "$H" "$O/my%20hyp.yaml"; cp "$M" "$O/micro.yaml"; : >"$O/empty.yaml"
named() { (cd "$C" && exec "$Y" train --weights '' --img-size 64 --batch-size 8 --workers 1 --threads 1 --backend "$B" --noplots --no-tui --epochs 1 --exist-ok --project "$W/named" "$@"); }
named --data "$U/byname.yaml?raw=1" --hyp "$U/my%20hyp.yaml" --cfg "${U/:\/\//:/}/micro.yaml" >"$W/log" 2>&1; is $? 0 "--data, --hyp and --cfg by addresses, one without its second slash"
is "$(ls "$C" | tr '\n' '|')" "byname.yaml|micro.yaml|my hyp.yaml|" "lie here under their names"
grep -q "^data: $C/byname.yaml" "$W/named/exp/opt.yaml"; say $? "opt.yaml names the file"
rm -f "$O/requests"; named --data "$U/byname.yaml" --hyp "my hyp.yaml" --cfg micro.yaml >"$W/log" 2>&1; is "$? $(ls "$O/requests" 2>/dev/null)" "0 " "what is here is taken"
grep -q 'byname.yaml is here already' "$W/log"; say $? "and a line says so"
fails_with 2 'the server answers 404' "an address that is wrong" named --data "$U/none.yaml" --hyp "$H" --cfg "$M"
fails_with 2 'empty.yaml.* at least 1 ' "an empty file" named --data "$U/empty.yaml" --hyp "$H" --cfg "$M"
is "$(ls "$C" | tr '\n' '|')" "byname.yaml|micro.yaml|my hyp.yaml|" "leave nothing"
(cd "$C" && rm byname.yaml && "$Y" val --weights "$W/named/exp/weights/last.pt" --data "$U/byname.yaml" --img 64 --batch-size 8 --threads 1 --backend "$B" --project "$W/val") >"$W/log" 2>&1; is $? 0 "val --data by its address"

# Released weights.
"$Y" info "$W/runs/exp/weights/last.pt" >/dev/null || exit 1
head -c 100000 /dev/zero >>"$W/pad"; cp "$W/runs/exp/weights/last.pt" "$O/yolov5n.pt"
size=$(stat -c %s "$O/yolov5n.pt")
val() { (cd "$C" && YOLODECK_RELEASES=$U "$Y" val --data "$D" --img 64 --batch-size 8 --threads 1 --backend "$B" --project "$W/val" "$@"); }
if [ "$size" -ge 100000 ]; then
    val --weights w/yolov5n.pt >"$W/log" 2>&1; is "$? $(ls "$C/w")" "0 yolov5n.pt" "released weights come to where they are wanted"
else
    fails_with 2 'at least 100000 are wanted: removed' "weights that are too small to be any" val --weights w/yolov5n.pt
fi
fails_with 2 'yolov5x.pt is not there, and cannot be had: .*404' "a release that the server has not" val --weights yolov5x.pt
fails_with 2 'none of this name is released' "other weights are not looked for" val --weights mine.pt
YOLODECK_RELEASES=http://127.0.0.1:1 fails_with 3 'yolov5s.pt is not there, and cannot be had' "no server for weights" env -C "$C" "$Y" val --data "$D" --weights yolov5s.pt
done_testing
