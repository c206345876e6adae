import { LatheError } from '../../base/errors.ts';
import type { CriterionPictures, CriterionRequest } from './criterion.ts';

/** Throws `prune.pictures` where a criterion that looks at pictures has none. */
export function needPictures({ pictures, model }: CriterionRequest, criterion: string): CriterionPictures {
  if (pictures) return pictures;
  throw new LatheError('prune.pictures', `\`criterion: ${criterion}\` looks at pictures, and there are none`, {
    file: model.path,
    hint: 'Name some under data.calibration (--calibration), labels are not needed; or take `l2`, which looks at the weights alone.',
  });
}
