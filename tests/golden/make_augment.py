#!/usr/bin/env python3
"""Writes augment.npz: what YOLOv5's own loader makes of four samples, of nine pictures and of objects with polygons, and how it
weighs pictures.

    python3 tests/golden/make_augment.py [PATH]

Needs the package yolov5 (7.0.14) with PyTorch and OpenCV; its functions are called as they are, with chance
replaced by fixed draws. The pack beside this script was made with Python 3.11 and PyTorch 2.x; nothing in it
depends on the versions. `params` is JSON text as uint8.

quad/ images [8, 3, 5, 7] and rows [n, 6] (sample, class, x, y, w, h) of two groups of four: collated with a
      draw below 1/2 (enlarged) and above (tiled): *_images [2, 3, 10, 14], *_rows [n, 6]
nine/ a mosaic of nine pictures of size 24, whose pixel (y, x, channel c, BGR) of picture i is
      (3 x + 5 y + 40 c + 17 i) mod 256; sizes [9, 2] width and height, centre (y, x) of the window, labels
      [n, 6] (picture, class, x, y, w, h); canvas [48, 48, 3] BGR and boxes [n, 5] (class, x1, y1, x2, y2)
      before they are warped
paste/ objects with polygons: image [72, 96, 3] BGR, by the formula above with i = 0; boxes [n, 5] (class, x1, y1, x2, y2), points
      [m, 2] with ends [n] of each box's polygon; picks [k] of the boxes that are pasted; pasted [72, 96, 3] BGR and pasted_boxes
      [n + l, 5]
warp/ the boxes and polygons of paste/ through random_perspective: draws [8] in the order of their drawing; kept [n, 5]
weights/ labels [n, 2] (picture, class), maps [nc]; class_weights [nc] and picture_weights [pictures]
"""
import json
import sys
import types
from pathlib import Path

import numpy as np
import torch
from yolov5.utils import augmentations, dataloaders, general

rng = np.random.default_rng(20)
pack = {}


def chance(**functions):
    """Stands in for the module random of the loader."""
    dataloaders.random = types.SimpleNamespace(**functions)


def some_rows(count):
    size = rng.uniform(0.1, 0.5, (count, 2))
    centre = rng.uniform(0.25, 0.75, (count, 2))
    return np.concatenate([rng.integers(0, 5, (count, 1)), centre, size], 1).astype(np.float32)


def make_quad():
    images = rng.integers(0, 256, (8, 3, 5, 7), dtype=np.uint8)
    counts = [2, 0, 3, 1, 1, 2, 0, 4]
    rows = [np.concatenate([np.zeros((n, 1), np.float32), some_rows(n)], 1) for n in counts]
    stored = [np.concatenate([np.full((n, 1), i, np.float32), r[:, 1:]], 1)
              for i, (n, r) in enumerate(zip(counts, rows))]
    pack["quad/images"], pack["quad/rows"] = images, np.concatenate(stored)
    for name, draw in ("enlarged", 0.49), ("tiled", 0.5):
        chance(random=lambda draw=draw: draw)
        batch = [(torch.from_numpy(im.copy()), torch.from_numpy(r.copy()), f"{i}.jpg", None)
                 for i, (im, r) in enumerate(zip(images, rows))]
        out, labels, _, _ = dataloaders.LoadImagesAndLabels.collate_fn4(batch)
        pack[f"quad/{name}_images"], pack[f"quad/{name}_rows"] = out.numpy(), labels.numpy()


def make_nine():
    size = 24
    sizes = np.array([(24, 18), (20, 24), (24, 24), (24, 11), (16, 24), (24, 13), (10, 24), (24, 21), (24, 16)])
    window = (13, 17)
    y, x, c = np.ogrid[:size, :size, :3]
    images = [((3 * x + 5 * y + 40 * c + 17 * i) % 256).astype(np.uint8)[:h, :w] for i, (w, h) in enumerate(sizes)]
    labels = [some_rows(n) for n in (2, 1, 1, 0, 2, 1, 1, 2, 1)]
    draws = iter(window)
    chance(choices=lambda population, k: list(range(1, 9)), shuffle=lambda items: None,
           uniform=lambda low, high: next(draws))
    found = {}

    def keep(canvas, boxes, *_, **__):
        found.update(canvas=canvas, boxes=boxes)
        return canvas, boxes

    dataloaders.random_perspective = keep
    hyp = dict.fromkeys(["copy_paste", "degrees", "translate", "scale", "shear", "perspective"], 0.0)
    me = types.SimpleNamespace(
        img_size=size, indices=range(9), labels=labels, segments=[[] for _ in images], hyp=hyp,
        mosaic_border=[-size // 2, -size // 2], load_image=lambda i: (images[i], sizes[i][::-1], sizes[i][::-1]))
    dataloaders.LoadImagesAndLabels.load_mosaic9(me, 0)
    pack["nine/sizes"], pack["nine/window"] = sizes.astype(np.int32), np.array(window, np.int32)
    pack["nine/labels"] = np.concatenate(
        [np.concatenate([np.full((len(l), 1), i, np.float32), l], 1) for i, l in enumerate(labels)])
    pack["nine/canvas"] = np.ascontiguousarray(found["canvas"])
    pack["nine/boxes"] = np.asarray(found["boxes"], np.float32)


def some_polygons():
    """Blobs with 3 to 9 corners, some of them far apart and some upon each other."""
    places = [(14, 12, 9), (40, 36, 13), (70, 20, 11), (20, 55, 10), (80, 58, 8), (43, 34, 9)]
    polygons = []
    for i, (x, y, radius) in enumerate(places):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 3 + i))
        reach = radius * rng.uniform(0.6, 1, len(angles))
        polygons.append(np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], 1).astype(np.float32))
    boxes = [[i % 3, *p.min(0), *p.max(0)] for i, p in enumerate(polygons)]
    return np.array(boxes, np.float32), polygons


def make_polygons():
    y, x, c = np.ogrid[:72, :96, :3]
    image = ((3 * x + 5 * y + 40 * c) % 256).astype(np.uint8)
    boxes, polygons = some_polygons()
    picks = [4, 0, 1, 3]
    pack["paste/image"], pack["paste/boxes"], pack["paste/picks"] = image, boxes, np.array(picks, np.int32)
    pack["paste/points"] = np.concatenate(polygons)
    pack["paste/ends"] = np.cumsum([len(p) for p in polygons]).astype(np.int32)
    augmentations.random = types.SimpleNamespace(sample=lambda population, k: picks[:k])
    pasted, labels, _ = augmentations.copy_paste(image.copy(), boxes.copy(), [p.copy() for p in polygons],
                                                 p=len(picks) / len(boxes))
    pack["paste/pasted"], pack["paste/pasted_boxes"] = pasted, np.asarray(labels, np.float32)
    draws = [0.0004, -0.0007, 11.0, 0.8, 3.0, -2.0, 0.55, 0.42]
    left = iter(draws)
    augmentations.random = types.SimpleNamespace(uniform=lambda low, high: next(left))
    _, kept = augmentations.random_perspective(image.copy(), boxes.copy(), [p.copy() for p in polygons], degrees=20,
                                               translate=0.1, scale=0.5, shear=5, perspective=0.001)
    pack["warp/draws"], pack["warp/kept"] = np.array(draws), np.asarray(kept, np.float64)


def make_weights():
    labels = [np.concatenate([rng.integers(0, 4, (n, 1)), rng.uniform(0.1, 0.5, (n, 4))], 1).astype(np.float32)
              for n in (3, 0, 1, 5, 2)]
    maps = np.array([0.9, 0.25, 0.0, 0.5, 0.1])
    class_weights = general.labels_to_class_weights(labels, 5) * 5
    pictures = general.labels_to_image_weights(labels, nc=5, class_weights=np.asarray(class_weights) * (1 - maps) ** 2 / 5)
    pack["weights/labels"] = np.concatenate(
        [np.concatenate([np.full((len(l), 1), i, np.float32), l[:, :1]], 1) for i, l in enumerate(labels)])
    pack["weights/maps"], pack["weights/class_weights"] = maps, np.asarray(class_weights, np.float64)
    pack["weights/picture_weights"] = np.asarray(pictures, np.float64)


make_quad()
make_nine()
make_polygons()
make_weights()
params = {"quad": {"groups": 2}, "nine": {"size": 24}, "weights": {"pictures": 5, "classes": 5}}
pack["params"] = np.frombuffer(json.dumps(params).encode(), np.uint8)
target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("augment.npz")
np.savez_compressed(target, **pack)
