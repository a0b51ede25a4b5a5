#!/usr/bin/env python3
"""Prints a line for each compiled CUDA kernel of a source file: its registers, local memory, spills
and the instructions of its innermost loops. Needs nvcc, but no GPU. The loops need nvdisasm, which is
in the CUDA toolkit and in the package nvidia-cuda-nvdisasm.

  tools/bench/gpu/kernels.py [--arch sm_90] [--nvdisasm PATH] models/ops/cuda/scan.cu [NAME]
  tools/bench/gpu/kernels.py --before main --each 8 models/ops/cuda/scan.cu     before and now

--before REVISION prints the kernels of that commit first. --each N divides the number of instructions
of a loop by N: the loops of scan.cu process 8 tokens per iteration, those of earlier versions 4.

How to read it: a call in a loop is a slow division; local memory is an array that is indexed by a
variable or does not fit into registers; with few loads among many other instructions, the latency of
the loads is not hidden.
"""
import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
COUNTED = {'load': ('LDG', 'LDGSTS'), 'store': ('STG',), 'shared': ('LDS', 'STS'),
           'local': ('LDL', 'STL'), 'shuffle': ('SHFL',), 'special': ('MUFU',),
           'float': ('FFMA', 'FMUL', 'FADD'), 'call': ('CALL',)}


def run(*command):
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit(f'{command[0]}: not found')
    except subprocess.CalledProcessError as error:
        sys.exit(error.stderr.rstrip())


def check_out(revision, folder):
    """Extracts the sources of a commit into a folder. Returns the folder."""
    archive = f'{folder}/sources.tar'
    run('git', '-C', str(ROOT), 'archive', '-o', archive, revision, 'configs', 'models')
    run('tar', '-xf', archive, '-C', folder)
    return pathlib.Path(folder)


def compile_kernels(root, source, arch, cubin):
    """Returns {mangled name: (registers, bytes of local memory, bytes spilled)} of the kernels."""
    said = run('nvcc', '-std=c++20', '--expt-relaxed-constexpr', '-O3', f'-arch={arch}', f'-I{root}',
               '-Xptxas', '-v', '-cubin', '-o', cubin, source).stderr
    found = {}
    for part in said.split("entry function '")[1:]:
        registers = re.search(r'Used (\d+) registers', part)
        local = re.search(r'(\d+) bytes stack frame', part)
        spilled = re.search(r'(\d+) bytes spill stores', part)
        found[part.split("'")[0]] = int(registers[1]), int(local[1]), int(spilled[1])
    return found


def loops_of(cubin, nvdisasm):
    """Returns {mangled name: innermost loops}, each loop a list of instructions."""
    loops = collections.defaultdict(list)
    name, code, labels = None, [], {}
    for line in run(nvdisasm, '-c', cubin).stdout.splitlines():
        if section := re.match(r'\s*\.section\s+\.text\.(\S+?),', line):
            name, code, labels = section[1], [], {}
        elif label := re.match(r'(\.L_\w+):', line):
            labels[label[1]] = len(code)
        elif instruction := re.match(r'\s+/\*[0-9a-f]{4,}\*/\s+(.*?);', line):
            code.append(instruction[1])
            target = re.search(r'\bBRA\b.*?(\.L_\w+)', code[-1])
            if target and labels.get(target[1], len(code)) < len(code) - 1:
                begin = labels[target[1]]
                if not any(begin <= first for first, _ in loops[name]):
                    loops[name].append((begin, code[begin:]))
    return {name: [body for _, body in found] for name, found in loops.items()}


def describe(body, each):
    counts = collections.Counter()
    for instruction in body:
        if 'CALL' in instruction and '.L_' in instruction:
            continue  # a jump
        word = re.search(r'\b([A-Z][A-Z0-9]+)', re.sub(r'^@\S+\s+', '', instruction))
        for kind, words in COUNTED.items():
            counts[kind] += word is not None and word[1] in words
    share = f', {len(body) / each:.1f} for each of {each}' if each else ''
    kinds = ', '.join(f'{n} {kind}' for kind, n in counts.items() if n)
    return f'{len(body)} instructions{share}: {kinds}'


def show(root, source, options):
    with tempfile.TemporaryDirectory() as folder:
        cubin = f'{folder}/kernels.cubin'
        kernels = compile_kernels(root, str(root / source), options.arch, cubin)
        loops = loops_of(cubin, options.nvdisasm) if options.nvdisasm else {}
    for mangled, (registers, local, spilled) in kernels.items():
        whole = run('c++filt', mangled).stdout.strip()
        name = re.sub(r'^void |\(anonymous namespace\)::|seqrl::(cuda::|cpu::)?', '', whole)
        name = re.sub(r'\((?!\w+\)\d).*', '', name)
        if options.name not in name:
            continue
        print(f'{name}: {registers} registers' +
              (f', {local} bytes of local memory' if local else '') +
              (f', {spilled} bytes spilled' if spilled else ''))
        for body in loops.get(mangled, []):
            print('    a loop of ' + describe(body, options.each))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--arch', default='sm_90')
    parser.add_argument('--nvdisasm', default=shutil.which('nvdisasm'))
    parser.add_argument('--before', metavar='REVISION', help='print the kernels of this commit first')
    parser.add_argument('--each', metavar='N', type=int, help='elements per iteration of a loop')
    parser.add_argument('source')
    parser.add_argument('name', nargs='?', default='', help='print only kernels with this text in their name')
    options = parser.parse_args()
    source = pathlib.Path(options.source).resolve()
    if not source.is_relative_to(ROOT):
        sys.exit(f'{options.source}: not a file in {ROOT}')
    source = source.relative_to(ROOT)
    if options.before:
        with tempfile.TemporaryDirectory() as folder:
            print(f'--- {options.before}')
            show(check_out(options.before, folder), source, options)
        print('--- now')
    show(ROOT, source, options)


if __name__ == '__main__':
    main()
