"""The reference's loader alone: images a second of its data set class on one thread, augmented as
hyp.scratch-low.yaml says (mosaic, scale, shift, HSV, flip), on BCCD (../shared; skipped, by name, where that is absent).

    loader.py [SECONDS]      of each of the four measurements (default: 4)

"ram": pictures were decoded and resized before; "files": each is read for every mosaic that it is part of. By the
process's processor time, as bench_loader."""
import contextlib
import os
import random
import sys
import time

import common


def main():
    limit = float(sys.argv[1]) if len(sys.argv) > 1 else 4
    torch, root = common.start(1)
    import cv2
    import numpy
    from yolov5.utils.dataloaders import LoadImagesAndLabels
    cv2.setNumThreads(0)
    print('note opencv %s, numpy %s' % (cv2.__version__, numpy.__version__))
    folder = os.path.join(common.bccd(), 'images', 'train')
    for kind in ('ram', 'files'):
        for size in (640, 320):
            random.seed(0), numpy.random.seed(0), torch.manual_seed(0)
            with open(os.devnull, 'w') as null, contextlib.redirect_stderr(null):
                data = LoadImagesAndLabels(folder, size, 16, augment=True, hyp=common.hyperparameters(root),
                                           cache_images=kind if kind == 'ram' else False)
            for index in range(len(data) if kind == 'ram' else 16):
                data[index]
            images, begin = 0, time.process_time()
            while time.process_time() - begin < limit:
                data[images % len(data)]
                images += 1
            common.result('loader_%d_%s' % (size, kind), images / (time.process_time() - begin), 'images/s')


main()
