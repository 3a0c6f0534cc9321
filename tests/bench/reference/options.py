"""Trains the reference on BCCD with options of its own: tests/bench/options_accuracy.sh --reference.

    options.py SIZE EPOCHS SEED FOLDER [OPTION…]      results.csv in FOLDER; --set KEY=VALUE: a hyperparameter"""
import os
import sys

import common


def main():
    size, epochs, seed = (int(word) for word in sys.argv[1:4])
    folder, words, given = os.path.abspath(sys.argv[4]), [], []
    rest = iter(sys.argv[5:])
    for word in rest:
        given.append(next(rest)) if word == '--set' else words.append(word)
    torch, package = common.start()
    import yolov5.utils.dataloaders  # before its options are read: it looks at the arguments
    common.train(torch, package, folder, os.path.join(common.SHARED, 'weights', 'yolov5n.pt'), size, epochs, seed,
                 common.hyperparameters_of(given), words)


main()
