import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { exact, number } from './words.ts';

const [width, height] = [240, 56];

/** A bar for each entry, from one value to another; null: nothing to draw. */
export type Bars = readonly (readonly [from: number, to: number] | null)[];

/**
 * Values by channel: bars along one axis, read out one by one under the pointer or with the arrow keys. Where neighbours share an entry, `stride` of
 * them do.
 */
export class ChannelChart extends LitElement {
  static override properties = {
    bars: { attribute: false },
    count: { attribute: false },
    stride: { attribute: false },
    label: { attribute: false },
    say: { attribute: false },
    base: { attribute: false },
    at: { state: true },
  };

  declare bars: Bars;
  declare count: number;
  declare stride: number;
  /** What the bars are: "Range by channel". */
  declare label: string;
  /** The value of an entry in words. */
  declare say: (entry: number) => string;
  /** A value that the axis shows in any case, and that a line marks: zero. */
  declare base: number | undefined;
  declare at: number | undefined;

  constructor() {
    super();
    this.bars = [];
    this.count = 0;
    this.stride = 1;
    this.label = '';
    this.say = () => '';
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('bars')) this.at = undefined;
  }

  override render(): TemplateResult {
    const { bars, at } = this;
    const values = bars.flatMap((bar) => bar ?? []).concat(this.base ?? []);
    const [low, high] = [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
    const y = (value: number): number => (high > low ? height - 1 - ((value - low) / (high - low)) * (height - 2) : height / 2);
    const step = width / Math.max(1, bars.length);
    const path = bars
      .map((bar, i) => (bar ? `M${((i + 0.5) * step).toFixed(2)},${y(bar[0]).toFixed(1)}V${(y(bar[1]) - 0.4).toFixed(1)}` : ''))
      .join('');
    const spoken = at === undefined ? `${this.label}, ${exact(this.count)} channels` : this.#words(at);
    return html`<svg
        viewBox="0 0 ${width} ${height}"
        preserveAspectRatio="none"
        tabindex="0"
        role="slider"
        aria-label=${this.label}
        aria-valuemin="0"
        aria-valuemax=${Math.max(0, bars.length - 1)}
        aria-valuenow=${at ?? 0}
        aria-valuetext=${spoken}
        @keydown=${this.#onKey}
        @pointermove=${this.#onPointer}
        @pointerleave=${() => (this.at = undefined)}
      >
        ${this.base === undefined ? nothing : svg`<line class="base" x1="0" x2=${width} y1=${y(this.base)} y2=${y(this.base)}></line>`}
        <path class="bars" d=${path} stroke-width=${Math.max(0.5, step * 0.8)}></path>
        ${at === undefined ? nothing : svg`<rect class="mark" x=${at * step} y="0" width=${Math.max(step, 1)} height=${height}></rect>`}
      </svg>
      <p class="under">${at === undefined ? `${number(low)} to ${number(high)} · ${exact(this.count)} channels` : this.#words(at)}</p>`;
  }

  #words(entry: number): string {
    const first = entry * this.stride;
    const last = Math.min(this.count, first + this.stride) - 1;
    return `Channel ${last > first ? `${exact(first)}–${exact(last)}` : exact(first)}: ${this.say(entry)}`;
  }

  readonly #onPointer = (event: PointerEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const entry = Math.floor(((event.clientX - box.left) / Math.max(1, box.width)) * this.bars.length);
    this.at = Math.max(0, Math.min(this.bars.length - 1, entry));
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const last = this.bars.length - 1;
    const at = this.at ?? -1;
    const far = Math.max(1, Math.round(this.bars.length / 10));
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, PageDown: at + far, PageUp: at - far, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.at = Math.max(0, Math.min(last, next));
  };

  static override styles = css`
    :host {
      display: block;
      max-width: 420px;
    }
    svg {
      display: block;
      width: 100%;
      height: 56px;
      margin-top: 4px;
      border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, currentColor));
    }
    svg:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: 1px;
    }
    .bars {
      stroke: var(--vscode-charts-blue, currentColor);
      fill: none;
    }
    .base {
      stroke: var(--vscode-descriptionForeground);
      stroke-dasharray: 3 2;
      vector-effect: non-scaling-stroke;
    }
    .mark {
      fill: var(--vscode-foreground);
      opacity: 0.25;
    }
    .under {
      margin: 1px 0 0;
      color: var(--vscode-descriptionForeground);
      font-size: 0.9em;
      font-variant-numeric: tabular-nums;
    }
  `;
}
