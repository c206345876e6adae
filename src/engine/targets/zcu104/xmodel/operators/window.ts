import type { Node } from '../../../../onnx/graph.ts';
import { windowOf } from '../../../../ops/shape/window.ts';
import type { Plain } from '../../../../xir/builder.ts';
import type { Writing } from '../export.ts';

/** Kernel, stride and pads of a window over rows and columns: pairs are [w, h] in XIR, pads [left, right, top, bottom]. */
export interface PlacedWindow {
  readonly attributes: Readonly<Record<string, Plain>>;
  readonly kernel: readonly [height: number, width: number];
  readonly dilations: readonly [number, number];
}

/** Pads as numbers, whatever `auto_pad` says: from the sizes of what goes in and what comes out. */
export function placedWindow(writing: Writing, node: Node, kernel: readonly number[]): PlacedWindow {
  const [input, output] = [writing.dims(node.inputs[0]!), writing.dims(node.outputs[0]!)];
  if (input.length !== 4) writing.refuse(node, `${node.op} over ${input.length - 2} axes has no form for the DPU, which takes pictures`);
  const window = windowOf(node, kernel, 2);
  const pads = [0, 1].map((axis): [number, number] => {
    if (window.autoPad === 'NOTSET') return [window.padsBegin[axis]!, window.padsEnd[axis]!];
    const covered = (output[axis + 2]! - 1) * window.strides[axis]! + (kernel[axis]! - 1) * window.dilations[axis]! + 1;
    const both = window.autoPad === 'VALID' ? 0 : Math.max(0, covered - input[axis + 2]!);
    const begin = window.autoPad === 'SAME_LOWER' ? Math.ceil(both / 2) : Math.floor(both / 2);
    return [begin, both - begin];
  });
  const [[top, bottom], [left, right]] = pads as [[number, number], [number, number]];
  return {
    kernel: [kernel[0]!, kernel[1]!],
    dilations: [window.dilations[0]!, window.dilations[1]!],
    attributes: {
      kernel: [kernel[1]!, kernel[0]!],
      stride: [window.strides[1]!, window.strides[0]!],
      pad_mode: node.int('ceil_mode', 0) ? 'CEIL' : 'FLOOR',
      pad: [left, right, top, bottom],
    },
  };
}
