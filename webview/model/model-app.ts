import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { bytes, count, shape, visible } from '../../src/protocol/format.ts';
import type { LayerDetail, ModelView, ProblemView, ValueView } from '../../src/protocol/view.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import { channel, keepState, keptState } from '../host.ts';
import { arrange, type Order } from './filter.ts';
import type { LayerTable } from './layer-table.ts';

/** What the editor remembers while its tab is hidden or the window is reloaded. */
interface Kept {
  query: string;
  order: Order;
  selected: number;
  top: number;
}

/** The model editor: header, inputs and outputs, table of layers, details of the selected one. */
export class ModelApp extends LitElement {
  static override properties = {
    model: { state: true },
    problem: { state: true },
    kept: { state: true },
    detail: { state: true },
    failure: { state: true },
  };

  declare model: ModelView | undefined;
  declare problem: ProblemView | undefined;
  declare kept: Kept;
  declare detail: LayerDetail | undefined;
  declare failure: string | undefined;

  constructor() {
    super();
    this.kept = keptState<Kept>({ query: '', order: { column: 'index', descending: false }, selected: -1, top: 0 });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    channel.onNotice(modelMessages.show, ({ model }) => {
      this.problem = undefined;
      this.model = model;
      this.detail = undefined;
      if (this.kept.selected >= model.layers.length) this.#keep({ selected: -1 });
      void this.#askDetail();
    });
    channel.onNotice(modelMessages.problem, (problem) => {
      this.model = undefined;
      this.problem = problem;
    });
    window.addEventListener('keydown', this.#onKey);
    channel.tell(modelMessages.ready, null);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.#onKey);
  }

  override render(): TemplateResult {
    if (this.problem) return this.#problemPage(this.problem);
    if (!this.model) return html`<p class="page" role="status">Reading the model…</p>`;
    const shown = arrange(this.model.layers, this.kept.query, this.kept.order);
    const all = this.model.layers.length;
    return html`
      ${header(this.model)}
      <div class="bar">
        <label for="search" class="hidden">Find layers</label>
        <input
          id="search"
          type="search"
          placeholder="Find: name, operator, macs>1M, op:Conv, -Linear …"
          spellcheck="false"
          .value=${this.kept.query}
          @input=${(event: InputEvent) => this.#keep({ query: (event.target as HTMLInputElement).value, top: 0 })}
          @keydown=${(event: KeyboardEvent) => this.#onSearchKey(event)}
        />
        <span role="status">${shown.length === all ? `${exact(all)} layers` : `${exact(shown.length)} of ${exact(all)} layers`}</span>
      </div>
      <main>
        <lathe-layer-table
          .layers=${shown}
          .order=${this.kept.order}
          .selected=${this.kept.selected}
          .largest=${largest(this.model)}
          @order=${(event: CustomEvent<Order>) => this.#keep({ order: event.detail })}
          @choose=${(event: CustomEvent<number>) => this.#select(event.detail)}
          @rest=${(event: CustomEvent<number>) => this.#keep({ top: event.detail })}
        ></lathe-layer-table>
        <aside aria-label="Selected layer" tabindex="0">
          <lathe-layer-detail
            .layer=${this.model.layers[this.kept.selected]}
            .detail=${this.detail}
            .failure=${this.failure}
          ></lathe-layer-detail>
        </aside>
      </main>
    `;
  }

  override updated(changed: PropertyValues<this>): void {
    // The place in the table comes back when the table is there for the first time.
    if (changed.has('model') && this.model && this.kept.top) {
      const { top } = this.kept;
      void this.#table?.updateComplete.then(() => this.#table?.restore(top));
    }
  }

  get #table(): LayerTable | null {
    return this.renderRoot.querySelector<LayerTable>('lathe-layer-table');
  }

  #keep(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change };
    keepState(this.kept);
  }

  #select(index: number): void {
    this.#keep({ selected: index });
    void this.#askDetail();
  }

  async #askDetail(): Promise<void> {
    const index = this.kept.selected;
    this.failure = undefined;
    if (index < 0) return;
    try {
      const detail = await channel.ask(modelMessages.detail, { index });
      if (index === this.kept.selected) this.detail = detail; // otherwise another layer was chosen meanwhile
    } catch (error) {
      this.detail = undefined;
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const find = event.key.toLowerCase() === 'f' && (event.ctrlKey || event.metaKey);
    const typing = event.composedPath().some((target) => target instanceof HTMLInputElement);
    if (!find && (event.key !== '/' || typing)) return;
    event.preventDefault();
    this.renderRoot.querySelector<HTMLInputElement>('#search')?.select();
    this.renderRoot.querySelector<HTMLInputElement>('#search')?.focus();
  };

  #onSearchKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#keep({ query: '', top: 0 });
    if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const shown = this.#table?.layers ?? [];
    if (!shown.some((layer) => layer.index === this.kept.selected) && shown[0]) this.#select(shown[0].index);
    void this.updateComplete.then(() => this.#table?.reveal(true));
  }

  #problemPage(problem: ProblemView): TemplateResult {
    const { action } = problem;
    return html`<div class="page" role="alert">
      <p class="message">${problem.message}</p>
      ${problem.hint ? html`<p>${problem.hint}</p>` : nothing}
      ${
        action
          ? html`<vscode-button @click=${() => channel.tell(modelMessages.act, { id: action.id })}>${action.label}</vscode-button>`
          : nothing
      }
    </div>`;
  }

  static override styles = css`
    :host {
      display: flex;
      flex-direction: column;
      height: 100vh;
      box-sizing: border-box;
      overflow: auto;
    }
    .page {
      padding: 24px;
      max-width: 46em;
      overflow-wrap: anywhere;
    }
    .message {
      font-size: 1.15em;
    }
    header {
      padding: 12px 16px 4px;
    }
    h1 {
      font-size: 1.4em;
      font-weight: 600;
      margin: 0 0 8px;
      overflow-wrap: anywhere;
    }
    .facts {
      display: flex;
      flex-wrap: wrap;
      gap: 6px 28px;
      margin: 0 0 10px;
    }
    .facts div {
      display: flex;
      flex-direction: column-reverse;
    }
    .facts dt,
    .facts dd {
      margin: 0;
    }
    .facts dt {
      color: var(--vscode-descriptionForeground);
      font-size: 0.9em;
    }
    .facts dd {
      font-size: 1.15em;
      font-variant-numeric: tabular-nums;
      overflow-wrap: anywhere;
    }
    .ends {
      display: grid;
      grid-template-columns: max-content minmax(0, 1fr);
      gap: 2px 12px;
      margin: 0;
      max-height: 9em;
      overflow: auto;
    }
    .ends dt {
      color: var(--vscode-descriptionForeground);
    }
    .ends dd {
      margin: 0;
      overflow-wrap: anywhere;
    }
    .ends .type,
    .more {
      color: var(--vscode-descriptionForeground);
    }
    details {
      margin-top: 6px;
      max-height: 12em;
      overflow: auto;
    }
    summary {
      cursor: pointer;
    }
    .bar {
      display: flex;
      gap: 12px;
      align-items: center;
      padding: 8px 16px;
      color: var(--vscode-descriptionForeground);
    }
    .bar span {
      white-space: nowrap;
    }
    .bar input {
      flex: 0 1 32em;
      min-width: 8em;
      box-sizing: border-box;
      font: inherit;
      padding: 3px 6px;
      color: var(--vscode-input-foreground);
      background: var(--vscode-input-background);
      border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
      border-radius: 2px;
    }
    .bar input::placeholder {
      color: var(--vscode-input-placeholderForeground);
      opacity: 1;
    }
    .bar input:focus-visible,
    aside:focus-visible,
    summary:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: -1px;
    }
    main {
      flex: 1;
      min-height: 240px; /* in a low window the page scrolls */
      display: grid;
      grid-template-columns: minmax(0, 1fr) clamp(220px, 27%, 420px);
      border-top: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
    }
    aside {
      overflow: auto;
      padding: 10px 14px;
      border-left: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
    }
    @media (max-width: 640px) {
      main {
        grid-template-columns: minmax(0, 1fr);
        grid-template-rows: minmax(0, 3fr) minmax(0, 2fr);
      }
      aside {
        border-left: none;
        border-top: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      }
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

const exact = (value: number): string => value.toLocaleString('en');

function header(model: ModelView): TemplateResult {
  const facts: [label: string, value: string, title: string][] = [
    ['File', bytes(model.fileBytes), `${exact(model.fileBytes)} bytes`],
    ['Parameters', count(model.parameters), `${exact(model.parameters)}, ${bytes(model.weightBytes)} of weights`],
    [
      'MACs',
      model.macs === null ? 'unknown' : count(model.macs),
      model.macs === null ? 'The input has free dimensions' : exact(model.macs),
    ],
    [
      'Peak activations',
      model.peakActivationBytes === null ? 'unknown' : bytes(model.peakActivationBytes),
      'Most memory that values between layers take at once, batch of one',
    ],
    ['Format', model.format, ''],
    ['Producer', visible(model.producer) || 'not stated', ''],
  ];
  return html`<header>
    <h1>${model.name}</h1>
    <dl class="facts">
      ${facts.map(
        ([label, value, title]) =>
          html`<div title=${title || nothing}>
            <dt>${label}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    <dl class="ends">
      ${model.inputs.map((value) => end('Input', value))} ${model.outputs.map((value) => end('Output', value))}
      ${model.findings.map(
        (finding) =>
          html`<dt>Note</dt>
            <dd>${finding}</dd>`,
      )}
    </dl>
    ${
      model.metadata.length
        ? html`<details>
            <summary>Stored with the model (${model.metadata.length})</summary>
            <dl class="ends">
              ${model.metadata.map(
                ([name, value]) =>
                  html`<dt>${visible(name)}</dt>
                    <dd>${visible(value)}</dd>`,
              )}
            </dl>
          </details>`
        : nothing
    }
  </header>`;
}

const end = (label: string, value: ValueView): TemplateResult =>
  html`<dt>${label}</dt>
    <dd>${visible(value.name)} <span class="type">${value.type} ${shape(value.shape)}</span></dd>`;

function largest(model: ModelView): { parameters: number; macs: number } {
  let [parameters, macs] = [1, 1];
  for (const layer of model.layers) {
    parameters = Math.max(parameters, layer.parameters);
    macs = Math.max(macs, layer.macs ?? 0);
  }
  return { parameters, macs };
}
