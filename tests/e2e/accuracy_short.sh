#!/usr/bin/env bash
# A short piece of the accuracy measurement on real data: four epochs of fine-tuning learn. (./dev accuracy measures it all.)
out=$(mktemp -d)
bash "$(dirname "$0")/../bench/accuracy.sh" short "$out"
code=$?
rm -rf "$out"
exit $code
