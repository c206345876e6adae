import { Type, type Static, type TObject } from '@sinclair/typebox';

/** What the sparse methods of `prune` can be told: spread into its declaration. */
export const sparseParameters = {
  sparsity: Type.Number({
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0.5,
    unit: 'part',
    layer: true,
    when: { method: ['weights', 'blocks'] },
    description:
      'Of `method: weights` and `blocks`: part of the weights of convolutions and products with a matrix that become zero; of each layer (`scope: local`), or of all together (`global`).',
  }),
  pattern: Type.String({
    pattern: '^[1-9][0-9]?:[1-9][0-9]?$',
    default: '2:4',
    when: { method: ['n-m'] },
    description: 'Of `method: n-m`: how many of how many neighbouring input channels may be other than zero, at each place of the kernel.',
    source: 'Mishra et al., Accelerating sparse deep neural networks, arXiv:2104.08378, section 3.1',
    examples: ['2:4', '1:4', '4:8'],
  }),
  block: Type.Array(Type.Integer({ minimum: 1, maximum: 1024 }), {
    minItems: 2,
    maxItems: 2,
    default: [4, 1],
    when: { method: ['blocks'] },
    unit: 'channels',
    description: 'Of `method: blocks`: output and input channels of a block; each place of the kernel has blocks of its own.',
    source: 'Narang et al., Block-sparse recurrent neural networks, arXiv:1711.02782; 4×1 is what XNNPACK reads',
  }),
  ramp: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0,
    when: { method: ['weights', 'n-m', 'blocks'] },
    description:
      'Of the sparse methods with `finetune`: part of the training over which the number of zeros rises by the cubic schedule. 0: all are there before the first step.',
    source: 'Zhu and Gupta, To prune, or not to prune, arXiv:1710.01878, eq. 1',
  }),
} as const;

/** Of `sparseParameters`. */
export type SparseParameters = Static<TObject<typeof sparseParameters>>;
