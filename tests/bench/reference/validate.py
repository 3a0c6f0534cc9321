"""The reference's arithmetic of a validation: NMS of 5,000 images, of which each keeps 300 detections; matching those
with labels at ten thresholds; average precision.

    validate.py DUMP [IMAGES]      DUMP: a file of `bench_validate --dump`, which says what is in it

Its distinct images are gone through until IMAGES (5000) are done, in batches of 8 (its NMS gives up
after 0.5 s + 0.05 s an image, which a batch of 32 of these comes near). Only the reference's own three functions are
timed, by the wall clock, on all threads."""
import sys
import time

import common

BATCH, KEPT = 8, 300


def read(path, torch, numpy):
    with open(path, 'rb') as file:
        if file.read(8) != b'YDVALID1':
            sys.exit(path + ': not a file of bench_validate --dump')
        images, rows, classes, labels = numpy.fromfile(file, '<i4', 4)
        predictions = numpy.fromfile(file, '<f4', images * rows * (5 + classes)).reshape(images, rows, 5 + classes)
        truth = numpy.fromfile(file, '<f4', images * labels * 5).reshape(images, labels, 5)
    return torch.from_numpy(predictions), torch.from_numpy(truth)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    torch, _ = common.start()
    import numpy
    if not hasattr(numpy, 'trapz'):  # its new name; the package is older
        numpy.trapz = numpy.trapezoid
    from yolov5.utils.general import non_max_suppression
    from yolov5.utils.metrics import ap_per_class
    from yolov5.val import process_batch
    predictions, truth = read(sys.argv[1], torch, numpy)
    thresholds = torch.linspace(0.5, 0.95, 10)
    spent, stats, done = dict(nms=0, match=0, ap=0), [], 0
    with torch.no_grad():
        non_max_suppression(predictions[:1].clone(), 0.001, 0.6, multi_label=True, max_det=KEPT)  # to warm up
        while done < wanted:
            first = done % len(predictions)
            count = min(BATCH, len(predictions) - first, wanted - done)
            batch = predictions[first:first + count].clone()
            begin = time.perf_counter()
            kept = non_max_suppression(batch, 0.001, 0.6, multi_label=True, max_det=KEPT)
            middle = time.perf_counter()
            correct = [process_batch(found, labels, thresholds) for found, labels in zip(kept, truth[first:])]
            spent['nms'] += middle - begin
            spent['match'] += time.perf_counter() - middle
            for matched, found, labels in zip(correct, kept, truth[first:]):
                if len(found) != KEPT:
                    sys.exit('an image has %d detections, not %d: the reference ran out of its time' % (len(found), KEPT))
                stats.append((matched, found[:, 4], found[:, 5], labels[:, 0]))
            done += count
    stats = [torch.cat(column).numpy() for column in zip(*stats)]
    begin = time.perf_counter()
    ap = ap_per_class(*stats, names={i: str(i) for i in range(predictions.shape[2] - 5)})[5]
    spent['ap'] = time.perf_counter() - begin
    print('%d images: mAP@.5 %.6f, mAP@.5:.95 %.6f' % (wanted, ap[:, 0].mean(), ap.mean()))
    for name, seconds in spent.items():
        common.result('validate_' + name, seconds, 's')
    common.result('validate_%d' % wanted, sum(spent.values()), 's')


main()
