import path from 'node:path';
import { LatheError } from '../../../base/errors.ts';
import type { BoardFigures, ChainRequest } from '../../run-plan.ts';
import { fields, list, shown } from '../../zcu104/runner/foreign.ts';
import { readJson } from '../../zcu104/runner/read-json.ts';
import { readHailortcli } from './results.ts';

/** Files of several networks in the job's folder on the board. */
export const networkFile = (at: number): string => `network-${at}.hef`;
export const aloneFile = (at: number): string => `alone-${at}.json`;
export const togetherFile = 'together.json';

/** What `hailortcli run2 --json` tells of a network. (hailo-ai/hailort 4.23, hailortcli/run2/network_live_track.cpp: the rate is text.) */
interface NetworkFigures {
  readonly fps: number;
  /** Milliseconds of one picture, with its way to the chip and back. */
  readonly latencyMs?: number;
}

/**
 * Of a chain on one chip. Every network is fed as fast as it takes pictures, so the chain gets through what the slowest does beside the others.
 * Throws `board.result`, `board.run`.
 */
export async function readHailoChain(folder: string, log: string, { stages }: ChainRequest): Promise<BoardFigures> {
  const { error } = readHailortcli(log);
  if (error !== undefined) throw new LatheError('board.run', `the Hailo-8 could not run the networks: ${shown(error, 500)}`, {}, 1);
  const alone: NetworkFigures[] = [];
  for (const [at] of stages.entries()) alone.push(...(await networksOf(path.join(folder, aloneFile(at)))).slice(0, 1));
  const together = await networksOf(path.join(folder, togetherFile));
  if (alone.length !== stages.length || together.length !== stages.length)
    throw new LatheError('board.result', `hailortcli told of ${together.length} networks, and there are ${stages.length}`, {}, 1);
  const rates = together.map(({ fps }) => fps);
  const slowest = rates.indexOf(Math.min(...rates));
  const times = alone.map(({ latencyMs }) => latencyMs);
  const sum = times.every((time) => time !== undefined) ? times.reduce((all, time) => all + time, 0) : undefined;
  return {
    fps: [{ threads: 1, fps: rates[slowest]! }],
    notes: [
      `Alone: ${stages.map(({ alias }, at) => `${alias} ${figureText(alone[at]!)}`).join(', ')}.`,
      `Under HailoRT’s scheduler, round robin: ${stages.map(({ alias }, at) => `${alias} ${figureText(together[at]!)}`).join(', ')}; ${stages[slowest]!.alias} limits the chain.`,
      ...(sum === undefined
        ? []
        : [`One picture through all of them takes ${sum.toFixed(2)} ms at least, what the host does between them not counted.`]),
      'hailortcli gives no outputs, so neither accuracy nor outputs are compared.',
    ],
  };
}

const figureText = ({ fps, latencyMs }: NetworkFigures): string =>
  `${fps.toFixed(1)} FPS${latencyMs === undefined ? '' : ` (${latencyMs.toFixed(2)} ms)`}`;

async function networksOf(file: string): Promise<NetworkFigures[]> {
  return list(fields(await readJson(file))['network_groups']).flatMap((one) => {
    const { FPS, overall_latency } = fields(one);
    const [fps, latency] = [Number(FPS), Number(overall_latency)];
    return fps > 0 && Number.isFinite(fps) ? [{ fps, ...(latency > 0 && Number.isFinite(latency) ? { latencyMs: latency } : {}) }] : [];
  });
}
