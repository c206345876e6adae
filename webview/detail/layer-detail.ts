import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { bytes, count, shape, visible } from '../../src/protocol/format.ts';
import type { ChannelsView, LayerDetail, LayerView, OverlayView } from '../../src/protocol/view.ts';
import type { OriginView } from '../../src/protocol/weights.ts';
import { attributesSection, attributeStyles } from './attributes.ts';
import { channelsSection, channelStyles } from './channels.ts';
import { portsSection, portStyles } from './ports.ts';
import { levelOf, valueText } from '../overlays/overlay.ts';
import { swatch, swatchStyles } from '../overlays/swatch.ts';
import { panelStyles } from './panel-styles.ts';

/** What is known of a layer's channels: nothing until it is asked for. */
export type Channels = 'asking' | { failure: string } | readonly ChannelsView[];

/** Longer names are cut here; the file keeps them. */
const shownName = 400;

/**
 * Everything there is to say about one layer or another operator of the drawing (then there is no `layer`), beside the table. Fires `channels` when its
 * channels are asked for, and `go` (detail: id of a node) when a producer or reader is followed. Slot `setting`: what the recipe says of it.
 */
export class LayerDetailView extends LitElement {
  static override properties = {
    layer: { attribute: false },
    detail: { attribute: false },
    failure: { attribute: false },
    overlays: { attribute: false },
    channels: { attribute: false },
    canAnalyze: { attribute: false },
    original: { state: true },
  };

  declare layer: LayerView | undefined;
  declare detail: LayerDetail | undefined;
  declare failure: string | undefined;
  declare overlays: readonly OverlayView[];
  declare channels: Channels | undefined;
  declare canAnalyze: boolean;
  /** The float tensors that a run began with can be looked at too. */
  declare original: boolean;

  constructor() {
    super();
    this.overlays = [];
    this.canAnalyze = false;
    this.original = false;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('detail')) this.original = false;
  }

  override render(): TemplateResult {
    const { layer, detail, failure } = this;
    if (!layer && !detail) {
      return failure
        ? html`<p role="alert">${failure}</p>`
        : html`<p class="empty">Select a layer to see its attributes, inputs and outputs.</p>`;
    }
    const known = detail && (!layer || detail.index === layer.index) ? detail : undefined;
    return html`
      <h2>${visible(cutName(layer?.name ?? detail!.name))}</h2>
      <p class="summary">${layer ? summary(layer) : detail!.op}</p>
      ${known?.about ? html`<p class="about">${known.about}</p>` : nothing} ${failure ? html`<p role="alert">${failure}</p>` : nothing}
      ${layer ? [measured(layer, this.overlays), this.#channels(layer)] : nothing}
      <slot name="setting"></slot>
      ${known ? this.#known(known) : nothing}
    `;
  }

  #known(detail: LayerDetail): TemplateResult {
    const ports = detail.inputs.flatMap((port, input) => (port.weights ? [{ input, port }] : []));
    // Weights before biases and scales: the largest first.
    ports.sort((a, b) => (b.port.bytes ?? 0) - (a.port.bytes ?? 0) || a.input - b.input);
    const go = (node: number): boolean => this.dispatchEvent(new CustomEvent('go', { detail: node, bubbles: true, composed: true }));
    return html`
      <lathe-origin
        .node=${detail.index}
        @origin=${(event: CustomEvent<OriginView | null>) => (this.original = event.detail?.original === true)}
      ></lathe-origin>
      <lathe-weights .node=${detail.index} .ports=${ports} .original=${this.original}></lathe-weights>
      ${portsSection('Inputs', detail.inputs, go)} ${portsSection('Outputs', detail.outputs, go)} ${attributesSection(detail.attributes)}
    `;
  }

  /** Layers that were analyzed have channels to look at, in the same way and on the same pictures. */
  #channels(layer: LayerView): TemplateResult | typeof nothing {
    const { channels } = this;
    if (channels === 'asking') return html`<p role="status">Looking at the channels…</p>`;
    if (channels && 'failure' in channels) return html`<p role="alert">${channels.failure}</p>`;
    if (channels) return html`${channels.map(channelsSection)}`;
    const analyzed = this.overlays.some(({ analyzed, values }) => analyzed && values.some(([index]) => index === layer.index));
    if (!this.canAnalyze || !analyzed) return nothing;
    const ask = (): boolean => this.dispatchEvent(new CustomEvent('channels'));
    return html`<p class="ask"><vscode-button secondary @click=${ask}>Show channels</vscode-button></p>`;
  }

  static override styles = [
    panelStyles,
    swatchStyles,
    channelStyles,
    portStyles,
    attributeStyles,
    css`
      :host {
        display: block;
        overflow-wrap: anywhere;
      }
      .summary,
      .empty {
        color: var(--vscode-descriptionForeground);
      }
      dl {
        display: grid;
        grid-template-columns: minmax(5em, auto) 1fr;
        gap: 2px 10px;
        margin: 4px 0 0;
      }
      dt,
      dd {
        margin: 0;
        white-space: pre-wrap;
      }
      dt {
        color: var(--vscode-descriptionForeground);
      }
      .about {
        margin-top: 4px;
      }
      .ask {
        margin-top: 10px;
      }
      .stale .swatch {
        opacity: 0.4;
      }
      .figure {
        white-space: nowrap;
      }
      .note {
        grid-column: 1 / -1;
        white-space: normal;
        color: var(--vscode-descriptionForeground);
      }
    `,
  ];
}

/** What each overlay says of the layer. */
function measured(layer: LayerView, overlays: readonly OverlayView[]): TemplateResult | typeof nothing {
  const rows = overlays.flatMap((view) => view.values.filter(([index]) => index === layer.index).map(([, value]) => ({ view, value })));
  if (rows.length === 0) return nothing;
  return html`<h3>Figures</h3>
    <dl>
      ${rows.map(
        ({ view, value }) =>
          html`<dt title=${view.stale ?? view.origin}>${visible(view.label)}</dt>
            <dd class=${view.stale ? 'figure stale' : 'figure'}>
              ${swatch(levelOf(view, value))} ${visible(valueText(view, value))}${view.stale ? ' (stale)' : ''}
            </dd>
            ${noteOf(view, layer.index)}`,
      )}
    </dl>`;
}

/** Why the figure is what it is, where the overlay says so: the reason of a board. */
function noteOf({ notes }: OverlayView, index: number): TemplateResult | typeof nothing {
  const note = notes?.find(([of]) => of === index)?.[1];
  return note === undefined ? nothing : html`<dd class="note">${visible(cutName(note))}</dd>`;
}

function summary(layer: LayerView): string {
  const parts = [layer.op];
  if (layer.outputShape) parts.push(shape(layer.outputShape));
  if (layer.parameters) parts.push(`${count(layer.parameters)} parameters, ${bytes(layer.weightBytes)}`);
  if (layer.macs) parts.push(`${count(layer.macs)} MACs`);
  return parts.join(' · ');
}

const cutName = (name: string): string => (name.length > shownName ? `${name.slice(0, shownName)}…` : name);
