import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import { levelOf, valueText, type ShownOverlay } from '../overlays/overlay.ts';
import { levelColor } from '../overlays/swatch.ts';
import { figureText } from '../overlays/figure.ts';
import { binned, scaleOf, type Bin, type Scale } from './strip-scale.ts';

const [height, left, top, bottom] = [84, 44, 6, 4];

/**
 * Error along the depth of the network, as a bar for each measured layer: the break is where they fall. A click or Enter goes there; arrow keys walk
 * from layer to layer. Fires `go` with the id of a node.
 */
export class ErrorStrip extends LitElement {
  static override properties = {
    shown: { attribute: false },
    order: { attribute: false },
    names: { attribute: false },
    selected: { attribute: false },
    width: { state: true },
    at: { state: true },
  };

  declare shown: ShownOverlay | undefined;
  /** Ids of nodes from the model's beginning to its end. */
  declare order: readonly number[];
  declare names: (id: number) => string;
  declare selected: number;
  declare width: number;
  /** Place of the pointed at layer among the measured ones; -1: none. */
  declare at: number;
  readonly #sizes = new ResizeObserver(() => (this.width = this.clientWidth));

  constructor() {
    super();
    this.order = [];
    this.names = (id) => `node ${id}`;
    this.selected = -1;
    this.width = 0;
    this.at = -1;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
  }

  override render(): TemplateResult | typeof nothing {
    const { shown, width } = this;
    if (!shown || width === 0) return nothing;
    const measured = this.#measured(shown);
    if (measured.length === 0) return nothing;
    const inner = Math.max(40, width - left - 8);
    const scale = scaleOf(
      shown.view,
      measured.map((id) => shown.values.get(id)!),
    );
    const chosen = measured.indexOf(this.selected);
    const place = this.at >= 0 && this.at < measured.length ? this.at : chosen;
    const step = inner / measured.length;
    return html`<div
        class="strip"
        role="slider"
        tabindex="0"
        aria-label="${shown.view.label} along the network"
        aria-orientation="horizontal"
        aria-valuemin="1"
        aria-valuemax=${measured.length}
        aria-valuenow=${Math.max(1, place + 1)}
        aria-valuetext=${place < 0 ? 'no layer' : this.#words(shown, measured, place)}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event, measured, chosen)}
        @click=${(event: MouseEvent) => this.#go(measured[this.#placeAt(event, measured.length)])}
        @pointermove=${(event: PointerEvent) => (this.at = this.#placeAt(event, measured.length))}
        @pointerleave=${() => (this.at = -1)}
      >
        <svg width=${width} height=${height} aria-hidden="true">
          ${scale.ticks.map((value) => this.#tick(scale, value, width, shown.view.unit))}
          ${binned(measured, shown, Math.floor(inner)).map((bin) => this.#bar(bin, shown, scale, step))}
          ${place < 0 ? nothing : svg`<rect class=${this.at >= 0 ? 'point' : 'chosen'} x=${left + place * step - 1} y="0" width=${Math.max(3, step + 2)} height=${height}></rect>`}
        </svg>
      </div>
      <p class="said" aria-hidden="true">
        ${place < 0 ? `${measured.length} ${measured.length === 1 ? 'layer' : 'layers'} from input to output; ${shown.view.unit || 'figure'} ${shown.view.better === 'high' ? 'up is better' : 'up is worse'}` : this.#words(shown, measured, place)}
      </p>`;
  }

  #measured(shown: ShownOverlay): number[] {
    return this.order.filter((id) => shown.values.has(id));
  }

  #words({ view, values }: ShownOverlay, measured: readonly number[], place: number): string {
    const id = measured[place]!;
    return `${this.names(id)}: ${visible(valueText(view, values.get(id)!))} (${place + 1} of ${measured.length})`;
  }

  #tick(scale: Scale, value: number, width: number, unit: string): TemplateResult {
    const y = top + (1 - scale.at(value)) * (height - top - bottom);
    return svg`<line class="grid" x1=${left} x2=${width - 8} y1=${y} y2=${y}></line>
      <text x=${left - 5} y=${y + 3.5}>${figureText(value, scale.ticks.at(-1) === value ? unit : '')}</text>` as TemplateResult;
  }

  #bar({ from, to, value }: Bin, shown: ShownOverlay, scale: Scale, step: number): TemplateResult {
    const space = height - top - bottom;
    const tall = Math.max(2, (value === null ? 1 : scale.at(value)) * space);
    const wide = (to - from) * step;
    const gap = wide > 4 ? 1 : 0;
    return svg`<rect class=${value === null ? 'equal' : ''} x=${left + from * step} y=${height - bottom - tall} width=${Math.max(0.7, wide - gap)} height=${tall} fill=${levelColor(levelOf(shown.view, value))}></rect>` as TemplateResult;
  }

  #placeAt({ clientX }: MouseEvent, length: number): number {
    const { x } = this.getBoundingClientRect();
    const share = (clientX - x - left) / Math.max(40, this.width - left - 8);
    return Math.max(0, Math.min(length - 1, Math.floor(share * length)));
  }

  #onKey(event: KeyboardEvent, measured: readonly number[], chosen: number): void {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
    const step = steps[event.key];
    const wanted =
      event.key === 'Home'
        ? 0
        : event.key === 'End'
          ? measured.length - 1
          : event.key === 'Enter'
            ? chosen
            : step === undefined
              ? undefined
              : chosen + step;
    if (wanted === undefined) return;
    event.preventDefault();
    this.at = -1;
    this.#go(measured[Math.max(0, Math.min(measured.length - 1, wanted))]);
  }

  #go(id: number | undefined): void {
    if (id !== undefined) this.dispatchEvent(new CustomEvent<number>('go', { detail: id }));
  }

  static override styles = css`
    :host {
      display: block;
      flex: none;
      min-width: 0;
    }
    .strip {
      cursor: pointer;
      height: 84px;
    }
    .strip:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: -1px;
    }
    svg {
      display: block;
    }
    .grid {
      stroke: var(--vscode-descriptionForeground);
      opacity: 0.3;
    }
    text {
      fill: var(--vscode-descriptionForeground);
      font-size: 10px;
      text-anchor: end;
    }
    .equal {
      fill: none;
      stroke: var(--vscode-descriptionForeground);
      stroke-dasharray: 2 2;
    }
    .point,
    .chosen {
      fill: none;
      stroke: var(--vscode-focusBorder);
      stroke-width: 1.5;
    }
    .point {
      stroke: var(--vscode-foreground);
    }
    .said {
      margin: 0;
      padding: 1px 10px 3px 44px;
      color: var(--vscode-descriptionForeground);
      white-space: nowrap;
      overflow: hidden;
      text-overflow: ellipsis;
      font-variant-numeric: tabular-nums;
    }
  `;
}
