import path from 'node:path';
import type { ChainThroughput } from '../../../../protocol/results/chain.ts';
import { LatheError } from '../../../base/errors.ts';
import type { BoardFigures, RunRequest } from '../../run-plan.ts';
import { amount, fields, list, shown, whole } from '../../zcu104/runner/foreign.ts';
import { readJson } from '../../zcu104/runner/read-json.ts';
import { rowNames } from './state.ts';

export const resultFile = 'result.json';
const mostOutputs = 1000;

type Fields = Readonly<Record<string, unknown>>;

/** What the runner wrote, read as foreign data. Throws `board.result`, `board.run`. */
export async function readResult(target: string, folder: string, request: RunRequest): Promise<BoardFigures> {
  const result = fields(await readJson(path.join(folder, resultFile)));
  if (result['error'] !== undefined) throw failureOf(result['error']);
  const times = list(result['times'])
    .flatMap((time) => amount(time) ?? [])
    .sort((a, b) => a - b);
  const fps = list(result['fps']).map(fields).flatMap(speedOf);
  const names = list(result['outputs']).filter((name): name is string => typeof name === 'string').slice(0, mostOutputs); // prettier-ignore
  const outputs = names.map((name, place): [string, string[]] => [
    name,
    request.inputs.map((_, i) => path.join(folder, 'outputs', `${place}-${String(i).padStart(6, '0')}.npy`)),
  ]);
  return {
    ...(times.length ? { latencyMs: { median: quantile(times, 0.5), p90: quantile(times, 0.9), runs: times.length } } : {}),
    ...(fps.length ? { fps } : {}),
    ...(request.inputs.length && outputs.length ? { outputs: Object.fromEntries(outputs) } : {}),
    ...chainOf(result['chain'], request),
    notes: notesOf(target, result, request),
  };
}

const ways = ['whole', 'series', 'pipelined'] as const;

/** What the models of a chain got through, in series and as a pipeline; nothing where it is not told of every stage. */
function chainOf(value: unknown, { chain }: RunRequest): { chain?: ChainThroughput } {
  const told = fields(value);
  const equal = fields(told['equal']);
  const times = list(told['stages']).flatMap((time) => amount(time) ?? []);
  const [pictures, elements, same] = ['pictures', 'elements', 'equal'].map((key) => whole(equal[key]));
  const found = list(told['ways']).map(fields).flatMap(wayOf);
  if (!chain || times.length !== chain.stages.length || pictures === undefined || elements === undefined || same === undefined) return {};
  return {
    chain: {
      stages: chain.stages.map(({ alias }, at) => ({ alias, ms: times[at]! })),
      limit: times.indexOf(Math.max(...times)),
      ways: found,
      queue: chain.queue,
      equal: { pictures, elements, equal: Math.min(same, elements) },
    },
  };
}

function wayOf(one: Fields): ChainThroughput['ways'] {
  const way = ways.find((known) => known === one['way']);
  const [threads, fps] = [whole(one['threads']), amount(one['fps'])];
  const times = list(one['times']).flatMap((time) => amount(time) ?? []).sort((a, b) => a - b); // prettier-ignore
  if (!way || threads === undefined || !fps || times.length === 0) return [];
  return [{ way, threads, fps, latencyMs: { median: quantile(times, 0.5), p90: quantile(times, 0.9), runs: times.length } }];
}

function failureOf(error: unknown): LatheError {
  const said = shown(String(error), 500);
  const hint = /opset|IR version|not implemented|NOT_IMPLEMENTED|Unsupported model/i.test(said)
    ? 'The ONNX Runtime on the board is too old for the model: install a newer one there.'
    : undefined;
  return new LatheError('board.run', `ONNX Runtime on the board could not run the model: ${said}`, hint ? { hint } : {}, 1);
}

function speedOf(one: Fields): { threads: number; fps: number }[] {
  const [threads, fps] = [whole(one['threads']), amount(one['fps'])];
  return threads === undefined || !fps ? [] : [{ threads, fps }];
}

/** Linear between the neighbours (Hyndman and Fan, type 7), as latencies on this machine. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}

function notesOf(target: string, result: Fields, { board, entry }: RunRequest): string[] {
  const row = (name: string): string => board?.rows.find((one) => one.name === name)?.value ?? '';
  const system = row(rowNames.system);
  const [arm, intel] = [/aarch64|arm64/.test(system), /x86_64|amd64/.test(system)];
  const threads = whole(result['latencyThreads']);
  return [
    ...(threads === undefined ? [] : [`Latency is that of one picture with ${threads === 1 ? '1 thread' : `${threads} threads`}.`]),
    ...(target === 'cpu-arm64' && intel ? ['The board is no ARM processor: what the model was made for is elsewhere.'] : []),
    ...(target === 'cpu-x64-vnni' && arm ? ['The board is an ARM processor: what the model was made for is elsewhere.'] : []),
    ...(target === 'cpu-x64-vnni' && intel && row(rowNames.vnni) === ''
      ? ['The processor has no VNNI: sums of 8-bit products may saturate on it, use the target cpu.']
      : []),
    ...(entry.power ? ['The power of this kind of board is not measured.'] : []),
  ];
}
