import type { DataTypeName } from '../../../../src/engine/onnx/data-type.ts';
import { floatAttribute } from '../../../../src/engine/onnx/graph.ts';
import { float, scalar, type Case, type CaseMaker, type Draw } from './case.ts';

const unary =
  (type: DataTypeName = 'float32'): CaseMaker =>
  (draw) => ({ inputs: [{ type, dims: draw.dims(0, 4) }] });

/** Shapes that broadcast with each other, now and then not. */
export function broadcastable(draw: Draw, count: number): number[][] {
  const base = draw.dims(0, 4);
  return Array.from({ length: count }, () => {
    const kept = base.slice(draw.int(0, base.length)).map((dim) => (draw.chance(0.3) ? 1 : dim));
    if (kept.length && draw.chance(0.08)) kept[draw.int(0, kept.length - 1)] = draw.int(1, 5);
    return kept;
  });
}

const binary =
  (type: DataTypeName = 'float32', more: (draw: Draw) => Partial<Case> = () => ({})): CaseMaker =>
  (draw) => {
    if (draw.opset < 7) return legacyBinary(draw, type);
    const inputs = broadcastable(draw, 2).map((dims) => ({ type, dims, constant: draw.chance(0.3) }));
    return { inputs, ...more(draw) };
  };

/** Before opset 7: equal shapes, or a second operand that fits at `axis`. */
function legacyBinary(draw: Draw, type: DataTypeName): Case {
  const dims = draw.dims(1, 4);
  if (draw.chance(0.5)) return { inputs: [{ type, dims }, { type, dims }] }; // prettier-ignore
  const axis = draw.int(0, dims.length - 1);
  const end = draw.int(axis + 1, dims.length);
  return { inputs: [{ type, dims }, { type, dims: dims.slice(axis, end) }], attributes: { broadcast: 1, axis } }; // prettier-ignore
}

const variadic: CaseMaker = (draw) => {
  const count = draw.int(1, 3);
  const same = draw.dims(0, 4);
  const shapes = draw.opset < 8 ? Array.from({ length: count }, () => same) : broadcastable(draw, count);
  return { inputs: shapes.map((dims) => float(dims)) };
};

const names = (text: string): string[] => text.split(' ');
const table = (ops: string, make: CaseMaker): [string, CaseMaker][] => names(ops).map((op) => [op, make]);

/** Cases of functions of single elements. */
export const elementwiseCases: ReadonlyMap<string, CaseMaker> = new Map<string, CaseMaker>([
  ...table('Abs Neg Ceil Floor Round Sqrt Sign Reciprocal Exp Log Erf Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh', unary()),
  ...table('IsNaN IsInf Relu LeakyRelu Sigmoid Tanh HardSigmoid HardSwish Elu Selu Celu Softplus Softsign ThresholdedRelu', unary()),
  ...table('Shrink Mish Gelu Swish com.microsoft::Gelu com.microsoft::QuickGelu', unary()),
  ...table('BitwiseNot', unary('int32')),
  ...table('Not', unary('bool')),
  ...table('Add Mul Sub Div', (draw) => binary(draw.pick(['float32', 'int32', 'int64'] as const))(draw)),
  ...table('Pow Greater Less GreaterOrEqual LessOrEqual', binary()),
  ...table('Equal', binary('int64')),
  ...table('And Or Xor', binary('bool')),
  ...table('BitwiseAnd BitwiseOr BitwiseXor', binary('int32')),
  ...table('BitShift', binary('uint32', (draw) => ({ attributes: { direction: draw.pick(['LEFT', 'RIGHT']) } }))),
  ...table('Mod', binary('int32', (draw) => ({ attributes: { fmod: draw.int(0, 1) } }))),
  ...table('Sum Max Min Mean', variadic),
  ['PRelu', (draw) => {
    if (draw.opset < 7) {
      const dims = draw.dims(2, 4);
      return { inputs: [float(dims), float([draw.chance(0.5) ? 1 : dims[1]!])] };
    }
    const [data, slope] = broadcastable(draw, 2);
    return { inputs: [float(data!), float(slope!)] };
  }],
  ['Clip', (draw) => {
    const data = float(draw.dims(0, 4));
    if (draw.opset < 11) return { inputs: [data], attributes: { min: floatAttribute(0), max: floatAttribute(6) } };
    const bound = (value: number) => (draw.chance(0.7) ? scalar(value, 'float32', { constant: draw.chance(0.7) }) : undefined);
    return { inputs: [data, bound(0), bound(6)], exact: true };
  }],
  ['Where', (draw) => {
    const [condition, yes, no] = broadcastable(draw, 3);
    return { inputs: [{ type: 'bool', dims: condition! }, float(yes!), float(no!)] };
  }],
  ['com.microsoft::FastGelu', (draw) => {
    const dims = draw.dims(1, 3);
    return { inputs: draw.chance(0.5) ? [float(dims)] : [float(dims), float(dims.slice(-1))] };
  }],
  ['com.microsoft::BiasGelu', (draw) => {
    const dims = draw.dims(1, 3);
    return { inputs: [float(dims), float(dims.slice(-1))] };
  }],
  ['Cast', (draw) => {
    if (draw.opset < 6) return { inputs: [float(draw.dims(0, 3))], attributes: { to: draw.pick(['FLOAT', 'INT32', 'DOUBLE', 'BOOL']) } };
    return { inputs: [float(draw.dims(0, 3))], attributes: { to: draw.pick([1, 2, 3, 6, 7, 9, 11]) } };
  }],
  ['CastLike', (draw) => ({ inputs: [float(draw.dims(0, 3)), { type: draw.pick(['int32', 'float32', 'uint8', 'bool'] as const), dims: [2] }] })],
  ...table('Identity', unary()),
  ['Dropout', (draw) => ({ inputs: [float(draw.dims(1, 4))], outputs: draw.opset >= 7 ? draw.int(1, 2) : 1, attributes: draw.opset < 7 ? { is_test: 1 } : {} })],
]); // prettier-ignore
