import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Larger files hold no figures of layers. Bytes. */
const largestFile = 64 * 1024 * 1024;

/** Files dropped on an element: their texts are handed on; `over` says that some are held above it. */
export class FileDrop implements ReactiveController {
  over = false;
  /** Entered elements that were not left yet: each child says it anew. */
  #depth = 0;

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly dropped: (file: { name: string; text: string }) => Promise<void>,
    private readonly failed: (why: string) => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.host.addEventListener('dragenter', this.#onEnter);
    this.host.addEventListener('dragover', this.#onOver);
    this.host.addEventListener('dragleave', this.#onLeave);
    this.host.addEventListener('drop', this.#onDrop);
  }

  hostDisconnected(): void {
    this.host.removeEventListener('dragenter', this.#onEnter);
    this.host.removeEventListener('dragover', this.#onOver);
    this.host.removeEventListener('dragleave', this.#onLeave);
    this.host.removeEventListener('drop', this.#onDrop);
  }

  #set(over: boolean): void {
    if (over === this.over) return;
    this.over = over;
    this.host.requestUpdate();
  }

  readonly #onEnter = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    this.#depth++;
    this.#set(true);
  };

  readonly #onOver = (event: DragEvent): void => {
    if (hasFiles(event)) event.preventDefault();
  };

  readonly #onLeave = (event: DragEvent): void => {
    if (hasFiles(event) && --this.#depth <= 0) this.#set(false);
  };

  readonly #onDrop = (event: DragEvent): void => {
    this.#depth = 0;
    this.#set(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    void this.#read([...(event.dataTransfer?.files ?? [])]);
  };

  async #read(files: readonly File[]): Promise<void> {
    for (const file of files) {
      try {
        if (file.size > largestFile) throw new Error('it is larger than 64 MiB');
        await this.dropped({ name: file.name, text: await file.text() });
      } catch (error) {
        this.failed(`${file.name} cannot be shown: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
