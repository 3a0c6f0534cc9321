#!/usr/bin/env python3
"""Writes looks.npz: what YOLOv5 finds in pictures by its test-time augmentation.

    python3 tests/golden/make_looks.py

Part of YoloDeck, under its MIT licence. It calls YOLOv5 (the package yolov5 7.0.14, AGPL) as any program may,
and holds none of its text. The pack beside this script was made so, with PyTorch 2.15 and NumPy 2.4.

The models are those of modules_parts and modules with the weights in their packs; picture i has byte
(3 x + 5 y + 40 c + 17 i) mod 256 at row y, column x of channel c. All is computed in float64 and kept as float32:
    NAME/rows   every EVERY-th of the rows x, y, w, h, objectness, classes of both pictures together
    NAME/all    the same where no level is left out (YOLOv5 before v6.0)
    params      JSON as uint8: sizes, EVERY, the number of rows of a picture; noise: for each array the error that
                PyTorch's own float32 makes on it, largest difference over largest magnitude
"""
import contextlib
import io
import json
import logging
import warnings
from pathlib import Path

import numpy as np
import torch

with contextlib.redirect_stdout(io.StringIO()):
    from yolov5.models.yolo import Model

HERE = Path(__file__).parent
BATCH, HEIGHT, WIDTH, EVERY = 2, 96, 160, 41


def pictures():
    i, c, y, x = np.ogrid[:BATCH, :3, :HEIGHT, :WIDTH]
    return ((3 * x + 5 * y + 40 * c + 17 * i) % 256).astype(np.float64) / 255


def look(name, dtype, whole):
    pack = np.load(HERE / f"{name}.npz")
    with contextlib.redirect_stdout(io.StringIO()):
        model = Model(str(HERE / f"{name}.yaml"))
    state = {k[3:]: torch.from_numpy(pack[k]) for k in pack.files if k.startswith("w0/")}
    model.load_state_dict({**model.state_dict(), **state})
    model.to(dtype).eval()
    if whole:
        model._clip_augmented = lambda looks: looks
    with torch.no_grad():
        return model(torch.from_numpy(pictures()).to(dtype), augment=True)[0].double().numpy()


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    arrays, params, noise = {}, {"batch": BATCH, "height": HEIGHT, "width": WIDTH, "every": EVERY}, {}
    for name in ("modules", "modules_parts"):  # a YAML's activation stays YOLOv5's default: the one that has it comes last
        for key, whole in (("rows", False), ("all", True)):
            exact, single = look(name, torch.float64, whole), look(name, torch.float32, whole)
            array = f"{name}/{key}"
            params[f"{name}_{key}"] = exact.shape[1]
            noise[array] = float(f"{np.abs(single - exact).max() / np.abs(exact).max():.3g}")
            arrays[array] = exact.reshape(-1, exact.shape[2])[::EVERY].astype(np.float32)
    params["noise"] = noise
    target = HERE / "looks.npz"
    np.savez_compressed(target, params=np.frombuffer(json.dumps(params).encode(), np.uint8), **arrays)
    print(f"{target}: {target.stat().st_size} bytes, {params}")


if __name__ == "__main__":
    main()
