"""What TensorBoard's own reader makes of a run's event files: tensorboard_check.py COMMAND …

  compare WHOLE CUT    a run that was cut and resumed shows the curves of the one that was not
  results RUN          the scalars of epochs are the rows of results.csv, and every batch is there once
  steps RUN TAG        how many values the tag has, and the last step
"""
import csv
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
    check(set(a) == set(b), f"tags differ: {set(a) ^ set(b)}")
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


{"compare": compare, "results": results, "steps": steps}[sys.argv[1]](*sys.argv[2:])
