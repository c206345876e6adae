import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import { histogram, legend, ticks } from './legend.ts';
import type { ShownOverlay } from './overlay.ts';
import { levelColor, swatch, swatchStyles } from './swatch.ts';

/** Of the drawing in CSS pixels. */
const [width, bars, bar] = [220, 18, 8];
/** So many layers at least make a bar of full height. */
const fewest = 4;

/** What the colours mean: how the layers' figures spread over the scale, and the scale with its figures and unit. */
export class OverlayLegend extends LitElement {
  static override properties = { shown: { attribute: false } };

  declare shown: ShownOverlay | undefined;

  override render(): TemplateResult | typeof nothing {
    if (!this.shown) return nothing;
    const { view } = this.shown;
    const spread = histogram(view);
    const inUnit = view.unit && view.unit !== 'B' && !view.classes ? html`<span class="unit">${visible(view.unit)}</span>` : nothing;
    return view.gradient
      ? html`<div class="scale ${view.stale ? 'stale' : ''}">
            ${this.#bars(spread)}
            <div class="ramp"></div>
            <div class="ticks">${ticks(view).map(({ text }) => html`<span>${text}</span>`)}</div>
            <span class="hidden">${spoken(this.shown)}</span>
          </div>
          ${inUnit}`
      : html`<ul class="steps ${view.stale ? 'stale' : ''}" aria-label="Meaning of the colours">
          ${legend(view).map(
            ({ level, text }, step) =>
              html`<li>
                ${swatch(level)} ${visible(text)} <span class="soft" title="Layers">${spread[step]?.count ?? 0}</span>
                ${share(spread[step]?.count ?? 0, view.values.length, level)}
              </li>`,
          )}
          ${inUnit === nothing ? nothing : html`<li>${inUnit}</li>`}
        </ul>`;
  }

  /** Height by the square root: one layer among thousands is still seen, and where each is alone they do not look like many. */
  #bars(spread: readonly { level: number; count: number }[]): TemplateResult {
    const most = Math.max(fewest, ...spread.map(({ count }) => count));
    const step = width / spread.length;
    return html`<svg viewBox="0 0 ${width} ${bars}" width=${width} height=${bars} aria-hidden="true">
      ${spread.map(({ level, count }, i) => {
        const height = count === 0 ? 0 : Math.max(2, bars * Math.sqrt(count / most));
        return svg`<rect x=${i * step + 0.5} y=${bars - height} width=${step - 1} height=${height} fill=${levelColor(level)}>
          <title>${count} layers</title>
        </rect>`;
      })}
    </svg>`;
  }

  static override styles = [
    swatchStyles,
    css`
      :host {
        display: inline-flex;
        align-items: center;
        gap: 8px;
        min-width: 0;
        font-variant-numeric: tabular-nums;
      }
      .scale {
        width: ${width}px;
      }
      svg {
        display: block;
        overflow: visible;
        margin-top: 3px;
      }
      .ramp {
        height: ${bar}px;
        border-radius: 2px;
        background: linear-gradient(
          to right in oklab,
          var(--lathe-level-0),
          var(--lathe-level-1),
          var(--lathe-level-2),
          var(--lathe-level-3),
          var(--lathe-level-4)
        );
        outline: 1px solid var(--vscode-contrastBorder, transparent);
      }
      /* In high contrast lengths tell the level too: the worst is whole, the best a fifth. */
      :host-context(.vscode-high-contrast) .ramp {
        outline: none;
        border-radius: 0;
        clip-path: polygon(0 0, 100% 80%, 100% 100%, 0 100%);
      }
      .ticks {
        display: flex;
        justify-content: space-between;
        font-size: 0.85em;
        color: var(--vscode-descriptionForeground);
      }
      .ticks span {
        white-space: nowrap;
      }
      .steps {
        display: flex;
        flex-wrap: wrap;
        gap: 0 14px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .steps li {
        position: relative;
        padding-bottom: 5px;
        white-space: nowrap;
      }
      .steps svg {
        position: absolute;
        bottom: 0;
        left: 0;
        margin: 0;
      }
      .soft,
      .unit {
        color: var(--vscode-descriptionForeground);
      }
      .scale + .unit {
        align-self: flex-end;
        font-size: 0.85em;
      }
      .stale .swatch,
      .stale .ramp,
      .stale svg {
        opacity: 0.5; /* the words stay readable */
      }
      .hidden {
        position: absolute;
        width: 1px;
        height: 1px;
        overflow: hidden;
        clip-path: inset(50%);
      }
    `,
  ];
}

/** A line under a step of the legend, as long as its share of the layers. */
function share(count: number, all: number, level: number): TemplateResult {
  const length = all === 0 ? 0 : (100 * count) / all;
  return html`<svg viewBox="0 0 100 4" width="100%" height="4" preserveAspectRatio="none" aria-hidden="true">
    <rect width=${length} height="4" fill=${levelColor(level)}></rect>
  </svg>`;
}

/** The scale in words, for those who do not see it. */
function spoken({ view, values }: ShownOverlay): string {
  const shown = ticks(view);
  const [worst, best] = [shown[0]?.text ?? '', shown.at(-1)?.text ?? ''];
  const how = view.gradient?.log ? ', by the logarithm' : '';
  return `Colours run from ${worst} (worst) to ${best} (best)${how}; ${values.size} layers have a figure.`;
}
