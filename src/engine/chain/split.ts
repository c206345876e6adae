import { LatheError } from '../base/errors.ts';
import { readComposition, type Composition } from '../onnx/chain-metadata.ts';
import { cutGraph } from '../onnx/cut.ts';
import { Model, type Node, type ValueInfo } from '../onnx/graph.ts';
import { inferShapes } from '../ops/infer.ts';
import { renamedFunctions, renamedGraph } from './rename.ts';

/** How a model came from others; undefined: it is none of a chain. Throws `chain.metadata` where it says so and cannot be read. */
export function compositionOf(model: Model): Composition | undefined {
  const found = readComposition(model.metadata);
  if (found !== 'unreadable') return found;
  throw new LatheError('chain.metadata', 'what the model says of its parts cannot be read', { file: model.path });
}

/**
 * One model of a chain by itself again, with its own names, inputs and outputs; conversions between the models are left behind. Throws
 * `chain.split` where its inputs or outputs are no longer there.
 */
export function splitChain(whole: Model, { links }: Composition, alias: string): Model {
  const link = links.find((one) => one.alias === alias);
  if (!link) throw new LatheError('chain.split', `the chain has no model ${JSON.stringify(alias)}`);
  const inputs = link.inputs.map(({ name, value, source }) => ({ name, value: present(whole, alias, name, value, source) }));
  const outputs = link.outputs.map(({ name, value }) => ({ name, value: present(whole, alias, name, value) }));
  const shapes = inferShapes(whole);
  const typed = (value: string): ValueInfo => {
    const known = shapes.of(value);
    return known?.type === undefined
      ? { name: value }
      : { name: value, type: { kind: 'tensor', elementType: known.type, ...(known.shape ? { shape: known.shape } : {}) } };
  };
  const part = cutGraph(
    whole,
    inputs.map(({ value }) => typed(value)),
    outputs.map(({ value }) => typed(value)),
  );
  // Values at its ends may be another model's, or have the names of the whole.
  const ends = new Map([...inputs, ...outputs].map(({ name, value }) => [value, name]));
  const prefix = `${alias}:`;
  // What was added at an end is called after its value: "VALUE_QuantizeLinear".
  const entered = inputs.filter(({ value }) => !value.startsWith(prefix));
  const own = (name: string): string => {
    const end = entered.find(({ value }) => name.startsWith(value));
    return ends.get(name) ?? (end ? end.name + name.slice(end.value.length) : name.startsWith(prefix) ? name.slice(prefix.length) : name);
  };
  const op = (node: Node): string => own(node.op);
  const model = new Model(renamedGraph(part.graph, { name: own, op, dim: own }));
  model.irVersion = part.irVersion;
  for (const [domain, version] of part.opsets) model.opsets.set(domain, version);
  model.functions.push(...renamedFunctions(part, own, op).filter((_, at) => part.functions[at]!.name.startsWith(prefix)));
  return model;
}

/** The first of the values that the whole still has. */
function present(whole: Model, alias: string, name: string, ...values: (string | undefined)[]): string {
  const found = values.find((value) => value !== undefined && whole.graph.defines(value));
  if (found !== undefined) return found;
  throw new LatheError('chain.split', `${alias}: ${JSON.stringify(name)} is no longer a value of its own in the whole`, {
    file: whole.path,
  });
}
