import { LatheError } from '../base/errors.ts';
import type { TargetLimits } from '../targets/limits.ts';
import type { Width } from './budget.ts';

/** What layers may get where nobody says anything. */
const usual: readonly Width[] = [2, 3, 4, 6, 8, 'float'];

/**
 * Widths to search among, rising, `float` last: those asked for, or the usual ones that the target takes. Throws `search.widths` for one
 * that it refuses, and where fewer than two are left.
 */
export function searchedWidths(asked: readonly Width[] | undefined, target: TargetLimits): Width[] {
  const limit = target.settings['quantize']?.['weights'];
  const takes = (width: Width): boolean => limit?.allowed?.includes(width) ?? true;
  const refused = asked?.find((width) => !takes(width));
  if (refused !== undefined) {
    throw new LatheError(
      'search.widths',
      `${target.name} takes no weights of ${refused === 'float' ? 'float' : `${refused} bits`}${limit?.reason ? `: ${limit.reason}` : ''}`,
    );
  }
  const place = (width: Width): number => (width === 'float' ? Infinity : width);
  const widths = [...new Set(asked ?? usual.filter(takes))].sort((a, b) => place(a) - place(b));
  if (widths.length >= 2) return widths;
  throw new LatheError('search.widths', 'there is nothing to choose between: a search needs two widths or more', {
    hint: 'Give --widths 4,8.',
  });
}
