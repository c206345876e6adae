import type { Block } from './block.ts';
import { renamed, without } from './block.ts';
import type { Channels, ChannelRule } from './rule.ts';
import { type Aligned, atomsAlong, keptApart, tied, unite } from './unify.ts';

/** A product of two tensors by names of axes, as Einsum writes it: "mk,kn->mn". */
export interface Contraction {
  /** Inputs of the node, and the name of each of their axes. */
  readonly operands: readonly { readonly input: number; readonly axes: readonly string[] }[];
  readonly result: readonly string[];
}

interface Operand {
  readonly input: number;
  readonly isWeight: boolean;
  readonly fixedBy: string;
  readonly names: readonly string[];
  /** Axes are numbers of names. */
  blocks: Block[];
}

/**
 * Channels through a contraction. A summed axis ties what both operands have there: columns of weights to the channels they read. Where both operands are computed (attention) a sum
 * has no weights that could be set to zero; there whole batches (heads) go, if the channels lie on several axes, and single ones stay.
 */
export function contracted(channels: Channels, { operands, result }: Contraction): Block[] {
  const names = [...new Set(operands.flatMap(({ axes }) => axes))];
  const [a, b] = operands.map(({ input, axes }) => operandOf(channels, input, axes, names)) as [Operand, Operand];
  for (const operand of [a, b]) dropLost(channels, operand, operand === a ? b : a, result, names);
  for (const name of names) {
    if (result.includes(name) || !a.names.includes(name) || !b.names.includes(name)) continue;
    sumOver(channels, names.indexOf(name), a, b);
  }
  declare(channels, a, b, names, result);
  const place = (axis: number): number => result.indexOf(names[axis]!);
  const aligned = [a, b].map((operand): Aligned => ({
    input: operand.input,
    fixedBy: operand.fixedBy,
    blocks: operand.blocks.filter((block) => block.axes.every((axis) => place(axis) >= 0)).map((block) => renamed(block, place)),
    own: new Set(result.flatMap((name, axis) => (operand.names.includes(name) ? [axis] : []))),
    from: (axis) => operand.names.indexOf(result[axis]!),
  }));
  return unite(channels, aligned);
}

/** Blocks by names of axes; axes of size 1 that the other operand repeats have other names (see `matmulAxes`). */
function operandOf(channels: Channels, input: number, axes: readonly string[], names: readonly string[]): Operand {
  const blocks = channels.blocks(input).map((block) => renamed(block, (axis) => names.indexOf(axes[axis]!)));
  return { input, isWeight: channels.isConstant(input), fixedBy: channels.fixedBy(input), names: axes, blocks };
}

/** Axes that only one operand has and the result has not are summed (Einsum) or dropped (size 1). */
function dropLost(channels: Channels, operand: Operand, other: Operand, result: readonly string[], names: readonly string[]): void {
  const lost = operand.names.filter((name) => !result.includes(name) && !other.names.includes(name)).map((name) => names.indexOf(name));
  if (!lost.length) return;
  const narrow = operand.blocks.flatMap((block) => {
    let left = block;
    for (const axis of block.axes) {
      const at = left.axes.indexOf(axis);
      if (lost.includes(axis) && left.dims[at] === 1 && left.axes.length > 1) left = without(left, at);
    }
    return [left];
  });
  operand.blocks = keptApart(channels, narrow, lost, 'sums them without weights');
}

function sumOver(channels: Channels, axis: number, a: Operand, b: Operand): void {
  const [left, right] = [a, b].map((operand) => operand.blocks.find((block) => block.axes.includes(axis)));
  const hasWeights = a.isWeight || b.isWeight;
  const onlyHere = (operand: Operand): boolean =>
    operand.isWeight && operand.blocks.some((block) => block.axes.length === 1 && block.axes[0] === axis);
  if (hasWeights && left && right && (onlyHere(a) || onlyHere(b))) {
    const [x, y] = [left, right].map((block) => channels.atoms.collapsed(block, block.axes.indexOf(axis)));
    tied(channels, x!.atoms, y!.atoms, 'reads them');
    replace(a, left, x!);
    replace(b, right, y!);
    const weight = a.isWeight ? a : b;
    channels.atoms.use((a.isWeight ? x! : y!).atoms, { role: 'consumes', node: channels.node, input: weight.input });
    return;
  }
  for (const [operand, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const reason = hasWeights ? `reads ${other.fixedBy}` : 'multiplies two computed values and sums over them, without weights';
    operand.blocks = keptApart(channels, operand.blocks, [axis], reason);
  }
}

function replace(operand: Operand, block: Block, by: Block): void {
  operand.blocks = operand.blocks.map((each) => (each === block ? by : each));
}

/** The weight's own axes in the result make channels. */
function declare(channels: Channels, a: Operand, b: Operand, names: readonly string[], result: readonly string[]): void {
  for (const [operand, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!operand.isWeight) continue;
    for (const block of operand.blocks) {
      const isMade = block.axes.some((axis) => result.includes(names[axis]!) && !other.names.includes(names[axis]!));
      if (isMade) channels.atoms.use(block.atoms, { role: 'produces', node: channels.node, input: operand.input });
    }
  }
}

/** Names of a matrix product's axes by numpy.matmul. Batch axes count from the end; one of size 1 that is repeated is no axis of the result. */
function matmulAxes(channels: Channels, left: number, right: number, [turnLeft, turnRight] = [false, false]): Contraction | undefined {
  const [a, b] = [channels.shape(left), channels.shape(right)];
  if (!a?.length || !b?.length) return undefined;
  const depth = Math.max(a.length, b.length) - 2;
  const batch = (shape: readonly unknown[], other: readonly unknown[], side: string): string[] =>
    shape.slice(0, -2).map((dim, axis) => {
      const fromEnd = shape.length - 2 - axis;
      const facing = other.length >= 2 + fromEnd ? other[other.length - 2 - fromEnd] : 1;
      return dim === 1 && facing !== 1 ? `${side}${fromEnd}` : `batch${fromEnd}`;
    });
  const matrix = (names: string[], turn: boolean): string[] => (turn ? names.reverse() : names);
  const axesA = a.length === 1 ? ['k'] : [...batch(a, b, 'a'), ...matrix(['m', 'k'], turnLeft)];
  const axesB = b.length === 1 ? ['k'] : [...batch(b, a, 'b'), ...matrix(['k', 'n'], turnRight)];
  const outer = Array.from({ length: Math.max(0, depth) }, (_, i) => `batch${depth - i}`);
  const result = [...outer, ...(a.length === 1 ? [] : ['m']), ...(b.length === 1 ? [] : ['n'])];
  return {
    operands: [
      { input: left, axes: axesA },
      { input: right, axes: axesB },
    ],
    result,
  };
}

interface ProductOperands {
  readonly left: number;
  readonly right: number;
  /** Vectors over the columns of the result: biases, scales, zero points of weights. */
  readonly along?: readonly number[];
  readonly turned?: (channels: Channels) => readonly [boolean, boolean];
}

/** Vectors over the columns of a product go along with them. */
function tieColumns(channels: Channels, blocks: readonly Block[], columns: number, vectors: readonly number[]): void {
  for (const input of vectors) {
    const shape = channels.shape(input);
    if (shape?.length !== 1 || shape[0] === 1) continue;
    const block = blocks.find((each) => each.axes.includes(columns));
    const made = block && channels.atoms.collapsed(block, block.axes.indexOf(columns)).atoms;
    const vector = atomsAlong(channels, input, 0);
    tied(channels, made, vector, 'goes along with its result');
    if (vector) channels.atoms.use(vector, { role: 'carries', node: channels.node, input });
  }
}

const matmul = ({ left, right, along = [], turned }: ProductOperands): ChannelRule => ({
  follow(channels) {
    const axes = matmulAxes(channels, left, right, turned ? [...turned(channels)] : undefined);
    if (!axes) return [];
    const blocks = contracted(channels, axes);
    tieColumns(channels, blocks, axes.result.length - 1, along);
    return [blocks];
  },
});

/** Inputs of a Gemm: they differ between Gemm and QGemm. */
interface GemmOperands {
  readonly left: number;
  readonly right: number;
  readonly summand: number;
  /** Vectors over the columns of the result: scales and zero points of the weights. */
  readonly along?: readonly number[];
}

/** The input's scale is found over all its channels while the model runs, so that they have to stay. */
const onOneScale = (rule: ChannelRule): ChannelRule => ({
  ...rule,
  follow(channels) {
    channels.keep(channels.blocks(0), 'finds its scale over all channels');
    return rule.follow(channels);
  },
});

/** Y = alpha · A' · B' + beta · C, C being broadcast. */
const gemm = ({ left, right, summand, along = [] }: GemmOperands): ChannelRule => ({
  follow(channels) {
    const { node } = channels;
    const turned = (name: string, names: string[]): string[] => (node.int(name, 0) ? names.reverse() : names);
    const product = contracted(channels, {
      operands: [
        { input: left, axes: turned('transA', ['m', 'k']) },
        { input: right, axes: turned('transB', ['k', 'n']) },
      ],
      result: ['m', 'n'],
    });
    tieColumns(channels, product, 1, along);
    if ((node.inputs[summand] ?? '') === '') return [product];
    const rank = channels.shape(summand)!.length;
    const own = channels.blocks(summand).flatMap((block) => {
      const lead = 2 - rank;
      const isRepeated = (axis: number): boolean => channels.shape(summand)![axis] === 1 && channels.outputShape()![axis + lead] !== 1;
      return block.axes.some(isRepeated) ? [] : [renamed(block, (axis) => axis + lead)];
    });
    for (const block of own) channels.atoms.use(block.atoms, { role: 'produces', node, input: summand });
    const covers = new Set(
      [0, 1].filter((axis) => axis >= 2 - rank && (channels.shape(summand)![axis - 2 + rank] !== 1 || channels.outputShape()![axis] === 1)),
    );
    const all: Aligned[] = [
      { input: -1, blocks: product, own: new Set([0, 1]), fixedBy: channels.fixedBy(left), from: (axis) => axis },
      { input: summand, blocks: own, own: covers, fixedBy: channels.fixedBy(summand), from: (axis) => axis - 2 + rank },
    ];
    return [unite(channels, all)];
  },
});

/** Terms of an equation of single letters, two operands, no repeated letter in a term. */
function einsumTerms({ node, shape }: Channels): Contraction | undefined {
  const equation = node.string('equation', '').replaceAll(' ', '');
  const [inputs, output] = equation.split('->');
  const terms = inputs!.split(',');
  const ranks = terms.map((term, input) => shape(input)?.length === term.length);
  const isPlain = (term: string): boolean => /^[A-Za-z]+$/.test(term) && new Set(term).size === term.length;
  if (output === undefined || terms.length !== 2 || ![...terms, output].every(isPlain) || !ranks.every(Boolean)) return undefined;
  return { operands: terms.map((term, input) => ({ input, axes: [...term] })), result: [...output] };
}

const einsum: ChannelRule = {
  follow(channels) {
    const terms = einsumTerms(channels);
    if (terms) return [contracted(channels, terms)];
    channels.keep(
      channels.node.inputs.flatMap((_, input) => [...channels.blocks(input)]),
      'has an equation that channels are not followed through',
    );
    return [];
  },
};

export const productChannels: Readonly<Record<string, ChannelRule>> = {
  MatMul: matmul({ left: 0, right: 1 }),
  MatMulInteger: matmul({ left: 0, right: 1, along: [3] }),
  QLinearMatMul: matmul({ left: 0, right: 3, along: [4, 5] }),
  MatMulIntegerToFloat: matmul({ left: 0, right: 1, along: [3, 5, 6] }),
  DynamicQuantizeMatMul: onOneScale(matmul({ left: 0, right: 1, along: [2, 3, 4] })),
  QGemm: gemm({ left: 0, right: 3, summand: 6, along: [4, 5] }),
  FusedMatMul: matmul({ left: 0, right: 1, turned: ({ node }) => [node.int('transA', 0) !== 0, node.int('transB', 0) !== 0] }),
  Gemm: gemm({ left: 0, right: 1, summand: 2 }),
  Einsum: einsum,
};
