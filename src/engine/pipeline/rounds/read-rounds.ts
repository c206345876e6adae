import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { PruningRound } from '../../../protocol/pruning.ts';
import type { PruningHistory } from '../../../protocol/rounds-layout.ts';
import { parseJson } from '../../base/json.ts';

/** In a run folder: the rounds of its prunings. */
export const roundsFile = 'pruning.json';

const largestFile = 64 * 2 ** 20;
const [mostPrunings, mostRounds, mostGroups, longestText] = [100, 1000, 100_000, 400];

type Fields = Readonly<Record<string, unknown>>;

/** The rounds of a run, read as foreign data: only what is of the right kind is taken. None where there is no such file. */
export async function readRounds(folder: string): Promise<PruningHistory[]> {
  const file = path.join(folder, roundsFile);
  try {
    if ((await stat(file)).size > largestFile) return [];
    return checkedRounds(parseJson(await readFile(file, 'utf8')));
  } catch (error) {
    const absent = error instanceof SyntaxError || typeof (error as NodeJS.ErrnoException).code === 'string';
    if (absent) return []; // damaged, or of a run that prunes nothing: there are no rounds to show
    throw error;
  }
}

/** What `pruning.json` holds, as far as it can be used. */
export const checkedRounds = (value: unknown): PruningHistory[] => list(fields(value)['prunings'], mostPrunings).flatMap(historyOf);

function historyOf(value: unknown): PruningHistory[] {
  const { step, rounds } = fields(value);
  return typeof step === 'string' ? [{ step: step.slice(0, longestText), rounds: list(rounds, mostRounds).flatMap(roundOf) }] : [];
}

function roundOf(value: unknown): PruningRound[] {
  const one = fields(value);
  const [round, parameters, macs, bytes, seconds] = ['round', 'parameters', 'macs', 'bytes', 'seconds'].map((key) => amount(one[key]));
  if ([round, parameters, macs, bytes, seconds].includes(undefined)) return [];
  const score = scoreOf(fields(one['score']));
  const milliseconds = amount(one['milliseconds']);
  return [
    {
      round: round!,
      parameters: parameters!,
      macs: macs!,
      bytes: bytes!,
      seconds: seconds!,
      channels: channelsOf(fields(one['channels'])),
      ...(score ? { score } : {}),
      ...(milliseconds === undefined ? {} : { milliseconds }),
    },
  ];
}

function scoreOf({ metric, unit, better, cut, tuned }: Fields): PruningRound['score'] {
  if (typeof metric !== 'string' || typeof unit !== 'string' || (better !== 'high' && better !== 'low')) return undefined;
  return {
    metric: metric.slice(0, longestText),
    unit: unit.slice(0, longestText),
    better,
    ...(Number.isFinite(cut) ? { cut: cut as number } : {}),
    ...(Number.isFinite(tuned) ? { tuned: tuned as number } : {}),
  };
}

const channelsOf = (value: Fields): Record<string, number> =>
  Object.fromEntries(
    Object.entries(value)
      .slice(0, mostGroups)
      .flatMap(([name, channels]): [string, number][] => (amount(channels) === undefined ? [] : [[name, channels as number]])),
  );

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const list = (value: unknown, most: number): readonly unknown[] => (Array.isArray(value) ? value.slice(0, most) : []);
const amount = (value: unknown): number | undefined => (Number.isFinite(value) && (value as number) >= 0 ? (value as number) : undefined);
