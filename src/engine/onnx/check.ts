import { LatheError } from '../base/errors.ts';
import type { Finding, Model } from './graph.ts';

/** Throws for an invalid model; returns what is odd in a valid one. */
export function checkModel(model: Model): Finding[] {
  if (model.graph.outputs.length === 0) throw new LatheError('model.no-outputs', 'the graph has no outputs', { file: model.path });
  return [];
}

/** Checks a model that was read, keeps the findings with it and sorts its nodes. */
export function accept(model: Model): void {
  model.findings = checkModel(model);
  model.graph.sort();
}
