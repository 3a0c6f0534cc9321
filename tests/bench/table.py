"""The table of ratios: runs what table.def names and prints what was wanted and what was found.

    tests/bench/table.py [--turns N] [GROUP…]      (./dev bench; default: every group, 3 turns)
    tests/bench/table.py --show                    the table of all that was measured last, without measuring
    tests/bench/table.py --list                    the groups and their commands

A turn is our program and then the reference's; a ratio is the median over the turns of each turn's ratio, so that what else
the machine does falls on both sides. GROUP may be the beginning of a name (step: all of step_…), or name a program
bench_GROUP that has no row, which is just run. Exit status 1: a program failed. A missed target is only marked.

The reference's side is run by YD_PYTHON, else by build/reference/bin/python where `./dev bench-reference` has made it, else by
python3; Intel's extension by YD_PYTHON_IPEX, else by build/reference-ipex/bin/python. Where a script exits 77 its side is not
compared, and the table says why. Figures are kept in build/bench/GROUP.json, the table in build/bench/table.md."""
import argparse
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, 'build', 'release')
SIDES = ('ours', 'ref')
ABSENT = 77


def read_table(path):
    """A table.def as ({group: (our command, reference's, before, turns)}, [(group, what, target, expression)])."""
    groups, rows = {}, []
    with open(path) as file:
        for number, line in enumerate(file, 1):
            fields = [field.strip() for field in line.split('|')]
            if fields[0] == 'group':
                groups[fields[1]] = tuple((fields[2:] + [''] * 4)[:4])
            elif fields[0] == 'row' and fields[1] in groups:
                rows.append(tuple(fields[1:5]))
            elif fields[0] and not line.startswith('#'):
                sys.exit('%s:%d: neither a group nor a row of one: %s' % (path, number, line.strip()))
    return groups, rows


def python_of(variable, folder, otherwise):
    made = os.path.join(ROOT, 'build', folder, 'bin', 'python')
    return os.environ.get(variable) or (made if os.path.exists(made) else otherwise)


def places(work):
    return dict(bench=os.path.join(BUILD, 'tests'), yolodeck=os.path.join(BUILD, 'yolodeck'), scripts=HERE,
                reference=os.path.join(HERE, 'reference'), work=work, python=python_of('YD_PYTHON', 'reference', 'python3'))


def run(command, work):
    """Runs it, shows its lines, and returns ({name: (value, unit)}, why there is nothing, or None)."""
    words = shlex.split(command.format(**places(work)))
    environment = dict(os.environ, YD_BENCH_WORK=work)
    ipex = python_of('YD_PYTHON_IPEX', 'reference-ipex', '')
    if ipex:
        environment['YD_PYTHON_IPEX'] = ipex
    if os.sep in words[0] and not os.path.exists(words[0]):
        return {}, 'there is no ' + os.path.relpath(words[0], ROOT)
    results, last = {}, ''
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    for line in process.stdout:
        print('   ', line.rstrip(), flush=True)
        last = line.strip() or last
        if line.startswith('result '):
            name, value, unit = (line.split() + [''])[1:4]
            results[name] = (float(value), unit)
    status = process.wait()
    if status == ABSENT:
        return {}, last.removeprefix('not compared: ').removeprefix('not measured: ')
    return (results, None) if status == 0 else ({}, 'it failed (status %d)' % status)


def measure(name, group, turns, work):
    """One group, in turns: {side: {name: [value of each turn]}, 'units': …, 'why': {side: …}}."""
    ours, reference, before, own_turns = group
    record = dict(ours={}, ref={}, units={}, why={}, date=time.strftime('%Y-%m-%d %H:%M'), load=os.getloadavg()[0])
    commands = {side: command for side, command in zip(SIDES, (ours, reference)) if command}
    if before:
        record['why'] = {'ref': why} if (why := run(before, work)[1]) else {}
    for turn in range(int(own_turns or turns)):
        for side, command in commands.items():
            if side in record['why']:
                continue
            print('== %s, turn %d, %s: %s' % (name, turn + 1, side, command), flush=True)
            results, why = run(command, work)
            if why:
                record['why'][side] = why
                print('   ', why)
            for key, (value, unit) in results.items():
                record[side].setdefault(key, []).append(value)
                record['units'][key] = unit
    return record


def short(value):
    """Three digits, or as many as stand before the point."""
    return '%.0f' % value if abs(value) >= 1000 else '%.3g' % value


def judge(target, ratio):
    if not target:
        return ''
    sign, limit = target.split()[:2]
    good = {'<=': ratio <= float(limit), '<': ratio < float(limit), '>=': ratio >= float(limit)}[sign]
    return 'met' if good else 'missed'


def cells(row, record):
    """A row's cells: what, target, ours, reference, ratio, verdict, command."""
    group, what, target, expression = row
    operands = [operand.strip().split(':') for operand in expression.split('/')]
    shown, values, why = dict(ours='', ref=''), [], ''
    for side, name in operands:
        found = record[side].get(name)
        if not found:
            why = 'not %s: %s' % ('compared' if side == 'ref' else 'measured', record['why'].get(side, 'no ' + name))
            continue
        values.append(found)
        shown[side] = (shown[side] + ' / ' if shown[side] else '') + short(statistics.median(found)) + ' ' + record['units'][name]
    if len(values) < len(operands):
        return [what, target, shown['ours'], shown['ref'], '', why, './dev bench ' + group]
    if len(values) == 2:
        ratio = statistics.median(a / b for a, b in zip(*values))
    else:
        ratio = statistics.median(values[0])
    return [what, target, shown['ours'], shown['ref'], short(ratio), judge(target, ratio), './dev bench ' + group]


def show(rows, groups, kept):
    """Prints the table of these groups in Markdown, and keeps it."""
    lines = ['| what | target | ours | reference | ratio | | command |', '| --- | --- | --- | --- | --- | --- | --- |']
    counts = {}
    for row in rows:
        path = os.path.join(kept, row[0] + '.json')
        if row[0] not in groups or not os.path.exists(path):
            continue
        with open(path) as file:
            line = cells(row, json.load(file))
        verdict = line[5].split(' ')[0]
        counts[verdict] = counts.get(verdict, 0) + 1
        lines.append('| ' + ' | '.join(line[:6] + ['`%s`' % line[6]]) + ' |')
    text = '\n'.join(lines) + '\n'
    print(text)
    print(', '.join('%d %s' % (count, {'not': 'not measured or compared', '': 'without a target'}.get(name, name))
                    for name, count in counts.items()))
    with open(os.path.join(kept, 'table.md'), 'w') as file:
        file.write(text)


def chosen(groups, wanted):
    """The groups that are meant, and the programs that are just run."""
    names, programs = [], []
    for want in wanted or groups:
        fits = [want] if want in groups else [name for name in groups if name.startswith(want)]
        names += [name for name in fits if name not in names]
        if not fits and os.path.exists(os.path.join(BUILD, 'tests', 'bench_' + want)):
            programs.append(want)
        elif not fits:
            sys.exit('there is no group %s; there are %s' % (want, ', '.join(groups)))
    return names, programs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('groups', nargs='*')
    parser.add_argument('--turns', type=int, default=3)
    parser.add_argument('--show', action='store_true')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--table', default=os.path.join(HERE, 'table.def'))
    parser.add_argument('--keep', default=os.path.join(ROOT, 'build', 'bench'), help='the folder of the figures')
    options = parser.parse_args()
    groups, rows = read_table(options.table)
    os.makedirs(options.keep, exist_ok=True)
    names, programs = chosen(groups, options.groups)
    if options.list:
        for name in names:
            print('%s\n    ours       %s\n    reference  %s' % (name, groups[name][0], groups[name][1] or '-'))
        return 0
    failed = False
    if not options.show:
        print('%s, %d processors, load %.1f' % (platform.platform(), os.cpu_count(), os.getloadavg()[0]))
        work = tempfile.mkdtemp(prefix='yolodeck-bench-')
        try:
            for program in programs:
                failed |= run('{bench}/bench_' + program, work)[1] is not None
            for name in names:
                record = measure(name, groups[name], options.turns, work)
                failed |= any('failed' in why for why in record['why'].values())
                with open(os.path.join(options.keep, name + '.json'), 'w') as file:
                    json.dump(record, file)
        finally:
            shutil.rmtree(work, True)
    show(rows, names, options.keep)
    return 1 if failed else 0


sys.exit(main())
