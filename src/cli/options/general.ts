import os from 'node:os';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { CommonOptions } from '../cli.ts';
import { wrongCall } from '../failure.ts';

export interface JobOptions extends CommonOptions {
  threads: number;
  /** Bytes. */
  memory?: number;
  device: string;
  progress?: string;
}

const group = 'General:';

export function commonOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'one JSON document on stdout instead of text').helpGroup(group))
    .addOption(new Option('--quiet', 'no progress and no warnings on stderr').helpGroup(group))
    .addOption(new Option('--verbose', 'what is being done in detail, and stack traces').helpGroup(group))
    .helpOption('-h, --help', 'this text');
}

/** Options of commands that run a model. */
export function jobOptions(command: Command): Command {
  return commonOptions(command)
    .addOption(
      new Option('--threads <n>', 'threads; never changes a result')
        .default(os.availableParallelism())
        .argParser(wholeNumber('--threads', 1, 1024))
        .helpGroup(group),
    )
    .addOption(new Option('--memory <size>', 'memory that a training may take, as 800m or 4g').argParser(memorySize).helpGroup(group))
    .addOption(new Option('--device <name>', 'what runs the model').choices(['cpu']).default('cpu').helpGroup(group))
    .addOption(new Option('--progress <form>', 'progress on stderr as').choices(['bar', 'lines', 'json']).helpGroup(group));
}

/** Reads `800m` or `4g`: bytes in MiB or GiB. */
function memorySize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([mg])$/i.exec(text) ?? [];
  const bytes = Number(number) * 2 ** (unit?.toLowerCase() === 'g' ? 30 : 20);
  if (bytes > 0 && Number.isSafeInteger(Math.round(bytes))) return Math.round(bytes);
  throw wrongCall('option-value', `--memory must be a size as 800m or 4g, not ${text}`);
}

/** Reads a whole number of at least `least`. */
export const wholeNumber =
  (option: string, least = 0, most = 0xffffffff) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw wrongCall('option-value', `${option} must be a whole number from ${least} to ${most}, not ${text}`);
  };

/**
 * Where results go: `-o model.onnx` is one more copy of the final model, `-o part.json` the part of a sharded job, `-o folder` the place
 * of run folders.
 */
export function outputOf(cwd: string, given: string | undefined, sharded = false): { folder?: string; file?: string } {
  if (given === undefined) return {};
  const place = path.resolve(cwd, given);
  return place.endsWith('.onnx') || (sharded && place.endsWith('.json')) ? { file: place } : { folder: place };
}

/** `1/4`: part 1 of 4. Parts may be counted from 1 or from 0: the last one is 4/4 or 0/4. */
export function shardOf(text: string): { index: number; of: number } {
  const [, part = '', parts = ''] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const [index, of] = [Number(part), Number(parts)];
  if (part === '' || of < 1 || index > of) throw wrongCall('option-value', `--shard must be i/n with i from 1 to n, not ${text}`);
  return { index: index % of, of };
}
