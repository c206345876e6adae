import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { visible } from '../../src/protocol/format.ts';

/** Larger files hold no figures of layers. Bytes. */
const largestFile = 64 * 1024 * 1024;

/** Texts under which VS Code's explorer and editors hand on files: addresses, one a line. */
const addressTypes = ['application/vnd.code.uri-list', 'text/uri-list'];
/** Addresses of one drop that are followed. */
const mostAddresses = 16;

/** A file with its text; from VS Code's own explorer only its address. */
export type DroppedFile = { name: string; text: string } | { uri: string };

/**
 * Files dropped on an element: their texts are handed on, or their addresses where VS Code gives no more; `over` says that some are held above it. VS Code
 * hands drops to a view only while Shift is held.
 */
export class FileDrop implements ReactiveController {
  over = false;
  /** Entered elements that were not left yet: each child says it anew. */
  #depth = 0;

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly dropped: (file: DroppedFile) => Promise<void>,
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
    // What is dropped is gone after the event.
    const files = [...(event.dataTransfer?.files ?? [])];
    void (files.length > 0 ? this.#read(files) : this.#follow(addresses(event.dataTransfer)));
  };

  async #read(files: readonly File[]): Promise<void> {
    for (const file of files) {
      await this.#hand(file.name, async () => {
        if (file.size > largestFile) throw new Error('it is larger than 64 MiB');
        return { name: file.name, text: await file.text() };
      });
    }
  }

  async #follow(uris: readonly string[]): Promise<void> {
    for (const uri of uris) await this.#hand(nameOf(uri), () => Promise.resolve({ uri }));
  }

  async #hand(name: string, file: () => Promise<DroppedFile>): Promise<void> {
    try {
      await this.dropped(await file());
    } catch (error) {
      this.failed(`${name} cannot be shown: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

const hasFiles = (event: DragEvent): boolean =>
  event.dataTransfer?.types.some((type) => type === 'Files' || addressTypes.includes(type)) ?? false;

/** Lines that begin with # are remarks (RFC 2483, section 5). */
function addresses(transfer: DataTransfer | null): string[] {
  const list = addressTypes.map((type) => transfer?.getData(type) ?? '').find((text) => text !== '') ?? '';
  const lines = list.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.slice(0, mostAddresses);
}

/** The last part of an address, as a person reads it. */
function nameOf(uri: string): string {
  const last =
    uri
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? uri;
  const name = last.length > 200 ? `${last.slice(0, 200)}…` : last;
  try {
    return visible(decodeURIComponent(name));
  } catch {
    return visible(name); // a % that stands for itself
  }
}
