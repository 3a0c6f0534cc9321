#!/usr/bin/env bash
# Pictures of a run: those that YOLOv5 writes too, what lies beside them, those kept by epoch, and none with --noplots.
. "$(dirname "$0")/../support/lib.sh"
make_data
plots() { "$Y" train --weights '' $(common | sed 's/--noplots//') --project "$W/p" "$@"; }

plots --epochs 2 --name run --json >"$W/events" 2>"$W/errors"; is $? 0 "a run with pictures"
R=$W/p/run
all=1
for name in train_batch{0,1,2} val_batch0_labels val_batch0_pred; do
    [ "$(head -c 3 "$R/$name.jpg" 2>/dev/null | od -An -tx1 | tr -d ' ')" = ffd8ff ] || { echo "no $name.jpg"; all=0; }
    [ "$(head -n 1 "$R/pictures/$name.csv" 2>/dev/null)" = class,x1,y1,x2,y2,confidence,name ] || { echo "no $name.csv"; all=0; }
    clean=${name%_labels}; clean=${clean%_pred}
    [ -s "$R/pictures/$clean.jpg" ] || { echo "no clean $clean.jpg"; all=0; }
    grep -q "\"$name.jpg\"" "$W/events" || { echo "no event of $name.jpg"; all=0; }
done
is $all 1 "pictures, the same without boxes, their boxes, and events of all"
# All that YOLOv5 leaves in a run folder, each a whole PNG or JPEG, announced to whoever watches.
all=1
for name in LR.png labels.jpg labels_correlogram.jpg F1_curve.png P_curve.png R_curve.png PR_curve.png confusion_matrix.png results.png; do
    case $name in *.png) magic=89504e470d0a1a0a end=49454e44ae426082 ;; *) magic=ffd8ff end=ffd9 ;; esac
    [[ "$(head -c 8 "$R/$name" 2>/dev/null | od -An -tx1 | tr -d ' ')" == $magic* ]] || { echo "no $name"; all=0; }
    [[ "$(tail -c 8 "$R/$name" 2>/dev/null | od -An -tx1 | tr -d ' ')" == *$end ]] || { echo "$name has no end"; all=0; }
    [ "$(grep -c "\"$name\"" "$W/events")" = 1 ] || { echo "no event, or several, of $name"; all=0; }
done
is $all 1 "every plot of YOLOv5's, and an event of each"
# The same run draws the same bytes, whatever the locale.
LC_ALL=de_DE.UTF-8 plots --epochs 2 --name again >"$W/log" 2>&1; is $? 0 "the same run again"
differ=$(for name in LR.png labels.jpg labels_correlogram.jpg F1_curve.png P_curve.png R_curve.png PR_curve.png confusion_matrix.png; do
    cmp "$R/$name" "$W/p/again/$name"; done 2>&1)
is "$differ" "" "the same plots"
# Every label of the validation pictures is a box, named as the data set names it.
labels=$(cat "$W"/set/labels/val*/*.txt 2>/dev/null | wc -l)
[ "$labels" -gt 0 ] || labels=$(find "$W/set" -path '*val*' -name '*.txt' -exec cat {} + | wc -l)
is "$(($(cat "$R"/pictures/val_batch*_labels.csv | grep -vc ^class)))" "$labels" "as many boxes as labels"
is "$(awk -F, '!/^class/ && ($2 > $4 || $3 > $5 || $6 != "")' "$R"/pictures/val_batch*_labels.csv | wc -l)" 0 "boxes of labels are in order, without confidence"
is "$(find "$R/pictures" -type f ! -name "*.jpg" ! -name "*.csv" | wc -l)" 0 "nothing half written is left"

# The same plots from the files alone; of a folder of YOLOv5's, which has results.csv; and of several runs.
cp "$R/results.png" "$W/results.png"; cp "$R/confusion_matrix.png" "$W/matrix.png"; rm "$R/results.png" "$R/confusion_matrix.png"
"$Y" plot "$R" >"$W/out"; is $? 0 "plot RUN"
cmp "$R/results.png" "$W/results.png" && cmp "$R/confusion_matrix.png" "$W/matrix.png"; say $? "plot draws what the run drew"
mkdir -p "$W/theirs/exp"; cp "$R/results.csv" "$W/theirs/exp/"
"$Y" plot "$W/theirs/exp" >"$W/out"; is "$(cat "$W/out")" "$W/theirs/exp/results.png" "plot of a folder of YOLOv5's"
(cd "$W" && "$Y" plot "$R" "$W/theirs/exp" >/dev/null); is $? 0 "plot of two runs"
[ -s "$W/results_overlay.png" ]; say $? "on one another"
"$Y" plot "$R" --output "$W/else.jpg" >/dev/null; [ -s "$W/else.jpg" ]; say $? "plot --output"
# Without any font plots are there all the same, and a line says what to install.
echo '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>' >"$W/fonts.conf"
cp -r "$R" "$W/fontless"; rm -f "$W/fontless"/*.png
FONTCONFIG_FILE=$W/fonts.conf "$Y" plot "$W/fontless" >"$W/out" 2>"$W/errors"; is $? 0 "plot without fonts"
[ -s "$W/fontless/confusion_matrix.png" ] && grep -q "no font was found.*fonts-dejavu-core" "$W/errors"; say $? "says which font to install"
fails_with 2 "neither results.csv nor results.txt" "plot of a folder without results" "$Y" plot "$W/set"
fails_with 2 "plot needs RUN" "plot without a run" "$Y" plot
fails_with 2 "written as .png or .jpg" "plot into a file of another kind" "$Y" plot "$R" --output "$W/else.gif"
# A validation by itself leaves the same kinds of pictures in its own folder.
v() { "$Y" val --weights "$R/weights/best.pt" --data "$D" --img-size 64 --batch-size 8 --workers 1 --threads 1 --backend "$B" --project "$W/v" "$@" >"$W/log" 2>&1; }
v --name drawn; is $? 0 "val"
is "$(cd "$W/v/drawn" && ls ./*.png ./*.jpg | tr -d ./ | tr '\n' ' ')" "F1_curvepng PR_curvepng P_curvepng R_curvepng confusion_matrixpng val_batch0_labelsjpg val_batch0_predjpg " "plots and pictures of val"
v --name bare --noplots; is "$(find "$W/v/bare" -name '*.png' -o -name '*.jpg' | wc -l)" 0 "val --noplots draws none"

plots --epochs 100000 --name kept --noplots --detach >"$W/start" 2>&1; is $? 0 "a run without pictures"
K=$W/p/kept
wait_for 60 '[ "$(status "$K" state 2>/dev/null)" = train ]'
wait_for 60 '[ "$(status "$K" epoch 2>/dev/null)" -ge 2 ]'
is "$(find "$K" -name '*.jpg' -o -name '*.png' | wc -l)" 0 "--noplots writes none"
"$Y" ctl "$K" set plot_period 1 >/dev/null; is $? 0 "set plot_period"
wait_for 60 'ls "$K"/train_e*_b0.jpg "$K"/val_e*_b0_pred.jpg "$K"/val_e*_b0_labels.jpg >/dev/null 2>&1'; say $? "pictures are kept by epoch"
is "$(find "$K" -name 'train_batch*' -o -name 'val_batch*' | wc -l)" 0 "and no others"
"$Y" ctl "$K" stop final >/dev/null; is $? 0 "stop final"
wait_for 60 '[ ! -e "$K/live" ]'
is "$(find "$K" -name '*.png' | wc -l)" 0 "nor does --noplots draw any plot at the end"
done_testing
