import { html, LitElement, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { count, visible } from '../../src/protocol/format.ts';
import type { PrunableGroup, PruningProfile } from '../../src/protocol/pruning.ts';
import type { PruningState } from '../../src/protocol/pruning-messages.ts';
import { groupStyles } from './group-styles.ts';
import { curveCorners, importanceCorners, orderOf } from './group-order.ts';
import { companions, percent, shortName, valueText } from './texts.ts';

/** Rows at first, and as many more at a time. */
const page = 150;
/** Pixels of a drawing of importances. */
const drawing = { width: 92, height: 20 };

/** What a slider of a group was set to; null: it follows the goal again. */
export type GroupChange = readonly [name: string, part: number | null];

/** Every group with its channels before and after, a slider of its own and what its channels matter. Fires `group` with a GroupChange and `sort`. */
export class PruningGroups extends LitElement {
  static override properties = {
    profile: { attribute: false },
    left: { attribute: false },
    own: { attribute: false },
    macs: { attribute: false },
    layers: { attribute: false },
    sort: { attribute: false },
    rows: { state: true },
  };

  declare profile: PruningProfile;
  /** Channels left by group. */
  declare left: readonly number[];
  /** Groups with a part of their own. */
  declare own: ReadonlyMap<string, number>;
  /** Multiply-adds of the layers of each group. */
  declare macs: readonly number[];
  /** Names of layers that were selected. */
  declare layers: readonly string[];
  declare sort: PruningState['sort'];
  declare rows: number;
  #order: readonly number[] = [];

  constructor() {
    super();
    this.rows = page;
    this.sort = 'model';
  }

  override willUpdate(changed: PropertyValues<this>): void {
    // While a slider moves rows stay where they are: only what was chosen orders them anew.
    if (changed.has('sort') || changed.has('profile') || changed.has('layers')) this.#order = orderOf(this);
  }

  override render(): TemplateResult {
    const measured = this.profile.groups.some(({ importance }) => importance);
    const curves = this.profile.measured;
    const rest = this.#order.length - this.rows;
    return html`<table>
        <caption>
          Groups of channels
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <button type="button" class="sort" aria-pressed=${this.sort === 'model'} @click=${() => this.#sort('model')}>Layer</button>
            </th>
            <th scope="col" class="wide" title="Of all layers that make or read the channels">
              <button type="button" class="sort" aria-pressed=${this.sort === 'macs'} @click=${() => this.#sort('macs')}>
                Multiply-adds
              </button>
            </th>
            ${measured ? html`<th scope="col" class="wide">Importance</th>` : nothing}
            ${curves ? html`<th scope="col" class="wide" title="With parts of this group removed, nothing repaired">${visible(curves.title)}</th>` : nothing}
            <th scope="col">Channels</th>
            <th scope="col">
              <button type="button" class="sort" aria-pressed=${this.sort === 'removed'} @click=${() => this.#sort('removed')}>
                Removed
              </button>
            </th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            this.#order.slice(0, this.rows),
            (at) => at,
            (at) => this.#row(this.profile.groups[at]!, at, measured),
          )}
        </tbody>
      </table>
      ${rest > 0 ? html`<button type="button" class="link" @click=${() => (this.rows += page)}>Show more of the other ${rest}</button>` : nothing}`;
  }

  #row(group: PrunableGroup, at: number, measured: boolean): TemplateResult {
    const { name, channels } = group;
    const left = this.left[at]!;
    const [own, shown] = [this.own.has(name), shortName(name)];
    const selected = this.layers.some((layer) => group.makers.includes(layer) || group.readers.includes(layer));
    return html`<tr class=${selected ? 'selected' : ''}>
      <th scope="row" title=${visible(name.slice(0, 2000))}>
        <span class="name">${shown}</span>
        <small>${[selected ? 'selected' : '', companions(group)].filter(Boolean).join(' · ')}</small>
      </th>
      <td class="number wide">${count(this.macs[at]!)}</td>
      ${measured ? html`<td class="wide">${this.#importance(group, left)}</td>` : nothing}
      ${this.profile.measured ? html`<td class="wide">${this.#curve(group, left)}</td>` : nothing}
      <td class="number channels">${channels} → <b>${left}</b></td>
      <td>
        <div class="slide">
          <input
            type="range"
            min="0"
            max="100"
            step="1"
            aria-label="Part removed of ${shown}"
            aria-valuetext="${percent(1 - left / channels)}, ${left} of ${channels} channels left"
            .value=${String(Math.round(100 * (own ? this.own.get(name)! : 1 - left / channels)))}
            @input=${(event: Event) => this.#change(name, Number((event.target as HTMLInputElement).value) / 100)}
          />
          <output>${percent(1 - left / channels)}</output>
          ${
            own
              ? html`<button type="button" class="link" aria-label="Let ${shown} follow the goal" @click=${() => this.#change(name, null)}>
                  Follow
                </button>`
              : html`<span></span>`
          }
        </div>
      </td>
    </tr>`;
  }

  /** Sorted importances, greatest first; what is cut is drawn faint. */
  #importance({ importance, channels }: PrunableGroup, left: number): TemplateResult | typeof nothing {
    if (!importance) return nothing;
    const { width, height } = drawing;
    const cut = (left / channels) * width;
    return html`<svg
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label="Importances, greatest first; those behind the line are removed"
    >
      ${svg`<polygon points=${importanceCorners(importance, width, height)} /><rect class="cut" x=${cut} width=${width - cut} height=${height} /><line x1=${cut} x2=${cut} y2=${height} />`}
    </svg>`;
  }

  /** The measured values over the part removed; the line is where the slider stands. */
  #curve({ curve, name, channels }: PrunableGroup, left: number): TemplateResult | typeof nothing {
    const { measured, groups } = this.profile;
    if (!curve?.length || !measured) return nothing;
    const { width, height } = drawing;
    const at = (1 - left / channels) * width;
    const said = curve.map(([part, value]) => `${percent(part)}: ${valueText(value, measured.unit)}`).join(', ');
    return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${shortName(name)} without ${said}">
      <title>${said}</title>
      ${svg`<line class="at" x1=${at} x2=${at} y2=${height} /><polyline points=${curveCorners(curve, groups, measured.better, width, height)} />`}
    </svg>`;
  }

  #change(name: string, part: number | null): void {
    this.dispatchEvent(new CustomEvent<GroupChange>('group', { detail: [name, part] }));
  }

  #sort(sort: PruningState['sort']): void {
    this.dispatchEvent(new CustomEvent<PruningState['sort']>('sort', { detail: sort }));
  }

  static override styles = groupStyles;
}
