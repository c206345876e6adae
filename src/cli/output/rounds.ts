import type { PruningRound } from '../../protocol/pruning.ts';
import { figure, plainFigure } from './figures.ts';

/** "52.8 % of the multiply-adds, 54.6 % of the parameters; validation top1 95.0 → 90.0 % behind the cut, 93.4 % trained". */
export function roundText(round: PruningRound, first: PruningRound): string {
  const part = (key: 'macs' | 'parameters'): string => `${((100 * round[key]) / (first[key] || 1)).toFixed(1)} %`;
  const parts = [`${part('macs')} of the multiply-adds, ${part('parameters')} of the parameters`];
  const { score } = round;
  const before = first.score?.cut;
  if (score?.cut !== undefined && before !== undefined) {
    const tuned = score.tuned === undefined ? '' : `, ${figure(score.tuned, score.unit)} trained`;
    parts.push(`validation ${score.metric} ${plainFigure(before, score.unit)} → ${figure(score.cut, score.unit)} behind the cut${tuned}`);
  }
  return parts.join('; ');
}
