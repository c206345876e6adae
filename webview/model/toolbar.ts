import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { icon, type IconName } from '../icon.ts';
import { commandTitle, keysOf, type CommandId } from './commands.ts';
import { controlStyles } from './controls.ts';
import type { Menu, MenuEntry } from './menu.ts';
import type { Mode } from './view-state.ts';

const modeWords: Record<Mode, [IconName, string]> = { graph: ['graph', 'Graph'], both: ['both', 'Both'], table: ['table', 'Table'] };

/**
 * The row of tools at the top. What chooses overlays is put into the slot `overlay`, the search into `search`. Fires `command` (detail: id of a
 * command of the view).
 */
export class Toolbar extends LitElement {
  static override properties = {
    mode: { attribute: false },
    panel: { attribute: false },
    runs: { attribute: false },
    entries: { attribute: false },
    remarks: { attribute: false },
    width: { state: true },
  };

  declare mode: Mode;
  /** The side panel is shown. */
  declare panel: boolean;
  /** What can be run for the model. */
  declare runs: readonly MenuEntry[];
  /** Of the menu behind the dots. */
  declare entries: readonly MenuEntry[];
  /** Things to know about the file. */
  declare remarks: number;

  constructor() {
    super();
    this.mode = 'graph';
    this.panel = true;
    this.runs = [];
    this.entries = [];
    this.remarks = 0;
  }

  override render(): TemplateResult {
    const [modeIcon, modeWord] = modeWords[this.mode];
    return html`<div role="toolbar" aria-label="Model" class="bar">
        <button
          type="button"
          class="tool"
          aria-haspopup="menu"
          title="Show as graph, table or both (${keysOf('next-mode')})"
          @click=${(event: Event) => this.#openMenu(event, this.#modes(), 'Show as')}
        >
          ${icon(modeIcon)} <span class="word">${modeWord}</span> ${icon('chevron-down')}
        </button>
        <slot name="overlay"></slot>
        <slot name="search"></slot>
        <span class="spring"></span>
        ${
          this.runs.length
            ? html`<button
                type="button"
                class="tool"
                aria-haspopup="menu"
                title="Run something on this model"
                @click=${(event: Event) => this.#openMenu(event, this.runs, 'Run')}
              >
                ${icon('play')} <span class="word">Run</span> ${icon('chevron-down')}
              </button>`
            : nothing
        }
        ${this.#button('fit', 'fit')} ${this.#button('compare', 'compare')}
        ${
          this.remarks
            ? html`<button
                type="button"
                class="tool"
                title="${this.remarks} things to know about this file"
                @click=${() => this.#fire('about')}
              >
                ${icon('warning')} <span>${this.remarks}</span><span class="hidden"> things to know about this file</span>
              </button>`
            : nothing
        }
        ${this.#button('panel', this.panel ? 'panel' : 'panel-off', this.panel)}
        <button
          type="button"
          class="tool"
          aria-haspopup="menu"
          title="More"
          aria-label="More"
          @click=${(event: Event) => this.#openMenu(event, this.entries, 'More')}
        >
          ${icon('ellipsis')}
        </button>
      </div>
      <lathe-menu></lathe-menu>`;
  }

  #button(id: CommandId, name: IconName, pressed?: boolean): TemplateResult {
    const title = commandTitle(id);
    const keys = keysOf(id);
    return html`<button
      type="button"
      class="tool"
      title=${keys ? `${title} (${keys})` : title}
      aria-label=${title}
      aria-pressed=${pressed ?? nothing}
      @click=${() => this.#fire(id)}
    >
      ${icon(name)}
    </button>`;
  }

  #modes(): MenuEntry[] {
    const entry = (mode: Mode, id: CommandId): MenuEntry => ({
      label: commandTitle(id),
      keys: keysOf(id),
      checked: this.mode === mode,
      run: () => this.#fire(id),
    });
    return [entry('graph', 'show-graph'), entry('table', 'show-table'), entry('both', 'show-both')];
  }

  #openMenu(event: Event, entries: readonly MenuEntry[], label: string): void {
    void this.renderRoot.querySelector<Menu>('lathe-menu')?.openAt(entries, event.currentTarget as HTMLElement, label);
  }

  #fire(id: CommandId): void {
    this.dispatchEvent(new CustomEvent<CommandId>('command', { detail: id }));
  }

  static override styles = [
    controlStyles,
    css`
      :host {
        display: block;
        flex: none;
        container-type: inline-size;
        border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 6px;
        min-height: 34px;
        box-sizing: border-box;
        padding: 3px 8px;
      }
      .spring {
        flex: 1 1 0;
      }
      @container (max-width: 44em) {
        .word {
          display: none;
        }
        .spring {
          display: none;
        }
        .bar {
          gap: 2px;
          padding: 3px 4px;
        }
      }
    `,
  ];
}
