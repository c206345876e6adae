import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { inputMessages, type InputChoice, type InputPreset, type InputQuestion, type PreviewPicture } from '../../src/protocol/webview.ts';
import { channel, keepState, keptState } from '../host.ts';
import { applyPreset, fieldsOf, normalized, readFields, type Fields } from './arithmetic.ts';

const colorWords: Record<InputChoice['color'], string> = { rgb: 'RGB', bgr: 'BGR', gray: 'Gray' };
const fitWords: Record<InputChoice['fit'], string> = {
  none: 'As stored',
  stretch: 'Stretch to the size',
  crop: 'Shorter side, then centre crop',
  pad: 'Whole picture, rest filled',
};

/** Four sample pictures as the model will get them, and the settings that make them so. */
export class InputApp extends LitElement {
  static override properties = {
    question: { state: true },
    fields: { state: true },
    pictures: { state: true },
    failure: { state: true },
  };

  declare question: InputQuestion | undefined;
  declare fields: Fields | undefined;
  declare pictures: PreviewPicture[] | undefined;
  declare failure: string | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    channel.onNotice(inputMessages.start, (question) => {
      this.question = question;
      // What was typed before the tab was hidden is not lost.
      this.fields = keptState({ fields: fieldsOf(question.choice) }).fields;
      void this.#preview();
    });
    channel.tell(inputMessages.ready, null);
  }

  override render(): TemplateResult {
    const { question, fields } = this;
    if (!question || !fields) return html`<p role="status">Loading…</p>`;
    const read = readFields(fields);
    const wrong = 'wrong' in read ? read.wrong : {};
    return html`
      <h1>How pictures become the input of ${question.model}</h1>
      <p>${question.input}. <strong class=${question.certain ? '' : 'guess'}>${question.origin}</strong></p>
      <section aria-label="Sample pictures" class="pictures" aria-busy=${this.pictures === undefined && !this.failure}>
        ${this.failure ? html`<p role="alert" class="error">${this.failure}</p>` : nothing}
        ${this.pictures?.map((picture) => this.#picture(picture, 'choice' in read ? read.choice : undefined))}
        ${this.pictures || this.failure ? nothing : html`<p role="status">Reading sample pictures…</p>`}
      </section>
      <form @submit=${(event: Event) => this.#accept(event)}>
        <div class="presets" role="group" aria-label="Usual ranges">${question.presets.map((preset) => this.#preset(preset, fields))}</div>
        <div class="fields">
          ${this.#choice('color', 'Colour order', question.colors, colorWords)}
          ${question.fits.length > 1 ? this.#choice('fit', 'Size', question.fits, fitWords) : nothing}
          ${this.#text('scale', 'Scale', 'Pictures, 0 to 255, are multiplied by this first', wrong.scale)}
          ${this.#text('mean', 'Mean', 'Subtracted after that', wrong.mean)} ${this.#text('std', 'Std', 'Divided by at the end', wrong.std)}
        </div>
        <div class="actions">
          <vscode-button type="submit" ?disabled=${!('choice' in read)}>Use these settings</vscode-button>
          <vscode-button secondary @click=${() => channel.tell(inputMessages.cancel, null)}>Cancel</vscode-button>
        </div>
      </form>
    `;
  }

  override updated(): void {
    this.pictures?.forEach((picture, i) => {
      const canvas = this.renderRoot.querySelectorAll('canvas')[i];
      const pixels = new ImageData(new Uint8ClampedArray(picture.pixels), picture.width, picture.height);
      canvas?.getContext('2d')?.putImageData(pixels, 0, 0);
    });
  }

  #picture(picture: PreviewPicture, choice: InputChoice | undefined): TemplateResult {
    const { original, width, height } = picture;
    const resized = original.width !== width || original.height !== height;
    return html`<figure>
      <canvas width=${width} height=${height} role="img" aria-label=${`${picture.name}, ${width} by ${height} pixels`}></canvas>
      <figcaption>
        <div class="name" title=${picture.name}>${picture.name}</div>
        <div class="quiet">${resized ? `${original.width}×${original.height} → ` : ''}${width}×${height}</div>
        ${
          choice
            ? picture.channels.map((stored, i) => {
                const at = (sample: number): string => normalized(sample, choice, i).toFixed(2);
                return html`<div class="range" title="mean ${at(stored.mean)}">
                  <span>${stored.name}</span><span>${at(stored.low)} … ${at(stored.high)}</span>
                </div>`;
              })
            : nothing
        }
      </figcaption>
    </figure>`;
  }

  #preset(preset: InputPreset, fields: Fields): TemplateResult {
    const applied = applyPreset(fields, preset);
    const chosen = applied.scale === fields.scale && applied.mean === fields.mean && applied.std === fields.std;
    return html`<button type="button" aria-pressed=${chosen} @click=${() => this.#set(applied)}>
      ${preset.label} <span>${preset.detail}</span>
    </button>`;
  }

  #choice<Key extends 'color' | 'fit'>(key: Key, label: string, values: Fields[Key][], words: Record<Fields[Key], string>): TemplateResult {
    return html`<label for=${key}>${label}</label>
      <select
        id=${key}
        .value=${this.fields?.[key] ?? ''}
        @change=${(event: Event) => this.#change({ [key]: (event.target as HTMLSelectElement).value as Fields[Key] })}
      >
        ${values.map((value) => html`<option value=${value} ?selected=${value === this.fields?.[key]}>${words[value]}</option>`)}
      </select>
      <span></span>`;
  }

  #text(key: 'scale' | 'mean' | 'std', label: string, explanation: string, wrong: string | undefined): TemplateResult {
    return html`<label for=${key}>${label}</label>
      <input
        id=${key}
        spellcheck="false"
        autocomplete="off"
        .value=${this.fields?.[key] ?? ''}
        aria-invalid=${wrong !== undefined}
        aria-describedby="${key}-note"
        @input=${(event: Event) => this.#change({ [key]: (event.target as HTMLInputElement).value })}
      />
      <span id="${key}-note" class=${wrong ? 'error' : 'quiet'}>${wrong ?? explanation}</span>`;
  }

  #change(change: Partial<Fields>): void {
    if (this.fields) this.#set({ ...this.fields, ...change });
  }

  #set(fields: Fields): void {
    const again = this.fields?.color !== fields.color || this.fields.fit !== fields.fit;
    this.fields = fields;
    keepState({ fields });
    if (again) void this.#preview();
  }

  async #preview(): Promise<void> {
    const asked = this.fields;
    if (!asked) return;
    try {
      const pictures = await channel.ask(inputMessages.preview, { color: asked.color, fit: asked.fit });
      if (asked.color !== this.fields?.color || asked.fit !== this.fields.fit) return; // changed meanwhile: another answer comes
      this.pictures = pictures;
      this.failure = undefined;
    } catch (error) {
      this.pictures = undefined;
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  #accept(event: Event): void {
    event.preventDefault();
    const read = this.fields && readFields(this.fields);
    if (read && 'choice' in read) channel.tell(inputMessages.accept, read.choice);
  }

  static override styles = css`
    :host {
      display: block;
      max-width: 62em;
      padding: 16px 24px;
    }
    h1 {
      font-size: 1.4em;
      font-weight: 600;
      margin: 0 0 4px;
      overflow-wrap: anywhere;
    }
    p {
      margin: 0 0 14px;
      overflow-wrap: anywhere;
    }
    strong {
      font-weight: normal;
      color: var(--vscode-descriptionForeground);
    }
    strong.guess {
      color: var(--vscode-foreground);
      font-weight: 600;
    }
    .pictures {
      display: flex;
      flex-wrap: wrap;
      gap: 18px;
      min-height: 210px;
      margin-bottom: 14px;
    }
    figure {
      margin: 0;
      width: 180px;
    }
    canvas {
      width: 180px;
      height: 140px;
      object-fit: contain;
      image-rendering: pixelated;
      background: var(--vscode-textCodeBlock-background);
    }
    .name {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .range {
      display: grid;
      grid-template-columns: 3.5em 1fr;
      white-space: nowrap;
      gap: 4px;
      font-variant-numeric: tabular-nums;
    }
    .quiet {
      color: var(--vscode-descriptionForeground);
    }
    .error {
      color: var(--vscode-errorForeground);
    }
    .presets,
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
    }
    .presets span {
      opacity: 0.85;
    }
    .fields {
      display: grid;
      grid-template-columns: max-content minmax(12em, 20em) 1fr;
      gap: 8px 12px;
      align-items: center;
      margin: 14px 0 18px;
    }
    button,
    input,
    select {
      font: inherit;
      box-sizing: border-box;
      border-radius: 2px;
      border: 1px solid var(--vscode-contrastBorder, transparent);
    }
    input,
    select {
      width: 100%;
      padding: 4px 6px;
      color: var(--vscode-input-foreground);
      background: var(--vscode-input-background);
      border-color: var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
    }
    select {
      color: var(--vscode-dropdown-foreground);
      background: var(--vscode-dropdown-background);
      border-color: var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
    }
    input[aria-invalid='true'] {
      border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
    }
    button {
      padding: 4px 12px;
      cursor: pointer;
    }
    button {
      color: var(--vscode-button-secondaryForeground);
      background: var(--vscode-button-secondaryBackground);
    }
    button:hover {
      background: var(--vscode-button-secondaryHoverBackground);
    }
    button[aria-pressed='true'] {
      outline: 2px solid var(--vscode-focusBorder);
      outline-offset: 1px;
    }
    :is(button, input, select):focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: 2px;
    }
  `;
}
