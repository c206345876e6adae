import { LatheError } from '../base/errors.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import { NodeBackward } from './backward.ts';
import { type Path, pathBetween, recordOf } from './path.ts';

/** A node on the way from a wanted value to the loss whose gradient nobody knows. */
export interface MissingGradient {
  readonly node: string;
  readonly op: string;
}

/** What would keep `addGradients` from working; empty: nothing. */
export function missingGradients(model: Model, wanted: readonly string[], loss: string): MissingGradient[] {
  return missingOn(model, pathBetween(model.graph, inferShapes(model), wanted, loss));
}

const missingOn = (model: Model, path: Path): MissingGradient[] =>
  path.nodes.flatMap((node) => (recordOf(model.opsets, node)?.gradient ? [] : [{ node: node.label, op: node.qualifiedOp }]));

/**
 * Adds the backward pass to a model: nodes that compute the gradient of a scalar `loss` by each of the `wanted` values (inputs or initializers), by
 * reverse mode (Linnainmaa 1970). All shapes must be static and operators in the form of opset 21; operators of the domain `lathe.gradient` are
 * among the new nodes, for a lowering to write out. Returns the gradients' names, that of the loss itself among them; a wanted value that the loss does
 * not depend on has none.
 *
 * Throws `training.no-gradient` naming every node without a rule, `training.dynamic` where a rule needs a shape that is not static.
 */
export function addGradients(model: Model, wanted: readonly string[], loss: string): Map<string, string> {
  const { graph } = model;
  const shapes = inferShapes(model);
  const path = pathBetween(graph, shapes, wanted, loss);
  const missing = missingOn(model, path);
  if (missing.length) throw missingError(missing, model.path);
  const gradients = new Gradients(graph);
  gradients.add(loss, one(graph, shapes, loss));
  for (const node of [...path.nodes].reverse()) propagate(model, shapes, node, path.depends, gradients);
  return new Map([...wanted, loss].flatMap((value) => ((name) => (name === undefined ? [] : [[value, name]]))(gradients.of(value))));
}

function propagate(model: Model, shapes: Shapes, node: Node, depends: ReadonlySet<string>, gradients: Gradients): void {
  const incoming = node.outputs.map((output) => (output === '' ? undefined : gradients.of(output)));
  if (incoming.every((gradient) => gradient === undefined)) return;
  const rule = recordOf(model.opsets, node)!.gradient!;
  const made = rule(new NodeBackward(model, shapes, node, incoming, depends));
  node.inputs.forEach((input, index) => {
    const gradient = made[index];
    if (gradient !== undefined && depends.has(input)) gradients.add(input, gradient);
  });
}

/** Gradients by value; where several nodes read a value theirs are summed when the sum is asked for. */
class Gradients {
  readonly #parts = new Map<string, string[]>();

  constructor(private readonly graph: Graph) {}

  add(value: string, gradient: string): void {
    const parts = this.#parts.get(value);
    if (parts) parts.push(gradient);
    else this.#parts.set(value, [gradient]);
  }

  of(value: string): string | undefined {
    const parts = this.#parts.get(value);
    if (!parts) return undefined;
    const sum = parts.reduce((total, part) => {
      const name = this.graph.uniqueName(`${value}/gradient`);
      this.graph.add(NodeBackward.plain('Add', [total, part], name));
      return name;
    });
    this.#parts.set(value, [sum]);
    return sum;
  }
}

function one(graph: Graph, shapes: Shapes, loss: string): string {
  const shape = shapes.of(loss)?.shape;
  if (shape?.some((dim) => dim !== 1)) throw new RangeError(`the loss ${loss} is no scalar`);
  const name = graph.uniqueName('loss/gradient');
  graph.initializers.set(name, Tensor.float32(shape?.map(() => 1) ?? [], [1]));
  return name;
}

function missingError(missing: readonly MissingGradient[], file: string | undefined): LatheError {
  const named = missing.slice(0, 3).map(({ node, op }) => `${node} (${op})`);
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
  const hint = 'Freeze the layers before them, so that no gradient has to pass.';
  return new LatheError('training.no-gradient', `no gradient is known for ${named.join(', ')}${more}`, {
    file,
    node: missing[0]?.node,
    hint,
  });
}
