"""Trains the reference on batches and a start that another program was trained on too: tests/bench/replay.sh.

    replay.py start FILE                                           a start: yolov5n.pt for three classes
    replay.py train BATCHES START SIZE EPOCHS FOLDER [KEY=VALUE…]  results.csv in FOLDER; KEY: a hyperparameter

BATCHES is what bench_batches writes."""
import os
import sys

import common


def start(torch, package, path):
    from yolov5.models.yolo import Model
    sys.path.insert(0, package)  # the file names its classes as the repository does
    torch.manual_seed(5)  # the new head's draws; any seed will do
    weights = os.path.join(common.SHARED, 'weights', 'yolov5n.pt')
    source = torch.load(weights, map_location='cpu', weights_only=False)['model'].float().state_dict()
    model = Model(os.path.join(package, 'models', 'yolov5n.yaml'), ch=3, nc=3)
    own = model.state_dict()
    model.load_state_dict({key: value for key, value in source.items() if key in own and own[key].shape == value.shape},
                          strict=False)
    model.names, model.nc = ['RBC', 'WBC', 'Platelets'], 3
    torch.save({'epoch': -1, 'model': model.half(), 'ema': None, 'optimizer': None, 'best_fitness': None}, path)


class Replay:
    """Stands for the training loader; an epoch goes on where the last one ended."""

    def __init__(self, torch, loader, path):
        self.torch, self.dataset, self.length, self.file = torch, loader.dataset, len(loader), open(path, 'rb')
        self.sampler, self.num_workers, self.batch_size = None, 0, loader.batch_size

    def __len__(self):
        return self.length

    def __iter__(self):
        import numpy
        for _ in range(self.length):
            count, height, width, labels = (int(n) for n in numpy.frombuffer(self.file.read(16), numpy.int32))
            targets = numpy.frombuffer(self.file.read(24 * labels), numpy.float32).reshape(labels, 6).copy()
            pictures = numpy.frombuffer(self.file.read(3 * count * height * width), numpy.uint8)
            yield (self.torch.from_numpy(pictures.reshape(count, 3, height, width).copy()), self.torch.from_numpy(targets),
                   [''] * count, [None] * count)


def train(torch, package, batches, weights, size, epochs, folder, hyperparameters):
    import yolov5.train
    create = yolov5.train.create_dataloader

    def replayed(*positional, **named):
        loader, dataset = create(*positional, **named) if named.get('augment') else (create(*positional, **named), None)
        return (Replay(torch, loader, batches), dataset) if dataset is not None else loader

    yolov5.train.create_dataloader = replayed
    common.train(torch, package, folder, weights, size, epochs, 0, common.hyperparameters_of(hyperparameters))


def main():
    torch, package = common.start()
    if sys.argv[1] == 'start':
        start(torch, package, sys.argv[2])
    else:
        batches, weights, size, epochs, folder = sys.argv[2:7]
        train(torch, package, batches, weights, int(size), int(epochs), folder, sys.argv[7:])


main()
