import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CurvePoint, CurveScore, TrainingCurve } from '../../../protocol/training.ts';
import { parseJson } from '../../base/json.ts';

/** In a run folder: how its trainings went, or go. */
export const curvesFile = 'training.json';

/** A file of ours has some dozens of kilobytes for each training. */
const largestFile = 16 * 2 ** 20;
const [mostCurves, mostPoints, longestText] = [100, 10_000, 400];

type Fields = Readonly<Record<string, unknown>>;

/** The learning curves of a run, read as foreign data: only what is of the right kind is taken. None where there is no such file. */
export async function readCurves(folder: string): Promise<TrainingCurve[]> {
  const file = path.join(folder, curvesFile);
  try {
    if ((await stat(file)).size > largestFile) return [];
    return checkedCurves(parseJson(await readFile(file, 'utf8')));
  } catch (error) {
    const absent = error instanceof SyntaxError || typeof (error as NodeJS.ErrnoException).code === 'string';
    if (absent) return []; // damaged, or of a run that trained nothing: there is no curve to show
    throw error;
  }
}

/** What `training.json` holds, as far as it can be used. */
export const checkedCurves = (value: unknown): TrainingCurve[] => list(fields(value)['trainings'], mostCurves).flatMap(curveOf);

function curveOf(value: unknown): TrainingCurve[] {
  const curve = fields(value);
  const [step, epochs, steps] = [text(curve['step']), count(curve['epochs']), count(curve['steps'])];
  if (step === undefined || epochs === undefined || steps === undefined) return [];
  const validation = validationOf(fields(curve['validation']));
  const stopped = text(curve['stopped']);
  return [
    {
      step,
      epochs,
      steps,
      points: list(curve['points'], mostPoints).flatMap(pointOf),
      ...(validation ? { validation } : {}),
      ...(stopped === undefined ? {} : { stopped }),
    },
  ];
}

function validationOf(value: Fields): TrainingCurve['validation'] {
  const [metric, unit, better] = [text(value['metric']), text(value['unit']), value['better']];
  if (metric === undefined || unit === undefined || (better !== 'high' && better !== 'low')) return undefined;
  return { metric, unit, better, scores: list(value['scores'], mostPoints).flatMap(scoreOf) };
}

function pointOf(value: unknown): CurvePoint[] {
  const { step, epoch, loss, rate } = fields(value);
  return [step, epoch, loss, rate].every(Number.isFinite) ? [{ step, epoch, loss, rate } as CurvePoint] : [];
}

function scoreOf(score: unknown): CurveScore[] {
  const { step, epoch, value, best } = fields(score);
  return [step, epoch, value].every(Number.isFinite) && typeof best === 'boolean' ? [{ step, epoch, value, best } as CurveScore] : [];
}

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const list = (value: unknown, most: number): readonly unknown[] => (Array.isArray(value) ? value.slice(0, most) : []);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, longestText) : undefined);
const count = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
