import path from 'node:path';
import type { BoardFigures, RunRequest } from '../../run-plan.ts';
import type { DpuBoard } from './board.ts';
import { failureOf } from './failures.ts';
import { amount, fields, list, text, whole } from './foreign.ts';
import { readJson } from './read-json.ts';
import { readOutputs } from './outputs.ts';

export const resultFile = 'result.json';

/** What the runner wrote, read as foreign data. Throws `board.*`, for what kept it from running too. */
export async function readResult(board: DpuBoard, folder: string, request: RunRequest): Promise<BoardFigures> {
  const result = fields(await readJson(path.join(folder, resultFile)));
  if (result['error'] !== undefined) throw failureOf(result['error'], request.model);
  const latency = latencyOf(result['times']);
  const fps = list(result['fps']).map(fields).flatMap(speedOf);
  const power = powerOf(board, result, fps);
  const outputs = request.inputs.length && !result['partial'] ? await readOutputs(folder, list(result['outputs']), request) : undefined;
  return {
    ...(latency ? { latencyMs: latency } : {}),
    ...(fps.length ? { fps: fps.map(({ threads, fps: value }) => ({ threads, fps: value })) } : {}),
    ...(power ? { power } : {}),
    ...(outputs ? { outputs: outputs.files } : {}),
    notes: [...notesOf(board, result, request, fps), ...(outputs?.notes ?? [])],
  };
}

function latencyOf(times: unknown): BoardFigures['latencyMs'] {
  const sorted = list(times).flatMap((time) => amount(time) ?? []).sort((a, b) => a - b); // prettier-ignore
  return sorted.length ? { median: quantile(sorted, 0.5), p90: quantile(sorted, 0.9), runs: sorted.length } : undefined;
}

/** Linear between the neighbours (Hyndman and Fan, type 7), as latencies on this machine. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}

interface Speed {
  readonly threads: number;
  readonly fps: number;
  readonly watts?: number;
  readonly samples?: number;
}

function speedOf(one: Readonly<Record<string, unknown>>): Speed[] {
  const [threads, fps, watts, samples] = [whole(one['threads']), amount(one['fps']), amount(one['watts']), whole(one['samples'])];
  return threads === undefined || !fps
    ? []
    : [{ threads, fps, ...(watts === undefined ? {} : { watts }), ...(samples ? { samples } : {}) }];
}

/** Of the threads that got the most pictures through. */
function powerOf({ power: { of } }: DpuBoard, result: Readonly<Record<string, unknown>>, speeds: readonly Speed[]): BoardFigures['power'] {
  const said = fields(result['power']);
  const [idleWatts, source, idleSamples] = [amount(said['idleWatts']), text(said['source']), whole(said['idleSamples'])];
  const best = speeds.reduce<Speed | undefined>((a, b) => (a && a.fps >= b.fps ? a : b), undefined);
  if (idleWatts === undefined || source === undefined || best?.watts === undefined) return undefined;
  const { watts, threads, fps, samples } = best;
  return {
    watts,
    idleWatts,
    threads,
    // Noise of a sensor may put an idle board above a busy one: no energy then.
    ...(watts > idleWatts ? { joulesPerPicture: (watts - idleWatts) / fps } : {}),
    source: `${of}, ${source}, ${samples} samples with ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${idleSamples} idle`,
  };
}

function notesOf(
  board: DpuBoard,
  result: Readonly<Record<string, unknown>>,
  { inputs, entry }: RunRequest,
  speeds: readonly Speed[],
): readonly string[] {
  const notes: string[] = [];
  const graphs = fields(result['subgraphs']);
  const [dpu, cpu] = [whole(graphs['dpu']) ?? 1, whole(graphs['cpu']) ?? 0];
  if (result['partial']) {
    notes.push(
      `The model has ${cpu} sub-graphs on the CPU, and Python’s module vitis_ai_library, which runs them, is not on the board: time and throughput are those of the DPU alone, and there are no outputs.`,
    );
  } else if (dpu + cpu > 1)
    notes.push(
      `Time and throughput are of all ${dpu + cpu} sub-graphs, ${dpu} on the DPU and ${cpu} on the CPU, with the copies between them.`,
    );
  if (entry.power && result['noSensor'])
    notes.push(`The power was not measured: no sensor in ${board.sensors} is named ${board.power.names.join(' or ')}.`);
  const others = list(result['others']).flatMap((name) => text(name) ?? []);
  if (others.length) notes.push(`Other programs had the DPU open, so it may be faster than measured: ${others.slice(0, 5).join(', ')}.`);
  notes.push(...benchmarkNote(result['benchmark'], speeds));
  if (!result['query']) notes.push('xdputil does not answer, so the fingerprint was checked by VART only.');
  if (inputs.length === 0) notes.push('No pictures were given: the model ran on zeros.');
  return notes;
}

/** Python costs time between runs; where the vendor's own program gets much more through, that is what was measured. */
function benchmarkNote(value: unknown, speeds: readonly Speed[]): readonly string[] {
  const [threads, fps] = [whole(fields(value)['threads']), amount(fields(value)['fps'])];
  const ours = speeds.find((one) => one.threads === threads)?.fps;
  if (threads === undefined || !fps || ours === undefined) return [];
  const with_ = `${fps.toFixed(1)} FPS with ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const apart = ours < 0.8 * fps || ours > 1.25 * fps ? `, where ${ours.toFixed(1)} were measured from Python` : '';
  return [`xdputil benchmark tells ${with_}${apart}.`];
}
