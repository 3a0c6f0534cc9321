"""How long the reference takes to open a data set of N pictures for the first time, with no cache file: it lists the
files, reads every header and label file, and writes its cache.

    scan.py BENCH_SCAN N      BENCH_SCAN: the program bench_scan, which makes the set (hard links)"""
import contextlib
import os
import shutil
import subprocess
import sys
import time

import common


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    count = int(sys.argv[2])
    common.start()
    from yolov5.utils.dataloaders import LoadImagesAndLabels
    folder = os.path.join(common.work_folder(), 'scan')
    try:
        subprocess.run([sys.argv[1], '--make', folder, str(count)], check=True)
        with open(os.devnull, 'w') as null, contextlib.redirect_stderr(null):
            begin = time.perf_counter()
            found = len(LoadImagesAndLabels(os.path.join(folder, 'images', 'train'), 640, 16))
            seconds = time.perf_counter() - begin
    finally:
        shutil.rmtree(folder, True)
    if found != count:
        sys.exit('%d of %d pictures were found' % (found, count))
    common.result('scan_%d' % count, seconds, 's')


main()
