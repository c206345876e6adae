import type { Dim } from '../onnx/graph.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { productOf } from './shape/dims.ts';
import { agree, commonType, dimAt, ranked, shapeError, tensorOf } from './shape/operand.ts';

/**
 * X [sequence, batch, input] with W [directions, gates × hidden, input]: all states, the last one, and for LSTM the last cell
 * (RNN, GRU, LSTM-1 to -22). With layout 1 the batch comes first.
 */
function recurrent(context: InferenceContext, gates: number): (Inferred | undefined)[] {
  const { node } = context;
  const type = commonType(context, [0, 1, 2]);
  const [data, weight, recurrence] = [0, 1, 2].map((index) => ranked(context, index, 3));
  const hidden = hiddenSize(context, weight, gates);
  agree(node, 'the input size', dimAt(data, 2), dimAt(weight, 2));
  agree(node, 'the hidden size', dimAt(recurrence, 2), hidden);
  const directions = node.string('direction', 'forward') === 'bidirectional' ? 2 : 1;
  agree(node, 'the number of directions', dimAt(weight, 0), directions);
  const batchFirst = node.int('layout', 0) !== 0;
  const [sequence, batch] = batchFirst ? [dimAt(data, 1), dimAt(data, 0)] : [dimAt(data, 0), dimAt(data, 1)];
  const last = tensorOf(type, batchFirst ? [batch, directions, hidden] : [directions, batch, hidden]);
  const all: Dim[] = batchFirst ? [batch, sequence, directions, hidden] : [sequence, directions, batch, hidden];
  return [tensorOf(type, all), last, last];
}

function hiddenSize(context: InferenceContext, weight: readonly Dim[] | undefined, gates: number): Dim {
  const { node } = context;
  const rows = dimAt(weight, 1);
  const declared = node.int('hidden_size') ?? null;
  if (typeof rows !== 'number') return declared;
  if (rows % gates !== 0) throw shapeError(node, `has weights of ${rows} rows, not a multiple of ${gates} gates`);
  return agree(node, 'hidden_size', declared, rows / gates);
}

const record = (op: string, gates: number, summary: string): OperatorRecord => ({
  op,
  since: 1,
  summary,
  weights: [1, 2, 3],
  mixesChannels: true,
  quantize: { kind: 'float', reason: `ONNX Runtime's CPU provider has no static integer ${op}` },
  infer: (context) => recurrent(context, gates).slice(0, op === 'LSTM' ? 3 : 2),
  /** Every step of every direction multiplies input and state by all gates: steps × batch × the elements of W and R. */
  macs(_node, inputs) {
    const [data, weight, recurrence] = [0, 1, 2].map((index) => inputs[index]?.shape);
    const steps = data && productOf(data.slice(0, 2));
    const [fromInput, fromState] = [weight && productOf(weight), recurrence && productOf(recurrence)];
    const known = [steps, fromInput, fromState].every((value) => typeof value === 'number');
    return known ? steps! * (fromInput! + fromState!) : undefined;
  },
});

export const records: readonly OperatorRecord[] = [
  record('RNN', 1, 'Plain recurrent layer.'),
  record('GRU', 3, 'Gated recurrent layer.'),
  record('LSTM', 4, 'Long short-term memory layer.'),
];
