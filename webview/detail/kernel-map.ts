import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { modelMessages } from '../../src/protocol/webview.ts';
import type { KernelsView, WeightsPlace } from '../../src/protocol/weights.ts';
import { channel } from '../host.ts';
import { exact, number } from './words.ts';

const [leastZoom, mostZoom] = [1, 32];
/** CSS pixels that a picture may take along each side. */
const largest = 2048;

/**
 * Elements of a tensor as a picture: each kernel a tile, filters below each other, inputs beside each other; orange below zero, blue above. Read out
 * under the pointer or with the arrow keys; a stretch at a time, moved by the fields.
 */
export class KernelMap extends LitElement {
  static override properties = {
    place: { attribute: false },
    view: { state: true },
    failure: { state: true },
    zoom: { state: true },
    at: { state: true },
  };

  declare place: WeightsPlace | undefined;
  declare view: KernelsView | undefined;
  declare failure: string | undefined;
  /** CSS pixels of an element. */
  declare zoom: number;
  /** Place of an element in `view.values`. */
  declare at: number | undefined;

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('place')) return;
    this.view = undefined;
    this.zoom = 0;
    if (this.place) void this.#ask(0, 0);
  }

  override render(): TemplateResult | typeof nothing {
    const { view, failure } = this;
    if (failure) return html`<p role="alert">${failure}</p>`;
    if (!view) return html`<p class="soft" role="status">Reading…</p>`;
    const { rows, cells, firstRow, firstCell, shownRows, shownCells } = view;
    const more = shownRows < rows || shownCells < cells;
    const words = axisWords(view);
    return html`
      <div class="tools">
        ${more ? [this.#field(words[0], firstRow, rows, shownRows, true), this.#field(words[1], firstCell, cells, shownCells, false)] : nothing}
        <button type="button" aria-label="Smaller" @click=${() => this.#scale(0.5)}>−</button>
        <button type="button" aria-label="Larger" @click=${() => this.#scale(2)}>+</button>
      </div>
      <div class="window">
        <canvas
          tabindex="0"
          role="img"
          aria-label=${mapWords(view)}
          aria-describedby="said"
          @pointermove=${this.#onPointer}
          @pointerleave=${() => (this.at = undefined)}
          @keydown=${this.#onKey}
        ></canvas>
      </div>
      <p class="soft" id="said" aria-live="polite">${this.at === undefined ? this.#summary(view) : this.#words(view, this.at)}</p>
    `;
  }

  override updated(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    if (!canvas || !this.view) return;
    if (this.zoom === 0) this.zoom = this.#fittingZoom(this.view);
    else this.#draw(canvas, this.view);
  }

  #field(label: string, value: number, all: number, shown: number, row: boolean): TemplateResult {
    return html`<label
      >${label}
      <input
        type="number"
        min="0"
        max=${Math.max(0, all - shown)}
        .value=${String(value)}
        @change=${(event: Event) => {
          const first = Math.max(0, Math.floor(Number((event.target as HTMLInputElement).value) || 0));
          void this.#ask(row ? first : this.view!.firstRow, row ? this.view!.firstCell : first);
        }}
      />
      to ${exact(value + shown - 1)} of ${exact(all)}</label
    >`;
  }

  async #ask(firstRow: number, firstCell: number): Promise<void> {
    const { place } = this;
    if (!place) return;
    this.failure = undefined;
    try {
      const view = await channel.ask(modelMessages.kernels, { ...place, firstRow, firstCell });
      if (place === this.place) [this.view, this.at] = [view, undefined];
    } catch (error) {
      if (place === this.place) this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  #fittingZoom(view: KernelsView): number {
    const { across } = sizeOf(view);
    const room = Math.max(80, this.clientWidth - 2);
    return Math.max(leastZoom, Math.min(12, Math.floor(room / across)));
  }

  #scale(factor: number): void {
    this.zoom = Math.max(leastZoom, Math.min(mostZoom, Math.round(this.zoom * factor)));
  }

  #draw(canvas: HTMLCanvasElement, view: KernelsView): void {
    const { across, down, gap } = sizeOf(view);
    const zoom = Math.max(leastZoom, Math.min(this.zoom, Math.floor(largest / Math.max(across, down)) || 1));
    const pixels = Math.min(devicePixelRatio, 2);
    [canvas.width, canvas.height] = [Math.ceil(across * zoom * pixels), Math.ceil(down * zoom * pixels)];
    canvas.style.width = `${across * zoom}px`;
    canvas.style.height = `${down * zoom}px`;
    const context = canvas.getContext('2d')!;
    context.scale(zoom * pixels, zoom * pixels);
    const style = getComputedStyle(this);
    const colors = ['--lathe-level-0', '--vscode-editor-background', '--lathe-level-4'].map((name) =>
      parseColor(style.getPropertyValue(name)),
    );
    const most = largestMagnitude(view);
    const { height, width, shownCells } = view;
    view.values.forEach((value, i) => {
      const { row, cell, y, x } = placeOf(view, i);
      const [left, top] = [cell * (width + gap) + x, row * (height + gap) + y];
      context.fillStyle = value === null ? '#f0f' : mix(colors as [Color, Color, Color], most ? value / most : 0);
      context.fillRect(left, top, 1, 1);
      if (value === null) context.clearRect(left + 0.25, top + 0.25, 0.5, 0.5);
    });
    if (this.at !== undefined && shownCells > 0) {
      const { row, cell, y, x } = placeOf(view, this.at);
      context.strokeStyle = style.getPropertyValue('--vscode-foreground') || '#888';
      context.lineWidth = 2 / zoom;
      context.strokeRect(cell * (width + gap) + x, row * (height + gap) + y, 1, 1);
    }
  }

  #summary(view: KernelsView): string {
    const most = largestMagnitude(view);
    return `Orange to blue: −${number(most)} to ${number(most)}`;
  }

  #words(view: KernelsView, i: number): string {
    const { row, cell, y, x } = placeOf(view, i);
    const value = view.values[i] ?? null;
    const inside = view.height * view.width > 1 ? `, kernel row ${y} column ${x}` : '';
    const [rowWord, cellWord] = axisWords(view);
    return `${rowWord} ${exact(view.firstRow + row)}, ${cellWord.toLowerCase()} ${exact(view.firstCell + cell)}${inside}: ${value === null ? 'no finite number' : number(value)}`;
  }

  readonly #onPointer = (event: PointerEvent): void => {
    const { view } = this;
    if (!view) return;
    const canvas = event.currentTarget as HTMLCanvasElement;
    const box = canvas.getBoundingClientRect();
    const { across, down, gap } = sizeOf(view);
    const left = Math.floor(((event.clientX - box.left) / box.width) * across);
    const top = Math.floor(((event.clientY - box.top) / box.height) * down);
    const [cell, row] = [Math.floor(left / (view.width + gap)), Math.floor(top / (view.height + gap))];
    const [x, y] = [left - cell * (view.width + gap), top - row * (view.height + gap)];
    const inside = x < view.width && y < view.height && cell < view.shownCells && row < view.shownRows && x >= 0 && y >= 0;
    this.at = inside ? ((row * view.shownCells + cell) * view.height + y) * view.width + x : undefined;
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const { view } = this;
    if (!view) return;
    const rowSize = view.shownCells * view.height * view.width;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: rowSize, ArrowUp: -rowSize }[event.key];
    if (event.key === '+' || event.key === '-') this.#scale(event.key === '+' ? 2 : 0.5);
    else if (step === undefined) return;
    else this.at = Math.max(0, Math.min(view.values.length - 1, this.at === undefined ? 0 : this.at + step));
    event.preventDefault();
    event.stopPropagation();
  };

  static override styles = css`
    :host {
      display: block;
    }
    .window {
      overflow: auto;
      max-height: 320px;
      border: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
    }
    canvas {
      display: block;
      image-rendering: pixelated;
    }
    canvas:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: -1px;
    }
    .tools {
      display: flex;
      flex-wrap: wrap;
      gap: 4px 12px;
      align-items: center;
      margin: 4px 0;
    }
    label,
    .soft {
      margin: 1px 0 0;
      color: var(--vscode-descriptionForeground);
      font-size: 0.9em;
      font-variant-numeric: tabular-nums;
    }
    input {
      width: 5em;
    }
    input,
    button {
      font: inherit;
      color: var(--vscode-input-foreground);
      background: var(--vscode-input-background);
      border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
      border-radius: 2px;
    }
    button {
      min-width: 24px;
    }
    input:focus-visible,
    button:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
    }
  `;
}

const hasKernels = ({ height, width }: KernelsView): boolean => height * width > 1;
const axisWords = (view: KernelsView): [row: string, cell: string] => (hasKernels(view) ? ['Filter', 'Input'] : ['Row', 'Column']);

const mapWords = (view: KernelsView): string =>
  hasKernels(view)
    ? `Heat map of ${exact(view.shownRows)} filters by ${exact(view.shownCells)} inputs, kernels of ${view.height} by ${view.width}`
    : `Heat map of ${exact(view.shownRows)} rows by ${exact(view.shownCells)} columns`;

/** In elements, with a gap between kernels. */
function sizeOf({ shownRows, shownCells, height, width }: KernelsView): { across: number; down: number; gap: number } {
  const gap = height * width > 1 ? 1 : 0; // pixels of a matrix stand close
  return { across: shownCells * (width + gap) || 1, down: shownRows * (height + gap) || 1, gap };
}

function placeOf({ shownCells, height, width }: KernelsView, i: number): { row: number; cell: number; y: number; x: number } {
  const kernel = Math.floor(i / (height * width));
  return { row: Math.floor(kernel / shownCells), cell: kernel % shownCells, y: Math.floor(i / width) % height, x: i % width };
}

const largestMagnitude = ({ values }: KernelsView): number =>
  values.reduce((most: number, value) => Math.max(most, Math.abs(value ?? 0)), 0);

type Color = readonly [red: number, green: number, blue: number];

/** "#rrggbb", as themes give it; black for anything else. */
function parseColor(text: string): Color {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(text.trim());
  return hex ? [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16), parseInt(hex[3]!, 16)] : [0, 0, 0];
}

/** From the first colour at −1 over the second at 0 to the third at 1. */
function mix([below, zero, above]: readonly [Color, Color, Color], at: number): string {
  const end = at < 0 ? below : above;
  const share = Math.min(1, Math.abs(at));
  const part = (i: 0 | 1 | 2): number => Math.round(zero[i] + (end[i] - zero[i]) * share);
  return `rgb(${part(0)},${part(1)},${part(2)})`;
}
