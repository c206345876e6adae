import type { FeaturePair } from './features.ts';
import { meanOfPairs } from './features.ts';
import type { Loss } from './loss.ts';

/** Inner values of a network and of the one that it was cut out of. */
export interface KeptPair extends FeaturePair {
  /** Channels of the teacher's map that the student still has, in its order; absent: all. */
  readonly channels?: readonly number[];
}

/** Keeps the sum of a map of zeros from being divided by. */
const tiny = 1e-12;

/**
 * ‖student − teacher‖² / ‖teacher‖² on the channels that both have, the mean over pairs: what hints (Romero et al. 2015, FitNets, arXiv:1412.6550, eq. 3) are where nothing has to be
 * adapted. Throws `training.features`, `training.no-value`.
 */
export const matching = ({ pairs }: { readonly pairs: readonly KeptPair[] }): Loss => ({
  name: 'matching',
  build(site) {
    let at = 0;
    return meanOfPairs(site, pairs, (student, teacher) => {
      const { channels } = pairs[at++]!;
      const wanted = channels ? site.emit('Gather', [teacher.name, site.indices(channels)], { axis: 1 }) : teacher.name;
      const difference = site.emit('Sub', [student.name, wanted]);
      const square = (value: string): string => site.emit('ReduceSumSquare', [value], { keepdims: 0 });
      return site.emit('Div', [square(difference), site.emit('Add', [square(wanted), site.number(tiny)])]);
    });
  },
});
