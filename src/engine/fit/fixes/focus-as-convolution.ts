import { Tensor } from '../../onnx/tensor.ts';
import { replaceNode, store } from '../build.ts';
import { isOp, mapOf, type Fix } from '../fix.ts';
import { takenThrough } from '../slices.ts';
import { wordsOf } from '../words.ts';

export const focusAsConvolution: Fix = {
  id: 'focus-as-convolution',
  title: 'Write the slices as one convolution',
  effect: 'exact',
  finds: 'Concat of Slices in steps over height and width of one feature map (the Focus layer of YOLOv5).',
  does: 'One convolution whose kernel and stride are the step, of zeros and ones.',
  source: 'Strided slices run on the CPU up to Vitis AI 2.5 (release notes of 3.0); YOLOv5 itself replaced Focus by a convolution in v6.',
  match(node, scope) {
    const { graph, board } = scope;
    if (!isOp(node, 'Concat') || ![1, -3].includes(node.int('axis', 0)) || node.inputs.length < 2) return undefined;
    const parts = node.inputs.map((input) => takenThrough(input, scope));
    const value = parts[0]?.taken.value;
    const map = mapOf(scope, value);
    const step = parts[0]?.taken.axes[2]?.step ?? 1;
    if (!value || !map || step < 2 || step > board.convolution.stride || map.height % step !== 0 || map.width % step !== 0)
      return undefined;
    const fits = parts.every((part) => {
      const [batch, channels, rows, columns] = part?.taken.axes ?? [];
      if (part?.taken.value !== value || !batch || !channels || !rows || !columns) return false;
      const whole = batch.start === 0 && batch.step === 1 && channels.start === 0 && channels.step === 1 && channels.size === map.channels;
      const spread = [rows, columns].every((axis) => axis.step === step && axis.start < step);
      return whole && spread && rows.size === map.height / step && columns.size === map.width / step;
    });
    if (!fits || map.channels * parts.length > board.channels || wordsOf([step, step], map.channels, board) > board.bankDepth)
      return undefined;
    return {
      nodes: [node.label, ...new Set(parts.flatMap((part) => part!.nodes.map(({ label }) => label)))],
      message: `${parts.length} slices in steps of ${step} become one ${step}×${step} convolution`,
      apply() {
        const { channels } = map;
        const area = step * step;
        const weights = new Float32Array(parts.length * channels * channels * area);
        parts.forEach((part, i) => {
          const [, , rows, columns] = part!.taken.axes;
          const place = rows!.start * step + columns!.start;
          for (let c = 0; c < channels; c++) weights[((i * channels + c) * channels + c) * area + place] = 1;
        });
        const weight = store(graph, `${node.label}/weight`, Tensor.float32([parts.length * channels, channels, step, step], weights));
        replaceNode(graph, node, 'Conv', [value, weight], { kernel_shape: [step, step], strides: [step, step] });
        const unread = parts.flatMap((part) => part!.nodes).reverse();
        for (const slice of unread)
          if (slice.outputs.every((output) => graph.users(output).length === 0 && !graph.isOutput(output))) graph.remove(slice);
        return undefined;
      },
    };
  },
};
