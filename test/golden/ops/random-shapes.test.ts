import fc from 'fast-check';
import { Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { dataTypeName } from '../../../src/engine/onnx/data-type.ts';
import type { Dim } from '../../../src/engine/onnx/graph.ts';
import { gradientDomain } from '../../../src/engine/ops/gradient/rule.ts';
import { operators } from '../../../src/engine/ops/index.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import type { Inferred } from '../../../src/engine/ops/record.ts';
import { produce, type Produced } from '../../support/ort-shapes.ts';
import { drawing, elementsOf, modelOf, sizeOf, type Case, type CaseMaker } from './cases/case.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { matrixCases } from './cases/matrix.ts';
import { selectionCases } from './cases/selection.ts';
import { structureCases } from './cases/structure.ts';
import { windowCases } from './cases/windows.ts';

/** Newest opset that this ONNX Runtime has kernels for. */
const newest = 23;
/** Opsets at which some operator's form changed. */
const milestones = [1, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23];

const cases: ReadonlyMap<string, CaseMaker> = new Map([
  ...elementwiseCases,
  ...windowCases,
  ...matrixCases,
  ...structureCases,
  ...selectionCases,
]);

/** Records that no case here reaches: covered by tests of their own, or without a kernel to compare with. */
const elsewhere = new Map<string, string>([
  ...['If', 'Loop', 'Scan', 'SequenceMap'].map((op) => [op, 'control-flow.test.ts'] as const),
  ...operators
    .filter(({ op }) => /Sequence|Optional/.test(op) && op !== 'ReverseSequence')
    .map(({ op }) => [op, 'control-flow.test.ts'] as const),
  // No runtime has these: they are written out by other operators first.
  ...operators.filter(({ domain }) => domain === gradientDomain).map(({ op }) => [`${gradientDomain}::${op}`, '../autodiff'] as const),
]);

/** ONNX Runtime has kernels from opset 7 on; forms that ended before are only checked where it runs them all the same. */
const hasKernel = (until: number | undefined): boolean => until === undefined || until >= 7;

type Made = Case & { opset: number };

const runs = Number(process.env['LATHE_CASES'] ?? 40);
const seed = Number(process.env['LATHE_SEED'] ?? 1);

async function run(op: string, domain: string, made: Made): Promise<Map<string, Produced> | string> {
  const feeds: Record<string, OrtTensor> = {};
  made.inputs.forEach((operand, index) => {
    if (!operand || operand.constant) return;
    feeds[`in${index}`] = new OrtTensor((operand.type ?? 'float32') as 'float32', elementsOf(operand) as Float32Array, operand.dims);
  });
  try {
    return await produce(modelOf(op, domain, made), feeds);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Our answer: shapes of all outputs, or the error. */
function infer(op: string, domain: string, made: Made, shapeOf?: Parameters<typeof modelOf>[3]): (Inferred | undefined)[] | LatheError {
  try {
    const shapes = inferShapes(modelOf(op, domain, made, shapeOf));
    return Array.from({ length: made.outputs ?? 1 }, (_, index) => shapes.of(`out${index}`));
  } catch (error) {
    if (error instanceof LatheError) return error;
    throw error;
  }
}

/** Names for some of the fed inputs' dimensions, with the size that each stands for. */
function blurred(made: Made): { shapeOf: (index: number) => readonly Dim[]; sizes: Map<string, number> } {
  const sizes = new Map<string, number>();
  const shapes = made.inputs.map((operand, index) =>
    (operand?.dims ?? []).map((dim, axis): Dim => {
      const kind = (index * 7 + axis * 3 + (operand?.dims.length ?? 0)) % 3;
      if (kind === 0) return dim;
      if (kind === 1) return null;
      sizes.set(`d${dim}`, dim);
      return `d${dim}`;
    }),
  );
  return { shapeOf: (index) => shapes[index]!, sizes };
}

/** Everything known must be true; with `exact` everything must be known. */
function compare(found: Inferred | undefined, real: Produced, exact: boolean, sizes: ReadonlyMap<string, number>): void {
  if (found && found.type !== 0) expect(dataTypeName(found.type)).toBe(real.type);
  if (exact) expect(found?.type).toBeGreaterThan(0);
  if (exact) expect(found?.shape).toEqual(real.dims);
  if (!found?.shape) return;
  expect(found.shape.length, 'rank').toBe(real.dims.length);
  const claims = found.shape.map((dim, axis) => (typeof dim === 'number' ? dim : (sizes.get(dim ?? '') ?? real.dims[axis])));
  expect(claims).toEqual(real.dims);
}

/** One generated node: the runtime's answer against ours, with sizes given and with names in their place. */
async function check(op: string, domain: string, made: Made): Promise<boolean> {
  const real = await run(op, domain, made);
  const ours = infer(op, domain, made);
  const { shapeOf, sizes } = blurred(made);
  const vague = infer(op, domain, made, (_operand, index) => shapeOf(index));
  if (typeof real === 'string') {
    if (ours instanceof LatheError) expect(ours.place.node).toBeDefined();
    else for (const value of ours) for (const dim of value?.shape ?? []) if (typeof dim === 'number') expect(dim).toBeGreaterThanOrEqual(0);
    return false;
  }
  if (ours instanceof LatheError) throw ours;
  if (vague instanceof LatheError) throw vague;
  const exact = made.exact ?? made.inputs.every((operand) => !operand?.values || operand.constant);
  for (const [index, value] of ours.entries()) {
    compare(value, real.get(`out${index}`)!, exact, new Map());
    compare(vague[index], real.get(`out${index}`)!, false, sizes);
  }
  return true;
}

/** The same case with every operand stored in the model, data filled with numbers that differ. */
function allStored(made: Made): Made {
  const inputs = made.inputs.map((operand) => {
    if (!operand || operand.values || operand.fill !== undefined) return operand && { ...operand, constant: true };
    const float = (operand.type ?? 'float32').startsWith('float');
    const values = Array.from({ length: sizeOf(operand.dims) }, (_, i) =>
      float ? (((i * 7) % 11) - 5) / 2 : operand.type === 'bool' ? i % 2 : 1 + ((i * 3) % 5),
    );
    return { ...operand, values, constant: true };
  });
  return { ...made, inputs };
}

/** Where inference follows single elements they must be the runtime's. Returns whether it followed any. */
async function checkElements(op: string, domain: string, given: Made): Promise<boolean> {
  const made = allStored(given);
  const ours = infer(op, domain, made);
  if (ours instanceof LatheError || !ours.some((value) => value?.elements)) return false;
  const real = await run(op, domain, made);
  if (typeof real === 'string') return false;
  for (const [index, value] of ours.entries()) {
    if (!value?.elements) continue;
    // Adding 0 makes -0 plain.
    const data = Array.from(real.get(`out${index}`)!.data, (element) => Number(element) + 0);
    expect(value.elements.map((element, i) => (typeof element === 'number' ? element + 0 : data[i]))).toEqual(data);
  }
  return true;
}

/** Operators whose elements shape arithmetic needs; each must have been followed at least once. */
const arithmetic = new Set(
  'Add Sub Mul Div Mod Neg Abs Min Max Sum Floor Ceil Round Sqrt Sign Equal Greater Less GreaterOrEqual LessOrEqual And Or Xor Not Where Cast Clip Relu Identity Shape Size Constant ConstantOfShape Range Gather Concat Slice Split Transpose Reshape Flatten Squeeze Unsqueeze Expand Tile ReduceProd ReduceSum ReduceMax ReduceMin'.split(
    ' ',
  ),
);

describe('every record gives the shapes that ONNX Runtime makes', () => {
  for (const { op, domain = '', since, until } of operators) {
    const key = domain === '' ? op : `${domain}::${op}`;
    const make = cases.get(key);
    if (!make) continue;
    const opsets = milestones.filter((opset) => opset >= since && opset <= Math.min(until ?? newest, newest));
    const label = `${key} ${since}${until ? `-${until}` : '+'}`;
    it(label, async () => {
      let compared = 0;
      let followed = 0;
      await fc.assert(
        fc.asyncProperty(drawing(make, opsets.length ? opsets : [since]), async (made) => {
          if (await check(op, domain, made)) compared++;
          if (await checkElements(op, domain, made)) followed++;
        }),
        { numRuns: runs, seed },
      );
      if (domain === '' && arithmetic.has(op) && until === undefined)
        expect(followed, 'cases followed element by element').toBeGreaterThan(0);
      expect(compared, 'cases that ONNX Runtime runs').toBeGreaterThanOrEqual(hasKernel(until) ? runs / 4 : 0);
    });
  }

  it('leaves no record out', () => {
    const missing = operators
      .map(({ op, domain = '' }) => (domain === '' ? op : `${domain}::${op}`))
      .filter((key) => !cases.has(key) && !elsewhere.has(key));
    expect(missing).toEqual([]);
  });
});
