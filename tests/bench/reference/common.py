"""What the scripts of the reference's side share. They run YOLOv5, as the Python package `yolov5` on PyTorch, as it
is: they call it and take the time. Where it is not installed they say so in one line and exit 77.
`./dev bench-reference` makes a Python that has it."""
import contextlib
import os
import shutil
import sys
import unittest.mock

SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, os.pardir, 'shared')
THREADS = int(os.environ.get('THREADS', 0)) or os.cpu_count()


def skip(why):
    print('not compared: ' + why)
    sys.exit(77)


def result(name, value, unit):
    print('result %s %.6g %s' % (name, value, unit), flush=True)


def peak():
    """The most memory that this process has held, in MB. (getrusage's figure also has what its parent held.)"""
    with open('/proc/self/status') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmHWM:')) / 1024


def work_folder():
    """Where a script may write: what `./dev bench` says, else a folder of this process."""
    folder = os.environ.get('YD_BENCH_WORK')
    if not folder:
        folder = '/tmp/yolodeck-reference-%d' % os.getpid()
        import atexit
        atexit.register(shutil.rmtree, folder, True)
    os.makedirs(folder, exist_ok=True)
    return folder


def start(threads=THREADS):
    """Imports PyTorch and the package and returns (torch, folder of the package)."""
    os.environ.update(TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD='1',  # the package is older than PyTorch's default
                      WANDB_MODE='disabled', YOLO_VERBOSE='false', YOLO_AUTOINSTALL='false', MPLBACKEND='agg',
                      YOLO_CONFIG_DIR=work_folder(), YOLOV5_CONFIG_DIR=work_folder(), YOLOv5_VERBOSE='false',
                      YOLO_OFFLINE='true')
    for name in ('roboflow', 'roboflow.core', 'roboflow.core.version'):  # to upload with: not wanted here
        sys.modules[name] = unittest.mock.MagicMock()
    try:
        import torch
        torch.set_num_threads(threads)
        import yolov5
        import yolov5.utils.downloads
        import yolov5.utils.general  # sets threads of its own
    except ImportError as error:
        skip('%s has no %s' % (sys.executable, error.name))
    yolov5.utils.downloads.attempt_download_from_hub = lambda *_, **__: None  # nothing is fetched
    import logging
    logging.disable(logging.WARNING)
    torch.set_num_threads(threads)
    print('note torch %s, yolov5 %s, %d threads' % (torch.__version__, yolov5.__version__, threads), flush=True)
    return torch, os.path.dirname(yolov5.__file__)


def hyperparameters(root):
    import yaml
    with open(os.path.join(root, 'data', 'hyps', 'hyp.scratch-low.yaml')) as file:
        return yaml.safe_load(file)


def bccd():
    """A copy of the data set: the reference writes its label cache beside the labels."""
    source, copy = os.path.join(SHARED, 'datasets', 'bccd'), os.path.join(work_folder(), 'bccd')
    if not os.path.isdir(source):
        skip(source + ' is not there')
    if not os.path.isdir(copy):
        shutil.copytree(source, copy + '.part')
        os.rename(copy + '.part', copy)
    return copy


def font():
    """The font that the package would fetch to train, from matplotlib."""
    import matplotlib
    shutil.copy(os.path.join(matplotlib.get_data_path(), 'fonts', 'ttf', 'DejaVuSans.ttf'),
                os.path.join(work_folder(), 'Arial.ttf'))


def train(torch, package, folder, weights, size, epochs, seed, hyperparameters_given, words=()):
    """The reference's own training on BCCD, as it is: results.csv in folder, what it says in its log. words: more of its options."""
    import numpy
    import yaml
    if not hasattr(numpy, 'trapz'):  # its new name; the package is older
        numpy.trapz = numpy.trapezoid
    import yolov5.train
    from yolov5.utils.callbacks import Callbacks
    torch.set_num_threads(THREADS)
    os.makedirs(folder, exist_ok=True)
    data, hyp = os.path.join(folder, 'bccd.yaml'), os.path.join(folder, 'given.yaml')
    pictures = bccd()
    font()
    with open(os.path.join(pictures, 'data.yaml')) as file, open(data, 'w') as out:
        out.writelines('path: %s\n' % pictures if line.startswith('path:') else line for line in file)
    with open(hyp, 'w') as out:
        yaml.safe_dump({**hyperparameters(package), **hyperparameters_given}, out)
    sys.argv[1:] = words
    options = yolov5.train.parse_opt(True)
    for name, value in dict(weights=weights, data=data, hyp=hyp, imgsz=size, batch_size=16, epochs=epochs, workers=1, seed=seed,
                            device='cpu', project=os.path.dirname(folder), name=os.path.basename(folder), exist_ok=True,
                            noplots=True).items():
        setattr(options, name, value)
    with open(os.path.join(folder, 'log'), 'w') as out, contextlib.redirect_stderr(out), contextlib.redirect_stdout(out):
        yolov5.train.main(options, Callbacks())


def hyperparameters_of(words):
    """KEY=VALUE… as numbers."""
    return {key: float(value) for key, value in (word.split('=') for word in words)}
