import type * as vscode from 'vscode';

const key = 'lathe.views';
/** Files that are remembered: those looked at last. */
const mostFiles = 60;
/** Signs as JSON of all of them together: the editor keeps this in memory from its start. */
const mostText = 512 * 1024;

type Entry = [model: string, state: object];

/** What views kept of their files (zoom, selection, open groups …) for when these are opened again, in the workspace's own storage. */
export class ViewMemory {
  constructor(private readonly memento: Pick<vscode.Memento, 'get' | 'update'>) {}

  of(model: string): object | null {
    return this.#entries().find(([other]) => other === model)?.[1] ?? null;
  }

  /** The newest first; those that were looked at longest ago are forgotten. */
  async keep(model: string, state: object): Promise<void> {
    const entries = [[model, state] as Entry, ...this.#entries().filter(([other]) => other !== model)].slice(0, mostFiles);
    let room = mostText;
    const kept = entries.filter((entry) => (room -= JSON.stringify(entry).length) >= 0);
    await this.memento.update(key, kept);
  }

  #entries(): Entry[] {
    const entries: unknown = this.memento.get(key);
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  }
}

const isEntry = (entry: unknown): entry is Entry =>
  Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'object' && entry[1] !== null;
