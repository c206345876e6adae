import type { Channel } from '../../src/protocol/transport.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import { keepState, keptState } from '../host.ts';
import type { Kept } from './view-state.ts';

/** The extension writes what it is told into its storage: it is told once changes have come to rest. */
const settleMs = 400;

/**
 * Where a view's state is kept: by VS Code for this tab, which holds while it is hidden and through a reload, and by the extension for the file, for
 * when it is opened again.
 */
export class Memory {
  #latest: Kept | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly channel: Channel) {
    // Hiding a tab ends its page.
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && this.#tell());
    window.addEventListener('pagehide', () => this.#tell());
  }

  /** What was kept last; undefined where there is nothing. */
  async restore(): Promise<unknown> {
    const own = keptState({});
    if (Object.keys(own).length > 0) return own;
    // A host that keeps nothing says so by an error.
    return this.channel.ask(modelMessages.kept, null).catch(() => undefined);
  }

  keep(kept: Kept): void {
    keepState(kept);
    this.#latest = kept;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), settleMs);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    if (this.#latest) this.channel.tell(modelMessages.keep, { state: this.#latest });
    this.#latest = undefined;
  }
}
