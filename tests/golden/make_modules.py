#!/usr/bin/env python3
"""Writes NAME.npz beside each NAME.yaml given: what YOLOv5 makes of that model in one step of training.

    python3 tests/golden/make_modules.py tests/golden/modules.yaml …

Part of YoloDeck, under its MIT licence. It calls YOLOv5 (the package yolov5 7.0.14, AGPL) as any program may,
and holds none of its text. The packs beside this script were made so, with PyTorch 2.15 and NumPy 2.4; the
seed is fixed.

Weights, images and labels are float32; all is computed in float64 and kept as float32. Arrays:
    x0, t0           images [B, 3, H, W] and labels (image, class, x, y, w, h)
    w0/KEY           the state before, drawn here so that nothing in it is 0 or 1 by default
    p0, p1, …        raw maps of the levels; loss0, items0: loss times batch; box, obj, cls
    g0/KEY           gradients; those that are zero but for rounding (a bias before a norm) are left out
    w1/KEY, ema1/KEY state after one step of SGD, and its moving average
    eval_out         decoded output of the moving average in evaluation mode
    params           JSON as uint8: hyperparameters; noise: for each array the error that PyTorch's own float32
                     makes on it, largest difference over largest magnitude, the worse of contiguous and
                     channels-last
"""
import contextlib
import copy
import io
import json
import logging
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

with contextlib.redirect_stdout(io.StringIO()):
    from yolov5.models.yolo import Model
    from yolov5.utils.loss import ComputeLoss

BATCH = 2
SIZES = {"modules_resize": 32}  # of the images; 128 where a file is not named
HYP = {"anchor_t": 4.0, "fl_gamma": 0.0, "label_smoothing": 0.0, "cls_pw": 1.0, "obj_pw": 1.0}
GAINS = {"box": 0.05, "obj": 0.7, "cls": 0.3}
STEP = {"lr": 0.01, "momentum": 0.937, "weight_decay": 0.0005, "ema_decay": 0.9999, "ema_tau": 2000}


def draw_state(model, rng):
    """Every float of the state but the anchors, in the order of the state dict."""
    state = model.state_dict()
    for key, value in state.items():
        shape, name = tuple(value.shape), key.rsplit(".", 1)[-1]
        if name in ("anchors", "num_batches_tracked"):
            continue
        if name == "running_var":
            drawn = rng.uniform(0.5, 2, shape)
        elif name == "weight" and value.dim() == 1:
            drawn = rng.uniform(0.6, 1.4, shape)
        elif value.dim() > 1:
            drawn = rng.uniform(-1, 1, shape) * (3 / (value[0].numel())) ** 0.5
        else:
            drawn = rng.normal(0, 0.3, shape)
        state[key] = torch.from_numpy(drawn.astype(np.float32))
    return state


def draw_labels(rng, nc, count=12):
    labels = np.concatenate([np.arange(count)[:, None] % BATCH, rng.integers(0, nc, (count, 1)),
                             rng.uniform(0.05, 0.95, (count, 2)),
                             np.exp(rng.uniform(math.log(0.05), math.log(0.9), (count, 2)))], 1)
    return labels[np.argsort(labels[:, 0], kind="stable")].astype(np.float32)


def parameter_groups(model):
    """Biases; norm weights; all the rest, which decays."""
    groups = {"bias": [], "norm": [], "weight": []}
    norms = tuple(v for k, v in nn.__dict__.items() if "Norm" in k)
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            kind = "bias" if name == "bias" else "norm" if name == "weight" and isinstance(module, norms) else "weight"
            groups[kind].append(parameter)
    return groups


def run(fresh, state, images, labels, dtype, layout):
    model = copy.deepcopy(fresh)
    model.load_state_dict(state)
    model.to(dtype).to(memory_format=layout)
    average = copy.deepcopy(model)
    model.hyp = {**HYP, **GAINS}
    out = {}
    x = torch.from_numpy(images).to(dtype).contiguous(memory_format=layout)
    model.train()
    maps = model(x)
    loss, items = ComputeLoss(model)(maps, torch.from_numpy(labels).to(dtype))
    out.update({f"p{i}": p for i, p in enumerate(maps)}, loss0=loss.reshape(1),
               items0=items[[0, 1, 2]] / torch.ones(3, dtype=dtype))
    groups = parameter_groups(model)
    optimizer = torch.optim.SGD(groups["bias"], lr=STEP["lr"], momentum=STEP["momentum"], nesterov=True)
    optimizer.add_param_group({"params": groups["weight"], "weight_decay": STEP["weight_decay"]})
    optimizer.add_param_group({"params": groups["norm"]})
    loss.backward()
    out.update({f"g0/{k}": p.grad for k, p in model.named_parameters()})
    optimizer.step()
    decay = STEP["ema_decay"] * (1 - math.exp(-1 / STEP["ema_tau"]))
    now, mean = model.state_dict(), average.state_dict()
    for key, value in mean.items():
        if value.dtype.is_floating_point:
            value.mul_(decay).add_((1 - decay) * now[key])
    average.eval()
    with torch.no_grad():
        out["eval_out"] = average(x)[0]
    out.update({f"w1/{k}": v for k, v in now.items()}, **{f"ema1/{k}": v for k, v in mean.items()})
    return {k: v.detach().double().contiguous().numpy() for k, v in out.items()}


def make(path):
    torch.manual_seed(0)
    rng = np.random.default_rng(30)
    with contextlib.redirect_stdout(io.StringIO()):
        fresh = Model(str(path))
    nc, state = fresh.nc if hasattr(fresh, "nc") else fresh.yaml["nc"], draw_state(fresh, rng)
    size = SIZES.get(path.stem, 128)
    images = (rng.integers(0, 32, (BATCH, 3, size, size)) / 32).astype(np.float32)  # few values: a small file
    labels = draw_labels(rng, nc)
    exact = run(fresh, state, images, labels, torch.float64, torch.contiguous_format)
    single = [run(fresh, state, images, labels, torch.float32, layout)
              for layout in (torch.contiguous_format, torch.channels_last)]
    noise = {}
    exact = {k: v for k, v in exact.items() if not k.startswith("g0/") or np.abs(v).max() > 1e-12}
    for name, array in exact.items():
        magnitude = np.abs(array).max()
        worst = max(np.abs(other[name] - array).max() for other in single)
        noise[name] = float(f"{worst / magnitude if magnitude else 0:.3g}")
    params = {"torch": torch.__version__, "numpy": np.__version__, "batch": BATCH, "size": size, "steps": 1,
              "nc": nc, "gains": GAINS, **HYP, **STEP, "noise": noise}
    arrays = {"x0": images, "t0": labels, "params": np.frombuffer(json.dumps(params).encode(), np.uint8)}
    arrays.update({f"w0/{k}": v.numpy() for k, v in state.items()})
    arrays.update({k: v.astype(np.float32) for k, v in exact.items()})
    target = path.with_suffix(".npz")
    np.savez_compressed(target, **arrays)
    print(f"{target}: {len(arrays)} arrays, {target.stat().st_size} bytes, "
          f"{sum(p.numel() for p in fresh.parameters())} parameters")


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    torch.set_num_threads(1)
    for name in sys.argv[1:]:
        make(Path(name))


if __name__ == "__main__":
    main()
