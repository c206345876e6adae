/**
 * Where a long stage keeps its state while it runs, so that a killed run continues instead of starting again. Whoever hands this
 * out has bound it to the stage's inputs (model, data, options), so `key` only tells a stage's own states apart. A stage that finds
 * a state must end with the same bytes as one that started from nothing. Saving is atomic; the newest two states of a run are kept.
 */
export interface Checkpoints {
  load(key: string): Promise<Uint8Array | undefined>;
  save(key: string, state: Uint8Array): Promise<void>;
  /** Finished states are wanted as well: stages that gather the same for several purposes find them here. */
  readonly keepsFinished?: boolean;
}

/** Keeps nothing: for tests and small jobs. */
export const noCheckpoints: Checkpoints = { load: async () => undefined, save: async () => {} };

/** The same store seen by a stage with these inputs: `scope` is their hash. */
export const scopedCheckpoints = (checkpoints: Checkpoints, scope: string): Checkpoints => ({
  load: (key) => checkpoints.load(`${scope}/${key}`),
  save: (key, state) => checkpoints.save(`${scope}/${key}`, state),
  ...(checkpoints.keepsFinished ? { keepsFinished: true } : {}),
});

/** Holds every state in memory, finished ones too: for many variants of one job. Grows with the states, not with the pictures. */
export function memoryCheckpoints(): Checkpoints {
  const states = new Map<string, Uint8Array>();
  return {
    keepsFinished: true,
    load: (key) => Promise.resolve(states.get(key)),
    save: (key, state) => {
      states.set(key, state);
      return Promise.resolve();
    },
  };
}
