import { outlineOf } from '../architectures/make.ts';
import type { NewModelSettings } from '../architectures/settings.ts';
import { LatheError } from '../base/errors.ts';
import type { Model } from '../onnx/graph.ts';
import { modelFacts } from './facts/model.ts';
import type { Known, ModelFacts } from './facts/types.ts';

/** A network that is not made yet. */
export interface Network {
  /** Without weights; absent where the settings cannot be had. */
  readonly model?: Model;
  readonly facts: Known<ModelFacts>;
  /** What its maker says of it. */
  readonly warnings: readonly string[];
}

/** Drafts kept: a recipe with new networks is checked at every keystroke. */
const mostKept = 8;
const drafts = new Map<string, Network>();

/** What a new network will be, drawn up once. Throws nothing. */
export function networkFacts(settings: NewModelSettings): Network {
  const key = JSON.stringify(settings);
  const network = drafts.get(key) ?? draft(settings);
  drafts.delete(key);
  drafts.set(key, network);
  for (const oldest of drafts.keys()) if (drafts.size > mostKept) drafts.delete(oldest);
  return network;
}

function draft(settings: NewModelSettings): Network {
  try {
    const { model, warnings } = outlineOf(settings);
    return { model, facts: { state: 'known', value: modelFacts(model, { file: '', bytes: 0 }, { pruning: true }) }, warnings };
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    const { hint } = error.place;
    const message = hint ? `${error.message}. ${hint}` : error.message;
    return { facts: { state: 'problem', code: error.code, message }, warnings: [] };
  }
}
