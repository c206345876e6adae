import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { bytes, count, shape, visible } from '../../src/protocol/format.ts';
import type { ChannelsView, LayerDetail, LayerView, OverlayView, PortView } from '../../src/protocol/view.ts';
import { channelsSection, channelStyles } from './channels.ts';
import { figureText, levelOf } from '../overlays/overlay.ts';
import { swatch, swatchStyles } from '../overlays/swatch.ts';

/** What is known of a layer's channels: nothing until it is asked for. */
export type Channels = 'asking' | { failure: string } | readonly ChannelsView[];

/** Everything there is to say about one layer, beside the table. Fires `channels` when its channels are asked for. */
export class LayerDetailView extends LitElement {
  static override properties = {
    layer: { attribute: false },
    detail: { attribute: false },
    failure: { attribute: false },
    overlays: { attribute: false },
    channels: { attribute: false },
    canAnalyze: { attribute: false },
  };

  declare layer: LayerView | undefined;
  declare detail: LayerDetail | undefined;
  declare failure: string | undefined;
  declare overlays: readonly OverlayView[];
  declare channels: Channels | undefined;
  declare canAnalyze: boolean;

  constructor() {
    super();
    this.overlays = [];
    this.canAnalyze = false;
  }

  override render(): TemplateResult {
    const { layer, detail, failure } = this;
    if (!layer) return html`<p class="empty">Select a layer to see its attributes, inputs and outputs.</p>`;
    return html`
      <h2>${visible(layer.name)}</h2>
      <p class="summary">${summary(layer)}</p>
      ${failure ? html`<p role="alert">${failure}</p>` : nothing} ${measured(layer, this.overlays)} ${this.#channels(layer)}
      ${detail ? [ports('Inputs', detail.inputs), ports('Outputs', detail.outputs), attributes(detail)] : nothing}
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
    swatchStyles,
    channelStyles,
    css`
      :host {
        display: block;
        overflow-wrap: anywhere;
      }
      h2 {
        font-size: 1.1em;
        font-weight: 600;
        margin: 0 0 2px;
        white-space: pre-wrap;
      }
      h3 {
        font-size: 1em;
        font-weight: 600;
        margin: 14px 0 2px;
        border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
        padding-bottom: 2px;
      }
      p {
        margin: 0;
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
      .port {
        margin-top: 4px;
      }
      .port .type {
        color: var(--vscode-descriptionForeground);
        font-variant-numeric: tabular-nums;
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
    `,
  ];
}

/** What each overlay says of the layer. */
function measured(layer: LayerView, overlays: readonly OverlayView[]): TemplateResult | typeof nothing {
  const rows = overlays.flatMap((view) => view.values.filter(([index]) => index === layer.index).map(([, value]) => ({ view, value })));
  if (rows.length === 0) return nothing;
  return html`<h3>Measured</h3>
    <dl>
      ${rows.map(
        ({ view, value }) =>
          html`<dt title=${view.stale ?? view.origin}>${visible(view.label)}</dt>
            <dd class=${view.stale ? 'figure stale' : 'figure'}>
              ${swatch(levelOf(view, value))} ${figureText(value, view.unit)}${view.stale ? ' (stale)' : ''}
            </dd>`,
      )}
    </dl>`;
}

function summary(layer: LayerView): string {
  const parts = [layer.op];
  if (layer.outputShape) parts.push(shape(layer.outputShape));
  if (layer.parameters) parts.push(`${count(layer.parameters)} parameters, ${bytes(layer.weightBytes)}`);
  if (layer.macs) parts.push(`${count(layer.macs)} MACs`);
  return parts.join(' · ');
}

function ports(title: string, list: PortView[]): TemplateResult | typeof nothing {
  if (list.length === 0) return nothing;
  return html`<h3>${title}</h3>
    ${list.map(
      (port) =>
        html`<div class="port">
          <div>${port.kind === 'absent' ? '(not given)' : visible(port.name)}</div>
          ${
            port.kind === 'absent'
              ? nothing
              : html`<div class="type">
                  ${port.kind === 'constant' ? 'constant ' : ''}${port.type}
                  ${shape(port.shape)}${port.bytes === undefined ? '' : `, ${bytes(port.bytes)}`}
                </div>`
          }
        </div>`,
    )}`;
}

function attributes(detail: LayerDetail): TemplateResult | typeof nothing {
  if (detail.attributes.length === 0) return nothing;
  return html`<h3>Attributes</h3>
    <dl>
      ${detail.attributes.map(
        (attribute) =>
          html`<dt title=${attribute.type}>${visible(attribute.name)}</dt>
            <dd>${visible(attribute.value)}</dd>`,
      )}
    </dl>`;
}
