import os from 'node:os';
import type { Command } from 'commander';
import { LatheError } from '../../engine/base/errors.ts';
import { bytes } from '../../protocol/format.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { examples } from '../examples.ts';
import { ask, cpuName, memoryLimit, vectorExtensions } from '../machine.ts';
import { commonOptions } from '../options/general.ts';
import { printResult } from '../output/result.ts';
import type { Style } from '../output/style.ts';
import { compilerChecks, type Check } from '../tool-checks.ts';

/** A Python answers in less than a second, from a cold disk in some. */
const probeLimitMs = 20_000;

/** Below this, calibrating a large detector may not fit. */
const littleMemory = 2e9;

export function doctor(command: Command, cli: Cli): void {
  commonOptions(command)
    .description(
      'Tells what this machine has for Lathe, and how to get what is missing. Only ONNX Runtime is needed; the rest is for boards.',
    )
    .action(async (options: CommonOptions) => {
      const checks = (await Promise.all([runtimeChecks(), machineChecks(), toolChecks(), importChecks()])).flat();
      printResult(cli, 'doctor', options, { checks }, text);
    });
  examples(command, 'lathe doctor', 'lathe doctor --json');
}

async function runtimeChecks(): Promise<Check[]> {
  // Loaded here and nowhere else in this process: it takes 70 MB.
  const { probeRuntime } = await import('../../engine/api.ts');
  try {
    const { name, version, devices } = await probeRuntime();
    const others = ['cuda', 'webgpu'].map((device): Check => {
      const there = devices.includes(device);
      return {
        name: `device ${device}`,
        ok: false,
        found: there ? 'in this ONNX Runtime, not used by this version of Lathe' : 'not in this ONNX Runtime',
        advice: 'Not needed: every job runs on cpu.',
      };
    });
    return [
      { name: 'ONNX Runtime', ok: true, found: `${name} ${version}, runs a model` },
      { name: 'device cpu', ok: true, found: 'works' },
      ...others,
    ];
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    return [
      { name: 'ONNX Runtime', ok: false, found: error.message, advice: error.place.hint ?? 'Install Lathe again for this platform.' },
    ];
  }
}

async function machineChecks(): Promise<Check[]> {
  const threads = os.availableParallelism();
  const vectors = await vectorExtensions();
  const { total, free } = memoryLimit();
  const dots = vectors?.some((name) => /VNNI|dot product/.test(name)) ?? false;
  return [
    { name: 'Node', ok: true, found: `${process.version}, ${process.platform}-${process.arch}` },
    { name: 'threads', ok: true, found: `${threads} on ${cpuName()}` },
    {
      name: 'vector extensions',
      ok: dots,
      found: vectors === undefined ? 'this system does not tell' : vectors.join(', ') || 'none that matter',
      ...(dots ? {} : { advice: 'Without VNNI or dot products int8 gains less here; files for the target cpu are right all the same.' }),
    },
    {
      name: 'memory',
      ok: total >= littleMemory,
      found: `${bytes(total)}, ${bytes(free)} free`,
      ...(total >= littleMemory ? {} : { advice: 'Large models may not fit; give the machine or container 2 GB.' }),
    },
  ];
}

async function toolChecks(): Promise<Check[]> {
  const { systemProcesses } = await import('../../engine/api.ts');
  const [compilers, ssh] = await Promise.all([compilerChecks(systemProcesses()), ask('ssh', ['-V'])]);
  return [
    ...compilers,
    tool('ssh', ssh, 'To reach a board: apt install openssh-client; on Windows, Settings > Optional features > OpenSSH Client'),
  ];
}

async function importChecks(): Promise<Check[]> {
  const { importReadiness, systemProcesses } = await import('../../engine/api.ts');
  const python = (found: string | undefined): Check =>
    tool('Python', found, 'Only to import .pt, .h5 or .tflite files: https://www.python.org/downloads');
  try {
    const { python: here, sources } = await importReadiness(systemProcesses(), process.env, AbortSignal.timeout(probeLimitMs));
    return [
      python(here && `${here.version}, ${here.program}`),
      ...sources.map(({ title, found, lacking, install }): Check => {
        const name = `import ${title}`;
        return lacking.length
          ? { name, ok: false, found: lacking.join(', '), advice: install }
          : { name, ok: true, found: found.join(', ') };
      }),
    ];
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    return [python(undefined)];
  }
}

const tool = (name: string, found: string | undefined, advice: string): Check =>
  found ? { name, ok: true, found } : { name, ok: false, found: 'not found', advice };

function text(document: { checks: Check[] }, style: Style): string {
  const width = Math.max(...document.checks.map((check) => check.name.length));
  return document.checks
    .map((check) => {
      const mark = check.ok ? style.good('✓') : style.dim('–');
      const advice = check.advice ? `\n${' '.repeat(width + 4)}${style.dim(check.advice)}` : '';
      return `${mark} ${check.name.padEnd(width)}  ${check.found}${advice}`;
    })
    .join('\n');
}
