import { describe, expect, it } from 'vitest';
import { floatAttribute } from '../../../../src/engine/onnx/graph.ts';
import { checkModel } from '../../../../src/engine/pipeline/check/check-model.ts';
import { findVerdict } from '../../../../src/engine/targets/verdicts.ts';
import type { CheckDocument } from '../../../../src/protocol/results/board.ts';
import { BoardNetwork } from '../../../support/board-networks.ts';

type Write = (net: BoardNetwork) => string;

function check(write: Write, input: readonly number[] = [1, 64, 32, 32], architecture?: string): CheckDocument {
  const net = new BoardNetwork(input);
  return checkModel(net.model(write(net)), { verdict: findVerdict('zcu104')!, ...(architecture === undefined ? {} : { architecture }) });
}

const float = floatAttribute;
const conv = (net: BoardNetwork): string => net.conv('image', 64, 64, 3);
const raw = (net: BoardNetwork, weights: number[], values = {}): string => net.add('Conv', ['image', net.weight(...weights)], values);
const isa0 = 'DPUCZDX8G_ISA0_B4096_MAX_BG2';

/** What breaks a rule: its name, the network, words of the reason; the node is the last one that the rule decided. */
const broken: readonly (readonly [rule: string, write: Write, reason: RegExp, input?: readonly number[], architecture?: string])[] = [
  ['dpu.conv-dimensions', (n) => raw(n, [8, 64, 3]), /two dimensions, not 1/, [1, 64, 32]],
  ['dpu.conv-dimensions', (n) => raw(n, [8, 64, 3, 3, 3]), /two dimensions, not 3/, [1, 64, 8, 8, 8]],
  ['dpu.conv-constant-weights', (n) => n.add('Conv', ['image', n.add('Relu', ['image'])]), /computed at run time/, [3, 3, 3, 3]],
  ['dpu.conv-kernel', (n) => n.conv('image', 64, 8, 17), /17×17 is larger than 16/],
  ['dpu.conv-stride', (n) => n.conv('image', 64, 8, 3, { stride: 9 }), /stride of 9 is larger than 8/],
  ['dpu.conv-weights', (n) => n.conv('image', 1024, 8, 7), /kernel of 7×7 over 1024 channels takes 3136 words of weights, more than 2048/, [1, 1024, 7, 7]],
  ['dpu.conv-channels', (n) => n.conv('image', 64, 4097, 1), /4097 channels, more than 4096/],
  ['dpu.conv-dilation', (n) => raw(n, [8, 2048, 1, 1], { dilations: [3, 3] }), /dilation of 3 over 2048 channels comes to 6144/, [1, 2048, 4, 4]],
  ['dpu.conv-pads', (n) => raw(n, [8, 64, 3, 3], { pads: [4, 0, 0, 0] }), /pads \[4, 0, 0, 0\] are larger/],
  ['dpu.conv-groups', (n) => n.conv('image', 64, 64, 3, { groups: 4 }), /4 groups over 64 channels/],
  ['dpu.depthwise-kernel', (n) => raw(n, [64, 1, 257, 1], { group: 64 }), /257×1 is larger than 256/, [1, 64, 300, 32]],
  ['dpu.depthwise-stride', (n) => raw(n, [64, 1, 3, 3], { group: 64, strides: [257, 257] }), /stride of 257/, [1, 64, 300, 300]],
  ['dpu.depthwise-weights', (n) => raw(n, [64, 1, 64, 64], { group: 64 }), /4096 words/, [1, 64, 64, 64]],
  ['dpu.depthwise-dilation', (n) => raw(n, [64, 1, 3, 3], { group: 64, dilations: [1, 2] }), /alike in both directions/],
  ['dpu.depthwise-pads', (n) => raw(n, [64, 1, 17, 17], { group: 64, pads: [16, 0, 0, 0] }), /pads \[16, 0, 0, 0\]/],
  ['dpu.depthwise-multiplier', (n) => raw(n, [128, 1, 3, 3], { group: 64 }), /makes 128 channels of 64/],
  ['dpu.transposed-dimensions', (n) => n.add('ConvTranspose', ['image', n.weight(64, 8, 2)]), /not 1/, [1, 64, 32]],
  ['dpu.transposed-output-padding', (n) => n.add('ConvTranspose', ['image', n.weight(64, 8, 3, 3)], { strides: [2, 2], output_padding: [1, 1] }), /\[1, 1\]/],
  ['dpu.transposed-groups', (n) => n.add('ConvTranspose', ['image', n.weight(64, 8, 2, 2)], { strides: [2, 2], group: 4 }), /in groups, and it has 4/],
  ['dpu.transposed-kernel', (n) => n.add('ConvTranspose', ['image', n.weight(64, 8, 2, 2)], { strides: [4, 4] }), /2×2 is not 1 to 16 strides of 4×4/],
  ['dpu.transposed-weights', (n) => n.add('ConvTranspose', ['image', n.weight(1024, 8, 8, 8)], { strides: [2, 2] }), /4096 words/, [1, 1024, 4, 4]],
  ['dpu.transposed-channels', (n) => n.add('ConvTranspose', ['image', n.weight(64, 4097, 2, 2)], { strides: [2, 2] }), /4097 channels/],
  ['dpu.transposed-pads', (n) => n.add('ConvTranspose', ['image', n.weight(64, 8, 2, 2)], { pads: [3, 0, 0, 0] }), /larger than its kernel/],
  ['dpu.dense-constant', (n) => n.add('MatMul', ['image', 'image']), /both operands are computed/, [8, 8]],
  ['dpu.dense-weights', (n) => n.add('Gemm', ['image', n.weight(32784, 8)]), /2049 words/, [1, 32784]],
  ['dpu.dense-channels', (n) => n.add('Gemm', ['image', n.weight(4097, 8)]), /4097 channels/, [1, 4097]],
  ['dpu.dense-scale', (n) => n.add('Gemm', ['image', n.weight(8, 8)], { alpha: float(2) }), /scales or transposes/, [1, 8]],
  ['dpu.dense-rank', (n) => n.add('MatMul', ['image', n.weight(8, 8)]), /1×4×8/, [1, 4, 8]],
  ['dpu.pool-axes', (n) => n.add('ReduceMean', ['image'], { axes: [1] }), /axes \[1\]/],
  ['dpu.pool-dimensions', (n) => n.add('MaxPool', ['image'], { kernel_shape: [2] }), /not 1/, [1, 8, 32]],
  ['dpu.pool-window', (n) => n.add('GlobalAveragePool', ['image']), /window of 300×300 is larger than 256/, [1, 8, 300, 300]],
  ['dpu.pool-window', (n) => n.maxPool('image', 9, 1, 4), /9×9 is larger than 8/, [1, 8, 32, 32], isa0],
  ['dpu.pool-square', (n) => n.add('AveragePool', ['image'], { kernel_shape: [2, 3] }), /2×3 is no square/, [1, 8, 32, 32], isa0],
  ['dpu.pool-stride', (n) => n.add('MaxPool', ['image'], { kernel_shape: [2, 2], strides: [257, 1] }), /stride of 257/, [1, 8, 300, 32]],
  ['dpu.pool-pads', (n) => n.maxPool('image', 33, 1, 16), /pads \[16, 16, 16, 16\]/],
  ['dpu.pool-dilation', (n) => n.add('MaxPool', ['image'], { kernel_shape: [2, 2], dilations: [2, 2] }), /dilated/],
  ['dpu.add-constant', (n) => n.add('Add', [conv(n), n.numbers(0.5)]), /adds the number 0.5/],
  ['dpu.add-shape', (n) => n.add('Add', [conv(n), n.add('GlobalAveragePool', [conv(n)])]), /1×64×32×32 and 1×64×1×1/],
  ['dpu.sum-operands', (n) => n.add('Sum', [conv(n), conv(n), conv(n)]), /3 operands/],
  ['dpu.swish', (n) => { const x = conv(n); return n.add('Mul', [x, n.add('Sigmoid', [x])]); }, /product of a Swish/],
  ['dpu.mul-shape', (n) => n.add('Mul', [conv(n), n.add('ReduceMean', [conv(n)], { axes: [2] })]), /1×64×1×32/],
  ['dpu.arithmetic', (n) => n.add('Div', [conv(n), n.numbers(255)]), /no Div, here by the number 255/],
  ['dpu.arithmetic', (n) => n.add('Exp', [conv(n)]), /no Exp/],
  ['dpu.relu-alone', (n) => n.add('Relu', [n.maxPool('image', 2, 2, 0)]), /stands behind MaxPool/],
  ['dpu.clip-bounds', (n) => n.add('Clip', [conv(n), n.numbers(-1), n.numbers(1)]), /clips to -1 … 1/],
  ['dpu.clip-alone', (n) => n.add('Clip', [n.add('Add', [conv(n), conv(n)]), n.numbers(0), n.numbers(6)]), /stands behind Add/],
  ['dpu.leaky-slope', (n) => n.conv('image', 64, 64, 3, { then: { leaky: 0.1 } }), /26\/256 only, not 0.1/],
  ['dpu.leaky-depthwise', (n) => n.conv('image', 64, 64, 3, { groups: 64, then: { leaky: 26 / 256 } }), /behind a depthwise convolution/],
  ['dpu.leaky-alone', (n) => n.act(n.maxPool('image', 2, 2, 0), { leaky: 26 / 256 }), /stands behind MaxPool/],
  ['dpu.hard-sigmoid-parameters', (n) => n.add('HardSigmoid', [conv(n)]), /not 0.2 and 0.5/],
  ['dpu.hard-sigmoid-set', (n) => n.add('HardSwish', [conv(n)]), /ISA0_B4096_MAX_BG2 has no HardSwish/, undefined, isa0],
  ['dpu.sigmoid', (n) => n.add('Sigmoid', [conv(n)]), /no Sigmoid/],
  ['dpu.prelu', (n) => n.add('PRelu', [conv(n), n.weight(64, 1, 1)]), /inspect it/],
  ['dpu.softmax', (n) => n.add('Softmax', ['image'], { axis: 1 }), /enable softmax/, [1, 10]],
  ['dpu.activation', (n) => n.add('Tanh', [conv(n)]), /no Tanh/],
  ['dpu.concat-stored', (n) => n.add('Concat', [conv(n), n.weight(1, 4, 32, 32)], { axis: 1 }), /stored/],
  ['dpu.concat-inputs', (n) => n.add('Concat', [n.add('Exp', [conv(n)]), conv(n)], { axis: 2 }), /from the DPU \(Exp, on the CPU\)/],
  ['dpu.reshape-input', (n) => n.add('Flatten', [n.add('Exp', ['image'])], { axis: 1 }), /not from the DPU but from Exp/, [1, 8, 1, 1]],
  ['dpu.reshape-order', (n) => n.add('Reshape', [conv(n), n.integers(1, 4, 16, 32, 32)]), /1×4×16×32×32 of 1×64×32×32/],
  ['dpu.reshape-first-dimension', (n) => n.add('Reshape', [n.conv('image', 64, 64, 1), n.integers(64, 1)]), /1 to 64/, [1, 64, 1, 1]],
  ['dpu.transpose', (n) => n.add('Transpose', [conv(n)], { perm: [0, 2, 3, 1] }), /\[0, 2, 3, 1\]/],
  ['dpu.slice', (n) => n.add('Slice', [conv(n), n.integers(0), n.integers(8), n.integers(1)]), /inspect it/],
  ['dpu.depth-to-space', (n) => n.add('DepthToSpace', [conv(n)], { blocksize: 2 }), /pixel shuffle by 2 over 64/],
  ['dpu.resize-axes', (n) => n.add('Resize', [conv(n), '', n.numbers(1, 2, 1, 1)], { mode: 'nearest' }), /height and width only/],
  ['dpu.resize-mode', (n) => n.add('Resize', [conv(n), '', n.numbers(1, 1, 2, 2)], { mode: 'cubic' }), /mode cubic/],
  ['dpu.resize-mode', (n) => n.add('Resize', [conv(n), '', n.numbers(1, 1, 2, 2)], { mode: 'linear', coordinate_transformation_mode: 'align_corners' }), /align corners/],
  ['dpu.resize-channels', (n) => n.upsample('image'), /4097 channels/, [1, 4097, 2, 2]],
  ['dpu.resize-bilinear', (n) => n.add('Resize', [conv(n), '', n.numbers(1, 1, 3, 3)], { mode: 'linear' }), /linearly by 3/],
  ['dpu.resize-smaller', (n) => n.add('Resize', [conv(n), '', n.numbers(1, 1, 0.5, 0.5)], { mode: 'linear' }), /by 0.5, to a smaller map/],
  ['dpu.resize-factor', (n) => n.add('Resize', [conv(n), '', n.numbers(1, 1, 1.5, 1.5)], { mode: 'nearest' }), /by 1.5/],
  ['dpu.pad-mode', (n) => n.add('Pad', [conv(n), n.integers(0, 0, 1, 1, 0, 0, 1, 1)], { mode: 'reflect' }), /mode reflect/],
  ['dpu.pad-channels', (n) => n.add('Pad', ['image', n.integers(0, 0, 1, 1, 0, 0, 1, 1)]), /4097 channels/, [1, 4097, 2, 2]],
  ['dpu.pad-place', (n) => n.add('Pad', [conv(n), n.integers(0, 8, 0, 0, 0, 8, 0, 0)]), /\[0, 8, 0, 0, 0, 8, 0, 0\]/],
  ['dpu.batch-norm-order', (n) => n.add('BatchNormalization', [n.conv('image', 64, 64, 3, { then: 'Relu' }), n.weight(64), n.weight(64), n.weight(64), n.weight(64)]), /stands behind Relu/],
  ['dpu.normalization', (n) => n.add('InstanceNormalization', [conv(n), n.weight(64), n.weight(64)]), /divides/],
  ['dpu.argmax-set', (n) => n.add('ArgMax', [conv(n)], { axis: 1 }), /Vitis AI 2.5/, undefined, '0x101000016010407'],
  ['dpu.argmax-axis', (n) => n.add('ArgMax', [conv(n)], { axis: 2 }), /axes \[2\]/],
  ['dpu.argmax', (n) => n.add('ArgMax', [conv(n)], { axis: 1 }), /3.0 or newer/],
  ['dpu.reduction', (n) => n.add('ReduceSum', [conv(n)]), /no ReduceSum/],
  ['dpu.hard-swish-pattern', (n) => { const x = conv(n); return n.add('Div', [n.add('Mul', [x, n.add('Clip', [n.add('Add', [x, n.numbers(3)]), n.numbers(0), n.numbers(6)])]), n.numbers(6)]); }, /one of 4 nodes of a HardSwish/],
  ['dpu.batch', (n) => n.conv('image', 64, 8, 3), /4 pictures at once/, [4, 64, 8, 8]],
  ['dpu.rank', (n) => n.add('Add', ['image', 'image']), /more than four axes/, [1, 2, 3, 4, 5]],
  ['dpu.static-shape', (n) => n.conv('image', 64, 8, 3), /--shape/, [1, 64, -1, 8]],
  ['dpu.operator', (n) => n.add('TopK', [conv(n), n.integers(1)]), /no TopK/],
]; // prettier-ignore

describe('the DPU', () => {
  it.each(broken.map((row) => [row[0], row] as const))('%s', (_, [rule, write, reason, input, architecture]) => {
    const sizes = input?.map((size) => (size === -1 ? 'height' : size)) as readonly number[] | undefined;
    const found = check(write, sizes, architecture).nodes.filter((node) => node.rule === rule);
    expect(found.length).toBeGreaterThan(0);
    expect(found.at(-1)!.reason).toMatch(reason);
    const outcome = findVerdict('zcu104')!.rules.find(({ name }) => name === rule)!.outcome;
    expect(found.at(-1)!.verdict).toBe(outcome);
  });

  it('has a case for every rule that stands against a node', () => {
    const tried = new Set(broken.map(([rule]) => rule));
    // Sizes of a Resize and second results of a MaxPool need more than one line.
    const rules = findVerdict('zcu104')!.rules.filter(
      ({ outcome, name }) => outcome !== 'yes' && !['dpu.resize-size', 'dpu.pool-indices'].includes(name),
    );
    expect(rules.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });

  it.each<[string, Write, readonly number[] | undefined]>([
    ['a kernel that covers the map whatever its stride', (n) => n.conv('image', 64, 8, 8, { stride: 9, pad: 0 }), [1, 64, 8, 8]],
    ['7×7 over 656 channels', (n) => n.conv('image', 656, 8, 7), [1, 656, 7, 7]],
    ['ReLU6', (n) => n.add('Clip', [conv(n), n.numbers(0), n.numbers(6)]), undefined],
    ['ReLU through a batch norm', (n) => n.add('Relu', [n.add('BatchNormalization', [conv(n), n.weight(64), n.weight(64), n.weight(64), n.weight(64)])]), undefined],
    ['HardSwish in two nodes', (n) => { const x = conv(n); return n.add('Mul', [x, n.add('HardSigmoid', [x], { alpha: 1 / 6 })]); }, undefined],
    ['a product by one factor a channel', (n) => n.add('Mul', [conv(n), n.weight(64, 1, 1)]), undefined],
    ['pads of a convolution in front of it', (n) => n.conv(n.add('Pad', ['image', n.integers(0, 0, 1, 1, 0, 0, 1, 1)]), 64, 8, 3, { pad: 0 }), undefined],
    ['a mean as ReduceMean', (n) => n.add('ReduceMean', [conv(n)], { axes: [-1, -2] }), undefined],
    ['a map flattened for a product', (n) => n.add('Gemm', [n.add('Flatten', [n.conv('image', 64, 64, 3)]), n.weight(1024, 10)]), [1, 64, 4, 4]],
    ['a bias behind MatMul', (n) => n.add('Add', [n.add('MatMul', ['image', n.weight(8, 8)]), n.weight(8)]), [1, 8]],
    ['transposes that undo each other', (n) => n.conv(n.add('Transpose', [n.add('Transpose', [conv(n)], { perm: [0, 2, 3, 1] })], { perm: [0, 3, 1, 2] }), 64, 8, 1), undefined],
    ['bilinear by 2', (n) => n.add('Resize', [conv(n), '', n.numbers(1, 1, 2, 2)], { mode: 'linear' }), undefined],
    ['Concat with the CPU along channels', (n) => n.conv(n.concat(conv(n), conv(n)), 128, 8, 1), undefined],
  ])('takes %s', (_, write, input) => {
    expect(check(write, input).nodes.filter(({ verdict }) => verdict !== 'yes')).toEqual([]);
  }); // prettier-ignore

  it.each<[string, Write, Record<string, number>]>([
    ['a stray scalar Add', (n) => n.conv(n.add('Add', [conv(n), n.numbers(1)]), 64, 8, 3), { USER: 1, DPU: 2, CPU: 2 }],
    ['an oversized kernel', (n) => n.conv(n.conv(n.conv('image', 64, 1024, 1), 1024, 1024, 7), 1024, 8, 1), { USER: 1, DPU: 2, CPU: 2 }],
    ['a Swish', (n) => { const x = conv(n); return n.conv(n.add('Mul', [x, n.add('Sigmoid', [x])]), 64, 8, 1); }, { USER: 1, DPU: 2, CPU: 2 }],
    ['a Softmax in the end', (n) => n.add('Softmax', [conv(n)]), { USER: 1, DPU: 1, CPU: 1 }],
    ['attention by Sigmoid', (n) => { const x = conv(n); return n.conv(n.add('Mul', [x, n.add('Sigmoid', [n.add('GlobalAveragePool', [x])])]), 64, 8, 1); }, { USER: 1, DPU: 2, CPU: 2 }],
  ])('is left and entered again at %s', (_, write, expected) => {
    const counts: Record<string, number> = {};
    for (const { device } of check(write).subgraphs) counts[device] = (counts[device] ?? 0) + 1;
    expect(counts).toEqual(expected);
  }); // prettier-ignore

  it('offers what can be rewritten first, each with what it does to the function', () => {
    const leaky = check((n) => n.conv('image', 64, 64, 3, { then: { leaky: 0.1 } })).nodes.at(-1)!;
    expect(leaky.fixes![0]).toMatchObject({ id: 'leaky-relu-slope', effect: 'changed' });
    expect(leaky.fix).toBe(leaky.fixes![0]!.title);
    const ids = (write: Write): string[] =>
      check(write)
        .nodes.find(({ op }) => op === 'Sigmoid')!
        .fixes!.map(({ id }) => id);
    expect(ids((n) => n.conv(n.add('Sigmoid', [conv(n)]), 64, 8, 1))[0]).toBe('sigmoid-to-hard-sigmoid');
    expect(ids((n) => n.add('Sigmoid', [conv(n)]))[0]).toBe('cut-end');
  });

  it('is known by name and by fingerprint, and others are refused', () => {
    for (const name of ['dpuczdx8g_isa1_b4096', '0x101000056010407'])
      expect(check(conv, undefined, name).architecture).toBe('DPUCZDX8G_ISA1_B4096');
    expect(() => check(conv, undefined, 'B9')).toThrow(expect.objectContaining({ code: 'check.architecture' }) as Error);
  });
});
