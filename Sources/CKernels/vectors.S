// Calls of glibc's vector routines, whose arguments and results are whole AVX registers: without compiler flags C code
// cannot pass those.
#if defined(__x86_64__)

  .text

// void kernels_apply(routine, void *result, const void *x, size_t count)
// For each of `count` vectors of 32 bytes: result = routine(x).
  .globl kernels_apply
  .hidden kernels_apply
  .type kernels_apply, @function
kernels_apply:
  .cfi_startproc
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  pushq %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  pushq %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  movq %rdi, %rbx
  movq %rsi, %r12
  movq %rdx, %r13
  movq %rcx, %r14
  testq %r14, %r14
  je 2f
1:
  vmovups (%r13), %ymm0
  call *%rbx
  vmovups %ymm0, (%r12)
  addq $32, %r13
  addq $32, %r12
  decq %r14
  jne 1b
2:
  vzeroupper
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %r14
  .cfi_adjust_cfa_offset -8
  popq %r13
  .cfi_adjust_cfa_offset -8
  popq %r12
  .cfi_adjust_cfa_offset -8
  popq %rbx
  .cfi_adjust_cfa_offset -8
  ret
  .cfi_endproc
  .size kernels_apply, . - kernels_apply

// void kernels_apply2(routine, void *result, const void *x, const void *y, size_t count)
// For each of `count` vectors of 32 bytes: result = routine(x, y).
  .globl kernels_apply2
  .hidden kernels_apply2
  .type kernels_apply2, @function
kernels_apply2:
  .cfi_startproc
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  pushq %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  pushq %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  pushq %r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r15, 0
  movq %rdi, %rbx
  movq %rsi, %r12
  movq %rdx, %r13
  movq %rcx, %r15
  movq %r8, %r14
  testq %r14, %r14
  je 2f
1:
  vmovups (%r13), %ymm0
  vmovups (%r15), %ymm1
  call *%rbx
  vmovups %ymm0, (%r12)
  addq $32, %r13
  addq $32, %r15
  addq $32, %r12
  decq %r14
  jne 1b
2:
  vzeroupper
  popq %r15
  .cfi_adjust_cfa_offset -8
  popq %r14
  .cfi_adjust_cfa_offset -8
  popq %r13
  .cfi_adjust_cfa_offset -8
  popq %r12
  .cfi_adjust_cfa_offset -8
  popq %rbx
  .cfi_adjust_cfa_offset -8
  ret
  .cfi_endproc
  .size kernels_apply2, . - kernels_apply2

#endif

#if defined(__linux__)
  .section .note.GNU-stack, "", %progbits
#endif
