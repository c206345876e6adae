import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { PrunedCosts, PruningProfile } from '../../src/protocol/pruning.ts';
import {
  pruningMessages,
  type PruningChoice,
  type PruningGoal,
  type PruningQuestion,
  type PruningState,
} from '../../src/protocol/pruning-messages.ts';
import { channel, keepState, keptState } from '../host.ts';
import { pageStyles } from '../styles/page.ts';
import { appStyles } from './app-styles.ts';
import { costsLeft, macsOfGroups } from './costs.ts';
import { planOf, type PruningPlan } from './plan.ts';
import type { GroupChange } from './pruning-groups.ts';
import { goalWords, percent, spoken } from './texts.ts';

const goals = Object.keys(goalWords) as PruningGoal[];

/** What pruning would leave of a model, before anything runs: one slider for all groups of channels, one for each. */
export class PruningApp extends LitElement {
  static override properties = {
    question: { state: true },
    profile: { state: true },
    failure: { state: true },
    choice: { state: true },
    sort: { state: true },
  };

  declare question: PruningQuestion | undefined;
  declare profile: PruningProfile | undefined;
  declare failure: string | undefined;
  declare choice: PruningChoice | undefined;
  declare sort: PruningState['sort'];
  #before: PrunedCosts | undefined;
  #macs: readonly number[] = [];
  #own: ReadonlyMap<string, number> = new Map();
  #plan: PruningPlan | undefined;

  constructor() {
    super();
    this.sort = 'model';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    channel.onNotice(pruningMessages.start, (question) => {
      const kept = keptState<PruningState>({ sort: 'model' });
      this.question = question;
      this.choice = kept.choice ?? question.choice;
      this.sort = kept.sort;
    });
    channel.onNotice(pruningMessages.profile, (profile) => {
      this.profile = profile;
      this.failure = undefined;
    });
    channel.onNotice(pruningMessages.failed, (why) => (this.failure = why));
    channel.tell(pruningMessages.ready, null);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const { profile, choice } = this;
    if (changed.has('profile') && profile) {
      this.#before = costsLeft(
        profile,
        profile.groups.map(({ channels }) => channels),
      );
      this.#macs = macsOfGroups(profile);
    }
    if (!profile || !choice || !(changed.has('profile') || changed.has('choice'))) return;
    this.#own = new Map(choice.groups);
    this.#plan = planOf(profile, choice);
  }

  override render(): TemplateResult {
    const { question, choice, profile } = this;
    if (!question || !choice) return html`<p role="status">Loading…</p>`;
    return html`<header>
        <h1>Prune ${visible(question.model)}</h1>
        <span class="buttons">
          <vscode-button ?disabled=${!this.#anythingGoes()} @click=${() => channel.tell(pruningMessages.accept, choice)}
            >${question.verb}</vscode-button
          >
          <vscode-button secondary @click=${() => channel.tell(pruningMessages.cancel, null)}>Cancel</vscode-button>
        </span>
      </header>
      ${this.failure === undefined ? nothing : html`<p role="alert" class="error">${visible(this.failure)}</p>`}
      ${
        profile
          ? this.#preview(profile, question, choice)
          : this.failure === undefined
            ? html`<p role="status">Finding which channels belong together…</p>`
            : nothing
      }`;
  }

  #preview(profile: PruningProfile, question: PruningQuestion, choice: PruningChoice): TemplateResult {
    if (profile.groups.length === 0) {
      return html`<p role="alert">No channel of this model can be removed.</p>
        ${this.#kept(profile)}`;
    }
    return html`${this.#goal(question, choice)}
      <lathe-pruning-totals .from=${this.#before} .to=${this.#plan?.costs}></lathe-pruning-totals>
      ${
        this.#plan?.short
          ? html`<p class="note" role="status">
              This cannot be reached: with the fewest channels everywhere
              ${percent(this.#plan.costs[goalCost(choice)] / this.#before![goalCost(choice)])} are left.
            </p>`
          : nothing
      }
      <lathe-pruning-groups
        .profile=${profile}
        .left=${this.#plan!.left}
        .own=${this.#own}
        .macs=${this.#macs}
        .layers=${question.layers}
        .sort=${this.sort}
        @group=${(event: CustomEvent<GroupChange>) => this.#setGroup(...event.detail)}
        @sort=${(event: CustomEvent<PruningState['sort']>) => this.#setSort(event.detail)}
      ></lathe-pruning-groups>
      ${this.#suggestion(profile)}
      ${this.#own.size > 0 ? html`<p><button type="button" class="link" @click=${() => this.#set({ groups: [] })}>All groups follow the goal</button></p>` : nothing}
      ${this.#kept(profile)}`;
  }

  #goal({ multiples, target }: PruningQuestion, choice: PruningChoice): TemplateResult {
    const words = goalWords[choice.goal];
    const [whole, left] = this.#channels();
    return html`<form @submit=${(event: Event) => event.preventDefault()}>
      <div class="goals" role="radiogroup" aria-label="What to reach">
        ${goals.map(
          (goal) =>
            html`<label
              ><input
                type="radio"
                name="goal"
                value=${goal}
                .checked=${goal === choice.goal}
                @change=${() => this.#setGoal(goal)}
              />${goalWords[goal].label}</label
            >`,
        )}
      </div>
      <div class="amount">
        <input
          id="amount"
          type="range"
          min="0"
          max="100"
          step="1"
          aria-label=${words.slider}
          aria-valuetext=${spoken(whole, left, choice)}
          .value=${String(Math.round(choice.amount * 100))}
          @input=${(event: Event) => this.#set({ amount: Number((event.target as HTMLInputElement).value) / 100 })}
        />
        <output for="amount">${percent(choice.amount)}</output>
        <label class="multiple"
          >Multiples of
          <select @change=${(event: Event) => this.#set({ roundTo: Number((event.target as HTMLSelectElement).value) })}>
            ${multiples.map((one) => html`<option value=${one} ?selected=${one === choice.roundTo}>${one}</option>`)}
          </select>
        </label>
      </div>
      <p class="soft">
        ${words.detail} ${choice.roundTo > 1 ? `${visible(target)} computes fastest with multiples of ${choice.roundTo}.` : ''}
      </p>
    </form>`;
  }

  #kept({ kept }: PruningProfile): TemplateResult | typeof nothing {
    if (kept.length === 0) return nothing;
    return html`<details ?open=${this.profile?.groups.length === 0}>
      <summary>${kept.length === 1 ? 'One group keeps' : `${kept.length} groups keep`} all channels</summary>
      <ul>
        ${kept
          .slice(0, 500)
          .map(
            ({ name, channels, reason }) =>
              html`<li><b>${visible(name.slice(0, 400))}</b> <span class="soft">${channels} channels: ${visible(reason)}</span></li>`,
          )}
      </ul>
    </details>`;
  }

  /** What was measured says how much each group can spare. */
  #suggestion({ groups }: PruningProfile): TemplateResult | typeof nothing {
    const suggested = groups.flatMap(({ name, suggested }) => (suggested === undefined ? [] : [[name, suggested] as const]));
    if (suggested.length === 0) return nothing;
    return html`<p>
      <button type="button" class="link" @click=${() => this.#set({ goal: 'channels', amount: 0, groups: suggested })}>
        Take the widths that the measured sensitivity suggests
      </button>
    </p>`;
  }

  #channels(): [whole: number, left: number] {
    const whole = this.profile?.groups.reduce((sum, { channels }) => sum + channels, 0) ?? 0;
    return [whole, this.#plan?.left.reduce((sum, left) => sum + left, 0) ?? whole];
  }

  #anythingGoes(): boolean {
    const [whole, left] = this.#channels();
    return left < whole;
  }

  #setGoal(goal: PruningGoal): void {
    // The slider of the other goal begins where this one led: nothing jumps.
    const amount = goal === 'channels' ? this.#plan?.part : (this.#plan?.costs[goal] ?? 1) / (this.#before?.[goal] || 1);
    this.#set({ goal, amount: Math.round((amount ?? 0.5) * 100) / 100 });
  }

  #setGroup(name: string, part: number | null): void {
    const groups = (this.choice?.groups ?? []).filter(([one]) => one !== name);
    this.#set({ groups: part === null ? groups : [...groups, [name, part]] });
  }

  #set(change: Partial<PruningChoice>): void {
    if (!this.choice) return;
    this.choice = { ...this.choice, ...change };
    keepState({ choice: this.choice, sort: this.sort } satisfies PruningState);
  }

  #setSort(sort: PruningState['sort']): void {
    this.sort = sort;
    this.#set({});
  }

  static override styles = [pageStyles, appStyles];
}

const goalCost = ({ goal }: PruningChoice): 'macs' | 'parameters' => (goal === 'parameters' ? 'parameters' : 'macs');
