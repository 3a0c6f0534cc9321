"""YOLOv5's own code on files of YoloDeck's, and the other way round: yolov5_check.py COMMAND ...

  predict (FILE IMAGES OUTPUT BATCH HEIGHT WIDTH) ...  a stripped checkpoint, loaded by torch.load and by attempt_load, predicts the output
  run SCRIPT [OPTION] ...                              train, val, detect or export of the package, with its options
  val DATA SIZE BATCH (FILE JSON) ...                  its val.py finds in FILE (in the ensemble FILE,FILE) what `yolodeck val --json` has written of it
  adam FILE NAME THEIRS                                its optimizer takes the moments of FILE; writes THEIRS, an unfinished file of three steps
  adam_again THEIRS FILE                               FILE has the moments of THEIRS
  state FILE                                           epoch, best fitness, updates and optimizer of an unfinished checkpoint

The package `yolov5` from PyPI is called as it is. Where it is not installed, exit status 77.
"""
import importlib
import json
import logging
import os
import sys
import tempfile
import types
import unittest.mock

os.environ.update(TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD="1",  # the package is older than PyTorch's default
                  WANDB_MODE="disabled", YOLO_VERBOSE="false", YOLOv5_VERBOSE="false", YOLO_AUTOINSTALL="false", MPLBACKEND="agg", YOLO_OFFLINE="true")
for name in "YOLO_CONFIG_DIR", "YOLOV5_CONFIG_DIR":
    os.environ.setdefault(name, tempfile.mkdtemp())
for name in "roboflow", "roboflow.core", "roboflow.core.version", "fire", "boto3", "sahi":  # to upload with: not wanted here
    sys.modules[name] = unittest.mock.MagicMock()
try:
    import numpy as np
    import torch
    import yaml
    import yolov5
    import yolov5.models.common
    import yolov5.utils.dataloaders
    import yolov5.utils.downloads
    import yolov5.utils.general
    from yolov5.models.experimental import attempt_load
except ImportError as error:
    print(f"skipped: {sys.executable} has no {error.name}")
    sys.exit(77)
yolov5.utils.general.check_font = lambda *_, **__: None
for module in yolov5.utils.downloads, yolov5.models.common:
    module.attempt_download_from_hub = lambda *_, **__: None  # nothing is fetched
if not hasattr(np, "trapz"):  # NumPy 2.4 has it under its new name alone
    np.trapz = np.trapezoid
if sys.argv[1] != "run":
    logging.disable(logging.INFO)
torch.set_num_threads(1)


def differs(model, images, wanted):
    """By how much of the largest of a column: x, y, w, h; of 1: probabilities."""
    with torch.no_grad():
        found = model(images)[0].numpy()
    assert found.shape == wanted.shape, (found.shape, wanted.shape)
    scale = np.abs(wanted).max(axis=(0, 1))
    scale[4:] = 1
    return (np.abs(found.astype(np.float64) - wanted).max(axis=(0, 1)) / scale).max()


def predict(path, images, output, batch, height, width):
    sys.path.insert(0, os.path.dirname(yolov5.__file__))  # where "models.yolo" is found, as in a clone of YOLOv5
    file = torch.load(path, map_location="cpu")
    raw = file["model"].float().eval()
    assert type(raw).__module__ == "models.yolo" and type(raw.model[-1]).__name__ == "Detect"
    assert sys.modules["models.yolo"].__file__ == os.path.join(os.path.dirname(yolov5.__file__), "models", "yolo.py")
    sys.path.pop(0)
    images = torch.from_numpy(np.fromfile(images, np.float32).reshape(batch, 3, height, width))
    wanted = np.fromfile(output, np.float32).reshape(batch, -1, raw.nc + 5)
    detect = raw.model[-1]
    assert raw.yaml["nc"] == raw.nc == detect.nc == len(raw.names) and raw.stride is detect.stride
    assert height % int(raw.stride.max()) == 0 and (detect.anchors.shape[:2] == (detect.nl, detect.na))
    assert raw.hyp["lr0"] > 0
    again = type(raw)(dict(raw.yaml))  # its YAML builds the same model, of which every entry is there
    shapes = {k: v.shape for k, v in raw.state_dict().items() if not k.endswith(".anchor_grid")}  # of v5.0 alone
    assert shapes == {k: v.shape for k, v in again.state_dict().items()}, set(shapes) ^ set(again.state_dict())
    # With a model of v5.0, v7.0's forward pass takes files that attempt_load has brought up to date.
    off = 0 if "anchor_grid" in dict(detect.named_buffers()) else differs(raw, images, wanted)
    fused = attempt_load(path, device="cpu")  # in the package's own names, convolutions and norms fused
    assert isinstance(fused.names, dict) and list(fused.names) == list(range(raw.nc))
    return max(off, differs(fused, images, wanted))


def validate(data, size, batch, *pairs):
    """Precision, recall, mAP@.5 and mAP@.5:.95 of each class, and their means, in every figure."""
    script = importlib.import_module("yolov5.val")
    with open(data) as file:
        names = yaml.safe_load(file)["names"]
    found = {}

    def remember(*arguments, per_class=script.ap_per_class, **more):
        found["classes"] = per_class(*arguments, **more)
        return found["classes"]

    script.ap_per_class = remember
    # v7.0 cuts the shorter side of a resized picture to whole pixels; the package, younger than it, rounds it up.
    yolov5.utils.dataloaders.math = types.SimpleNamespace(ceil=int)
    worst = 0
    for path, ours in zip(pairs[::2], pairs[1::2]):
        with open(ours) as file:
            ours = json.load(file)
        means = script.run(data, weights=path.split(","), imgsz=size, batch_size=batch, device="cpu", workers=0, plots=False, half=False,
                           project=tempfile.mkdtemp(), verbose=False)[0]
        _, _, precision, recall, _, ap, numbers = found["classes"]
        rows = {names[c]: (precision[i], recall[i], ap[i, 0], ap[i].mean()) for i, c in enumerate(numbers)}
        wanted = {c["name"]: c for c in ours["classes"]}
        assert set(rows) == set(wanted), (set(rows), set(wanted))
        rows["all"], wanted["all"] = means[:4], ours["metrics"]
        for name, row in rows.items():
            off = [abs(a - wanted[name][key]) for a, key in zip(row, ("precision", "recall", "map50", "map50_95"))]
            print(os.path.basename(path), name, *(f"{a:.5f}" for a in row), f"differs by {max(off):.1g}")
            worst = max(worst, *off)
    print(f"largest difference {worst:.2g}")
    assert worst <= 1e-3


def moments(model, optimizer):
    return {name: (optimizer.state[p]["exp_avg"], optimizer.state[p]["exp_avg_sq"]) for name, p in model.named_parameters()}


def adam(path, kind, theirs):
    from yolov5.utils.torch_utils import smart_optimizer
    sys.path.insert(0, os.path.dirname(yolov5.__file__))
    file = torch.load(path, map_location="cpu")
    model, own = file["model"].float(), file["yolodeck"]
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    optimizer = smart_optimizer(model, kind, 0.01, 0.9, 0.0005)
    optimizer.load_state_dict(file["optimizer"])
    for name, found in moments(model, optimizer).items():
        for key, moment in zip(("momenta", "squares"), found):
            assert moment.dtype == torch.float32 and torch.equal(moment, own[key][name]), (name, key)
    assert {int(s["step"]) for s in optimizer.state.values()} == {int(s["step"]) for s in file["optimizer"]["state"].values()}
    names = {id(p): name for name, p in model.named_parameters()}
    for group in optimizer.param_groups:  # decay is the convolutions' alone
        kinds = {("bias" if names[id(p)].endswith("bias") else "norm" if ".bn." in names[id(p)] else "weight") for p in group["params"]}
        assert len(kinds) == 1 and (group["weight_decay"] > 0) == (kinds == {"weight"}), (kinds, group["weight_decay"])
    torch.manual_seed(3)
    for parameter in model.parameters():  # ours has odd values, which decay would put into the moments
        parameter.data.normal_()
    optimizer = smart_optimizer(model, kind, 0.01, 0.9, 0.0005)
    for _ in range(3):
        for parameter in model.parameters():
            parameter.grad = torch.randn_like(parameter)
        optimizer.step()
    torch.save({"epoch": 1, "best_fitness": np.array([0.25]), "model": model.half(), "ema": model, "updates": 3, "optimizer": optimizer.state_dict(),
                "wandb_id": "run_of-theirs", "date": None, "wanted": moments(model, optimizer)}, theirs)


def adam_again(theirs, path):
    sys.path.insert(0, os.path.dirname(yolov5.__file__))
    wanted, own = torch.load(theirs, map_location="cpu")["wanted"], torch.load(path, map_location="cpu")["yolodeck"]
    for name, found in wanted.items():
        for key, moment in zip(("momenta", "squares"), found):
            assert torch.equal(moment, own[key][name]) and moment.abs().sum() > 0, (name, key)


def state(path):
    sys.path.insert(0, os.path.dirname(yolov5.__file__))
    file = torch.load(path, map_location="cpu")
    groups = [len(group["params"]) for group in file["optimizer"]["param_groups"]]
    print(file["epoch"], file["updates"], len(file["optimizer"]["state"]), *groups)


if sys.argv[1] == "run":
    sys.argv = sys.argv[2:]
    script = importlib.import_module("yolov5." + sys.argv[0])
    options = script.parse_opt()
    if sys.argv[0] == "train":
        script.main(options)
    elif sys.argv[0] == "export":
        script.main()  # reads them again
    else:
        script.run(**vars(options))
elif sys.argv[1] == "val":
    validate(sys.argv[2], *map(int, sys.argv[3:5]), *sys.argv[5:])
elif sys.argv[1] == "adam":
    adam(*sys.argv[2:])
elif sys.argv[1] == "adam_again":
    adam_again(*sys.argv[2:])
elif sys.argv[1] == "state":
    state(sys.argv[2])
elif sys.argv[1] == "predict":
    worst = 0
    for at in range(2, len(sys.argv), 6):
        off = predict(*sys.argv[at : at + 3], *map(int, sys.argv[at + 3 : at + 6]))
        print(f"{os.path.basename(sys.argv[at])}: {off:.2g}")
        worst = max(worst, off)
    print(f"largest difference {worst:.2g} of its scale")
    assert worst <= 1e-4
