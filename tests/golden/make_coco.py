#!/usr/bin/env python3
"""Writes coco.npz beside it: the twelve numbers that pycocotools computes of drawn labels and detections.

    python3 tests/golden/make_coco.py

Wants NumPy and pycocotools (made with 2.0.11 and NumPy 2.4); the seed is fixed. A case CASE has
    CASE/labels      [n, 8] image, category, crowd, area, x, y, width, height
    CASE/detections  [n, 7] image, category, score, x, y, width, height
    CASE/numbers     [12]
    CASE/counts      images, categories
as float32, which hold every coordinate (multiples of 1/8) and score (of 1/256, so that many are equal) exactly.
"""
import contextlib
import io
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SIDE = 640


def eighths(values):
    return np.round(np.asarray(values) * 8) / 8


def draw_boxes(rng, count, largest):
    size = np.exp(rng.uniform(np.log(4), np.log(largest), (count, 2)))
    place = rng.uniform(0, 1, (count, 2)) * (SIDE - size)
    return eighths(np.concatenate([place, size], 1))


def draw_labels(rng, case):
    images = rng.integers(0, case["images"], case["labels"])
    if case.get("empty"):  # images that have no labels
        images = images[images % 3 != 0]
    count = len(images)
    boxes = draw_boxes(rng, count, case.get("largest", 400))
    area = eighths(boxes[:, 2] * boxes[:, 3] * rng.uniform(0.3, 1, count))
    exact = rng.random(count) < case.get("edges", 0)  # on the border of two ranges
    area[exact] = rng.choice([1024, 9216], exact.sum())
    crowd = rng.random(count) < case.get("crowds", 0)
    category = rng.integers(0, case["categories"], count)
    return np.column_stack([images, category, crowd, area, boxes])


def draw_detections(rng, case, labels):
    """Some near a label, some anywhere; more than one for many labels."""
    near = labels[rng.integers(0, len(labels), case["detections"])] if len(labels) else np.zeros((0, 8))
    boxes = near[:, 4:].copy()
    boxes[:, :2] += rng.normal(0, 0.12, (len(near), 2)) * boxes[:, 2:]
    boxes[:, 2:] *= np.exp(rng.normal(0, 0.15, (len(near), 2)))
    rows = np.column_stack([near[:, :2], rng.random(len(near)), eighths(boxes)])
    wrong = rng.random(len(near)) < 0.1
    rows[wrong, 1] = rng.integers(0, case["categories"], wrong.sum())
    free = np.column_stack([rng.integers(0, case["images"], case["strays"]),
                            rng.integers(0, case["categories"], case["strays"]),
                            rng.random(case["strays"]), draw_boxes(rng, case["strays"], 400)])
    rows = np.concatenate([rows, free])
    rows[:, 2] = np.round(rows[:, 2] * case.get("scores", 256)) / case.get("scores", 256)
    same = rng.random(len(rows)) < 0.03  # exactly on the label
    same[len(near):] = False
    rows[same, 3:] = near[same[:len(near)], 4:]
    return rng.permutation(rows)


def evaluate(labels, detections, case):
    ids = [1000 + 7 * i for i in range(case["images"])]  # neither ids begin at 0
    truth = COCO()
    truth.dataset = {
        "images": [{"id": i} for i in ids],
        "categories": [{"id": 3 * c + 1} for c in range(case["categories"])],
        "annotations": [{"id": n + 1, "image_id": ids[int(r[0])], "category_id": 3 * int(r[1]) + 1,
                         "iscrowd": int(r[2]), "area": float(r[3]), "bbox": [float(v) for v in r[4:]]}
                        for n, r in enumerate(labels)]}
    truth.createIndex()
    found = [{"image_id": ids[int(r[0])], "category_id": 3 * int(r[1]) + 1, "score": float(r[2]),
              "bbox": [float(v) for v in r[3:]]} for r in detections]
    judge = COCOeval(truth, truth.loadRes(found), "bbox")
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    return judge.stats


CASES = {
    "plain": {"images": 12, "categories": 5, "labels": 70, "detections": 130, "strays": 60},
    "crowds": {"images": 10, "categories": 3, "labels": 70, "detections": 150, "strays": 60, "crowds": 0.3},
    "areas": {"images": 16, "categories": 4, "labels": 110, "detections": 180, "strays": 60, "edges": 0.4,
              "largest": 200, "crowds": 0.05},
    "ties": {"images": 12, "categories": 3, "labels": 70, "detections": 200, "strays": 60, "scores": 8},
    "empty": {"images": 20, "categories": 6, "labels": 50, "detections": 70, "strays": 90, "empty": True},
    "many": {"images": 2, "categories": 2, "labels": 60, "detections": 430, "strays": 300, "crowds": 0.1},
    "small": {"images": 8, "categories": 3, "labels": 40, "detections": 90, "strays": 20, "largest": 20},
}


def main():
    rng, arrays = np.random.default_rng(32), {}
    for name, case in CASES.items():
        labels = draw_labels(rng, case)
        detections = draw_detections(rng, case, labels)
        for array in (labels, detections):
            assert (array == array.astype(np.float32)).all()
        with contextlib.redirect_stdout(io.StringIO()):
            numbers = evaluate(labels, detections, case)
        arrays |= {f"{name}/labels": labels.astype(np.float32), f"{name}/detections": detections.astype(np.float32),
                   f"{name}/numbers": numbers, f"{name}/counts": np.float32([case["images"], case["categories"]])}
        print(f"{name}: {len(labels)} labels, {len(detections)} detections: {np.round(numbers, 4)}")
    target = Path(__file__).with_name("coco.npz")
    np.savez_compressed(target, **arrays)
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
