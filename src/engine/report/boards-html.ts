import type { ComparedBoard, RunComparison } from '../../protocol/runs-comparison.ts';
import { html, type Html } from './html-text.ts';
import { stageCell } from './stages-html.ts';
import { table, type Column } from './table.ts';

/** Runs whose results were measured on boards: all three stages of each, then methods by boards. */
export function boardsSection({ runs, boards }: RunComparison): Html {
  if (!boards) return html``;
  const { columns, rows, matrix } = boards;
  return html`<h2>On boards</h2>
    ${table<ComparedBoard>('On boards', rows, [
      { title: 'Run', kind: 'name', cell: ({ run }) => runs[run]!.name },
      { title: 'Method', kind: 'wide', cell: ({ run }) => runs[run]!.method },
      { title: 'Board', cell: ({ board, detail }) => stageCell({ text: board, ...(detail === undefined ? {} : { note: detail }) }) },
      ...columns.map((title, at): Column<ComparedBoard> => ({ title, number: true, cell: ({ cells }) => stageCell(cells[at]!) })),
    ])}
    <p class="soft small">What is simulated or run here is no measurement of the board, and has a column of its own.</p>
    ${matrix ? methodsByBoards(runs, rows, matrix) : ''}`;
}

function methodsByBoards(
  runs: RunComparison['runs'],
  rows: readonly ComparedBoard[],
  { methods, boards, cells }: NonNullable<NonNullable<RunComparison['boards']>['matrix']>,
): Html {
  const cell = (places: readonly number[]): Html =>
    html`${places.map((at) => html`<div title="${runs[rows[at]!.run]!.name}">${rows[at]!.short}</div>`)}`;
  return html`<h2>Methods by boards</h2>
    ${table(
      'Methods by boards',
      [...methods.keys()],
      [
        { title: 'Method', kind: 'wide', cell: (row) => methods[row] },
        ...boards.map((board, column): Column<number> => ({ title: board, cell: (row) => cell(cells[row]![column]!) })),
      ],
    )}`;
}
