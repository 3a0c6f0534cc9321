# shellcheck shell=bash
# Shared by the shell tests that call YOLOv5's own code, the package yolov5. Skips where no Python has it (.ci/run installs it into build/yolov5).
# Sets: P the Python that has it; what lib.sh sets.
P=
for python in "${YD_YOLOV5_PYTHON:-}" "${YD_SOURCE_DIR:-.}/build/yolov5/bin/python"; do
    [ -n "$python" ] && "$python" -c 'import torchvision, seaborn, ultralytics' 2>/dev/null && P=$python && break
done
[ -n "$P" ] || { echo "skipped: no Python here has the package yolov5"; exit 77; }
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# check COMMAND [ARGUMENT]…: of yolov5_check.py. What it prints is in $W/log; the last lines are shown where it fails.
check() {
    (cd "$W" && "$P" "$S/tests/e2e/yolov5_check.py" "$@") >"$W/log" 2>&1 || { grep -v -i warn "$W/log" | tail -n 8; return 1; }
}
yolov5() { check run "$@"; } # yolov5 SCRIPT [OPTION]…
