import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { RecipeView } from '../../src/protocol/view.ts';
import { icon } from '../icon.ts';
import type { Menu } from '../model/menu.ts';
import { layerEntries } from './entries.ts';
import { layersFor, noSteering, settingGroups, steer, type SettingGroup, type SteeringState } from './state.ts';

/** Longer names are cut here; their whole text is in the tooltip. */
const shownName = 60;

/** Between the parts of a line. */
const dot = html`<span class="soft">·</span> `;

/**
 * What the recipe says of the selected layers, with what can be changed about it:
 * "Recipe   weights: 8   [Change ▾] [Keep in float]". `layers` are indices, the last leading. Fires `steer`.
 */
export class RecipeSetting extends LitElement {
  static override properties = { state: { attribute: false }, layers: { attribute: false } };

  declare state: SteeringState;
  declare layers: readonly number[];

  constructor() {
    super();
    this.state = noSteering;
    this.layers = [];
  }

  override render(): TemplateResult | typeof nothing {
    const { recipe, actions } = this.state;
    if (this.layers.length === 0 || (!recipe && actions.length === 0)) return nothing;
    return html`<section aria-label="Recipe">
      <h3>Recipe</h3>
      ${recipe ? this.#settings(recipe) : html`<p class="soft">No recipe for this model yet. A change here begins one.</p>`}
      ${this.#buttons()} ${recipe ? this.#file(recipe) : nothing}
      <lathe-menu></lathe-menu>
    </section>`;
  }

  #settings(recipe: RecipeView): TemplateResult {
    if (recipe.problem) return html`<p class="problem">${icon('warning')} ${visible(recipe.problem)}</p>`;
    const groups = settingGroups(recipe, this.layers);
    return html`${groups.map((group) => this.#setting(recipe, group))}`;
  }

  #setting({ rest }: RecipeView, { setting, layers }: SettingGroup): TemplateResult {
    const howMany = this.layers.length > 1 ? html`<span class="soft">${layerCount(layers.length)} ·</span> ` : nothing;
    if (!setting)
      return html`<p><span class="value">${rest || 'Nothing'}</span> ${dot}${howMany}<span class="soft">as all layers</span></p>`;
    const layer = layers.at(-1)!;
    return html`<p>
      <span class="value">${visible(setting.text)}</span> ${dot}${howMany}
      <button
        class="link"
        title=${`Line ${setting.line}: ${visible(setting.pattern)}`}
        @click=${() => this.dispatchEvent(steer({ do: 'go-to-line', layer }))}
      >
        ${cut(visible(setting.pattern))}, line ${setting.line}
      </button>
    </p>`;
  }

  #buttons(): TemplateResult | typeof nothing {
    const actions = this.state.actions.filter(({ on }) => on === 'layers');
    if (actions.length === 0) return nothing;
    const plain = actions.filter(({ choices }) => !choices);
    return html`<div class="row">
      ${
        actions.length > plain.length
          ? html`<vscode-button secondary aria-haspopup="menu" @click=${(event: Event) => this.#openMenu(event)}>
              Change ${icon('chevron-down')}
            </vscode-button>`
          : nothing
      }
      ${plain.map((action) => {
        const layers = layersFor(action, this.layers);
        return html`<vscode-button
          secondary
          title=${action.detail}
          ?disabled=${layers.length === 0}
          @click=${() => this.dispatchEvent(steer({ do: 'perform', id: action.id, layers }))}
          >${action.title}</vscode-button
        >`;
      })}
    </div>`;
  }

  #openMenu(event: Event): void {
    const menu = this.renderRoot.querySelector<Menu>('lathe-menu');
    const settings = this.state.actions.filter(({ choices }) => choices);
    const entries = layerEntries({ ...this.state, actions: settings, recipe: null }, this.layers, (wish) =>
      this.dispatchEvent(steer(wish)),
    );
    void menu?.openAt(entries, event.currentTarget as HTMLElement, 'Change the recipe');
  }

  #file({ file, others, unsaved, undo }: RecipeView): TemplateResult {
    return html`<p class="file soft">
      <span>${visible(file)}${unsaved ? ' (not saved)' : ''}</span>
      ${
        others
          ? html`<button class="link" @click=${() => this.dispatchEvent(steer({ do: 'choose-recipe' }))}>Another recipe…</button>`
          : nothing
      }
      ${
        undo
          ? html`<button class="link" title=${undo} @click=${() => this.dispatchEvent(steer({ do: 'undo' }))}>Undo ${undo}</button>`
          : nothing
      }
    </p>`;
  }

  static override styles = css`
    :host {
      display: block;
      overflow-wrap: anywhere;
    }
    h3 {
      font-size: 1em;
      font-weight: 600;
      margin: 14px 0 2px;
      border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      padding-bottom: 2px;
    }
    p {
      margin: 4px 0 0;
    }
    .value {
      font-family: var(--vscode-editor-font-family, monospace);
    }
    .soft {
      color: var(--vscode-descriptionForeground);
    }
    .row {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;
      margin-top: 6px;
    }
    .file {
      display: flex;
      flex-wrap: wrap;
      gap: 2px 12px;
      margin-top: 6px;
    }
    .problem {
      color: var(--vscode-errorForeground);
    }
    .icon {
      display: inline-flex;
      vertical-align: text-bottom;
    }
    .link {
      all: unset;
      color: var(--vscode-textLink-foreground);
      cursor: pointer;
    }
    .link:hover {
      text-decoration: underline;
    }
    .link:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: 1px;
    }
  `;
}

const layerCount = (count: number): string => (count === 1 ? '1 layer' : `${count.toLocaleString('en')} layers`);
const cut = (text: string): string => (text.length > shownName ? `${text.slice(0, shownName)}…` : text);
