/*
 * Makes a library believe that it runs on an x64 CPU with AVX2 but without AVX-512 and without any VNNI.
 * The library's CPUID instructions (0F A2) have been replaced by INT3, NOP (CC 90) in a copy of its file; here each trap runs the real
 * CPUID and clears those features. Loaded with LD_PRELOAD before the copy; see avx2.ts.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>

typedef int (*sigaction_function)(int, const struct sigaction *, struct sigaction *);

static void on_trap(int number, siginfo_t *info, void *state) {
  (void)number, (void)info;
  greg_t *registers = ((ucontext_t *)state)->uc_mcontext.gregs;
  const unsigned char *next = (const unsigned char *)registers[REG_RIP];
  if (next[-1] != 0xCC || next[0] != 0x90) __builtin_trap();
  unsigned leaf = (unsigned)registers[REG_RAX], subleaf = (unsigned)registers[REG_RCX], a, b, c, d;
  __cpuid_count(leaf, subleaf, a, b, c, d);
  if (leaf == 7 && subleaf == 0) {
    b &= ~(1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31); /* AVX-512 F DQ IFMA PF ER CD BW VL */
    c &= ~(1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14);                                     /* VBMI VBMI2 VNNI BITALG VPOPCNTDQ */
    d &= ~(1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25);                /* 4VNNIW 4FMAPS VP2INTERSECT AMX FP16 */
  } else if (leaf == 7) {
    a = b = c = d = 0; /* AVX-VNNI, AVX-512 BF16, AVX-VNNI-INT8 … */
  }
  registers[REG_RAX] = a, registers[REG_RBX] = b, registers[REG_RCX] = c, registers[REG_RDX] = d;
}

static sigaction_function real_sigaction(void) {
  return (sigaction_function)dlsym(RTLD_NEXT, "sigaction");
}

/* Node sets every signal back to its default when it starts: SIGTRAP stays ours. */
int sigaction(int number, const struct sigaction *action, struct sigaction *old) {
  if (number == SIGTRAP && action != NULL) {
    if (old != NULL) memset(old, 0, sizeof *old);
    return 0;
  }
  return real_sigaction()(number, action, old);
}

__attribute__((constructor)) static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  real_sigaction()(SIGTRAP, &action, NULL);
}
