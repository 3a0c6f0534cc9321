"""Seconds of one training step of YOLOv5 on PyTorch: forward, loss, backward, SGD; no loader.

    step.py MODEL SIZE BATCH [REPEATS]      (default: 10, and no more than 20 s of each way)

Every way in MODES is run for float32 and for bf16 autocast, each in a process of its own, and the fastest counts.
Within one call of `./dev bench` (YD_BENCH_WORK) the turns after the first repeat only those within 15 % of the
fastest. YD_PYTHON_IPEX names the Python that has Intel's extension (which wants an older PyTorch)."""
import json
import os
import statistics
import subprocess
import sys
import time

import common

MODES = ('eager', 'channels_last', 'compile', 'compile+channels_last', 'ipex', 'ipex+channels_last')
TYPES = ('f32', 'bf16')
WARM, LIMIT_S, PROCESS_LIMIT_S, NEAR = 3, 20, 900, 1.15


def build(torch, root, name, size, batch):
    from yolov5.models.yolo import Model
    torch.manual_seed(0)
    model = Model(os.path.join(root, 'models', name + '.yaml'), ch=3, nc=80)
    model.hyp = common.hyperparameters(root)
    model.nc, model.gr, model.class_weights = 80, 1.0, None
    images, targets = torch.rand(batch, 3, size, size), torch.rand(batch * 8, 6)
    targets[:, 0] = torch.arange(batch * 8) // 8
    targets[:, 1] = (targets[:, 1] * 80).floor()
    targets[:, 4:] *= 0.4
    return model.train(), images, targets


def one(mode, kind, name, size, batch, repeats):
    """One way, in this process."""
    torch, root = common.start()
    from yolov5.utils.loss import ComputeLoss
    if 'ipex' in mode:
        try:
            import intel_extension_for_pytorch as ipex
        except ImportError:
            common.skip(sys.executable + ' has no intel_extension_for_pytorch')
    model, images, targets = build(torch, root, name, size, batch)
    imported = common.peak()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.937, nesterov=True)
    loss_of = ComputeLoss(model)
    dtype = torch.bfloat16 if kind == 'bf16' else torch.float32
    if 'channels_last' in mode:
        model, images = model.to(memory_format=torch.channels_last), images.contiguous(memory_format=torch.channels_last)
    if 'ipex' in mode:
        model, optimizer = ipex.optimize(model, optimizer=optimizer, dtype=dtype)
    run = torch.compile(model) if 'compile' in mode else model
    times, started = [], None
    while len(times) < WARM + repeats and (len(times) < WARM + 3 or time.perf_counter() - started < LIMIT_S):
        begin = time.perf_counter()
        if len(times) == WARM:
            started = begin
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=kind == 'bf16'):
            heads = [head.float() for head in run(images)]
            loss, _ = loss_of(heads, targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        times.append(time.perf_counter() - begin)
    print(json.dumps(dict(seconds=statistics.median(times[WARM:]), peak=common.peak(), imported=imported)))


def measure(mode, kind, arguments):
    """One way, in a process of its own: its record, or None."""
    python = os.environ.get('YD_PYTHON_IPEX', sys.executable) if 'ipex' in mode else sys.executable
    command = [python, os.path.abspath(__file__), '--one', mode, kind, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROCESS_LIMIT_S)
        lines = (done.stdout + done.stderr).strip().splitlines() or ['nothing was printed']
        found = [line for line in done.stdout.splitlines() if line.startswith('{')]
        if done.returncode == 0 and found:
            record = json.loads(found[-1])
            note = [line for line in lines if line.startswith('note ')]
            print('  %-5s %-22s %.4f s a step, peak %.0f MB (%.0f MB of them before the first step) %s' %
                  (kind, mode, record['seconds'], record['peak'], record['imported'], note[0][5:] if note else ''), flush=True)
            return record
        why = lines[-1]
    except subprocess.TimeoutExpired:
        why = 'not done after %d s' % PROCESS_LIMIT_S
    print('  %-5s %-22s %s' % (kind, mode, why[:150]), flush=True)
    return None


def best_of(kind, arguments):
    """The fastest way's record; remembers which ways are worth another turn."""
    name = '_'.join(arguments[:3])
    memory = os.path.join(common.work_folder(), 'modes_%s_%s.json' % (name, kind))
    modes = MODES
    if os.path.exists(memory):
        with open(memory) as file:
            modes = json.load(file)
    records = {mode: record for mode in modes if (record := measure(mode, kind, arguments))}
    if not records:
        return None
    best = min(records, key=lambda mode: records[mode]['seconds'])
    with open(memory, 'w') as file:
        json.dump([mode for mode in records if records[mode]['seconds'] < NEAR * records[best]['seconds']], file)
    print('%s %s: %s is the fastest' % (name, kind, best))
    common.result('step_%s_%s' % (name, kind), records[best]['seconds'], 's')
    common.result('step_peak_%s_%s' % (name, kind), records[best]['peak'], 'MB')
    common.result('step_peak_own_%s_%s' % (name, kind), records[best]['peak'] - records[best]['imported'], 'MB')
    return records[best]


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ['--one']:
        return one(arguments[1], arguments[2], arguments[3], *map(int, arguments[4:7]))
    if len(arguments) not in (3, 4):
        sys.exit(__doc__)
    common.start()
    os.environ.setdefault('TORCHINDUCTOR_CACHE_DIR', os.path.join(common.work_folder(), 'inductor'))
    for kind in TYPES:
        best_of(kind, arguments + ['10'] * (len(arguments) == 3))


main()
