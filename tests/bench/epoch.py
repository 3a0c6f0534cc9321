"""Seconds of a whole epoch of training on BCCD (../shared; skipped, by name, where that is absent): fine-tuning yolov5n.pt
at 320, batch 16, one loader worker, everything else as it is without options; validation and checkpoints included.

    tests/bench/epoch.py [EPOCHS]      (default: 4; the median of those after the first counts)

In float32 and then in bf16. Prints `result epoch_f32 SECONDS s` and so on, and the peak memory of the process. YOLODECK: the program (build/release/yolodeck)."""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.join(ROOT, os.pardir, 'shared')
YOLODECK = os.environ.get('YOLODECK', os.path.join(ROOT, 'build', 'release', 'yolodeck'))


def train(kind, epochs, work):
    """Trains, and returns when each epoch was over and the peak of its memory in MB."""
    data = os.path.join(work, 'bccd.yaml')
    folder = os.path.join(SHARED, 'datasets', 'bccd')
    with open(os.path.join(folder, 'data.yaml')) as file, open(data, 'w') as out:
        out.writelines('path: %s\n' % folder if line.startswith('path:') else line for line in file)
    command = [YOLODECK, 'train', '--weights', os.path.join(SHARED, 'weights', 'yolov5n.pt'), '--data', data, '--img', '320',
               '--batch', '16', '--epochs', str(epochs), '--workers', '1', '--seed', '0', '--amp',
               'bf16' if kind == 'bf16' else 'off', '--project', work, '--name', 'run', '--no-tui', '--json']
    home = dict(os.environ, XDG_CACHE_HOME=work, XDG_STATE_HOME=work)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=home)
    marks = [event['time'] for event in map(json.loads, process.stdout) if event['event'] == 'validation']
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit('epoch.py: the training failed')
    return marks, usage.ru_maxrss / 1024


def measure(kind, epochs):
    work = tempfile.mkdtemp()
    try:
        marks, peak = train(kind, epochs, work)
    finally:
        shutil.rmtree(work, True)
    times = [b - a for a, b in zip(marks, marks[1:])]
    print(kind + ', epochs after the first: ' + ' '.join('%.2f' % t for t in times))
    print('result epoch_%s %.4f s' % (kind, statistics.median(times)))
    print('result epoch_peak_%s %.0f MB' % (kind, peak), flush=True)


def main():
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    for needed in ('datasets/bccd', 'weights/yolov5n.pt'):
        if not os.path.exists(os.path.join(SHARED, needed)):
            print('not measured: %s is not there' % os.path.join(SHARED, needed))
            sys.exit(77)
    for kind in ('f32', 'bf16'):
        measure(kind, epochs)


main()
