import type { Deployment, StageCell } from '../../protocol/deployments.ts';
import type { ComparedBoard, RunComparison } from '../../protocol/runs-comparison.ts';
import type { RunSummary } from '../../protocol/runs.ts';
import { boardName, stageTable } from './stages.ts';

/** Where a run was measured on several boards, that of its target. */
export const ownBoard = ({ deployments = [], target }: RunSummary): Deployment | undefined =>
  deployments.find((one) => one.target === target) ?? deployments[0];

/** A row for each run and board, with the figures of all three stages. */
export function comparedBoards(runs: readonly RunSummary[]): RunComparison['boards'] {
  const found = runs.flatMap((run, at) => (run.deployments ?? []).map((deployment) => rowOf(run, at, deployment)));
  if (found.length === 0) return undefined;
  const rows = found.map(({ row }) => row);
  const matrix = matrixOf(runs, rows);
  return { columns: found[0]!.columns, rows, ...(matrix ? { matrix } : {}) };
}

function rowOf(run: RunSummary, at: number, deployment: Deployment): { columns: readonly string[]; row: ComparedBoard } {
  const { stages, rows } = stageTable(run, [deployment])!;
  const [metric, ...figures] = rows;
  const here = stages[1]!.kind === 'simulated' ? stages[1]!.title.toLowerCase() : 'run here';
  const [float, result, board] = metric!.cells as [StageCell, StageCell, StageCell];
  const onBoard = figures.map(({ cells }) => cells[2]!);
  return {
    columns: ['Float model', 'Result, not on the board', 'Result on the board', ...figures.map(({ title }) => title)],
    row: {
      run: at,
      board: boardName(deployment),
      ...(stages[2]!.note === undefined ? {} : { detail: stages[2]!.note }),
      cells: [float, { ...result, note: [here, result.note].filter(Boolean).join('; ') }, board, ...onBoard],
      short: shortText(board, rows),
      deployment,
    },
  };
}

/** Metric, latency, throughput and energy, as far as they were measured. */
function shortText(metric: StageCell, rows: NonNullable<ReturnType<typeof stageTable>>['rows']): string {
  const cells = ['Latency', 'Throughput', 'Energy per picture'].map((title) => rows.find((row) => row.title === title)!.cells[2]!);
  return [metric, ...cells].flatMap(({ text, missing }) => (missing ? [] : [text])).join(', ') || 'outputs only';
}

function matrixOf(runs: readonly RunSummary[], rows: readonly ComparedBoard[]): NonNullable<RunComparison['boards']>['matrix'] {
  if (rows.length < 2) return undefined;
  const methods = [...new Set(rows.map(({ run }) => runs[run]!.method))];
  const boards = [...new Set(rows.map(({ board }) => board))].sort();
  const at = (method: string, board: string): number[] =>
    [...rows.keys()].filter((place) => runs[rows[place]!.run]!.method === method && rows[place]!.board === board);
  return { methods, boards, cells: methods.map((method) => boards.map((board) => at(method, board))) };
}
