#!/usr/bin/env python3
"""What nvcc makes of the CUDA kernels: a line for each, with its registers, what it spills, and what
its innermost loops are made of. Needs no GPU; loops need nvdisasm, which the CUDA toolkit or the
package nvidia-cuda-nvdisasm brings.

  tools/bench/gpu/kernels.py [--arch sm_90] [--nvdisasm PATH] models/ops/cuda/scan.cu [NAME]
  tools/bench/gpu/kernels.py --before main --each 8 models/ops/cuda/scan.cu     as it is and was

--before REVISION prints the kernels of that commit first. --each N divides the instructions of a
loop by N: those of scan.cu take 8 tokens at a time, at main's beginning 4.

Calls in a loop are slow divisions, local memory is an array that was indexed by a variable or did not
fit, and few loads with many of something else are loads that nothing hides.
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
    """The sources of a commit, in the folder."""
    archive = f'{folder}/sources.tar'
    run('git', '-C', str(ROOT), 'archive', '-o', archive, revision, 'configs', 'models')
    run('tar', '-xf', archive, '-C', folder)
    return pathlib.Path(folder)


def compile_kernels(root, source, arch, cubin):
    """Registers, bytes of local memory and spilled bytes of each kernel, by its mangled name."""
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
    """The loops of each kernel that hold no other, as lists of instructions."""
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
    parser.add_argument('--before', metavar='REVISION', help='a commit whose kernels come first')
    parser.add_argument('--each', metavar='N', type=int, help='what a loop does at a time')
    parser.add_argument('source')
    parser.add_argument('name', nargs='?', default='', help='of kernels that are wanted')
    options = parser.parse_args()
    source = pathlib.Path(options.source).resolve()
    if not source.is_relative_to(ROOT):
        sys.exit(f'{options.source}: not one of the sources in {ROOT}')
    source = source.relative_to(ROOT)
    if options.before:
        with tempfile.TemporaryDirectory() as folder:
            print(f'--- {options.before}')
            show(check_out(options.before, folder), source, options)
        print('--- now')
    show(ROOT, source, options)


if __name__ == '__main__':
    main()
