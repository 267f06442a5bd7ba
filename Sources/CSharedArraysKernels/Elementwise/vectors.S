// Calls of glibc's vector routines, whose arguments and results are whole AVX registers. C code can
// pass those only with compiler flags.
#if defined(__x86_64__)

  .text

  .macro save register
  pushq \register
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset \register, 0
  .endm

  .macro restore register
  popq \register
  .cfi_adjust_cfa_offset -8
  .cfi_restore \register
  .endm

// void kernels_apply_BYTES(routine, void *result, const void *x, size_t count)
// For each of `count` vectors: result = routine(x).
  .macro apply name, bytes, vector
  .globl \name
  .hidden \name
  .type \name, @function
\name:
  .cfi_startproc
  save %rbx
  save %r12
  save %r13
  save %r14
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  movq %rdi, %rbx
  movq %rsi, %r12
  movq %rdx, %r13
  movq %rcx, %r14
  testq %r14, %r14
  je 2f
1:
  vmovups (%r13), \vector
  call *%rbx
  vmovups \vector, (%r12)
  addq $\bytes, %r13
  addq $\bytes, %r12
  decq %r14
  jne 1b
2:
  vzeroupper
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  restore %r14
  restore %r13
  restore %r12
  restore %rbx
  ret
  .cfi_endproc
  .size \name, . - \name
  .endm

// void kernels_apply2_BYTES(routine, void *result, const void *x, const void *y, size_t count)
// For each of `count` vectors: result = routine(x, y).
  .macro apply2 name, bytes, vector, second
  .globl \name
  .hidden \name
  .type \name, @function
\name:
  .cfi_startproc
  save %rbx
  save %r12
  save %r13
  save %r14
  save %r15
  movq %rdi, %rbx
  movq %rsi, %r12
  movq %rdx, %r13
  movq %rcx, %r15
  movq %r8, %r14
  testq %r14, %r14
  je 2f
1:
  vmovups (%r13), \vector
  vmovups (%r15), \second
  call *%rbx
  vmovups \vector, (%r12)
  addq $\bytes, %r13
  addq $\bytes, %r15
  addq $\bytes, %r12
  decq %r14
  jne 1b
2:
  vzeroupper
  restore %r15
  restore %r14
  restore %r13
  restore %r12
  restore %rbx
  ret
  .cfi_endproc
  .size \name, . - \name
  .endm

  apply kernels_apply_32, 32, %ymm0
  apply kernels_apply_64, 64, %zmm0
  apply2 kernels_apply2_32, 32, %ymm0, %ymm1
  apply2 kernels_apply2_64, 64, %zmm0, %zmm1

#endif

#if defined(__linux__)
  .section .note.GNU-stack, "", %progbits
#endif
