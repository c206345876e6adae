import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import { layerNames, layerPattern } from '../../recipe/layers.ts';
import type { ResolvedStep } from '../../recipe/types.ts';
import { parametersOf, type Parameter } from '../../train/parameters.ts';

/**
 * What a step trains: all but the layers that its `freeze` names (a name, a pattern, an operator) or that `layers` leaves out of the step.
 * Throws `training.freeze` for an entry that means nothing in this model, and where nothing is left.
 */
export function trainedParameters(model: Model, step: ResolvedStep, freeze: readonly string[]): Parameter[] {
  const frozen = frozenLayers(model, step, freeze);
  const parameters = parametersOf(model, (layer) => !frozen.has(layer));
  if (parameters.length) return parameters;
  throw nothingLeft(model);
}

export const nothingLeft = (model: Model): LatheError =>
  new LatheError('training.freeze', 'no layer is left to train', { file: model.path, hint: 'Freeze fewer layers.' });

/** Names of the layers that stay as they are. Throws `training.freeze` for an entry that means nothing in this model. */
export function frozenLayers(model: Model, { step, layers }: ResolvedStep, freeze: readonly string[]): ReadonlySet<string> {
  const frozen = new Set(Object.keys(layers).filter((layer) => layers[layer]?.[step] === false));
  const names = layerNames(model);
  for (const entry of freeze) {
    const matches = layerPattern(entry);
    const found = [...names.filter(matches), ...model.graph.nodes.filter(({ op }) => op === entry).map(({ label }) => label)];
    if (!found.length) throw unknownEntry(model, entry);
    for (const name of found) frozen.add(name);
  }
  return frozen;
}

const unknownEntry = (model: Model, entry: string): LatheError =>
  new LatheError('training.freeze', `freeze: ${JSON.stringify(entry)} is no layer, operator or pattern that matches one`, {
    file: model.path,
  });
