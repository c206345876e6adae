import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import { attributes, Node, type Graph, type Model } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { Attributes } from '../../ops/gradient/rule.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import { countOf, type Parameter } from '../parameters.ts';
import { type BatchFeed, lossInputs, type LossSite, type LossValue, type TeacherValues, type WeightedLoss } from './loss.ts';

export interface LossRequest {
  readonly parameters: readonly Parameter[];
  readonly losses: readonly WeightedLoss[];
  readonly teacher?: TeacherValues;
}

/** What losses brought with them. */
interface Added {
  readonly weights: Parameter[];
  readonly feeds: BatchFeed[];
}

/** Adds the losses to a forward model (static shapes; changed in place): name of their weighted sum, the weights that they brought, and what they want of every batch. */
export function addLosses(model: Model, request: LossRequest): Readonly<Added> & { readonly loss: string } {
  const { graph } = model;
  const added: Added = { weights: [], feeds: [] };
  const site = lossSite(model, inferShapes(model), request, added);
  const terms = request.losses.map(({ loss, weight }) => {
    const term = loss.build(site);
    return weight === 1 ? term : site.emit('Mul', [term, site.number(weight)]);
  });
  return { loss: terms.length === 1 ? terms[0]! : emit(graph, 'Sum', terms), ...added };
}

function lossSite(model: Model, shapes: Shapes, { parameters, teacher }: LossRequest, { weights, feeds }: Added): LossSite {
  const { graph } = model;
  const shapeOf = (name: string): number[] => (shapes.of(name)?.shape ?? []).map(Number);
  const input = (name: string, shape: readonly number[]): string => {
    const type = { kind: 'tensor', elementType: DataType.float32, shape } as const;
    if (!graph.isInput(name)) graph.inputs = [...graph.inputs, { name, type }];
    return name;
  };
  const outputs = graph.outputs.map(({ name }): LossValue => ({ name, shape: shapeOf(name) }));
  return {
    model,
    outputs,
    value(name) {
      if (shapes.of(name)?.shape?.every((size) => typeof size === 'number')) return { name, shape: shapeOf(name) };
      throw new LatheError('training.no-value', `the network has no value ${JSON.stringify(name)} of a known shape`, { file: model.path });
    },
    labels: (classes) => input(lossInputs.labels, [outputs[0]!.shape[0]!, classes]),
    target: (of = outputs[0]!) => input(lossInputs.target, of.shape),
    teacher(name) {
      const info = teacher?.get(name);
      if (info?.type?.kind === 'tensor' && info.type.shape) {
        const shape = info.type.shape.map(Number);
        return { name: input(lossInputs.teacher(name), shape), shape };
      }
      throw new LatheError('training.no-value', `there is no teacher with a value ${JSON.stringify(name)}`, { file: model.path });
    },
    batch(inputs, make) {
      const named = inputs.map((one) => ({ ...one, name: graph.uniqueName(one.name) }));
      graph.inputs = [
        ...graph.inputs,
        ...named.map(({ name, type, shape }) => ({ name, type: { kind: 'tensor', elementType: type, shape } as const })),
      ];
      feeds.push({ inputs: named, make });
      return named.map(({ name }) => name);
    },
    weight(name, initial) {
      const unique = graph.uniqueName(name);
      graph.initializers.set(unique, initial);
      const offset = countOf(parameters) + countOf(weights);
      weights.push({ name: unique, dims: initial.dims, size: initial.size, offset, layer: unique, decays: initial.dims.length > 1 });
      return unique;
    },
    emit: (op, inputs, values) => emit(graph, op, inputs, values),
    emitSeveral(op, inputs, outputs, values = {}) {
      const names: string[] = [];
      for (let i = 0; i < outputs; i++) names.push(graph.uniqueName(`loss/${op}${i || ''}`));
      graph.add(new Node(names[0]!, op, inputs, names, attributes(values)));
      return names;
    },
    number: (value) => store(graph, Tensor.float32([], [value])),
    indices: (values) => store(graph, Tensor.int64([values.length], values)),
    constant: (dims, values) => store(graph, Tensor.float32(dims, values)),
  };
}

function emit(graph: Graph, op: string, inputs: readonly string[], values: Attributes = {}): string {
  const name = graph.uniqueName(`loss/${op}`);
  graph.add(new Node(name, op, inputs, [name], attributes(values)));
  return name;
}

function store(graph: Graph, tensor: Tensor): string {
  const name = graph.uniqueName('loss/constant');
  graph.initializers.set(name, tensor);
  return name;
}
