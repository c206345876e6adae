import type { Composition } from '../onnx/chain-metadata.ts';
import { LatheError } from '../base/errors.ts';
import type { Graph } from '../onnx/graph.ts';

/** Where a loss of a chain is taken: all outputs of a model, or one on its way to the next. */
export interface Place {
  /** As the recipe has it: `alias` or `alias.output`. */
  readonly key: string;
  readonly alias: string;
  /** Absent: the model's answer. */
  readonly output?: string;
  /** Values of the whole. */
  readonly values: readonly string[];
}

/** Finds the value that a key of `losses` names. Throws `joint.losses` for one that the chain does not have. */
export function placeOf(key: string, { links }: Composition): Place {
  const dot = key.indexOf('.');
  const alias = dot < 0 ? key : key.slice(0, dot);
  const link = links.find((one) => one.alias === alias);
  if (!link) throw unknown(key, `the chain has no model ${JSON.stringify(alias)}`);
  if (dot < 0) return { key, alias, values: link.outputs.map(({ value }) => value) };
  const output = key.slice(dot + 1);
  const found = link.outputs.find(({ name }) => name === output);
  if (!found)
    throw unknown(key, `${alias} has no output ${JSON.stringify(output)}; it has ${link.outputs.map(({ name }) => name).join(', ')}`);
  return { key, alias, output, values: [found.value] };
}

/** Models with an output that is one of the whole: what the chain is for. */
export const endsOf = ({ links }: Composition, graph: Graph): string[] =>
  links.filter(({ outputs }) => outputs.some(({ value }) => graph.isOutput(value))).map(({ alias }) => alias);

/**
 * Name of a seam's value in a model that passes were over: where the node between two models fell away, it may have the name that the next one gave it. Throws
 * `joint.losses` where it is gone.
 */
export function valueIn(graph: Graph, value: string, { links }: Composition): string {
  const behind = links.flatMap(({ inputs }) => inputs.filter(({ source }) => source === value).map(({ value: other }) => other));
  const found = [value, ...behind].find((name) => graph.defines(name));
  if (found !== undefined) return found;
  throw unknown(value, 'it is no longer a value of its own');
}

const unknown = (key: string, message: string): LatheError =>
  new LatheError('joint.losses', `losses: ${JSON.stringify(key)}: ${message}`, {
    hint: 'Name a model of the chain, or one of its outputs as alias.output.',
  });
