import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import { icon } from '../icon.ts';

/** One line of a menu, or a line between two parts of it. */
export type MenuEntry =
  | 'line'
  | {
      label: string;
      /** As shown at its end: "Shift+F". */
      keys?: string;
      /** One of several of which one holds. */
      checked?: boolean;
      /** Why it cannot be done now. */
      disabled?: string;
      run?: () => void;
      /** A menu of its own in place of an action. */
      entries?: readonly MenuEntry[];
    };
type Line = Exclude<MenuEntry, 'line'>;

/** Nearer to the edge of the page no menu stands. CSS pixels. */
const edge = 4;
/** Keys typed within this time look for one label together. Milliseconds. */
const typingMs = 700;

/** A menu after the ARIA pattern, in the looks of VS Code's own. Opened by `openAt`; focus goes back to where it was. */
export class Menu extends LitElement {
  static override properties = { entries: { state: true }, active: { state: true }, opened: { state: true } };

  declare entries: readonly MenuEntry[];
  declare active: number;
  /** Place of the entry whose own menu is open. */
  declare opened: number;
  #typed = '';
  #typedAt = 0;
  #before: HTMLElement | null = null;
  #outside: AbortController | undefined;
  /** The menu that this one belongs to. */
  parent: Menu | undefined;

  constructor() {
    super();
    this.entries = [];
    this.active = -1;
    this.opened = -1;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Not `auto`: that closes again when the button that opened it is let go.
    this.popover = 'manual';
    this.tabIndex = -1;
    this.setAttribute('role', 'menu');
    this.addEventListener('keydown', (event) => this.#onKey(event));
    this.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  /** Shows the entries beneath an element, or at a point of the page; the first one has the focus. */
  async openAt(entries: readonly MenuEntry[], at: HTMLElement | { x: number; y: number }, label: string): Promise<void> {
    if (entries.length === 0) return;
    this.#before = focused();
    this.setAttribute('aria-label', label);
    this.entries = entries;
    this.opened = -1;
    this.active = this.#next(-1, 1);
    if (!this.matches(':popover-open')) {
      this.showPopover();
      if (!this.parent) this.#closeOutside();
    }
    await this.updateComplete;
    const point = at instanceof HTMLElement ? below(at) : at;
    this.#place(point.x, point.y);
    this.#focusActive();
  }

  /** `giveBack`: the focus goes to where it was; a press elsewhere has put it there already. */
  close(giveBack = true): void {
    if (!this.matches(':popover-open')) return;
    this.#outside?.abort();
    this.hidePopover();
    this.entries = [];
    this.opened = -1;
    if (giveBack && !this.parent) this.#before?.focus();
    this.dispatchEvent(new CustomEvent('closed'));
  }

  /** A press beside it or another window closes it. */
  #closeOutside(): void {
    this.#outside = new AbortController();
    const { signal } = this.#outside;
    const close = (event: Event): void => {
      if (!event.composedPath().includes(this)) this.close(false);
    };
    window.addEventListener('pointerdown', close, { capture: true, signal });
    window.addEventListener('blur', close, { signal });
    window.addEventListener('resize', close, { signal });
  }

  #place(x: number, y: number): void {
    const { offsetWidth: width, offsetHeight: height } = this;
    const left = Math.max(edge, Math.min(x, window.innerWidth - width - edge));
    const top = Math.max(edge, Math.min(y, window.innerHeight - height - edge));
    this.style.left = `${left}px`;
    this.style.top = `${top}px`;
  }

  override render(): TemplateResult {
    return html`${this.entries.map((entry, place) => (entry === 'line' ? html`<hr role="separator" />` : this.#line(entry, place)))}
    ${this.opened >= 0 ? html`<lathe-menu .parent=${this} @closed=${() => (this.opened = -1)}></lathe-menu>` : nothing}`;
  }

  #line(entry: Line, place: number): TemplateResult {
    const role = entry.checked === undefined ? 'menuitem' : 'menuitemradio';
    return html`<div
      role=${role}
      tabindex="-1"
      data-place=${place}
      class=${place === this.active ? 'entry active' : 'entry'}
      aria-checked=${entry.checked ?? nothing}
      aria-disabled=${entry.disabled ? 'true' : nothing}
      aria-haspopup=${entry.entries ? 'menu' : nothing}
      aria-expanded=${entry.entries ? this.opened === place : nothing}
      title=${entry.disabled ?? nothing}
      @click=${() => this.#do(place)}
      @pointermove=${() => this.#hover(place)}
    >
      <span class="mark">${entry.checked ? icon('check') : nothing}</span>
      <span class="label">${visible(entry.label)}</span>
      <span class="keys">${entry.entries ? icon('chevron-right') : (entry.keys ?? nothing)}</span>
    </div>`;
  }

  #hover(place: number): void {
    if (place === this.active) return;
    this.active = place;
    this.#focusActive();
    if (this.opened >= 0 && this.opened !== place) this.opened = -1;
    const entry = this.entries[place];
    if (entry && entry !== 'line' && entry.entries) void this.#openEntry(place);
  }

  #do(place: number): void {
    const entry = this.entries[place];
    if (!entry || entry === 'line' || entry.disabled) return;
    if (entry.entries) return void this.#openEntry(place);
    this.#root.close();
    entry.run?.();
  }

  get #root(): Menu {
    return this.parent ? this.parent.#root : this;
  }

  async #openEntry(place: number): Promise<void> {
    const entry = this.entries[place];
    if (!entry || entry === 'line' || !entry.entries || entry.disabled) return;
    this.opened = place;
    this.active = place;
    await this.updateComplete;
    const box = this.#lineAt(place)?.getBoundingClientRect();
    const menu = this.renderRoot.querySelector<Menu>('lathe-menu');
    if (!box || !menu) return;
    await menu.openAt(entry.entries, { x: box.right - 2, y: box.top - edge }, entry.label);
    // Where there is no room to the right of it, to its left.
    const { width } = menu.getBoundingClientRect();
    if (box.right - 2 + width > window.innerWidth - edge) menu.#place(box.left - width + 2, box.top - edge);
  }

  #onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.#move(this.#next(this.active, 1)),
      ArrowUp: () => this.#move(this.#next(this.active < 0 ? this.entries.length : this.active, -1)),
      Home: () => this.#move(this.#next(-1, 1)),
      End: () => this.#move(this.#next(this.entries.length, -1)),
      ArrowRight: () => void this.#openEntry(this.active),
      ArrowLeft: () => this.#back(),
      Enter: () => this.#do(this.active),
      ' ': () => this.#do(this.active),
      Tab: () => this.#root.close(),
      Escape: () => (this.parent ? this.#back() : this.close()),
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      move();
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.#type(event.key.toLowerCase());
    }
  }

  #back(): void {
    if (!this.parent) return;
    const { parent } = this;
    this.close();
    parent.#focusActive();
  }

  #type(letter: string): void {
    const now = performance.now();
    this.#typed = now - this.#typedAt > typingMs ? letter : this.#typed + letter;
    this.#typedAt = now;
    const fits = (place: number): boolean => {
      const entry = this.entries[place];
      return entry !== undefined && entry !== 'line' && entry.label.toLowerCase().startsWith(this.#typed);
    };
    const from = this.#typed.length === 1 ? this.active + 1 : Math.max(0, this.active);
    const places = this.entries.map((_, i) => (from + i) % this.entries.length);
    const found = places.find(fits);
    if (found !== undefined) this.#move(found);
  }

  #next(from: number, step: number): number {
    for (let place = from + step; place >= 0 && place < this.entries.length; place += step)
      if (this.entries[place] !== 'line') return place;
    return step > 0 ? this.entries.findIndex((entry) => entry !== 'line') : this.entries.findLastIndex((entry) => entry !== 'line');
  }

  #move(place: number): void {
    this.active = place;
    this.#focusActive();
  }

  #focusActive(): void {
    void this.updateComplete.then(() => (this.#lineAt(this.active) ?? this).focus());
  }

  #lineAt(place: number): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`[data-place='${place}']`);
  }

  static override styles = css`
    :host {
      position: fixed;
      inset: auto;
      margin: 0;
      padding: 4px 0;
      box-sizing: border-box;
      min-width: 160px;
      max-width: min(420px, 96vw);
      max-height: 96vh;
      overflow: auto;
      font-size: var(--vscode-font-size);
      color: var(--vscode-menu-foreground, var(--vscode-foreground));
      background: var(--vscode-menu-background, var(--vscode-editorWidget-background));
      border: 1px solid var(--vscode-menu-border, var(--vscode-contrastBorder, var(--vscode-editorWidget-border, transparent)));
      border-radius: 5px;
      box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent);
      outline: none;
    }
    .entry {
      display: grid;
      grid-template-columns: 22px minmax(0, 1fr) auto;
      align-items: center;
      min-height: 26px;
      margin: 0 4px;
      padding-right: 8px;
      border-radius: 3px;
      cursor: default;
      outline: none;
    }
    .mark {
      display: inline-flex;
      padding-left: 3px;
    }
    .label {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .keys {
      padding-left: 24px;
      opacity: 0.85;
    }
    .entry.active:not([aria-disabled]) {
      color: var(--vscode-menu-selectionForeground, var(--vscode-menu-foreground));
      background: var(--vscode-menu-selectionBackground, transparent);
    }
    .entry.active {
      outline: 1px solid var(--vscode-menu-selectionBorder, var(--vscode-contrastActiveBorder, transparent));
      outline-offset: -1px;
    }
    .entry[aria-disabled] {
      color: var(--vscode-disabledForeground, var(--vscode-descriptionForeground));
    }
    hr {
      border: none;
      height: 1px;
      margin: 4px 0;
      background: var(--vscode-menu-separatorBackground, var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent)));
    }
    .icon {
      display: inline-flex;
    }
  `;
}

/** What has the focus, through shadow roots. */
function focused(): HTMLElement | null {
  let element: Element | null = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement ? element : null;
}

function below(element: HTMLElement): { x: number; y: number } {
  const { left, bottom } = element.getBoundingClientRect();
  return { x: left, y: bottom + 2 };
}
