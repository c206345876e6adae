import type { Measurement } from '../../protocol/results/common.ts';
import type { GateVerdict } from '../../protocol/results/run.ts';
import { LatheError } from '../base/errors.ts';
import { ap50 } from '../evaluate/metrics/ap50.ts';
import type { EvaluationPart } from '../evaluate/part.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';

type Gate = NonNullable<ResolvedRecipe['gate']>;

/** Limits of boxes need boxes that are counted: said before hours are spent. Throws `gate.boxes`. */
export function checkGate(gate: Gate | undefined, { metric, rows, setting }: Pick<EvaluationPart, 'metric' | 'rows' | 'setting'>): void {
  const limits = gate?.['lost-boxes'] ?? gate?.['false-boxes'];
  if (limits === undefined || rows.length === 0 || (metric === ap50.name && setting.decode)) return;
  throw new LatheError('gate.boxes', `the gate has limits of boxes, and ${metric} counts none`, {
    hint: 'Give boxes and decode under data.test, or leave gate.lost-boxes and gate.false-boxes out.',
  });
}

/** Whether a run keeps what its recipe allows it to lose. A figure that is no number meets no limit. */
export function gateVerdict(gate: Gate, before: Measurement, after: Measurement): GateVerdict {
  const { drop, 'lost-boxes': lost, 'false-boxes': wrong } = gate;
  const measured = before.better === 'high' ? before.value - after.value : after.value - before.value;
  const lostBoxes =
    lost === undefined ? undefined : { allowed: lost, measured: (before.boxes?.found ?? NaN) - (after.boxes?.found ?? NaN) };
  const falseBoxes = wrong === undefined ? undefined : { allowed: wrong, measured: after.boxes?.false ?? NaN };
  return {
    drop,
    measured,
    ...(lostBoxes ? { lostBoxes } : {}),
    ...(falseBoxes ? { falseBoxes } : {}),
    met: measured <= drop && [lostBoxes, falseBoxes].every((limit) => !limit || limit.measured <= limit.allowed),
  };
}
