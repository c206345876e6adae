import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { bytes, shape, shortNumber, visible } from '../../src/protocol/format.ts';
import type { PortView } from '../../src/protocol/view.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import type { ChannelRangesView, RoundedView, WeightsPlace, WeightsView } from '../../src/protocol/weights.ts';
import { channel } from '../host.ts';
import { histogramChart, histogramStyles } from './histogram.ts';
import { scalesSection } from './scales.ts';
import { decibel, exact, number } from './words.ts';
import { panelStyles } from './panel-styles.ts';

/** Larger tensors are read when someone asks for it. */
const readAtOnce = 32 * 1024 * 1024;
/** A progress bar comes when a reading takes longer. */
const quietMs = 300;

/** An input of the node whose stored numbers can be looked into. */
export interface WeightsPort {
  input: number;
  port: PortView;
}

/** Who answers the progress notices: one element of the page asks at a time. */
const readers = new Set<(fraction: number) => void>();
channel.onNotice(modelMessages.reading, ({ fraction }) => readers.forEach((tell) => tell(fraction)));

/** The stored tensors of a node: histogram, ranges by channel, kernels, and the same in fewer bits. */
export class WeightsElement extends LitElement {
  static override properties = {
    node: { attribute: false },
    ports: { attribute: false },
    original: { attribute: false },
    input: { state: true },
    weights: { state: true },
    rounded: { state: true },
    against: { state: true },
    waiting: { state: true },
    reading: { state: true },
    failure: { state: true },
    map: { state: true },
  };

  declare node: number;
  declare ports: readonly WeightsPort[];
  /** The float tensors that a run began with can be looked at too. */
  declare original: boolean;
  declare input: number;
  declare weights: WeightsView | undefined;
  declare rounded: RoundedView | undefined;
  declare against: number | 'original' | undefined;
  /** An answer is on its way. */
  declare waiting: boolean;
  /** How far a reading is, where one has taken a while. */
  declare reading: number | undefined;
  declare failure: string | undefined;
  /** The heat map is open. */
  declare map: boolean;
  /** The map's own question: the same object as long as it is the same tensor. */
  #place: WeightsPlace | undefined;
  /** Stands for the answer that is waited for. */
  #current: object | undefined;
  readonly #tell = (fraction: number): void => {
    if (this.reading !== undefined) this.reading = fraction;
  };

  constructor() {
    super();
    this.node = -1;
    this.ports = [];
    this.original = false;
    this.waiting = false;
    this.input = -1;
    this.map = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    readers.add(this.#tell);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    readers.delete(this.#tell);
    this.#stop();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('node') && !changed.has('ports')) return;
    const again = !changed.has('node') && this.ports.some(({ input }) => input === this.input);
    if (!again) this.#show(this.ports[0]?.input ?? -1);
  }

  override render(): TemplateResult | typeof nothing {
    const port = this.#port;
    if (!port) return nothing;
    return html`<section aria-label="Weights">
      <h3>Weights</h3>
      ${this.ports.length > 1 ? this.#chooser() : nothing} ${this.failure ? html`<p role="alert">${this.failure}</p>` : nothing}
      ${this.weights ? this.#figures(this.weights) : this.waiting ? nothing : this.#offer(port)}
      ${this.reading === undefined ? nothing : this.#progress(this.reading)}
    </section>`;
  }

  get #port(): PortView | undefined {
    return this.ports.find(({ input }) => input === this.input)?.port;
  }

  #chooser(): TemplateResult {
    return html`<label class="soft"
      >Tensor
      <select @change=${(event: Event) => this.#show(Number((event.target as HTMLSelectElement).value))}>
        ${this.ports.map(
          ({ input, port }) =>
            html`<option value=${input} ?selected=${input === this.input}>${port.role ?? `input ${input}`}, ${shape(port.shape)}</option>`,
        )}
      </select>
    </label>`;
  }

  #offer(port: PortView): TemplateResult {
    return html`<p class="ask">
      <vscode-button secondary @click=${() => void this.#read()}
        >Look into ${port.bytes === undefined ? 'it' : bytes(port.bytes)}</vscode-button
      >
    </p>`;
  }

  #progress(fraction: number): TemplateResult {
    return html`<p class="reading" role="status">
      <progress max="1" .value=${fraction} aria-label="Reading the tensor"></progress> ${Math.round(fraction * 100)} %
      <button type="button" @click=${() => this.#stop()}>Cancel</button>
    </p>`;
  }

  #figures(view: WeightsView): TemplateResult {
    const { channels } = view;
    return html`<p class="soft">${tensorWords(view)}</p>
      ${view.nan + view.infinite > 0 ? html`<p class="warning">${strangeWords(view)}</p>` : nothing}
      ${histogramChart({ histograms: [view.histogram] })}
      <dl>
        ${row('Range', `${number(view.low)} to ${number(view.high)}`)}
        ${row('Mean, deviation', `${number(view.mean)}, ${number(view.deviation)}`)}
        ${row('Zeros', `${exact(view.zeros)} (${shortNumber((100 * view.zeros) / Math.max(1, view.elements))} %)`)}
      </dl>
      ${channels ? channelRanges(channels) : nothing}
      ${
        view.codes
          ? html`<h4>Stored integers</h4>
              ${histogramChart({ histograms: [view.codes] })}`
          : nothing
      }
      ${view.quantization ? scalesSection(view.quantization) : nothing} ${this.#roundings(view)}
      <details ?open=${this.map} @toggle=${(event: Event) => (this.map = (event.target as HTMLDetailsElement).open)}>
        <summary>Heat map</summary>
        ${this.map ? html`<lathe-kernel-map .place=${this.#place}></lathe-kernel-map>` : nothing}
      </details>`;
  }

  /** In fewer bits, or as it was before a run. */
  #roundings(view: WeightsView): TemplateResult | typeof nothing {
    const original = this.original && view.quantization !== undefined;
    if (view.widths.length === 0 && !original) return nothing;
    const choose = (value: string): void => void this.#round(value === '' ? undefined : value === 'original' ? value : Number(value));
    return html`<h4>
        <label
          >Beside
          <select @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
            <option value="" ?selected=${this.against === undefined}>nothing</option>
            ${original ? html`<option value="original" ?selected=${this.against === 'original'}>the float tensor it was</option>` : nothing}
            ${view.widths.map((width) => html`<option value=${width} ?selected=${this.against === width}>itself in ${width} bits</option>`)}
          </select>
        </label>
      </h4>
      ${this.rounded ? roundedSection(this.rounded) : nothing}`;
  }

  #show(input: number): void {
    this.#stop();
    this.input = input;
    this.weights = undefined;
    this.rounded = undefined;
    this.against = undefined;
    this.failure = undefined;
    this.#place = input < 0 ? undefined : { node: this.node, input };
    const port = this.#port;
    if (port && (port.bytes ?? 0) <= readAtOnce) void this.#read();
  }

  async #read(): Promise<void> {
    const place = this.#place;
    if (!place) return;
    const weights = await this.#reads(() => channel.ask(modelMessages.weights, place));
    if (weights && place === this.#place) this.weights = weights;
  }

  async #round(against: number | 'original' | undefined): Promise<void> {
    this.#stop();
    this.against = against;
    this.rounded = undefined;
    this.failure = undefined;
    const place = this.#place;
    if (!place || against === undefined) return;
    const rounded = await this.#reads(() => channel.ask(modelMessages.rounded, { ...place, against }));
    if (place !== this.#place || against !== this.against) return;
    this.rounded = rounded;
    if (!rounded && !this.failure) this.against = undefined; // cancelled
  }

  /** An answer that may take a while; undefined where it failed, which is shown, or where nobody wants it any more. */
  async #reads<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
    this.#stop();
    const reading = {};
    this.#current = reading;
    this.failure = undefined;
    this.waiting = true;
    const timer = setTimeout(() => (this.reading = 0), quietMs);
    try {
      const answer = await ask();
      return this.#current === reading ? answer : undefined;
    } catch (error) {
      if (this.#current === reading) this.failure = error instanceof Error ? error.message : String(error);
      return undefined;
    } finally {
      clearTimeout(timer);
      if (this.#current === reading) this.#ended();
    }
  }

  #stop(): void {
    if (!this.waiting) return;
    channel.tell(modelMessages.stopReading, null);
    this.#ended();
  }

  #ended(): void {
    this.#current = undefined;
    this.waiting = false;
    this.reading = undefined;
  }

  static override styles = [
    panelStyles,
    histogramStyles,
    css`
      :host {
        display: block;
      }
      h4 {
        font-size: 1em;
        font-weight: 600;
        margin: 10px 0 0;
      }
      p {
        margin: 2px 0;
      }
      .soft,
      .summary,
      dt {
        color: var(--vscode-descriptionForeground);
      }
      .warning::before {
        content: '⚠ ';
      }
      dl {
        display: grid;
        grid-template-columns: minmax(5em, auto) 1fr;
        gap: 2px 10px;
        margin: 4px 0 0;
        font-variant-numeric: tabular-nums;
      }
      dt,
      dd {
        margin: 0;
      }
      details {
        margin-top: 10px;
      }
      summary {
        font-weight: 600;
        cursor: pointer;
      }
      .reading {
        display: flex;
        gap: 8px;
        align-items: center;
      }
      progress {
        accent-color: var(--vscode-progressBar-background, currentColor);
        width: 140px;
      }
      select,
      button {
        font: inherit;
        color: var(--vscode-dropdown-foreground);
        background: var(--vscode-dropdown-background);
        border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
        border-radius: 2px;
        max-width: 100%;
      }
      select:focus-visible,
      button:focus-visible,
      summary:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
        outline-offset: 1px;
      }
    `,
  ];
}

const row = (label: string, value: string): TemplateResult =>
  html`<dt>${label}</dt>
    <dd>${value}</dd>`;

/** Bars from the least to the most of each channel; from zero to its value where a channel has only one. */
function channelRanges({ low, high, count, stride }: ChannelRangesView): TemplateResult {
  const single = low.every((value, i) => value === high[i]);
  const label = single ? 'Value by channel' : 'Range by channel';
  return html`<h4>${label}</h4>
    <lathe-channel-chart
      .bars=${low.map((value, i) => [single ? 0 : value, high[i]!] as const)}
      .count=${count}
      .stride=${stride}
      .base=${0}
      .label=${label}
      .say=${(i: number) => (single ? number(low[i]!) : `${number(low[i]!)} to ${number(high[i]!)}`)}
    ></lathe-channel-chart>`;
}

const tensorWords = ({ name, type, shape: dims, bytes: size, elements }: WeightsView): string =>
  `${visible(name)} · ${type} ${shape(dims)} · ${exact(elements)} elements, ${bytes(size)}`;

function strangeWords({ nan, infinite }: WeightsView): string {
  const parts = [nan ? `${exact(nan)} not a number` : '', infinite ? `${exact(infinite)} infinite` : ''].filter(Boolean);
  return `${parts.join(', ')}: left out of all figures below.`;
}

function roundedSection(view: RoundedView): TemplateResult {
  const { histograms, range, sqnr, clipped, channelSqnr, channelClipped, scale, count, stride } = view;
  const bar = (value: number | null): readonly [number, number] | null => (value === null ? null : [0, value]);
  return html`<p class="summary">${view.text}</p>
    ${histogramChart({ histograms, range })}
    <dl>
      ${row('Signal over noise', decibel(sqnr))} ${row('Beyond the integers', clipped === 1 ? 'one element' : `${exact(clipped)} elements`)}
      ${row('Integers reach', `${number(range[0])} to ${number(range[1])}`)}
    </dl>
    ${
      count > 1
        ? html`<h4>Signal over noise by channel, dB</h4>
            <lathe-channel-chart
              .bars=${channelSqnr.map(bar)}
              .count=${count}
              .stride=${stride}
              .base=${0}
              .label=${'Signal over noise by channel, dB'}
              .say=${(i: number) =>
                `${decibel(channelSqnr[i]!)}, scale ${number(scale[i]!)}${channelClipped[i] ? `, ${exact(channelClipped[i])} beyond` : ''}`}
            ></lathe-channel-chart>`
        : nothing
    }`;
}
