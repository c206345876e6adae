import { Cancelled, LatheError } from '../../../engine/base/errors.ts';
import type { CheckDocument, ToolFinding } from '../../../protocol/results/board.ts';

/** Which task found something: it is gone when that task runs again. */
export type FindingKind = 'check' | 'compile' | 'deploy';

/** One thing to be said of a board, wherever it came from. Its texts are foreign. */
export interface BoardFinding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  /** The layers it is about, as the recipe's model has them. */
  readonly layers: readonly string[];
  readonly target: string;
  /** Position in `deploy:`. */
  readonly entry?: number;
  /** Absolute path of the model. */
  readonly model?: string;
}

type Place = Pick<BoardFinding, 'target' | 'entry' | 'model'>;

export const toolFindings = (findings: readonly ToolFinding[], place: Place): BoardFinding[] =>
  findings.map(({ severity, message, code, layer, hint }) => ({
    severity,
    message,
    layers: layer === undefined ? [] : [layer],
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
    ...place,
  }));

/** A task that failed says why where it was asked for; one that was cancelled does not. */
export function failureFinding(error: unknown, place: Place): BoardFinding[] {
  if (!(error instanceof LatheError) || error instanceof Cancelled) return [];
  const { node, hint } = error.place;
  return [
    {
      severity: 'error',
      message: error.message,
      code: error.code,
      layers: node === undefined ? [] : [node],
      ...(hint ? { hint } : {}),
      ...place,
    },
  ];
}

/** Of a check: what keeps layers off the accelerator, layers of the same reason together, and what is wrong with scales. */
export function checkFindings({ target, nodes, quantization, chain }: CheckDocument): Omit<BoardFinding, 'model'>[] {
  const groups = new Map<string, { first: (typeof nodes)[number]; layers: string[] }>();
  for (const node of nodes) {
    if (node.verdict === 'yes') continue;
    const key = JSON.stringify([node.verdict, node.rule, node.reason, node.fix]);
    const group = groups.get(key);
    if (group) group.layers.push(node.name);
    else groups.set(key, { first: node, layers: [node.name] });
  }
  const verdicts = [...groups.values()].map(({ first: { verdict, reason, fix, rule, device }, layers }) => ({
    severity: verdict === 'no' ? ('warning' as const) : ('info' as const),
    message: verdict === 'no' ? `runs on the board's ${device}: ${reason}` : `runs on the ${device} if ${reason}`,
    code: rule,
    layers,
    target,
    ...(fix === undefined ? {} : { hint: fix }),
  }));
  const scales = quantization.map(({ node, constraint, message }) => ({
    severity: 'error' as const,
    message,
    code: constraint,
    layers: [node],
    target,
  }));
  const ofChain = (chain?.findings ?? []).map(({ layers = [], ...finding }) => ({ ...finding, layers, target }));
  return [...scales, ...ofChain, ...verdicts];
}
