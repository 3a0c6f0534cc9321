"""What TensorBoard's own reader makes of a run's event files: tensorboard_check.py COMMAND …

  compare WHOLE CUT    a run that was cut and resumed shows the curves of the one that was not
  results RUN          the scalars of epochs are the rows of results.csv, and every batch is there once
  beside RUN           the histogram of classes, the model's graph with shapes, and the pictures
  steps RUN TAG        how many values the tag has, and the last step
"""
import csv
import glob
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

MEASURED = ("step/images_per_second", "step/share_", "step/memory_mb")  # times and memory are of the machine


def read(run):
    accumulator = EventAccumulator(run, size_guidance={"scalars": 0})
    accumulator.Reload()
    return {tag: [(e.step, e.value) for e in accumulator.Scalars(tag)] for tag in accumulator.Tags()["scalars"]}


def check(holds, message):
    if not holds:
        sys.exit(message)


def once(tags):
    for tag, values in tags.items():
        steps = [step for step, _ in values]
        check(steps == sorted(set(steps)) or tag == "step/batches_per_epoch", f"{tag}: steps {steps} are not each there once")


def compare(whole, cut):
    a, b = read(whole), read(cut)
    once(a)
    once(b)
    differ = {tag for tag in set(a) ^ set(b) if not tag.startswith(MEASURED)}  # a run of a second may be over before its memory is known
    check(not differ, f"tags differ: {differ}")
    for tag in a:
        if not tag.startswith(MEASURED) and tag != "step/batches_per_epoch":
            check(a[tag] == b[tag], f"{tag}:\n{a[tag]}\n{b[tag]}")


def results(run):
    tags = read(run)
    once(tags)
    with open(os.path.join(run, "results.csv")) as file:
        rows = [{k.strip(): v.strip() for k, v in row.items()} for row in csv.DictReader(file)]
    for name in rows[0]:
        if name == "epoch":
            continue
        check([step for step, _ in tags[name]] == [int(row["epoch"]) for row in rows], f"{name}: {tags[name]}")
        for (_, value), row in zip(tags[name], rows):
            check(abs(value - float(row[name])) <= 1e-4 * abs(float(row[name])) + 1e-9, f"{name}: {value}, results.csv has {row[name]}")
    batches = int(tags["step/batches_per_epoch"][0][1])
    for name in "step/loss", "step/box_loss", "step/lr_biases":
        check([step for step, _ in tags[name]] == list(range(batches * len(rows))), f"{name}: {tags[name]}")
    for (_, total), *parts in zip(*(tags[name] for name in ("step/loss", "step/box_loss", "step/obj_loss", "step/cls_loss"))):
        check(abs(total - sum(value for _, value in parts)) < 1e-5, "the loss is the sum of its parts")


def steps(run, tag):
    values = read(run)[tag]
    print(len(values), values[-1][0])


def beside(run):
    accumulator = EventAccumulator(run, size_guidance={"histograms": 0, "images": 0, "graph": 1})
    accumulator.Reload()
    (histogram,) = accumulator.Histograms("classes")
    value = histogram.histogram_value
    labels = {}
    for path in glob.glob(os.path.join(os.environ["W"], "set", "labels", "train", "*.txt")):
        for line in open(path):
            labels[int(line.split()[0])] = labels.get(int(line.split()[0]), 0) + 1
    check(histogram.step == 0 and value.num == sum(labels.values()), f"{value.num} labels, {labels}")
    found = {limit - 0.5: count for limit, count in zip(value.bucket_limit, value.bucket) if count}
    check(found == labels, f"histogram {found}, labels {labels}")
    nodes = {node.name: node for node in accumulator.Graph().node}
    check(len(nodes) > 20 and nodes["images"].op == "Placeholder", f"{len(nodes)} nodes")
    for node in nodes.values():
        check(all(name in nodes for name in node.input), f"{node.name}: an input is no node")
        check(len(node.attr["_output_shapes"].list.shape[0].dim) == 4, f"{node.name} has no shape")
    heads = [node for node in nodes.values() if node.op == "head"]
    check(heads and all("_Detect/" in node.name for node in heads), f"heads {[node.name for node in heads]}")
    tags = accumulator.Tags()["images"]
    for tag in "train_batch0", "val_batch0_labels", "val_batch0_pred", "results":
        check(tag in tags, f"{tag} is not among {tags}")
        (image,) = accumulator.Images(tag)
        ends = [os.path.join(run, tag + end) for end in (".jpg", ".png")]
        data = next(open(path, "rb").read() for path in ends if os.path.exists(path))
        check(image.encoded_image_string == data and image.width > 0 and image.height > 0, f"{tag} is another picture")


{"beside": beside, "compare": compare, "results": results, "steps": steps}[sys.argv[1]](*sys.argv[2:])
