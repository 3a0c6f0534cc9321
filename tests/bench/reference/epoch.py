"""Seconds of a whole epoch of the reference's training on BCCD, validation and checkpoints included.

    epoch.py [EPOCHS]      as tests/bench/epoch.py, with the same arguments (default: 4 epochs)

On a processor the reference trains in float32 only."""
import contextlib
import os
import shutil
import statistics
import sys
import time

import common


def main():
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    torch, _ = common.start()
    import numpy
    if not hasattr(numpy, 'trapz'):  # its new name; the package is older
        numpy.trapz = numpy.trapezoid
    folder = common.bccd()
    common.font()
    import yolov5.train as train
    from yolov5.utils.callbacks import Callbacks
    torch.set_num_threads(common.THREADS)
    runs = os.path.join(common.work_folder(), 'reference-runs')
    data = os.path.join(runs, 'bccd.yaml')
    os.makedirs(runs, exist_ok=True)
    with open(os.path.join(folder, 'data.yaml')) as file, open(data, 'w') as out:
        out.writelines('path: %s\n' % folder if line.startswith('path:') else line for line in file)
    marks, callbacks = [], Callbacks()
    callbacks.register_action('on_fit_epoch_end', 'bench', lambda *_: marks.append(time.perf_counter()))
    options = train.parse_opt(True)
    for name, value in dict(weights=os.path.join(common.SHARED, 'weights', 'yolov5n.pt'), data=data, imgsz=320,
                            batch_size=16, epochs=epochs, workers=1, seed=0, device='cpu', project=runs, name='run',
                            exist_ok=True).items():
        setattr(options, name, value)
    log = os.path.join(runs, 'log')
    with open(log, 'w') as out, contextlib.redirect_stderr(out), contextlib.redirect_stdout(out):
        train.main(options, callbacks)
    shutil.rmtree(runs, True)
    times = [b - a for a, b in zip(marks, marks[1:])]
    print('epochs after the first: ' + ' '.join('%.2f' % t for t in times))
    common.result('epoch_f32', statistics.median(times), 's')
    common.result('epoch_peak_f32', common.peak(), 'MB')


main()
