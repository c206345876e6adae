import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { icon } from '../../icon.ts';
import { controlStyles } from '../controls.ts';
import { exact } from '../words.ts';
import type { Found } from './query.ts';

/** Where a person says what to look for. Fires `query` (detail: text), `step` (detail: 1 or -1) and `leave` when the keyboard shall go back to the graph. */
export class SearchBox extends LitElement {
  static override properties = { query: { attribute: false }, found: { attribute: false } };

  declare query: string;
  /** Undefined while nothing is looked for. */
  declare found: Found | undefined;

  constructor() {
    super();
    this.query = '';
  }

  override focus(): void {
    const input = this.renderRoot.querySelector('input');
    input?.focus();
    input?.select();
  }

  override render(): TemplateResult {
    const { found } = this;
    const nothingFound = found !== undefined && found.count === 0;
    return html`<div class=${nothingFound || found?.problem ? 'box none' : 'box'} role="search">
        ${icon('search')}
        <input
          type="text"
          aria-label="Find layers"
          aria-describedby="count"
          aria-invalid=${found?.problem ? 'true' : nothing}
          placeholder="Find (name, op, >1M MACs, /regex/ …)"
          title=${hint}
          spellcheck="false"
          autocomplete="off"
          .value=${this.query}
          @input=${(event: InputEvent) => this.#fire('query', (event.target as HTMLInputElement).value)}
          @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
        />
        <span id="count" role="status">${countText(found)}</span>
        ${
          this.query
            ? html`${this.#button('arrow-up', 'Previous match (Shift+Enter)', () => this.#fire('step', -1))}
              ${this.#button('arrow-down', 'Next match (Enter)', () => this.#fire('step', 1))}
              ${this.#button('close', 'Clear (Escape)', () => this.#clear())}`
            : nothing
        }
      </div>
      ${found?.problem ? html`<p role="alert">${found.problem}</p>` : nothing}`;
  }

  #button(name: 'arrow-up' | 'arrow-down' | 'close', title: string, press: () => void): TemplateResult {
    return html`<button type="button" class="tool" title=${title} aria-label=${title} @click=${press}>${icon(name)}</button>`;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') this.#fire('step', event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && this.query) this.#clear();
    else if (event.key === 'Escape' || event.key === 'ArrowDown') this.#fire('leave');
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #clear(): void {
    this.#fire('query', '');
    this.focus();
  }

  #fire(name: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  static override styles = [
    controlStyles,
    css`
      :host {
        display: block;
        position: relative;
        flex: 1 1 200px;
        min-width: 150px;
        max-width: 460px;
      }
      .box {
        display: flex;
        align-items: center;
        box-sizing: border-box;
        min-height: 26px;
        padding-left: 5px;
        gap: 4px;
        color: var(--vscode-input-foreground);
        background: var(--vscode-input-background);
        border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
        border-radius: 2px;
      }
      .box:focus-within {
        outline: 1px solid var(--vscode-focusBorder);
        outline-offset: -1px;
      }
      .none {
        border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
      }
      input {
        all: unset;
        flex: 1;
        min-width: 60px;
        font: inherit;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      input::placeholder {
        color: var(--vscode-input-placeholderForeground);
        opacity: 1;
      }
      #count {
        white-space: nowrap;
        font-variant-numeric: tabular-nums;
        padding-right: 4px;
      }
      .tool {
        min-width: 24px;
        min-height: 24px;
        padding: 0 3px;
      }
      p {
        position: absolute;
        z-index: 5;
        top: 100%;
        left: 0;
        right: 0;
        box-sizing: border-box;
        margin: 0;
        padding: 4px 6px;
        overflow-wrap: anywhere;
        color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
        background: var(--vscode-inputValidation-errorBackground, var(--vscode-editorWidget-background));
        border: 1px solid var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
      }
    `,
  ];
}

function countText(found: Found | undefined): string {
  if (!found || found.problem) return '';
  if (found.count === 0) return 'Nothing found';
  return found.place > 0 ? `${exact(found.place)} of ${exact(found.count)}` : `${exact(found.count)} found`;
}

const hint = `Words: in name, operator, attributes, shape
op:conv  attr:group  shape:64x56  in:layer1  name:…  #12
>1M MACs  params<10k  below 20 dB  worst 5
/regular expression/  "two words"  -without  or`;
