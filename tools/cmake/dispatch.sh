#!/usr/bin/env bash
# Combines functions compiled for several instruction sets in one program.
#
#   dispatch.sh FOLDER NM OBJCOPY
#
# FOLDER holds base.all.o, avx2.all.o and avx512.all.o, compiled from the same sources. In each, every defined symbol
# gets the set's name as a suffix, so that inline functions also stay with the code of the same set: base.o, avx2.o,
# avx512.o. dispatch.S holds the functions of seqrl::cpu under their own names, as jumps through a table, and the
# tables of the sets. models/ops/choose_instruction_set.cpp copies one of these into that table before main().
set -euo pipefail
folder=$1 nm=$2 objcopy=$3
sets=(base avx2 avx512)

for set in "${sets[@]}"; do
  # Global and weak symbols, of code and data; names of local symbols do not matter.
  "$nm" --defined-only "$folder/$set.all.o" | awk -v set="$set" '$2 ~ /^[TWVuBDR]$/ { print $3, $3 "." set }' |
    sort -u > "$folder/$set.names"
  "$objcopy" --redefine-syms="$folder/$set.names" "$folder/$set.all.o" "$folder/$set.o"
done

# Functions of seqrl::cpu that every set has. Lambdas and code generated for them have no callers elsewhere.
functions=$(for set in "${sets[@]}"; do
  "$nm" --defined-only "$folder/$set.all.o" | awk '$2 ~ /^[TW]$/ && $3 ~ /^_ZN5seqrl3cpu/ && $3 !~ /UlT?|_GLOBAL__N_/ { print $3 }' | sort -u
done | sort | uniq -c | awk -v sets="${#sets[@]}" '$1 == sets { print $2 }')

{
  echo '# Made by dispatch.sh.'
  echo '  .section .note.GNU-stack,"",@progbits'
  echo '  .text'
  index=0
  for function in $functions; do
    printf '  .globl %s\n  .type %s, @function\n%s:\n  endbr64\n  jmp *seqrl_cpu_functions+%d(%%rip)\n' \
      "$function" "$function" "$function" $((8 * index++))
  done
  echo '  .data'
  echo '  .balign 8'
  echo '  .hidden seqrl_cpu_functions'
  echo '  .globl seqrl_cpu_functions'
  echo 'seqrl_cpu_functions:'
  for function in $functions; do echo "  .quad $function.base"; done
  echo '  .section .data.rel.ro,"aw",@progbits'
  echo '  .balign 8'
  for set in "${sets[@]}"; do
    echo "  .hidden seqrl_cpu_functions_$set"
    echo "  .globl seqrl_cpu_functions_$set"
    echo "seqrl_cpu_functions_$set:"
    for function in $functions; do echo "  .quad $function.$set"; done
  done
  echo '  .section .rodata'
  echo '  .balign 8'
  echo '  .hidden seqrl_cpu_function_count'
  echo '  .globl seqrl_cpu_function_count'
  echo 'seqrl_cpu_function_count:'
  echo "  .quad $index"
  echo '  .section .init_array.00101,"aw"'
  echo '  .balign 8'
  echo '  .quad seqrl_choose_instruction_set'
} > "$folder/dispatch.S"
