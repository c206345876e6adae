import { css, html, LitElement, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import { chartStyles } from '../styles/chart.ts';
import { visible } from '../../src/protocol/format.ts';
import type { ComparedGroup, ComparedPoint, CostAxis } from '../../src/protocol/runs-comparison.ts';
import type { ScatterLayout, ScatterMark } from '../../src/protocol/scatter.ts';
import { costText, figureText, intervalText } from './texts.ts';

/**
 * The picture of one cost against the metric. `layout` is for `group` and `axis`. Fires `run` with the place of a run when its mark is clicked,
 * and `point-at` with it, or undefined, when the pointer comes and goes. The table holds the same figures: it is the way of the keyboard.
 */
export class RunsScatter extends LitElement {
  static override properties = {
    group: { attribute: false },
    axis: { attribute: false },
    layout: { attribute: false },
    pointed: { attribute: false },
  };

  declare group: ComparedGroup | undefined;
  declare axis: CostAxis | undefined;
  declare layout: ScatterLayout | undefined;
  /** Place of the run that is pointed at here or in the table. */
  declare pointed: number | undefined;

  override render(): TemplateResult | typeof nothing {
    const { group, axis, layout } = this;
    if (!group || !axis || !layout) return nothing;
    const { width, height } = layout;
    return html`<svg viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="img" aria-label=${this.#label(group, axis)}>
        ${axes(layout)}
        <polyline class="front" points=${layout.front.map(([x, y]) => `${x},${y}`).join(' ')} />
        ${layout.marks.map((mark) => this.#mark(mark, group.points[mark.index]!))}
      </svg>
      ${this.#card(group, axis, layout)}`;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('pointed') || changed.has('layout')) this.#placeCard();
  }

  #label({ title, points }: ComparedGroup, axis: CostAxis): string {
    return `${title} against ${axis.title}, ${points.length} models; the table below has the same figures`;
  }

  #mark({ x, y, whisker, label }: ScatterMark, { run, side }: ComparedPoint): TemplateResult {
    const pointed = side === 'after' && run === this.pointed;
    return svg`<g class="mark ${side} ${pointed ? 'pointed' : ''}"
      @click=${() => side === 'after' && this.#fire('run', run)}
      @pointerenter=${() => this.#fire('point-at', side === 'after' ? run : undefined)}
      @pointerleave=${() => this.#fire('point-at', undefined)}
    >
      ${whisker ? svg`<line class="whisker" x1=${x} x2=${x} y1=${whisker.from} y2=${whisker.to} />` : nothing}
      <circle class="reach" cx=${x} cy=${y} r="12" />
      ${
        side === 'before'
          ? svg`<rect class="shape" x=${x - 4.5} y=${y - 4.5} width="9" height="9" />`
          : svg`<circle class="shape" cx=${x} cy=${y} r=${pointed ? 7 : 5.5} />`
      }
      ${label ? svg`<text x=${label.x} y=${label.y} text-anchor=${label.anchor}>${visible(label.text)}</text>` : nothing}
    </g>` as TemplateResult;
  }

  #card(group: ComparedGroup, axis: CostAxis, layout: ScatterLayout): TemplateResult | typeof nothing {
    const mark = this.#pointedMark(group, layout);
    const point = mark && group.points[mark.index];
    const cost = point?.costs[axis.id];
    if (!point || cost === undefined) return nothing;
    const { measured, name } = point;
    const between = intervalText(measured);
    return html`<div class="card" aria-hidden="true">
      <b>${visible(name)}</b>
      <div>${figureText(measured.value, measured.unit)}${between ? html`<span class="soft"> (95 %: ${between})</span>` : nothing}</div>
      <div>${costText(axis, cost)}</div>
    </div>`;
  }

  #pointedMark({ points }: ComparedGroup, { marks }: ScatterLayout): ScatterMark | undefined {
    return marks.find(({ index }) => points[index]!.side === 'after' && points[index]!.run === this.pointed);
  }

  /** Beside its mark, on the side where there is room. Positions are set here: the page's policy takes no styles in markup. */
  #placeCard(): void {
    const card = this.renderRoot.querySelector<HTMLElement>('.card');
    const mark = this.group && this.layout && this.#pointedMark(this.group, this.layout);
    if (!card || !mark) return;
    const { width, height } = this.layout!;
    const left = mark.x + 16 + card.offsetWidth > width ? mark.x - 16 - card.offsetWidth : mark.x + 16;
    card.style.left = `${Math.max(0, left)}px`;
    card.style.top = `${Math.max(0, Math.min(height - card.offsetHeight, mark.y + 12))}px`;
  }

  #fire(type: string, detail: number | undefined): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  static override styles = [
    chartStyles,
    css`
      :host {
        position: relative;
        min-height: 320px;
      }
      .front {
        fill: none;
        stroke: var(--vscode-charts-blue);
        stroke-width: 1.5;
        stroke-dasharray: 5 3;
        pointer-events: none;
      }
      .whisker {
        stroke: var(--vscode-descriptionForeground);
      }
      .reach {
        fill: transparent;
      }
      .after {
        cursor: pointer;
      }
      .after .shape {
        fill: var(--vscode-charts-blue);
        stroke: var(--vscode-editor-background);
      }
      .before .shape {
        fill: var(--vscode-editor-background);
        stroke: var(--vscode-descriptionForeground);
        stroke-width: 1.5;
      }
      .pointed .shape {
        stroke: var(--vscode-focusBorder);
        stroke-width: 2.5;
      }
      .pointed text {
        font-weight: bold;
      }
      .card {
        position: absolute;
        pointer-events: none;
        padding: 6px 9px;
        max-width: 340px;
        overflow-wrap: anywhere;
        background: var(--vscode-editorHoverWidget-background, var(--vscode-editorWidget-background));
        border: 1px solid
          var(--vscode-editorHoverWidget-border, var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent)));
        border-radius: 3px;
      }
      .soft {
        color: var(--vscode-descriptionForeground);
      }
    `,
  ];
}

/** Grid, axes and what stands at them. */
export const axes = ({ area, xTicks, yTicks }: ScatterLayout): TemplateResult =>
  svg`${yTicks.map(
    ({ at, text }) =>
      svg`<line class="grid" x1=${area.left} x2=${area.right} y1=${at} y2=${at} /><text x=${area.left - 8} y=${at + 4} text-anchor="end">${text}</text>`,
  )}
  <line class="axis" x1=${area.left} x2=${area.right} y1=${area.bottom} y2=${area.bottom} />
  ${xTicks.map(
    ({ at, text }) =>
      svg`<line class="axis" x1=${at} x2=${at} y1=${area.bottom} y2=${area.bottom + 4} /><text x=${at} y=${area.bottom + 18} text-anchor="middle">${text}</text>`,
  )}` as TemplateResult;
