import { html, type Html } from './html-text.ts';

export interface Column<Row> {
  readonly title: string;
  /** Right-aligned. */
  readonly number?: boolean;
  /** Class of its cells: `name` for names of layers, `wide` for sentences. */
  readonly kind?: 'name' | 'wide' | 'range' | 'small';
  readonly cell: (row: Row) => Html | string | number | undefined;
}

/** A table named `label`; scrolls by itself, by keyboard too, where it is wider than the page. */
export function table<Row>(
  label: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  rowClass: (row: Row) => string = () => '',
): Html {
  const classes = ({ number, kind }: Column<Row>): string => [number ? 'number' : '', kind ?? ''].filter(Boolean).join(' ');
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" class="${column.number ? 'number' : ''}">${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr class="${rowClass(row)}">
              ${columns.map((column) => html`<td class="${classes(column)}">${column.cell(row)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
