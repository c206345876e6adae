import { css, html, LitElement, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import { chartStyles } from '../styles/chart.ts';
import type { CurveBand, CurveLayout } from '../../src/protocol/curve-layout.ts';
import type { TrainingCurve } from '../../src/protocol/training.ts';
import { epochText, figure, metricName, scoreText, standing } from './texts.ts';

type Corner = readonly [x: number, y: number];

/**
 * Loss, validation score and learning rate of a training above one axis. `layout` is of `curve`. The pointer reads the figures at its place; the
 * table holds the same: it is the way of the keyboard.
 */
export class CurvePicture extends LitElement {
  static override properties = { curve: { attribute: false }, layout: { attribute: false }, at: { state: true } };

  declare curve: TrainingCurve;
  declare layout: CurveLayout | undefined;
  /** Where the pointer is, in pixels. */
  declare at: number | undefined;

  override render(): TemplateResult | typeof nothing {
    const { curve, layout } = this;
    if (!layout) return nothing;
    const { width, height, left, right, bands, xTicks, best } = layout;
    const [top, bottom] = [bands[0]!.top, bands.at(-1)!.bottom];
    return html`<svg
        viewBox="0 0 ${width} ${height}"
        width=${width}
        height=${height}
        role="img"
        aria-label="Learning curve: ${standing(curve)}. The table has the same figures."
        @pointermove=${(event: PointerEvent) => (this.at = event.offsetX)}
        @pointerleave=${() => (this.at = undefined)}
      >
        ${bands.map((band) => drawn(band, layout))}
        ${xTicks.map(
          ({ at, text, below }) =>
            svg`<line class="axis" x1=${at} x2=${at} y1=${bottom} y2=${bottom + 4} /><text x=${at} y=${bottom + 17} text-anchor="middle">${text}</text><text class="soft" x=${at} y=${bottom + 31} text-anchor="middle">${below}</text>`,
        )}
        <text x=${left - 8} y=${bottom + 17} text-anchor="end">epoch</text>
        <text class="soft" x=${left - 8} y=${bottom + 31} text-anchor="end">step</text>
        ${
          best
            ? svg`<line class="best" x1=${best.x} x2=${best.x} y1=${top - 6} y2=${bottom} /><text class="best-text" x=${best.label.x} y=${top - 9} text-anchor=${best.label.anchor}>${best.label.text}</text>`
            : nothing
        }
        ${this.#hair(top, bottom, left, right)}
      </svg>
      ${this.#card()}`;
  }

  override updated(_: PropertyValues<this>): void {
    this.#placeCard();
  }

  #hair(top: number, bottom: number, left: number, right: number): TemplateResult | typeof nothing {
    const x = this.#place();
    return x === undefined || x < left || x > right
      ? nothing
      : (svg`<line class="hair" x1=${x} x2=${x} y1=${top} y2=${bottom} />` as TemplateResult);
  }

  /** The place of the point beside the pointer. */
  #place(): number | undefined {
    const line = this.layout?.bands[0]?.line;
    return this.at === undefined || !line ? undefined : line[nearest(line, this.at)]?.[0];
  }

  #card(): TemplateResult | typeof nothing {
    const { layout, curve, at } = this;
    const [loss, validation] = [layout?.bands[0], layout?.bands.find(({ what }) => what === 'validation')];
    const point = at === undefined || !loss ? undefined : curve.points[nearest(loss.line, at)];
    if (!point || at === undefined) return nothing;
    const score = validation && curve.validation?.scores[nearest(validation.line, at)];
    return html`<div class="card" aria-hidden="true">
      <b>${epochText(point.epoch)}, step ${point.step}</b>
      <div>loss ${figure(point.loss)}</div>
      <div>learning rate ${figure(point.rate)}</div>
      ${
        score && curve.validation
          ? html`<div>
              ${metricName(curve.validation.metric)} ${scoreText(score.value, curve.validation.unit)} (${epochText(score.epoch)})
            </div>`
          : nothing
      }
    </div>`;
  }

  /** Beside the pointer, where there is room. Positions are set here: the page's policy takes no styles in markup. */
  #placeCard(): void {
    const card = this.renderRoot.querySelector<HTMLElement>('.card');
    const x = this.#place();
    if (!card || x === undefined || !this.layout) return;
    const left = x + 14 + card.offsetWidth > this.layout.width ? x - 14 - card.offsetWidth : x + 14;
    card.style.left = `${Math.max(0, left)}px`;
    card.style.top = `${this.layout.bands[0]!.top + 16}px`;
  }

  static override styles = [
    chartStyles,
    css`
      :host {
        position: relative;
      }
      .soft {
        fill: var(--vscode-descriptionForeground);
      }
      .line,
      .measured {
        fill: none;
        stroke-linejoin: round;
      }
      .line {
        stroke-width: 1.8;
      }
      .measured {
        stroke-width: 1;
        opacity: 0.35;
      }
      .loss {
        stroke: var(--vscode-charts-blue);
      }
      .validation {
        stroke: var(--vscode-charts-green);
      }
      .rate {
        stroke: var(--vscode-descriptionForeground);
        stroke-width: 1.3;
      }
      .mark {
        fill: var(--vscode-charts-green);
        stroke: var(--vscode-editor-background);
      }
      .mark.kept {
        stroke: var(--vscode-foreground);
        stroke-width: 1.5;
      }
      .best {
        stroke: var(--vscode-foreground);
        stroke-dasharray: 4 3;
        opacity: 0.8;
      }
      .hair {
        stroke: var(--vscode-focusBorder);
      }
      .card {
        position: absolute;
        pointer-events: none;
        padding: 6px 9px;
        color: var(--vscode-editorHoverWidget-foreground, var(--vscode-foreground));
        background: var(--vscode-editorHoverWidget-background, var(--vscode-editorWidget-background));
        border: 1px solid
          var(--vscode-editorHoverWidget-border, var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent)));
        border-radius: 3px;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];
}

/** Place of the corner whose x is nearest; corners go from left to right. */
function nearest(line: readonly Corner[], x: number): number {
  let [low, high] = [0, line.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (line[middle]![0] <= x) low = middle;
    else high = middle;
  }
  return line[high] && Math.abs(line[high][0] - x) < Math.abs(line[low]![0] - x) ? high : low;
}

const pointsText = (line: readonly Corner[]): string => line.map(([x, y]) => `${x},${y}`).join(' ');

const drawn = ({ what, title, top, bottom, ticks, line, measured, best }: CurveBand, { left, right }: CurveLayout): TemplateResult =>
  svg`<text class="title" x=${left} y=${top - 9}>${title}</text>
  ${ticks.map(
    ({ at, text }) =>
      svg`<line class="grid" x1=${left} x2=${right} y1=${at} y2=${at} /><text x=${left - 8} y=${at + 4} text-anchor="end">${text}</text>`,
  )}
  <line class="axis" x1=${left} x2=${right} y1=${bottom} y2=${bottom} />
  ${measured ? svg`<polyline class="measured ${what}" points=${pointsText(measured)} />` : nothing}
  <polyline class="line ${what}" points=${pointsText(line)} />
  ${what === 'validation' ? line.map(([x, y], i) => mark(x, y, i === best, line.length)) : nothing}` as TemplateResult;

/** The best one is a diamond, so that it is told from the others without its colour. */
const mark = (x: number, y: number, best: boolean, count: number): TemplateResult | typeof nothing => {
  if (best) return svg`<path class="mark kept" d="M${x} ${y - 7}l6 7l-6 7l-6 -7z" />` as TemplateResult;
  return count > 100 ? nothing : (svg`<circle class="mark" cx=${x} cy=${y} r="3.5" />` as TemplateResult);
};
