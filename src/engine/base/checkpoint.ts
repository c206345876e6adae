/**
 * Where a long stage keeps its state while it runs, so that a killed run continues instead of starting again. The key says
 * everything the state depends on (hashes of model, data and options); a stage that finds a state under its key must end with
 * the same bytes as one that started from nothing. Saving is atomic; only the newest two states of a run are kept.
 */
export interface Checkpoints {
  load(key: string): Promise<Uint8Array | undefined>;
  save(key: string, state: Uint8Array): Promise<void>;
}

/** Keeps nothing: for tests and small jobs. */
export const noCheckpoints: Checkpoints = { load: async () => undefined, save: async () => {} };
