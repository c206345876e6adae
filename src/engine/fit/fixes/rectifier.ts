import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import { replaceNode } from '../build.ts';
import { isFloat32, isOp, type Fix } from '../fix.ts';

/** Beyond this no float32 is: exporters write "no bound" so. */
const largest = 3.4028234e38;

export const rectifier: Fix = {
  id: 'rectifier',
  title: 'Write it as ReLU',
  effect: 'exact',
  finds: 'Clip from 0 without an upper bound; Max with the constant 0; LeakyRelu or PRelu of slope 0.',
  does: 'Relu, which the DPU computes in the pass of the convolution before it.',
  source: 'UG1414 3.5, "Currently Supported Operators"; Max is no operator of the DPU (dpu_op_filter.py).',
  match(node, scope) {
    const { graph } = scope;
    if (!isOp(node, 'Clip', 'Max', 'LeakyRelu', 'PRelu') || !isFloat32(scope, node.outputs[0])) return undefined;
    const isZero = (value: string | undefined): boolean => {
      const tensor = value ? graph.constant(value) : undefined;
      return tensor !== undefined && tensor.isLoaded && tensor.size >= 1 && tensor.toFloat64().every((number) => number === 0);
    };
    const single = (value: string): boolean => graph.constant(value)?.size === 1 && graph.constant(value)!.dims.length <= 1;
    let value: string | undefined;
    if (node.op === 'Clip') {
      const bounds = clampBounds(node, graph);
      if (bounds?.low === 0 && bounds.high >= largest) value = node.inputs[0];
    } else if (node.op === 'LeakyRelu') {
      if (node.float('alpha', 0.01) === 0) value = node.inputs[0];
    } else if (node.op === 'PRelu') {
      if (isZero(node.inputs[1])) value = node.inputs[0];
    } else if (node.inputs.length === 2) {
      const at = node.inputs.findIndex((input) => isZero(input) && single(input));
      if (at >= 0) value = node.inputs[1 - at];
    }
    if (!value || graph.constant(value)) return undefined;
    return {
      nodes: [node.label],
      message: `${node.op} is max(x, 0)`,
      apply() {
        replaceNode(graph, node, 'Relu', [value]);
        return undefined;
      },
    };
  },
};
