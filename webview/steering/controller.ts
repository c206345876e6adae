import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Channel } from '../../src/protocol/transport.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import type { MenuEntry } from '../model/menu.ts';
import { layerEntries, modelEntries } from './entries.ts';
import { noSteering, type Steer, type SteeringState } from './state.ts';

/**
 * Joins the elements of this folder to the extension: keeps what it says in `state` (to be handed to `<lathe-recipe-setting>` and
 * `<lathe-jobs>`), and sends what a person asks for, which reaches its host as the event `steer`.
 */
export class SteeringController implements ReactiveController {
  state: SteeringState = noSteering;
  #selected: readonly number[] = [];

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly channel: Channel,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.channel.onNotice(modelMessages.recipe, ({ recipe }) => this.#take({ recipe }));
    this.channel.onNotice(modelMessages.actions, ({ actions }) => this.#take({ actions }));
    this.channel.onNotice(modelMessages.jobs, ({ jobs }) => this.#take({ jobs }));
    this.channel.onNotice(modelMessages.outcomes, ({ outcomes }) => this.#take({ outcomes }));
    this.host.addEventListener('steer', this.#onSteer);
  }

  hostDisconnected(): void {
    this.host.removeEventListener('steer', this.#onSteer);
  }

  /** To be called with the selected layers, the last leading; says them once to the extension, whose commands act on them. */
  select(layers: readonly number[]): void {
    if (layers.length === this.#selected.length && layers.every((layer, i) => layer === this.#selected[i])) return;
    this.#selected = [...layers];
    this.channel.tell(modelMessages.selection, { layers: [...layers] });
  }

  /** The extension has begun anew with this view: it does not know the selection any more. */
  reselect(): void {
    this.channel.tell(modelMessages.selection, { layers: [...this.#selected] });
  }

  /** What can be done with these layers, for a context menu. */
  layerEntries(layers: readonly number[]): MenuEntry[] {
    return layerEntries(this.state, layers, (detail) => this.send(detail));
  }

  /** What can be run for the whole model, for a menu "Run". */
  modelEntries(): MenuEntry[] {
    return modelEntries(this.state, (detail) => this.send(detail));
  }

  send(wish: Steer): void {
    const { channel } = this;
    switch (wish.do) {
      case 'perform': {
        const { id, layers, choice } = wish;
        return channel.tell(modelMessages.perform, { id, layers: [...layers], ...(choice === undefined ? {} : { choice }) });
      }
      case 'go-to-line':
        return channel.tell(modelMessages.recipeLine, { index: wish.layer });
      case 'choose-recipe':
        return channel.tell(modelMessages.chooseRecipe, null);
      case 'undo':
        return channel.tell(modelMessages.undoRecipe, null);
      case 'cancel':
        return channel.tell(modelMessages.cancelJob, { id: wish.job });
      case 'follow':
        return channel.tell(modelMessages.followOutcome, { id: wish.outcome, to: wish.to });
    }
  }

  readonly #onSteer = (event: Event): void => this.send((event as CustomEvent<Steer>).detail);

  #take(change: Partial<SteeringState>): void {
    this.state = { ...this.state, ...change };
    this.host.requestUpdate();
  }
}
