import path from 'node:path';
import type { Figure } from '../../protocol/results/common.ts';
import type { GateVerdict, ModelSummary, RunLatency } from '../../protocol/results/run.ts';
import type { RunMeasurement, RunStatus, RunSummary } from '../../protocol/runs.ts';
import { composedFile } from '../recipe/composed-file.ts';
import { methodText } from '../recipe/method-text.ts';
import { budgetSummary } from './budget-summary.ts';

/** Longer texts of a record are cut: names may be a megabyte long. */
const longestText = 400;
const longestPath = 4096;

type Fields = Readonly<Record<string, unknown>>;

/** What `run.json` says, read as foreign data: only what is of the right kind is taken. Undefined where it is no run's record at all. */
export function summarizeRecord(folder: string, record: unknown): RunSummary | undefined {
  const run = fields(record);
  const [status, started] = [statusOf(run['state']), text(run['started'])];
  if (status === undefined || started === undefined) return undefined;
  const [recipe, result, machine] = [fields(run['recipe']), fields(run['result']), fields(run['machine'])];
  const error = text(fields(run['error'])['message']);
  return {
    folder,
    name: text(run['name']) || path.basename(folder),
    status,
    started,
    method: shorten(methodText(list(recipe['steps']), run['search'])),
    models: list(result['models']).flatMap((model) => modelSummary(model, folder)),
    warnings: list(result['warnings']).length,
    ...(list(recipe['steps']).some(trains) ? { trains: true } : {}),
    ...(list(recipe['steps']).some(prunes) ? { prunes: true } : {}),
    ...present({
      problem: error && shorten(error),
      ended: text(run['ended']),
      recipe: text(recipe['file'], longestPath),
      model: modelOf(recipe),
      target: text(recipe['target']),
      metrics: metrics(result['metrics']),
      test: testData(list(run['data'])),
      gate: gate(result['gate']),
      latencyMs: latency(result['latencyMs']),
      budget: budgetSummary(result['search']),
      ways: ways(result['ways']),
      machine: text(machine['cpu']),
    }),
  };
}

/** The model that figures are about: of a chain the place of its models as one. */
function modelOf(recipe: Fields): string | undefined {
  const [file, folder, name] = [text(recipe['file'], longestPath), text(recipe['folder'], longestPath), text(recipe['name'])];
  const runs = text(fields(recipe['output'])['folder'], longestPath);
  if (!Array.isArray(recipe['chain']) || folder === undefined || name === undefined || runs === undefined)
    return text(recipe['model'], longestPath);
  return composedFile({ ...(file === undefined ? {} : { file }), folder, name, output: { folder: runs } });
}

const trains = (step: unknown): boolean => {
  const settings = fields(fields(step)['settings']);
  return [settings, fields(settings['finetune'])].some(({ epochs }) => (number(epochs) ?? 0) > 0);
};
const prunes = (step: unknown): boolean => fields(step)['step'] === 'prune';

function modelSummary(value: unknown, folder: string): ModelSummary[] {
  const model = fields(value);
  const [file, role, bytes] = [text(model['path'], longestPath), model['role'], number(model['bytes'])];
  if (
    file === undefined ||
    bytes === undefined ||
    (role !== 'input' && role !== 'intermediate' && role !== 'output' && role !== 'exported')
  )
    return [];
  // The folder may have been moved or come from another machine: what was made lies in its `models`.
  const place = role === 'input' ? file : path.join(folder, 'models', file.split(/[\\/]/).pop() ?? '');
  return [
    {
      path: place,
      role,
      bytes,
      packedBytes: number(model['packedBytes']) ?? bytes,
      parameters: number(model['parameters']) ?? 0,
      macs: number(model['macs']) ?? null,
      weightBits: number(model['weightBits']) ?? null,
      activationBits: number(model['activationBits']) ?? null,
      sparsity: number(model['sparsity']) ?? null,
    },
  ];
}

/** A step compares some ways for each of its models. */
const mostWays = 64;

function ways(value: unknown): RunSummary['ways'] {
  const read = list(value)
    .slice(0, mostWays)
    .flatMap((one) => {
      const way = fields(one);
      const [title, packedBytes, measured] = [text(way['title']), number(way['packedBytes']), measurement(way['metrics'])];
      return title === undefined || packedBytes === undefined || !measured
        ? []
        : [{ title: shorten(title), packedBytes, metrics: measured }];
    });
  return read.length ? read : undefined;
}

function metrics(value: unknown): RunSummary['metrics'] {
  const [before, after] = [measurement(fields(value)['before']), measurement(fields(value)['after'])];
  return before && after && before.metric === after.metric ? { before, after } : undefined;
}

/** A measurement of a document, read as foreign data. */
export function measurement(value: unknown): RunMeasurement | undefined {
  const one = fields(value);
  const [metric, unit, samples] = [text(one['metric']), text(one['unit']), number(one['samples'])];
  const [low, high] = list(one['confidence']).map(figure);
  const [better, measured] = [one['better'], figure(one['value'])];
  if (metric === undefined || unit === undefined || samples === undefined || measured === undefined) return undefined;
  if (better !== 'high' && better !== 'low') return undefined;
  const written = figure(fields(one['asWritten'])['value']);
  return {
    metric,
    unit,
    better,
    value: measured,
    samples,
    confidence: [low ?? NaN, high ?? NaN],
    ...present({
      asWritten: written === undefined ? undefined : { value: written },
      simulated: text(one['simulated']),
      boxes: boxCounts(one['boxes']),
      splits: splits(one['splits']),
    }),
  };
}

function boxCounts(value: unknown): RunMeasurement['boxes'] {
  const all = fields(value);
  const [found, wrong, total] = [number(all['found']), number(all['false']), number(all['total'])];
  return found === undefined || wrong === undefined || total === undefined ? undefined : { found, false: wrong, total };
}

/** A record may hold any number; nobody reads more. */
const mostSplits = 16;

function splits(value: unknown): RunMeasurement['splits'] {
  const read = list(value)
    .slice(0, mostSplits)
    .flatMap((one) => {
      const all = fields(one);
      const [split, measured, samples] = [text(all['split']), figure(all['value']), number(all['samples'])];
      const [low, high] = list(all['confidence']).map(figure);
      if (split === undefined || measured === undefined || samples === undefined) return [];
      const confidence: [number, number] = [low ?? NaN, high ?? NaN];
      return [{ split, value: measured, samples, confidence, ...present({ boxes: boxCounts(all['boxes']) }) }];
    });
  return read.length ? read : undefined;
}

function testData(data: readonly unknown[]): RunSummary['test'] {
  const test = fields(data.find((one) => fields(one)['use'] === 'test'));
  const [place, samples] = [text(test['path'], longestPath), number(test['samples'])];
  if (place === undefined || samples === undefined) return undefined;
  return { path: place, samples, ...present({ fingerprint: text(test['fingerprint']) }) };
}

function gate(value: unknown): GateVerdict | undefined {
  const { drop, measured, lostBoxes, falseBoxes, met } = fields(value);
  const [allowed, lost] = [number(drop), figure(measured)];
  if (allowed === undefined || lost === undefined || typeof met !== 'boolean') return undefined;
  return { drop: allowed, measured: lost, ...present({ lostBoxes: limit(lostBoxes), falseBoxes: limit(falseBoxes) }), met };
}

function limit(value: unknown): GateVerdict['lostBoxes'] {
  const [allowed, measured] = [number(fields(value)['allowed']), number(fields(value)['measured'])];
  return allowed === undefined || measured === undefined ? undefined : { allowed, measured };
}

function latency(value: unknown): RunLatency | undefined {
  const all = fields(value);
  const [before, after, threads] = [times(all['before']), times(all['after']), number(all['threads'])];
  return before && after && threads !== undefined ? { before, after, threads } : undefined;
}

function times(value: unknown): RunLatency['before'] | undefined {
  const [median, p90] = [number(fields(value)['median']), number(fields(value)['p90'])];
  return median === undefined || p90 === undefined ? undefined : { median, p90 };
}

const statuses: readonly RunStatus[] = ['running', 'finished', 'failed', 'cancelled'];
const statusOf = (value: unknown): RunStatus | undefined => statuses.find((status) => status === value);

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const number = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
/** A figure may be infinite. */
const figure = (value: unknown): Figure | undefined => (typeof value === 'number' ? value : undefined);

const shorten = (value: string, most = longestText): string => (value.length > most ? `${value.slice(0, most - 1)}…` : value);
/** A path that is too long to be one is no path. */
function text(value: unknown, most?: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (most !== undefined) return value.length <= most ? value : undefined;
  return shorten(value);
}

/** Without the keys that have no value. */
function present<T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
