#!/usr/bin/env bash
# Watchdogs against a live run: alerts, the hook, the pause, and what can be switched off.
. "$(dirname "$0")/../support/lib.sh"
make_data
# Gains, and a learning rate without clipping, that no model stands: what the first epoch leaves gives no finite loss.
sed -e 's/^lr0:.*/lr0: 1.0/' -e 's/^lrf:.*/lrf: 1.0/' -e 's/^\(box\|cls\|obj\):.*/\1: 1000/' -e 's/^momentum:.*/momentum: 0.99/' \
    -e 's/^warmup_bias_lr:.*/warmup_bias_lr: 0.0/' "$H" >"$W/wild.yaml"
cat >"$W/hook.sh" <<'HOOK'
#!/bin/sh
echo "$1 $YOLODECK_PHASE $2 $3"
HOOK
chmod +x "$W/hook.sh"

fails_with 2 'no watchdog.*nan, spike' "a watchdog that there is not" train --epochs 1 --watch-off nan,nap --project "$W/w" --name bad
fails_with 2 'no such program' "a hook that there is not" train --epochs 1 --hook /no/hook --project "$W/w" --name bad
[ ! -e "$W/w" ]; say $? "and no folder is left"

R=$W/w/wild
start "$W/wild.txt" --epochs 100000 --project "$W/w" --name wild --preset seed --hyp "$W/wild.yaml" --json --hook "$W/hook.sh" --watch-pause nan
wait_for 10 '[ "$(status "$R" state 2>/dev/null)" = paused ]'; say $? "a loss that is not finite pauses the run"
grep -q '"event": "alert".*"watchdog": "nan".*"ends": false.*not finite' "$W/wild.txt"; say $? "the alert is an event"
grep -q 'error: the loss.*is not finite' "$R/train.log"; say $? "and a line of the log"
grep -q 'pausing: the watchdog nan' "$R/train.log"; say $? "which says why it pauses"
wait_for 10 "grep -q '^nan begins $R the loss' '$R/hook.log'"; say $? "and the hook is told"
wait_for 10 "grep -q '^best begins' '$R/hook.log'"; say $? "as of a new best"
"$Y" ctl "$R" stop now >/dev/null
wait $p
wait_for 10 "grep -q '^stopped begins' '$R/hook.log'"; say $? "and of the end"

start "$W/quiet.txt" --epochs 100000 --project "$W/w" --name quiet --preset seed --hyp "$W/wild.yaml" --json --watch-off nan,spike --watch-pause nan
wait_for 10 'grep -qs "\"event\": \"validation\".*\"val_box\": null" "$W/quiet.txt"'; say $? "the loss is not finite again"
! grep -q '"event": "alert"' "$W/quiet.txt"; say $? "a watchdog that is off says nothing"
case "$(status "$W/w/quiet" state)" in train | validate | save) say 0 "and pauses nothing" ;; *) say 1 "and pauses nothing" ;; esac
"$Y" ctl "$W/w/quiet" stop now >/dev/null
wait $p
grep -q '^watch_off: nan,spike' "$W/w/quiet/opt.yaml"; say $? "opt.yaml keeps it"
! grep -q 'hook' "$R/opt.yaml"; say $? "but no command: a run folder must not be able to start programs"

# A full disk, where a small file system can be mounted. Large pictures: before anybody looks, short epochs would fill it with their rows.
if unshare -rm true 2>/dev/null && unshare -rm mount -t tmpfs -o size=1m none /mnt 2>/dev/null; then
    cat >"$W/disk.sh" <<DISK
mount -t tmpfs -o size=16m none "$W/small" || exit 9
head -c 15500000 /dev/zero >"$W/small/fill"
"$Y" train --weights '' $(common) --img-size 320 --epochs 100000 --nosave --project "$W/small" --name disk --json --hyp "$S/configs/hyp/hyp.scratch-low.yaml" &
for i in \$(seq 2400); do grep -qs 'the disk is short' "$W/small/disk/train.log" && break; sleep 0.1; done
rm "$W/small/fill"
for i in \$(seq 2400); do grep -qs 'the disk has room again' "$W/small/disk/train.log" && break; sleep 0.1; done
cat "$W/small/disk/train.log"
kill -TERM \$!
wait
DISK
    mkdir "$W/small"
    unshare -rm bash "$W/disk.sh" >"$W/disk.txt" 2>&1
    grep -q 'error: the disk is short' "$W/disk.txt"; say $? "a disk that is short: $(tail -n 3 "$W/disk.txt" | head -n 1)"
    grep -q 'the disk has room again' "$W/disk.txt"; say $? "and one that has room again"
else
    echo "skip  a disk that is short: no file system can be mounted here"
fi
done_testing
