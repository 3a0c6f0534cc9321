"""How cost grows: a training step with batch, size and model; the loader and the label scan with the number of files; the console
with the length of the run. Prints Markdown with the measured values and the laws fitted to them.

    tests/bench/growth.py [--quick] [--again] [PART…]      PART: step loader scan console (default: all)

Goes on where it was stopped (build/bench/growth.json); --again forgets what was measured; --quick leaves out what takes
longest. A step is measured where it is predicted to take at most 30 s and 18 GB; the rest is named. Some twelve minutes on two
cores. Wants a quiet machine: these are times of the wall."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, 'build', 'release', 'tests', 'bench_')
YOLODECK = os.path.join(ROOT, 'build', 'release', 'yolodeck')
KEPT = os.path.join(ROOT, 'build', 'bench', 'growth.json')
MOST_SECONDS, MOST_MB, LONG = 30, 18000, 5
TYPES = ('f32', 'bf16')
# model: (size, batch)…, from small to large
STEPS = {
    'yolov5n': [(320, 1), (160, 8), (320, 2), (320, 4), (320, 8), (640, 2), (320, 16), (640, 4), (320, 32), (960, 4), (1280, 4), (640, 32)],
    'yolov5s': [(320, 1), (320, 4), (640, 1), (640, 4), (1280, 1), (640, 16)],
    'yolov5m': [(320, 1), (640, 1), (640, 4), (1280, 1)],
    'yolov5l': [(320, 1), (640, 1), (640, 4), (1280, 1)],
    'yolov5x': [(320, 1), (640, 1), (640, 4), (1280, 1), (1280, 2), (640, 32)],
}
FILES = (1000, 10000, 100000, 1000000)
POINTS = (1000, 10000, 100000, 1000000, 10000000)
QUICK_STEP, QUICK_FILES = 5, 100000


class Store:
    """What was measured: {key: {name: value}}, on disk after each."""

    def __init__(self, again):
        self.records = {}
        if os.path.exists(KEPT) and not again:
            with open(KEPT) as file:
                self.records = json.load(file)

    def measure(self, key, command, **environment):
        if key not in self.records:
            print('measuring ' + key, file=sys.stderr, flush=True)
            done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, **environment))
            if done.returncode != 0:
                print('%s: %s' % (key, (done.stderr or done.stdout).strip()[-300:]), file=sys.stderr)
                return None
            words = [line.split() for line in done.stdout.splitlines() if line.startswith('result ')]
            self.records[key] = {word[1]: float(word[2]) for word in words}
            os.makedirs(os.path.dirname(KEPT), exist_ok=True)
            with open(KEPT + '.part', 'w') as file:
                json.dump(self.records, file, indent=1)
            os.replace(KEPT + '.part', KEPT)
        return self.records[key]


def fit(points):
    """(x, y)… -> (a, b, worst relative error) of y = a + b x with a >= 0, by least squares of the relative error."""
    sums = [0.0] * 5
    for x, y in points:
        w = 1 / y ** 2
        for i, term in enumerate((w, w * x, w * x * x, w * y, w * x * y)):
            sums[i] += term
    s, sx, sxx, sy, sxy = sums
    slant = s * sxx - sx * sx
    a, b = ((sxx * sy - sx * sxy) / slant, (s * sxy - sx * sy) / slant) if slant > 1e-12 * s * sxx else (0, sxy / sxx)
    if a < 0:
        a, b = 0, sxy / sxx
    return a, b, max(abs(a + b * x - y) / y for x, y in points)


def table(head, rows):
    print('| ' + ' | '.join(head) + ' |\n|' + ' --- |' * len(head))
    for row in rows:
        print('| ' + ' | '.join(str(cell) for cell in row) + ' |')
    print()


def gflops(model, size):
    """Of the forward pass of one picture; a training step is three times that."""
    command = [YOLODECK, 'info', os.path.join(ROOT, 'configs', 'models', model + '.yaml'), '--img', str(size), '--json']
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)['gflops']


def too_much(known, work, pixels, rate, quick):
    """Why a step is not measured, or nothing: by the best rate so far, and by the law of the model's memory so far."""
    seconds = work / rate if rate else 0
    if seconds > (QUICK_STEP if quick else MOST_SECONDS):
        return 'some %.0f s a step' % seconds
    if len(known) < 2:
        return ''
    a, b, _ = fit(known)
    return 'some %.0f GB' % ((a + b * pixels) / 1e3) if a + b * pixels > MOST_MB else ''


def step_rows(store, quick):
    """[(model, size, batch, GFLOP of the step, megapixels, record or why not)]."""
    rows, rate = [], 0
    for model, shapes in STEPS.items():
        known = []
        for size, batch in shapes:
            work, pixels = 3 * batch * gflops(model, size), batch * size * size / 1e6
            name = '%s_%d_%d' % (model, size, batch)
            why = too_much(known, work, pixels, rate, quick)
            repeats = '1' if rate and work / rate > LONG else '3'
            command = [BENCH + 'step'] + [word for kind in TYPES for word in (model, str(size), str(batch), repeats, kind)]
            record = None if why else store.measure('step ' + name, command, LIMIT='0')
            if record:
                rate = max(rate, work / record['step_%s_f32' % name])
                known.append((pixels, record['step_peak_%s_f32' % name]))
            rows.append((model, size, batch, work, pixels, record or why or 'failed'))
    return rows


def value(row, figure, kind):
    record = row[5]
    return record.get('%s_%s_%d_%d_%s' % (figure, *row[:3], kind)) if isinstance(record, dict) else None


def shown(row):
    if not isinstance(row[5], dict):
        return (*row[:3], '%.0f' % row[3], 'not measured: ' + row[5], '', '', '')
    cells = []
    for kind in TYPES:
        seconds, peak = value(row, 'step', kind), value(row, 'step_peak', kind)
        cells += ['%.4f' % seconds, '%.0f' % peak] if seconds and peak else ['', '']
    return (*row[:3], '%.0f' % row[3], *cells)


def steps(store, quick):
    rows = step_rows(store, quick)
    print('### A training step\n')
    table(('model', 'size', 'batch', 'GFLOP', 'float32: s', 'MB', 'bf16: s', 'MB'), [shown(row) for row in rows])
    laws = []
    for kind in TYPES:
        for model in (*STEPS, 'all'):
            mine = [row for row in rows if model in (row[0], 'all') and value(row, 'step', kind)]
            if len(mine) < 2:
                continue
            a, b, error = fit([(row[3], value(row, 'step', kind)) for row in mine])
            cells = [kind, model, '%.4f + %.3f / 1000 GFLOP' % (a, b * 1e3), '%.0f' % (1 / b), '%.0f %%' % (100 * error)]
            if model != 'all':
                a, b, error = fit([(row[4], value(row, 'step_peak', kind)) for row in mine])
                cells += ['%.0f + %.0f Mpixel' % (a, b), '%.0f %%' % (100 * error)]
            laws.append(cells + [''] * (7 - len(cells)))
    print('GFLOP: of all convolutions, forward and both gradients; Mpixel: batch x size x size / 10^6.\n')
    table(('type', 'model', 'seconds', 'GFLOP/s', 'worst error', 'MB', 'worst error'), laws)


def files(quick):
    return [count for count in FILES if not quick or count <= QUICK_FILES]


def scans(store, quick):
    rows = []
    for count in files(quick):
        record = store.measure('scan %d' % count, [BENCH + 'scan', str(count)])
        if record:
            rows.append((count, record['scan_%d' % count], record['scan_cached_%d' % count]))
    print('### Opening a data set of N pictures: seconds\n')
    table(('N', 'no cache file', 'us each', 'with the cache', 'us each'),
          [(n, '%.4f' % a, '%.2f' % (1e6 * a / n), '%.4f' % b, '%.2f' % (1e6 * b / n)) for n, a, b in rows])
    for index, what in ((1, 'no cache file'), (2, 'with the cache')):
        if len(rows) > 1:
            a, b, error = fit([(row[0], row[index]) for row in rows])
            print('%s: %.4f s + %.2f us each (worst error %.0f %%)\n' % (what, a, 1e6 * b, 100 * error))


def loaders(store, quick):
    rows = []
    for count in files(quick):
        folder = tempfile.mkdtemp(prefix='yolodeck-growth-')
        try:
            if 'loader %d' % count not in store.records:
                subprocess.run([BENCH + 'scan', '--make', folder, str(count)], check=True)
            record = store.measure('loader %d' % count, [BENCH + 'loader', '2', os.path.join(folder, 'images', 'train')])
        finally:
            shutil.rmtree(folder, True)
        if record:
            rows.append((count, '%.1f' % record['loader_640_files'], '%.1f' % record['loader_320_files']))
    print('### The loader, from N files, one thread: images a second\n')
    table(('N', '640', '320'), rows)


def consoles(store, _):
    rows = []
    for count in POINTS:
        record = store.measure('console %d' % count, [BENCH + 'console', str(count)])
        if record:
            rows.append((count, *('%.3g' % record['console_' + name] for name in ('step', 'frame', 'repaint', 'peak'))))
    print('### The console after N steps\n')
    table(('N', 'taking in a step, ns', 'Dash frame, ms', 'full repaint, ms', 'peak of the process, MB'), rows)


PARTS = dict(step=steps, loader=loaders, scan=scans, console=consoles)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('parts', nargs='*', metavar='PART')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--again', action='store_true')
    options = parser.parse_args()
    for part in options.parts:
        if part not in PARTS:
            parser.error('there is no part %s' % part)
    store = Store(options.again)
    for part in options.parts or PARTS:
        PARTS[part](store, options.quick)


main()
