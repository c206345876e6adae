import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import { attributes, Node, type Graph, type Model } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { Attributes } from '../../ops/gradient/rule.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import { countOf, type Parameter } from '../parameters.ts';
import { lossInputs, type LossSite, type LossValue, type TeacherValues, type WeightedLoss } from './loss.ts';

export interface LossRequest {
  readonly parameters: readonly Parameter[];
  readonly losses: readonly WeightedLoss[];
  readonly teacher?: TeacherValues;
}

/** Adds the losses to a forward model (static shapes; changed in place): name of their weighted sum, and the weights that they brought. */
export function addLosses(model: Model, request: LossRequest): { readonly loss: string; readonly weights: readonly Parameter[] } {
  const { graph } = model;
  const weights: Parameter[] = [];
  const site = lossSite(model, inferShapes(model), request, weights);
  const terms = request.losses.map(({ loss, weight }) => {
    const term = loss.build(site);
    return weight === 1 ? term : site.emit('Mul', [term, site.number(weight)]);
  });
  return { loss: terms.length === 1 ? terms[0]! : emit(graph, 'Sum', terms), weights };
}

function lossSite(model: Model, shapes: Shapes, { parameters, teacher }: LossRequest, weights: Parameter[]): LossSite {
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
    weight(name, initial) {
      const unique = graph.uniqueName(name);
      graph.initializers.set(unique, initial);
      const offset = countOf(parameters) + countOf(weights);
      weights.push({ name: unique, dims: initial.dims, size: initial.size, offset, layer: unique, decays: initial.dims.length > 1 });
      return unique;
    },
    emit: (op, inputs, values) => emit(graph, op, inputs, values),
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
