import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';

/** CSS pixels that an arrow key moves it. */
const step = 24;

/**
 * The border between two parts, to be dragged or moved by the arrow keys. It belongs to the part whose size it is: `side` says where that part
 * lies. Fires `resize` with the size that is wanted, and `toggle` when it is double-clicked or Enter is pressed.
 */
export class Splitter extends LitElement {
  static override properties = {
    side: { reflect: true },
    size: { attribute: false },
    least: { attribute: false },
    most: { attribute: false },
    label: { attribute: false },
  };

  declare side: 'left' | 'right' | 'bottom';
  /** CSS pixels. */
  declare size: number;
  declare least: number;
  declare most: number;
  declare label: string;

  constructor() {
    super();
    this.side = 'right';
    this.size = 0;
    this.least = 0;
    this.most = 10_000;
    this.label = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.tabIndex = 0;
    this.setAttribute('role', 'separator');
    this.addEventListener('pointerdown', this.#onDown);
    this.addEventListener('keydown', this.#onKey);
    this.addEventListener('dblclick', this.#toggle);
  }

  override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    this.setAttribute('aria-orientation', this.side === 'bottom' ? 'horizontal' : 'vertical');
    this.setAttribute('aria-label', this.label);
    this.setAttribute('aria-valuenow', String(Math.round(this.size)));
    this.setAttribute('aria-valuemin', String(this.least));
    this.setAttribute('aria-valuemax', String(Math.round(this.most)));
  }

  override render(): TemplateResult {
    return html`<i></i>`;
  }

  #resize(size: number): void {
    const detail = Math.max(this.least, Math.min(this.most, size));
    if (detail !== this.size) this.dispatchEvent(new CustomEvent<number>('resize', { detail }));
  }

  readonly #toggle = (): void => void this.dispatchEvent(new CustomEvent('toggle'));

  readonly #onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    this.focus();
    this.setPointerCapture(event.pointerId);
    const start = this.#at(event);
    const before = this.size;
    const sign = this.side === 'left' ? 1 : -1;
    const move = (moved: PointerEvent): void => this.#resize(before + sign * (this.#at(moved) - start));
    const end = (): void => this.removeEventListener('pointermove', move);
    this.addEventListener('pointermove', move);
    this.addEventListener('lostpointercapture', end, { once: true });
  };

  #at(event: PointerEvent): number {
    return this.side === 'bottom' ? event.clientY : event.clientX;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const grow: Record<Splitter['side'], [more: string, less: string]> = {
      left: ['ArrowRight', 'ArrowLeft'],
      right: ['ArrowLeft', 'ArrowRight'],
      bottom: ['ArrowUp', 'ArrowDown'],
    };
    const [more, less] = grow[this.side];
    const sizes: Record<string, number> = { [more]: this.size + step, [less]: this.size - step, Home: this.least, End: this.most };
    const size = sizes[event.key];
    if (size === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    if (size === undefined) this.#toggle();
    else this.#resize(size);
  };

  static override styles = css`
    :host {
      position: relative;
      flex: none;
      z-index: 2;
      cursor: col-resize;
      width: 1px;
      background: var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      outline: none;
      touch-action: none;
    }
    :host([side='bottom']) {
      cursor: row-resize;
      width: auto;
      height: 1px;
    }
    /* Wider than it looks, so that it can be caught. */
    i {
      position: absolute;
      inset: 0 -4px;
    }
    :host([side='bottom']) i {
      inset: -4px 0;
    }
    i::before {
      content: '';
      position: absolute;
      inset: 0 3px;
    }
    :host([side='bottom']) i::before {
      inset: 3px 0;
    }
    :host(:hover) i::before,
    :host(:focus-visible) i::before,
    :host(:active) i::before {
      background: var(--vscode-sash-hoverBorder, var(--vscode-focusBorder));
    }
  `;
}
