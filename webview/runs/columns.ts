import type { ComparedRun, CostAxis, RunComparison } from '../../src/protocol/runs-comparison.ts';
import { lossOf } from './texts.ts';

/** A column that rows can be put in order by. */
export interface RunColumn {
  readonly id: string;
  readonly title: string;
  readonly number: boolean;
  /** Undefined stands last, whichever way. */
  readonly key: (run: ComparedRun) => string | number | undefined;
  /** Of a column of costs. */
  readonly axis?: CostAxis;
}

export interface RunOrder {
  readonly column: string;
  readonly descending: boolean;
}

export const columnsOf = ({ axes }: Pick<RunComparison, 'axes'>): RunColumn[] => [
  { id: 'run', title: 'Run', number: false, key: ({ name }) => name },
  { id: 'method', title: 'Method', number: false, key: ({ method }) => method },
  { id: 'target', title: 'Target', number: false, key: ({ target }) => target },
  { id: 'metric', title: 'Metric', number: true, key: ({ metrics }) => metrics?.after.value },
  { id: 'loss', title: 'Loss', number: true, key: (run) => lossOf(run) },
  ...axes.map((axis): RunColumn => ({ id: axis.id, title: axis.title, number: true, key: ({ costs }) => costs[axis.id]?.after, axis })),
];

/** Places of the runs in the order that is wanted; equal ones stay as they came. An empty column leaves all as they came. */
export function ordered(runs: readonly ComparedRun[], columns: readonly RunColumn[], { column, descending }: RunOrder): number[] {
  const places = [...runs.keys()];
  const key = columns.find(({ id }) => id === column)?.key;
  if (!key) return places;
  const sign = descending ? -1 : 1;
  return places.sort((a, b) => {
    const [one, other] = [key(runs[a]!), key(runs[b]!)];
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
    return one === other ? 0 : one < other ? -sign : sign;
  });
}
