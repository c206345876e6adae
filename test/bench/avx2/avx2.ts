/**
 * An oracle of an x64 CPU without AVX-512 and VNNI, for machines that have them: ONNX Runtime's u8 x s8 kernels saturate there, and files
 * that look right elsewhere lose accuracy. A copy of the runtime's library has its CPUID instructions replaced by traps, which a small
 * preloaded library answers with those features masked. Needs Linux on x64, gcc and objdump.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The reason in words why the oracle can't be built here, or undefined. */
export function missingForAvx2(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `needs Linux on x64, this is ${process.platform} on ${process.arch}`;
  for (const tool of ['gcc', 'objdump']) {
    if (spawnSync(tool, ['--version']).error) return `needs ${tool} (Debian: apt-get install gcc binutils)`;
  }
  return undefined;
}

/** File offsets of the CPUID instructions in a shared library, by disassembly (the bytes 0F A2 also occur inside other instructions). */
function cpuidOffsets(library: string): number[] {
  const sections = execFileSync('objdump', ['-h', library], { encoding: 'utf8' });
  const text = /\.text\s+[0-9a-f]+\s+([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)/.exec(sections);
  if (!text) throw new Error(`${library} has no .text section`);
  const shift = parseInt(text[2]!, 16) - parseInt(text[1]!, 16);
  const code = execFileSync('objdump', ['-d', '--no-show-raw-insn', '-j', '.text', library], { encoding: 'latin1', maxBuffer: 2 ** 31 });
  return [...code.matchAll(/^\s*([0-9a-f]+):\s+cpuid\b/gm)].map((match) => parseInt(match[1]!, 16) + shift);
}

/**
 * Builds (once) the patched library and its shim in `folder`; returns what a Node process's environment needs to run on "AVX2".
 * `checkout` is the project's root, where onnxruntime-node is installed.
 */
export function avx2Environment(checkout: string, folder: string): { LD_PRELOAD: string } {
  const library = path.join(checkout, 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1');
  // The process's own loader takes the copy for the library that the Node binding asks for, because both have the same SONAME.
  const copy = path.join(folder, 'libonnxruntime.so.1');
  const shim = path.join(folder, 'mask-cpuid.so');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(copy)) {
    const bytes = readFileSync(library);
    for (const offset of cpuidOffsets(library)) {
      if (bytes[offset] !== 0x0f || bytes[offset + 1] !== 0xa2) throw new Error(`no CPUID at ${offset} of ${library}`);
      bytes[offset] = 0xcc;
      bytes[offset + 1] = 0x90;
    }
    writeFileSync(`${copy}.part`, bytes);
    renameSync(`${copy}.part`, copy);
  }
  const source = path.join(checkout, 'test/bench/avx2/mask-cpuid.c');
  // initfirst: its trap handler must be there before the library's static constructors run CPUID.
  execFileSync('gcc', ['-O2', '-Wall', '-shared', '-fPIC', '-Wl,-z,initfirst', '-o', shim, source, '-ldl']);
  return { LD_PRELOAD: `${shim} ${copy}` };
}
