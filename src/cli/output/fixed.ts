import { visible } from '../../protocol/format.ts';
import type { AppliedFix, FixedModel } from '../../protocol/results/board.ts';
import { shownPath } from './paths.ts';
import type { Style } from './style.ts';

/** Layers of one fix that are listed by name. */
const mostListed = 5;

/** What was rewritten, by fix, and what came of it. */
export function fixedText({ applied, proof, output, pre, post }: FixedModel, target: string, style: Style, cwd: string): string {
  const ids = [...new Set(applied.map(({ id }) => id))];
  const lines = ids.flatMap((id) => fixLines(id, applied.filter((each) => each.id === id), style)); // prettier-ignore
  const difference = proof.sqnrDb === null ? 'not a bit differs' : `differ by at most ${proof.maxAbs.toPrecision(2)}, ${proof.sqnrDb.toFixed(1)} dB`; // prettier-ignore
  const files = [pre, output, post].filter((file) => file !== undefined).map((file) => shownPath(file, cwd));
  return [
    ...(applied.length ? lines : ['Nothing had to be rewritten.']),
    `Outputs on ${proof.pictures} inputs: ${difference}.`,
    `${style.bold(files.join(', '))}${files.length > 1 ? ' compute it one after the other' : ''}`,
    `Next: lathe quantize ${shownPath(output, cwd)} --target ${target}`,
  ].join('\n');
}

function fixLines(id: string, list: readonly AppliedFix[], style: Style): string[] {
  const [first] = list;
  const bound = Math.max(0, ...list.map((each) => each.bound?.value ?? 0));
  const times = first?.bound?.times;
  const off = bound === 0 ? '' : `, off by at most ${Number(bound.toPrecision(3))}${times ? ` × the ${times}` : ''}`;
  const rows = list
    .slice(0, mostListed)
    .map(({ nodes, message }) => `  ${visible((nodes[0] ?? '').slice(0, 60))}: ${visible(message.slice(0, 120))}`);
  const more = list.length > mostListed ? [`  and ${list.length - mostListed} more`] : [];
  return [`${style.bold(id)} (${first?.effect ?? 'exact'}${off})`, ...rows, ...more];
}
