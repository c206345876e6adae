import type { ModelSummary } from '../../protocol/results/run.ts';
import type { RunMeasurement, RunSummary } from '../../protocol/runs.ts';
import type { ComparedGroup, ComparedPoint, ComparedRun, CostAxis, RunComparison } from '../../protocol/runs-comparison.ts';
import type { PruningHistory } from '../../protocol/rounds-layout.ts';
import type { TrainingCurve } from '../../protocol/training.ts';
import { comparedBoards, ownBoard } from './comparison-boards.ts';
import { comparedBudgets } from './comparison-budgets.ts';
import { comparedWays } from './ways.ts';
import { comparedPrunings, comparedTrainings } from './comparison-training.ts';
import { fileName, metricTitle } from './format.ts';
import { paretoFront } from './front.ts';
import { boardName } from './stages.ts';

interface Axis extends CostAxis {
  /** Of one side of a run; undefined where it is not known. */
  readonly cost: (model: ModelSummary | undefined, run: RunSummary, side: 'before' | 'after') => number | undefined;
}

/** Costs that models are compared by. A new one is one entry. */
const axes: readonly Axis[] = [
  { id: 'bytes', title: 'File size', kind: 'bytes', cost: (model) => model?.bytes },
  { id: 'packed', title: 'Packed size', kind: 'bytes', note: 'each weight in the bits it uses', cost: (model) => model?.packedBytes },
  { id: 'macs', title: 'MACs', kind: 'count', note: 'multiply-adds per picture', cost: (model) => model?.macs ?? undefined },
  { id: 'parameters', title: 'Parameters', kind: 'count', cost: (model) => model?.parameters },
  { id: 'latency', title: 'Latency', kind: 'milliseconds', cost: (_, { latencyMs }, side) => latencyMs?.[side].median },
  {
    id: 'board-latency',
    title: 'Latency on the board',
    kind: 'milliseconds',
    cost: (_, run, side) => (side === 'after' ? ownBoard(run)?.latencyMs?.median : undefined),
  },
  {
    id: 'board-energy',
    title: 'Energy on the board',
    kind: 'joules',
    cost: (_, run, side) => (side === 'after' ? ownBoard(run)?.power?.joulesPerPicture : undefined),
  },
];

/** Puts runs side by side. Rows keep the order of `runs`; `curves` are their trainings and `prunings` their rounds, in the same order, where there are any. */
export function compareRuns(
  runs: readonly RunSummary[],
  curves: readonly (readonly TrainingCurve[])[] = [],
  prunings: readonly (readonly PruningHistory[])[] = [],
): RunComparison {
  const rows = runs.map(comparedRun);
  const labels = labelsOf(runs);
  const known = axes.filter(({ id }) => rows.some(({ costs }) => costs[id]?.after !== undefined));
  const matrix = matrixOf(rows);
  const boards = comparedBoards(runs);
  const budgets = comparedBudgets(runs);
  const ways = comparedWays(runs);
  return {
    runs: rows,
    axes: known.map(({ id, title, kind, note }) => {
      const said = id === 'latency' ? latencyNote(runs) : id.startsWith('board-') ? boardNote(id, runs) : note;
      return { id, title, kind, ...(said === undefined ? {} : { note: said }) };
    }),
    groups: groupsOf(runs, known, labels),
    trainings: [...comparedPrunings(prunings, labels), ...comparedTrainings(curves, labels)],
    ...(matrix ? { matrix } : {}),
    ...(boards ? { boards } : {}),
    ...(budgets.length ? { budgets } : {}),
    ...(ways.length ? { ways } : {}),
    notes: notesOf(runs),
  };
}

const input = ({ models }: RunSummary): ModelSummary | undefined => models.find(({ role }) => role === 'input');
const output = ({ models }: RunSummary): ModelSummary | undefined => models.findLast(({ role }) => role === 'output');

function costsOf(run: RunSummary, side: 'before' | 'after', known: readonly Axis[]): Record<string, number> {
  const model = side === 'before' ? input(run) : output(run);
  return Object.fromEntries(
    known.flatMap(({ id, cost }) => {
      const value = cost(model, run, side);
      return value === undefined || !(value > 0) ? [] : [[id, value]];
    }),
  );
}

function comparedRun(run: RunSummary): ComparedRun {
  const { folder, name, status, problem, started, method, target = '', model, metrics, gate } = run;
  const [before, after] = [costsOf(run, 'before', axes), costsOf(run, 'after', axes)];
  return {
    folder,
    name,
    status,
    method,
    target,
    model: model === undefined ? '' : fileName(model),
    costs: Object.fromEntries(
      axes.flatMap(({ id }) => {
        const both = { ...(id in before ? { before: before[id]! } : {}), ...(id in after ? { after: after[id]! } : {}) };
        return Object.keys(both).length ? [[id, both]] : [];
      }),
    ),
    ...(problem === undefined ? {} : { problem }),
    ...(started === undefined ? {} : { started }),
    ...(metrics ? { metrics } : {}),
    ...(gate ? { gate } : {}),
  };
}

/** Figures may be held against each other only where metric and pictures are the same; agreement also needs the same float model. */
function groupsOf(runs: readonly RunSummary[], known: readonly Axis[], labels: readonly string[]): ComparedGroup[] {
  const byKey = new Map<string, number[]>();
  for (const [i, { metrics, test, model }] of runs.entries()) {
    if (!metrics) continue;
    const { metric, unit } = metrics.after;
    const data = test?.fingerprint ?? test?.path ?? '';
    const key = JSON.stringify([metric, unit, data, metrics.after.samples, metric === 'agreement' ? model : '']);
    byKey.set(key, [...(byKey.get(key) ?? []), i]);
  }
  return [...byKey.values()].map((members) => group(runs, members, known, labels));
}

function group(runs: readonly RunSummary[], members: readonly number[], known: readonly Axis[], labels: readonly string[]): ComparedGroup {
  const points = members.flatMap((i) => pointsOf(runs[i]!, i, known, labels[i]!));
  const distinct = points.filter((point, i) => point.side === 'after' || points.findIndex((other) => sameModel(other, point)) === i);
  const { metric, unit, better, samples } = distinct[0]!.measured;
  const place = runs[members[0]!]!.test?.path;
  const fronts = known.flatMap(({ id }) => {
    const drawn = [...distinct.keys()].filter((i) => distinct[i]!.costs[id] !== undefined);
    if (drawn.length < 2) return [];
    const choices = drawn.map((i) => ({ cost: distinct[i]!.costs[id]!, value: distinct[i]!.measured.value }));
    return [[id, paretoFront(choices, better).map((at) => drawn[at]!)]];
  });
  return {
    title: metricTitle(metric),
    data: `${samples} pictures${place === undefined ? '' : ` of ${place}`}`,
    unit,
    better,
    points: distinct,
    fronts: Object.fromEntries(fronts) as Record<string, number[]>,
  };
}

function pointsOf(run: RunSummary, i: number, known: readonly Axis[], label: string): ComparedPoint[] {
  const { name, metrics, model } = run;
  if (!metrics) return [];
  const point = (side: 'before' | 'after', shown: string, measured: RunMeasurement): ComparedPoint => ({
    run: i,
    side,
    name: shown,
    measured,
    costs: costsOf(run, side, known),
  });
  return [point('before', model === undefined ? `${name}, before` : fileName(model), metrics.before), point('after', label, metrics.after)];
}

/** Latency is measured anew in every run: it tells no model from another. */
const sameModel = (a: ComparedPoint, b: ComparedPoint): boolean =>
  a.side === 'before' &&
  b.side === 'before' &&
  a.name === b.name &&
  a.measured.value === b.measured.value &&
  ['bytes', 'macs', 'parameters'].every((id) => a.costs[id] === b.costs[id]);

/**
 * A short name for each run that tells it from the others: its own; where several have the same, what only it does, and its number among those
 * that do the same.
 */
function labelsOf(runs: readonly RunSummary[]): string[] {
  const alone = (texts: readonly string[], i: number): boolean => texts.filter((text) => text === texts[i]).length === 1;
  const names = runs.map(({ name }) => name);
  const parts = runs.map(({ method }) => method.split(', '));
  const told = parts.map((own) => own.filter((part) => !parts.every((all) => all.includes(part))).join(', '));
  const same = new Set(names).size === 1;
  const labels = runs.map((_, i) => (alone(names, i) || !told[i] ? names[i]! : same ? told[i] : `${names[i]!}: ${told[i]}`));
  return labels.map((label, i) =>
    alone(labels, i) ? label : `${label} (${labels.slice(0, i + 1).filter((one) => one === label).length})`,
  );
}

function matrixOf(rows: readonly ComparedRun[]): RunComparison['matrix'] {
  const readable = rows.filter(({ status }) => status !== 'unreadable');
  const methods = [...new Set(readable.map(({ method }) => method))];
  const targets = [...new Set(readable.map(({ target }) => target))].sort();
  if (targets.length < 2) return undefined;
  const at = (method: string, target: string): number[] =>
    [...rows.keys()].filter((i) => rows[i]!.method === method && rows[i]!.target === target && rows[i]!.status !== 'unreadable');
  return { methods, targets, cells: methods.map((method) => targets.map((target) => at(method, target))) };
}

function latencyNote(runs: readonly RunSummary[]): string {
  const places = runs.flatMap(({ latencyMs, machine }) =>
    latencyMs ? [`${latencyMs.threads} thread${latencyMs.threads === 1 ? '' : 's'}${machine === undefined ? '' : `, ${machine}`}`] : [],
  );
  const distinct = [...new Set(places)];
  return `median of single pictures, ONNX Runtime, ${distinct.length === 1 ? distinct[0]! : 'on different machines or threads: not to be compared'}`;
}

/** Pictures stand for one board each; the metric beside it is that of the run. */
function boardNote(id: string, runs: readonly RunSummary[]): string {
  const places = [
    ...new Set(runs.flatMap((run) => ownBoard(run) ?? []).map((one) => [boardName(one), one.board].filter(Boolean).join(', '))),
  ];
  const what = id === 'board-latency' ? 'median of single pictures' : 'joules per picture above idle';
  return `${what}, ${places.length === 1 ? places[0]! : 'on different boards: not to be compared'}`;
}

function notesOf(runs: readonly RunSummary[]): string[] {
  const count = (test: (run: RunSummary) => boolean): number => runs.filter(test).length;
  const [unfinished, unreadable] = [
    count(({ status }) => status !== 'finished' && status !== 'unreadable'),
    count(({ status }) => status === 'unreadable'),
  ];
  const unmeasured = count(({ status, metrics }) => status === 'finished' && !metrics);
  const have = (number: number): string => (number === 1 ? 'run has' : 'runs have');
  return [
    unfinished ? `${unfinished} ${have(unfinished)} not finished: no figures yet.` : '',
    unmeasured ? `${unmeasured} ${have(unmeasured)} no test pictures: sizes only, not in the pictures.` : '',
    unreadable ? `${unreadable} ${have(unreadable)} no readable record.` : '',
  ].filter(Boolean);
}
