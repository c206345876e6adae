import { fixes, sources, type DpuFamily, type DpuFusion } from './shared.ts';

const hosts = new Set(['Conv', 'ConvTranspose', 'Gemm']);

const folded: DpuFusion = {
  name: 'dpu.batch-norm',
  about: 'BatchNormalization',
  limit: 'directly behind a convolution or product that nothing else reads: folded into its weights',
  outcome: 'yes',
  source: 'Xilinx/Vitis-AI issue 911',
  find({ node, flow }) {
    const maker = flow.maker(node.inputs[0] ?? '');
    const folds = maker && hosts.has(maker.op) && flow.onlyReader(maker) === node && flow.isSettled(maker.inputs[1] ?? '');
    return folds ? { inside: maker, reason: `folded into the ${maker.op} before it` } : undefined;
  },
};

const batch: DpuFamily = {
  operators: ['BatchNormalization'],
  fusions: [folded],
  rules: [
    {
      name: 'dpu.batch-norm-order',
      about: 'BatchNormalization',
      limit: 'behind anything else: as a depthwise convolution of 1×1, where the quantizer makes one of it',
      outcome: 'if',
      context: true,
      source: 'Xilinx/Vitis-AI issue 911; vai_q_onnx 3.5, ConvertBNToConv',
      check({ node, flow }) {
        const maker = flow.maker(node.inputs[0] ?? '');
        const where = maker ? `behind ${maker.op}` : 'at an input of the model';
        return {
          reason: `it stands ${where}, so it folds into no layer before it; the order is convolution, batch norm, activation. A quantizer that knows how makes a depthwise convolution of it`,
          fixes: fixes('batch-norm-order'),
        };
      },
    },
  ],
};

const others: DpuFamily = {
  operators: ['LayerNormalization', 'InstanceNormalization', 'GroupNormalization', 'LpNormalization', 'LRN', 'MeanVarianceNormalization', 'SimplifiedLayerNormalization'], // prettier-ignore
  rules: [
    {
      name: 'dpu.normalization',
      about: 'LayerNormalization, InstanceNormalization and others',
      limit: 'never: they divide by what they measure',
      outcome: 'no',
      source: sources.hardware,
      check: ({ node }) => ({ reason: `the DPU has no ${node.op}: it divides by what is measured while it runs` }),
    },
  ],
};

export const normalizations: readonly DpuFamily[] = [batch, others];
