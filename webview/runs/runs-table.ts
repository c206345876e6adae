import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { boxesText, visible } from '../../src/protocol/format.ts';
import type { ComparedRun, RunComparison } from '../../src/protocol/runs-comparison.ts';
import { icon } from '../icon.ts';
import { columnsOf, ordered, type RunColumn, type RunOrder } from './columns.ts';
import { costText, figureText, intervalText, localTime, lossOf, lossText } from './texts.ts';

/**
 * Runs as rows: the accessible equal of the picture. `front` holds places of runs that no other beats on the chosen cost. Fires `run` and
 * `remove` with a place, `order` with a RunOrder, `point-at` with a place or undefined.
 */
export class RunsTable extends LitElement {
  static override properties = {
    comparison: { attribute: false },
    order: { attribute: false },
    front: { attribute: false },
    chosen: { attribute: false },
    pointed: { attribute: false },
  };

  declare comparison: RunComparison;
  declare order: RunOrder;
  declare front: ReadonlySet<number>;
  /** Title of the chosen cost. */
  declare chosen: string;
  declare pointed: number | undefined;

  override render(): TemplateResult {
    const columns = columnsOf(this.comparison);
    const { runs } = this.comparison;
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Methods and targets">
      <table>
        <thead>
          <tr>
            ${columns.filter(({ axis }) => !axis).map((column) => this.#head(column))}
            <th scope="col" title="No other run beats it in both ${this.chosen} and metric">Front</th>
            ${columns.filter(({ axis }) => axis).map((column) => this.#head(column))}
            <th scope="col"><span class="hidden">Leave out</span></th>
          </tr>
        </thead>
        <tbody>
          ${ordered(runs, columns, this.order).map((at) => this.#row(runs[at]!, at, columns))}
        </tbody>
      </table>
    </div>`;
  }

  #head({ id, title, number, axis }: RunColumn): TemplateResult {
    const sorted = this.order.column === id;
    const direction = !sorted ? 'none' : this.order.descending ? 'descending' : 'ascending';
    return html`<th scope="col" class=${number ? 'number' : ''} aria-sort=${direction} title=${axis?.note ?? nothing}>
      <button @click=${() => this.#fire('order', { column: id, descending: sorted && !this.order.descending })}>
        ${title}${sorted ? icon(this.order.descending ? 'arrow-down' : 'arrow-up') : nothing}
      </button>
    </th>`;
  }

  #row(run: ComparedRun, at: number, columns: readonly RunColumn[]): TemplateResult {
    const { name, method, target, status, problem, metrics, gate, folder, started } = run;
    const loss = lossOf(run);
    const between = metrics && intervalText(metrics.after);
    return html`<tr
      class=${at === this.pointed ? 'pointed' : ''}
      @pointerenter=${() => this.#fire('point-at', at)}
      @pointerleave=${() => this.#fire('point-at', undefined)}
      @focusin=${() => this.#fire('point-at', at)}
    >
      <th scope="row">
        <button class="link" title=${visible(folder)} @click=${() => this.#fire('run', at)}>${visible(name)}</button>
        ${started ? html`<div class="soft">${localTime(started)}</div>` : nothing}
        ${status === 'finished' ? nothing : html`<div class="soft">${status}${problem ? `: ${visible(problem)}` : ''}</div>`}
      </th>
      <td class="method">${visible(method)}</td>
      <td>${visible(target)}</td>
      <td class="number">
        ${
          metrics
            ? html`${figureText(metrics.after.value, metrics.after.unit)}
                ${between ? html`<div class="soft">95 %: ${between}</div>` : nothing}
                ${metrics.after.boxes ? html`<div class="soft">${boxesText(metrics.after.boxes)}</div>` : nothing}
                <div class="soft">${metrics.after.samples} pictures${metrics.after.simulated === undefined ? '' : ', simulated'}</div>`
            : html`<span class="soft">not measured</span>`
        }
        ${gate && !gate.met ? html`<div class="missed">${icon('warning')} limit missed</div>` : nothing}
      </td>
      <td class="number">${loss === undefined || !metrics ? nothing : lossText(loss, metrics.after.unit)}</td>
      <td class="middle">${this.front.has(at) ? html`${icon('check')}<span class="hidden">yes, by ${this.chosen}</span>` : nothing}</td>
      ${columns.map(({ axis }) => (axis ? costCell(run, axis) : nothing))}
      <td>
        <button class="plain" title="Leave out" aria-label="Leave out ${visible(name)}" @click=${() => this.#fire('remove', at)}>
          ${icon('close')}
        </button>
      </td>
    </tr>`;
  }

  #fire(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  static override styles = css`
    :host {
      display: block;
    }
    .scroll {
      overflow-x: auto;
      position: relative; /* what is hidden in it must not widen the page */
    }
    .scroll:focus-visible,
    button:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: -1px;
    }
    table {
      border-collapse: collapse;
      width: 100%;
      font-variant-numeric: tabular-nums;
    }
    th,
    td {
      text-align: left;
      vertical-align: baseline;
      padding: 5px 10px;
      font-weight: normal;
      border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
    }
    thead th {
      white-space: nowrap;
      color: var(--vscode-descriptionForeground);
      vertical-align: middle;
    }
    .number {
      text-align: right;
      white-space: nowrap;
    }
    .middle {
      text-align: center;
    }
    .method {
      min-width: 17em;
      overflow-wrap: anywhere;
    }
    tbody th {
      min-width: 9em;
      max-width: 24em;
      overflow-wrap: anywhere;
    }
    .soft {
      color: var(--vscode-descriptionForeground);
      font-size: 0.92em;
    }
    tr.pointed {
      background: var(--vscode-list-hoverBackground);
      outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
      outline-offset: -1px;
    }
    button {
      font: inherit;
      color: inherit;
      background: none;
      border: none;
      padding: 0;
      min-height: 24px;
      cursor: pointer;
      text-align: inherit;
    }
    .plain {
      min-width: 24px;
      text-align: center;
    }
    .link {
      color: var(--vscode-textLink-foreground);
    }
    .link:hover {
      text-decoration: underline;
    }
    .icon {
      display: inline-block;
      width: 16px;
      height: 16px;
      vertical-align: text-bottom;
    }
    .hidden {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
  `;
}

function costCell({ costs }: ComparedRun, axis: NonNullable<RunColumn['axis']>): TemplateResult {
  const { before, after } = costs[axis.id] ?? {};
  if (after === undefined) return html`<td></td>`;
  return html`<td class="number">
    ${costText(axis, after)}
    ${before === undefined || before === after ? nothing : html`<div class="soft">from ${costText(axis, before)}</div>`}
  </td>`;
}
