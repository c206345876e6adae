import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { readFix, type Fix } from './fixes.ts';
import type { FloatBuilder } from './float-builder.ts';

/** Whose arithmetic it is, for messages. */
interface Board {
  /** Name of the target. */
  readonly target: string;
  /** "the DPU". */
  readonly computer: string;
}

interface Place extends Board {
  readonly file: string | undefined;
}

/**
 * Puts float operators that round half up in place of a model's QuantizeLinear and DequantizeLinear, which must be fixes (one power of two, zero
 * point 0). Throws `<target>.scale` for one that is none. Changes the model.
 */
export function fixesAsFloat(builder: FloatBuilder, model: Model, board: Board): void {
  const { graph } = model;
  const place = { ...board, file: model.path };
  for (const node of graph.topologicalOrder()) {
    if (node.op === 'DequantizeLinear') dequantize(builder, node, place);
    else if (node.op === 'QuantizeLinear') fixOf(builder, node, place);
  }
  for (const node of graph.nodes) if (node.op === 'QuantizeLinear' && graph.users(node.outputs[0]!).length === 0) graph.remove(node);
  graph.sort();
  graph.prune();
  // Types of what was integer.
  graph.valueInfo.clear();
  model.metadata.set('lathe.simulation', board.target);
}

function fixOf({ graph }: FloatBuilder, node: Node, { file, target, computer }: Place): Fix {
  const fix = readFix(graph, node);
  if (!('problem' in fix)) return fix;
  throw new LatheError(`${target}.scale`, `${computer} cannot compute this: ${fix.problem}`, {
    file,
    node: node.label,
    hint: `Quantize with --target ${target}.`,
  });
}

/** A stored constant becomes its float value; a rounded activation becomes the rounding, written in float operators. */
function dequantize(builder: FloatBuilder, node: Node, place: Place): void {
  const { graph } = builder;
  const { position } = fixOf(builder, node, place);
  const [source = ''] = node.inputs;
  const [result] = node.outputs as [string];
  const stored = graph.constant(source);
  if (stored) {
    const scale = 2 ** -position;
    graph.remove(node);
    graph.initializers.set(
      result,
      Tensor.float32(
        stored.dims,
        stored.toFloat64().map((code) => code * scale),
      ),
    );
    return;
  }
  const quantize = graph.producer(source);
  if (quantize?.op !== 'QuantizeLinear') {
    throw new LatheError(`${place.target}.scale`, 'it reads integers that no QuantizeLinear has made', {
      file: place.file,
      node: node.label,
    });
  }
  const fix = fixOf(builder, quantize, place);
  if (fix.position !== position) {
    throw new LatheError(`${place.target}.scale`, `it has another scale than the ${JSON.stringify(quantize.label)} before it`, {
      file: place.file,
      node: node.label,
    });
  }
  graph.remove(node);
  roundHalfUp(builder, quantize.inputs[0]!, fix, result);
}

/** clip(floor(x * 2^p + 0.5)) * 2^-p without a rounding of its own: floor(v + 1/2) = ceil(floor(2 v) / 2) for every float v. */
export function roundHalfUp(
  builder: FloatBuilder,
  value: string,
  { position, type }: Pick<Fix, 'position' | 'type'>,
  result?: string,
): string {
  const [lowest, highest] = bounds(type);
  const halves = builder.add('Floor', [builder.add('Mul', [value, builder.number(2 ** (position + 1))])]);
  const rounded = builder.add('Ceil', [builder.add('Mul', [halves, builder.number(0.5)])]);
  const clipped = builder.add('Clip', [rounded, builder.number(lowest), builder.number(highest)]);
  return builder.add('Mul', [clipped, builder.number(2 ** -position)], {}, result);
}

function bounds(type: DataType): readonly [number, number] {
  switch (type) {
    case DataType.int8:
      return [-128, 127];
    case DataType.uint8:
      return [0, 255];
    case DataType.int16:
      return [-32768, 32767];
    case DataType.uint16:
      return [0, 65535];
    default:
      throw new LatheError('simulation.type', `integers of type ${type} are not simulated`);
  }
}
