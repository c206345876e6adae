import type { Channel } from '../../src/protocol/transport.ts';
import type { LayerDetail } from '../../src/protocol/view.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import type { Channels } from '../detail/layer-detail.ts';

/** What the extension says of the selected layer. */
export class DetailSource {
  detail: LayerDetail | undefined;
  failure: string | undefined;
  channels: Channels | undefined;
  #index = -1;

  constructor(
    private readonly channel: Channel,
    private readonly changed: () => void,
  ) {}

  /** The model is another one: nothing of it is known any more. */
  forget(): void {
    this.#index = -1;
    this.detail = this.failure = this.channels = undefined;
  }

  /** Of one layer, -1 for none. */
  async ask(index: number): Promise<void> {
    if (index === this.#index) return;
    this.#index = index;
    this.failure = this.channels = undefined;
    if (index < 0) return;
    try {
      const detail = await this.channel.ask(modelMessages.detail, { index });
      if (index !== this.#index) return; // another layer was chosen meanwhile
      this.detail = detail;
    } catch (error) {
      if (index !== this.#index) return;
      this.detail = undefined;
      this.failure = message(error);
    }
    this.changed();
  }

  async askChannels(overlay: string): Promise<void> {
    const index = this.#index;
    this.channels = 'asking';
    this.changed();
    const answer = await this.channel
      .ask(modelMessages.channels, { index, overlay })
      .catch((error: unknown) => ({ failure: message(error) }));
    if (index !== this.#index) return;
    this.channels = answer;
    this.changed();
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
