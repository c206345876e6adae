import type { StageCell, StageTable } from '../../protocol/deployments.ts';
import { html, type Html } from './html-text.ts';
import { table, type Column } from './table.ts';

type Row = StageTable['rows'][number];

/** Figures as rows, stages as columns: what was computed here and what was measured on a board never share a column. */
export function stageSection(stages: StageTable | undefined): Html {
  if (!stages) return html``;
  return html`<h2>From the float model to the board</h2>
    ${table<Row>('Float model, result and boards', stages.rows, [
      { title: '', cell: ({ title }) => title },
      ...stages.stages.map(({ title }, at): Column<Row> => ({ title, number: true, cell: ({ cells }) => stageCell(cells[at]!) })),
    ])}
    <dl class="facts">
      ${stages.stages.map(({ title, note }) =>
        note === undefined
          ? ''
          : html`<dt>${title}</dt>
              <dd>${note}</dd>`,
      )}
    </dl>`;
}

/** A figure with what belongs to it; where there is none, why. */
export const stageCell = ({ text, note, missing }: StageCell): Html =>
  html`${missing ? html`<span class="soft">${text}</span>` : text}${note === undefined ? '' : html`<div class="soft small">${note}</div>`}`;
