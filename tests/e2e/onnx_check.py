"""Runs exported models with onnxruntime: onnx_check.py newest | (FILE IMAGES OUTPUT BATCH HEIGHT WIDTH) ...

  newest      prints the newest opset that both packages know
  otherwise   each file passes onnx's checker, and what it makes of the images is the output: no x, y, w or h differs by more than
              1e-4 of the largest one, no probability by more than 1e-4 (of 1: onnxruntime's sigmoid is within 2e-7 of that, so
              that small ones are off by more of themselves)
"""
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

onnxruntime.set_default_logger_severity(3)


def knows(opset):
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "ab"]
    graph = helper.make_graph([helper.make_node("Relu", ["a"], ["b"])], "g", value[:1], value[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    try:
        onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        return True
    except Exception:
        return False


def newest():
    opset = onnx.defs.onnx_opset_version()
    while not knows(opset):
        opset -= 1
    return opset


def check(path, images, output, batch, height, width):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [i.name for i in model.graph.input] == ["images"] and [o.name for o in model.graph.output] == ["output0"]
    properties = {p.key: p.value for p in model.metadata_props}
    names, stride = eval(properties["names"]), int(properties["stride"])  # as YOLOv5 reads them
    images = np.fromfile(images, np.float32).reshape(batch, 3, height, width)
    wanted = np.fromfile(output, np.float32).reshape(batch, -1, 5 + len(names))
    assert wanted.shape[1] > 0 and height % stride == 0
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = session.run(["output0"], {"images": images})[0]
    assert found.shape == wanted.shape, (found.shape, wanted.shape)
    scale = np.abs(wanted).max(axis=(0, 1))
    scale[4:] = 1
    off = (np.abs(found.astype(np.float64) - wanted).max(axis=(0, 1)) / scale).max()
    assert off <= 1e-4, f"{path}: differs by {off:.2g} of its scale"
    assert np.abs(wanted - wanted[:, :1]).max() > 1e-3 * scale.max(), "the boxes tell nothing: all are the same"
    return off


if sys.argv[1] == "newest":
    print(newest())
else:
    worst = 0
    for at in range(1, len(sys.argv), 6):
        worst = max(worst, check(*sys.argv[at : at + 3], *map(int, sys.argv[at + 3 : at + 6])))
    print(f"largest difference {worst:.2g} of its scale")
