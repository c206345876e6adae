import type { Dim, Node } from '../../../onnx/graph.ts';
import type { Family, Fusion, Layer, Rule } from '../../verdict/types.ts';
import type { DpuArchitecture } from './architecture.ts';
import type { DpuFixId } from './fix-ids.ts';

export type DpuRule = Rule<DpuArchitecture>;
export type DpuFusion = Fusion<DpuArchitecture>;
export type DpuFamily = Family<DpuArchitecture>;

/** Where the rules come from. */
export const sources = {
  operators: 'UG1414 3.5, "Currently Supported Operators"',
  pytorch: 'UG1414 2.0, "Operators Supported by PyTorch"',
  filter: 'vai_q_pytorch 3.5, hardware/dpu_op_filter.py',
  inspector: 'vai_q_pytorch 3.5, inspector/device_allocator.py',
  hardware: 'Vitis AI 3.5, target_factory/targets/DPUCZDX8G_ISA1_B4096.prototxt',
  reports: 'Inspector reports for DPUCZDX8G_ISA1_B4096 (Vitis AI 3.0 and 3.5)',
  notes: 'Vitis AI 3.0 and 3.5 release notes, compiler',
} as const;

export const fixes = (...ids: DpuFixId[]): readonly DpuFixId[] => ids;

/** Sizes of a layer's stored weights; undefined where they are computed at run time. */
export const weightDims = ({ node, flow }: Layer, index = 1): readonly number[] | undefined => flow.storedDims(node.inputs[index] ?? '');

/** A window over rows and columns with numbers for its pads, whatever `auto_pad` says. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

/** `kernel` must have two sizes. */
export function windowAt(layer: Layer, kernel: readonly number[]): Window {
  const { node, flow } = layer;
  const [strides, dilations] = [pair(node.ints('strides')), pair(node.ints('dilations'))];
  const given = node.ints('pads') ?? [];
  const autoPad = node.string('auto_pad', 'NOTSET') || 'NOTSET';
  const [from, to] = [flow.input(node), flow.output(node)];
  const pads = [0, 1].map((axis): [number, number] => {
    if (autoPad === 'NOTSET') return [given[axis] ?? 0, given[axis + 2] ?? 0];
    const [size, made] = [from?.[axis + 2], to?.[axis + 2]];
    if (autoPad === 'VALID' || typeof size !== 'number' || typeof made !== 'number') return [0, 0];
    const covered = (made - 1) * strides[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1;
    const both = Math.max(0, covered - size);
    return autoPad === 'SAME_LOWER' ? [Math.ceil(both / 2), Math.floor(both / 2)] : [Math.floor(both / 2), Math.ceil(both / 2)];
  });
  const [[top, bottom], [left, right]] = pads as [[number, number], [number, number]];
  return { kernel: pair(kernel), strides, dilations, pads: [top, left, bottom, right] };
}

const pair = (values: readonly number[] | undefined): [number, number] => [values?.[0] ?? 1, values?.[1] ?? 1];

/** Whether the window covers the whole feature map: its stride does not matter then. */
export function coversMap({ node, flow }: Layer, [height, width]: readonly [number, number]): boolean {
  const dims = flow.input(node);
  return dims?.length === 4 && dims[2] === height && dims[3] === width;
}

export const times = (sizes: readonly Dim[]): string => sizes.map((size) => size ?? '?').join('×');

export const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Channels of a feature map: the second size of N, C, H, W, else the last. Undefined where it is not known. */
export function channelsOf(dims: readonly Dim[] | undefined): number | undefined {
  const size = dims && (dims.length === 4 ? dims[1] : dims.at(-1));
  return typeof size === 'number' ? size : undefined;
}

/** A number as a person would write it. */
export const plain = (value: number): string => String(Number(value.toPrecision(6)));

/** A float attribute or, in newer operator sets, the number that an operand gives. */
export function numberOf({ flow }: Layer, node: Node, index: number, name: string): number | undefined {
  const attribute = node.attributes.get(name);
  if (attribute?.kind === 'float') return attribute.value;
  return flow.number(node.inputs[index] ?? '');
}

/** The number that is an operand of a node of two: with the operand that is data. Undefined: there is none. */
export function scalarOperand(
  { flow }: Layer,
  node: Node,
): { readonly value: number; readonly data: string; readonly index: number } | undefined {
  for (const index of [0, 1]) {
    const value = flow.number(node.inputs[index] ?? '');
    if (value !== undefined) return { value, data: node.inputs[1 - index] ?? '', index };
  }
  return undefined;
}
