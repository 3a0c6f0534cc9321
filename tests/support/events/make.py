"""Makes event files with TensorBoard's own classes: make.py [FOLDER] (pip install tensorboard).

Those beside this file are read by tests where no TensorBoard is installed: records as torch's SummaryWriter and TensorFlow 2 leave
them, and the values that a reader must find, as lines "file tag step value" in expected.txt. Times are fixed, so that they are the
same every time. With a FOLDER, the same there, and what torch's own SummaryWriter writes where torch is installed.
"""
import os
import shutil
import sys

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = sys.argv[1] if len(sys.argv) > 1 else HERE
START = 1700000000.0


class Writer:
    def __init__(self, name, version="brain.Event:2"):
        self.name = name
        self.file = open(os.path.join(FOLDER, name), "wb")
        self.records = RecordWriter(self.file)
        self.time = START
        self.put(event_pb2.Event(file_version=version))

    def put(self, event):
        self.time += 0.5
        event.wall_time = self.time
        self.records.write(event.SerializeToString())

    def summary(self, step, *values):
        self.put(event_pb2.Event(step=step, summary=summary_pb2.Summary(value=list(values))))

    def close(self):
        self.file.close()


expected = []


def expect(writer, tag, step, value):
    expected.append(f"{writer.name} {tag} {step} {float(value)!r}")


def metadata(plugin):
    return summary_pb2.SummaryMetadata(plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin))


def value(tag, **fields):
    return summary_pb2.Summary.Value(tag=tag, **fields)


# torch.utils.tensorboard: add_scalar, add_scalar(new_style=True), add_histogram, add_image, add_text; purge_step
torch = Writer("torch.tfevents")
for step in range(30):
    number = np.float32(1 / (step + 1))
    torch.summary(step, value("train/box_loss", simple_value=number))
    if step < 20:
        expect(torch, "train/box_loss", step, number)
    new = tensor_pb2.TensorProto(float_val=[number], dtype="DT_FLOAT")
    torch.summary(step, value("new", tensor=new, metadata=metadata("scalars")))
    if step < 20:
        expect(torch, "new", step, number)
histogram = summary_pb2.HistogramProto(min=0, max=1, num=2, sum=1, sum_squares=1, bucket_limit=[1, 2], bucket=[1, 1])
torch.summary(3, value("weights", histo=histogram))
torch.summary(3, value("picture", image=summary_pb2.Summary.Image(height=1, width=1, colorspace=3, encoded_image_string=b"png")))
text = tensor_pb2.TensorProto(dtype="DT_STRING", string_val=[b"some text"], tensor_shape=tensor_shape_pb2.TensorShapeProto(dim=[{"size": 1}]))
torch.summary(4, value("notes", tensor=text, metadata=metadata("text")))
torch.put(event_pb2.Event(step=20, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)))
torch.summary(20, value("train/box_loss", simple_value=np.float32("nan")), value("new", simple_value=np.float32("inf")))
expect(torch, "train/box_loss", 20, np.nan)
expect(torch, "new", 20, np.inf)
torch.close()

# TensorFlow 2's tf.summary.scalar: tensors with their bytes in tensor_content, of every numeric type
tensors = Writer("tensors.tfevents")
for name in "float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool":
    for step in range(2):
        number = np.dtype(name).type(step if name == "bool" else 100 + step if name.startswith("u") else -2.5 * step - 1)
        proto = tensor_util.make_tensor_proto(number)
        tensors.summary(step, value(name, tensor=proto, metadata=metadata("scalars")))
        expect(tensors, name, step, number)
        content = tensor_pb2.TensorProto(dtype=proto.dtype, tensor_shape=proto.tensor_shape, tensor_content=number.tobytes())
        tensors.summary(step, value("content/" + name, tensor=content))
        expect(tensors, "content/" + name, step, number)
tensors.summary(0, value("vector", tensor=tensor_util.make_tensor_proto(np.float32([1, 2]))))
tensors.summary(0, value("one", tensor=tensor_util.make_tensor_proto(np.float32([[7]]))))
expect(tensors, "one", 0, 7)
tensors.summary(-3, value("negative", simple_value=1))
expect(tensors, "negative", -3, 1)
tensors.close()


class Recorder:
    """torch's SummaryWriter, and the file that it leaves."""

    def __init__(self, name, **options):
        from torch.utils.tensorboard import SummaryWriter

        self.name = name
        self.folder = os.path.join(FOLDER, name + ".folder")
        self.writer = SummaryWriter(self.folder, **options)

    def close(self):
        self.writer.close()
        [file] = os.listdir(self.folder)
        shutil.move(os.path.join(self.folder, file), os.path.join(FOLDER, self.name))
        os.rmdir(self.folder)


def record():
    recorder = Recorder("summarywriter.tfevents", purge_step=3)
    for step in range(3, 300):
        recorder.writer.add_scalar("loss/train", 1 / step, step)
        recorder.writer.add_scalar("new-style", step * 0.5, step, new_style=True)
        expect(recorder, "loss/train", step, np.float32(1 / step))
        expect(recorder, "new-style", step, step * 0.5)
    recorder.writer.add_scalar("precise", 1 / 3, 7, new_style=True, double_precision=True)
    expect(recorder, "precise", 7, 1 / 3)
    recorder.writer.add_text("notes", "some text", 4)
    recorder.writer.add_image("picture", np.zeros((3, 64, 64), np.uint8), 5)
    recorder.close()


if FOLDER != HERE:
    try:
        record()
    except ImportError as why:
        print(f"no file of torch's own writer: {why}")

with open(os.path.join(FOLDER, "expected.txt"), "w") as file:
    file.write("\n".join(expected) + "\n")
