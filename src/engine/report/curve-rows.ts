import type { CurveRow } from '../../protocol/curve-layout.ts';
import type { TrainingCurve } from '../../protocol/training.ts';

const mostRows = 200;

/** The curve as a table, which says what the picture says: a row for each epoch, fewer where there are very many; none of the best is left out. */
export function curveRows({ points, validation }: TrainingCurve): CurveRow[] {
  const scores = validation?.scores ?? [];
  const last = Math.max(points.at(-1)?.epoch ?? 0, scores.at(-1)?.epoch ?? 0);
  const every = Math.max(1, Math.ceil(last / mostRows));
  const best = scores.findLast((score) => score.best);
  const ends = new Set<number>();
  for (let epoch = 0; epoch < last; epoch += every) ends.add(epoch);
  for (const epoch of [last, ...(best ? [best.epoch] : []), ...(scores.length <= mostRows ? scores.map((score) => score.epoch) : [])])
    ends.add(epoch);
  const rows: CurveRow[] = [];
  let at = 0;
  for (const epoch of [...ends].sort((a, b) => a - b)) {
    const begun = at;
    while (at < points.length && points[at]!.epoch <= epoch + 1e-9) at++;
    const since = points.slice(begun, at);
    const score = scores.find((one) => Math.abs(one.epoch - epoch) < 1e-9);
    if (since.length === 0 && !score) continue;
    rows.push({
      epoch,
      step: score?.step ?? since.at(-1)?.step ?? 0,
      ...(since.length ? { loss: since.reduce((sum, { loss }) => sum + loss, 0) / since.length, rate: since.at(-1)!.rate } : {}),
      ...(score ? { score: score.value } : {}),
      best: score !== undefined && score === best,
    });
  }
  return rows;
}
