import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { promisify } from 'node:util';

const spawn = promisify(execFile);
const programTimeoutMs = 5000;

/** What a program prints, on either stream; undefined when it is not there or does not answer in time. */
export async function ask(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await spawn(program, [...args], { timeout: programTimeoutMs, windowsHide: true });
    return (stdout.trim() || stderr.trim()).split('\n')[0]?.trim() ?? '';
  } catch {
    // Absent, broken or refused: all the same to someone who asks what works.
    return undefined;
  }
}

/** Instruction sets that decide how fast integer kernels are, by the name that `/proc/cpuinfo` or sysctl has for them. */
const extensions: readonly [name: string, flags: readonly string[]][] = [
  ['AVX2', ['avx2']],
  ['AVX-512', ['avx512f', 'avx512bw']],
  ['AVX-512 VNNI', ['avx512_vnni', 'avx512vnni']],
  ['AVX-VNNI', ['avx_vnni', 'avxvnni']],
  ['AMX int8', ['amx_int8']],
  ['NEON', ['asimd', 'hw.optional.neon']],
  ['dot product', ['asimddp', 'hw.optional.arm.feat_dotprod']],
  ['i8mm', ['i8mm', 'hw.optional.arm.feat_i8mm']],
];

/** undefined where the system does not tell (Windows). */
export async function vectorExtensions(): Promise<string[] | undefined> {
  const flags = process.platform === 'linux' ? await linuxFlags() : process.platform === 'darwin' ? await macFlags() : undefined;
  return flags && extensions.filter(([, names]) => names.some((name) => flags.has(name))).map(([name]) => name);
}

async function linuxFlags(): Promise<Set<string> | undefined> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const line = /^(?:flags|Features)\s*:(.*)$/im.exec(text)?.[1];
  return line === undefined ? undefined : new Set(line.trim().toLowerCase().split(/\s+/));
}

async function macFlags(): Promise<Set<string>> {
  const intel = await ask('sysctl', ['-n', 'machdep.cpu.features']);
  const leaf7 = await ask('sysctl', ['-n', 'machdep.cpu.leaf7_features']);
  const words = `${intel ?? ''} ${leaf7 ?? ''}`.toLowerCase().split(/\s+/);
  for (const name of ['hw.optional.neon', 'hw.optional.arm.FEAT_DotProd', 'hw.optional.arm.FEAT_I8MM']) {
    if ((await ask('sysctl', ['-n', name])) === '1') words.push(name.toLowerCase());
  }
  return new Set(words);
}

export const cpuName = (): string => os.cpus()[0]?.model.trim().replace(/\s+/g, ' ') || os.arch();

/** Bytes this process may use: a container may have less than the machine. */
export function memoryLimit(): { total: number; free: number } {
  const constrained = process.constrainedMemory();
  const total = constrained > 0 && constrained < os.totalmem() ? constrained : os.totalmem();
  return { total, free: Math.min(os.freemem(), total) };
}
