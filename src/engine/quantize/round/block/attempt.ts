import type { Context } from '../../../base/context.ts';
import { LatheError } from '../../../base/errors.ts';
import type { Model, Node } from '../../../onnx/graph.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { countOf, flatten, type Parameter } from '../../../train/parameters.ts';
import type { RoundedLayer } from '../rounding.ts';
import type { Simulation } from '../simulation.ts';
import type { Tensors } from '../../../layerwise/tensor-store.ts';
import { blockModel } from './block-model.ts';
import type { BlockPorts } from './ports.ts';
import { batchOf, commonBatch } from './samples.ts';
import { Descent, type PlacedLayer, type PlacedScale } from './descend.ts';
import { StepRunner, type BlockBatch } from './step-runner.ts';
import { learned, type TunedLayer } from './tuned-layer.ts';

export interface BlockProblem {
  readonly simulation: Simulation;
  readonly ports: BlockPorts;
  readonly layers: readonly TunedLayer[];
  readonly scales: readonly FreeScale[];
  readonly train: readonly number[];
  readonly heldOut: readonly number[];
  /** Shapes of inputs and outputs of one picture, and the variance of each output, in the ports' order. */
  readonly shapes: { readonly inputs: readonly (readonly number[])[]; readonly outputs: readonly (readonly number[])[] };
  readonly powers: readonly number[];
  /** Loss on the held-out pictures as the quantized model itself has it. */
  readonly before: number;
  /** Values of a picture by name: of the quantized model before the block, of the float model behind it. */
  readonly known: (picture: number) => Promise<Tensors>;
  readonly target: (picture: number) => Promise<Tensors>;
  /** Multiply-adds of the block, for one picture. */
  readonly macs: number;
  /** Channels in a block of the machine's blocked layout. */
  readonly blockSize: number | undefined;
  readonly stream: string;
}

/** An activation's scale that may change. */
export interface FreeScale {
  readonly value: string;
  readonly scale: number;
  readonly most: number;
}

export interface Attempt {
  readonly layers: ReadonlyMap<Node, RoundedLayer>;
  readonly scales: ReadonlyMap<string, number>;
}

/** Pictures a step. */
const pictures = 32;
/** Pictures of the training part that each pass looks at. */
const mostTrained = 256;
/** Passes: fewer where they would take more than so many multiply-adds. */
const passes = 60;
const leastPasses = 10;
const mostMacs = 1e12;
/** Bytes of one batch of what goes in and out. */
const batchBytes = 64 * 2 ** 20;
/** What the block's model for training may differ from the quantized model: ties that other kernels round otherwise. */
const agreement = 0.05;

/** Learns a block. undefined: nothing better was found. Throws `block.*`, `training.*`, `runtime.*`, `graph.*`, Cancelled. */
export async function attempt(problem: BlockProblem, runtime: Runtime, context: Context): Promise<Attempt | undefined> {
  const { ports, shapes, simulation, heldOut, train } = problem;
  const unit = commonBatch([...shapes.inputs, ...shapes.outputs]);
  const inputs = new Map(ports.inputs.map(({ quantized }, i) => [quantized, shapes.inputs[i]!]));
  const { model, quantizers } = blockModel(simulation.model, inputs, ports.outputs.map(({ quantized }) => quantized)); // prettier-ignore
  const placed = place(problem, model, new Set(quantizers.map(({ scale }) => scale)));
  const perPicture = 4 * [...shapes.inputs, ...shapes.outputs].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const count = Math.max(1, Math.min(pictures, heldOut.length, train.length, Math.floor(batchBytes / Math.max(1, perPicture))));
  const whole = (numbers: readonly number[]): readonly number[] => numbers.slice(0, count * Math.floor(numbers.length / count));
  const [learnedFrom, judged] = [whole(train.slice(0, Math.max(count, mostTrained))), whole(heldOut)];
  const runner = await StepRunner.open(
    {
      model,
      parameters: placed.parameters,
      pictures: count,
      batch: count * unit,
      results: ports.outputs.map(({ quantized }, i) => ({ name: quantized, shape: shapes.outputs[i]!, power: problem.powers[i]! })),
      load: (numbers) => load(problem, numbers),
      block: problem.blockSize,
    },
    runtime,
    context,
  );
  try {
    const descent = new Descent(
      {
        layers: placed.layers,
        scales: placed.scales,
        start: flatten(model.graph, placed.parameters),
        train: learnedFrom,
        heldOut: judged,
        passes: Math.max(leastPasses, Math.min(passes, Math.floor(mostMacs / (3 * learnedFrom.length * Math.max(1, problem.macs))))),
        stream: problem.stream,
      },
      runner,
      (message) => context.logger.debug(`block ${problem.stream}, ${message}`),
    );
    const { before, after } = await descent.run();
    if (Math.abs(before - problem.before) > agreement * problem.before + 1e-9 && judged.length === heldOut.length)
      throw new LatheError('block.differs', 'as a graph for training it does not compute what the quantized model does');
    return after < before ? result(placed, descent.values) : undefined;
  } finally {
    await runner.dispose();
  }
}

interface Placed {
  readonly layers: readonly PlacedLayer[];
  readonly scales: readonly PlacedScale[];
  readonly parameters: readonly Parameter[];
}

/** What is learned, and where in the flat vector; `known`: scales that the block's model has. */
function place({ simulation, layers, scales }: BlockProblem, model: Model, known: ReadonlySet<string>): Placed {
  const parameters: Parameter[] = [];
  const parameter = (name: string, layer: string): Parameter => {
    const { dims, size } = model.graph.initializers.get(name)!;
    const found = { name, dims, size, offset: countOf(parameters), layer, decays: false };
    parameters.push(found);
    return found;
  };
  const placed = layers.map((layer): PlacedLayer => {
    const { weight, bias } = layer.role;
    const { inputs } = simulation.copyOf(layer.node);
    const weights = parameter(inputs[weight]!, layer.node.label);
    return { layer, weights, bias: bias === undefined || !layer.start.bias ? undefined : parameter(inputs[bias]!, layer.node.label) };
  });
  const free = scales.flatMap(({ value, most }): PlacedScale[] => {
    const name = simulation.scaleName(value);
    return name !== undefined && known.has(name) ? [{ parameter: parameter(name, value), most, value }] : [];
  });
  return { layers: placed, scales: free, parameters };
}

function result({ layers, scales }: Placed, values: Float32Array): Attempt {
  const biasOf = ({ bias }: PlacedLayer): Float32Array | undefined => bias && values.slice(bias.offset, bias.offset + bias.size);
  return {
    layers: new Map(layers.map((placed) => [placed.layer.node, learned(placed.layer, biasOf(placed))])),
    scales: new Map(scales.map(({ value, parameter: { offset } }) => [value, values[offset]!])),
  };
}

async function load({ ports, known, target }: BlockProblem, numbers: readonly number[]): Promise<BlockBatch> {
  const [ours, theirs] = [await Promise.all(numbers.map(known)), await Promise.all(numbers.map(target))];
  return {
    inputs: Object.fromEntries(ports.inputs.map(({ quantized, source }) => [quantized, batchOf(ours, source)])),
    targets: Object.fromEntries(
      ports.outputs.map(({ float, quantized }) => [quantized, batchOf(theirs, { name: float, scale: 1, zeroPoint: 0 })]),
    ),
  };
}
