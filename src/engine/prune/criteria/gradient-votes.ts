import { LatheError } from '../../base/errors.ts';
import type { CouplingGroup } from '../groups/types.ts';
import { weightReader, type WeightPart } from '../importance/weights.ts';
import type { CriterionRequest, Votes } from './criterion.ts';
import { eachGradient, type GradientOptions } from './gradients.ts';
import { needPictures } from './needs.ts';

/** Mean over the batches of what `of` says of a part of a group and its gradient. Throws `prune.criterion` where no weight has one, and what `eachGradient` throws. */
export async function gradientVotes(
  request: CriterionRequest,
  criterion: string,
  options: GradientOptions,
  of: (part: WeightPart, gradient: Float32Array) => Float64Array,
): Promise<(group: CouplingGroup) => Votes> {
  const pictures = needPictures(request, criterion);
  const read = weightReader(request.model);
  const parts = new Map(request.coupling.groups.map((group) => [group, read(group, ['filters', 'scales'])]));
  const sums = new Map<WeightPart, Float64Array>();
  let batches = 0;
  await eachGradient(request, pictures, options, (gradients) => {
    batches++;
    for (const part of [...parts.values()].flat()) {
      const gradient = gradients.get(part.slice.tensor);
      if (!gradient) continue;
      const vote = of(part, gradient);
      const sum = sums.get(part);
      if (sum) vote.forEach((value, channel) => (sum[channel]! += value));
      else sums.set(part, vote);
    }
  });
  if (parts.size > 0 && sums.size === 0) {
    throw new LatheError(
      'prune.criterion',
      `\`criterion: ${criterion}\` needs float weights that gradients reach, and pictures for one batch`,
      {
        file: request.model.path,
        hint: 'Prune before quantizing, or take a criterion that looks at weights (`l2`) or at what layers make (`reconstruction`).',
      },
    );
  }
  return (group) => (parts.get(group) ?? []).flatMap((part) => (sums.has(part) ? [sums.get(part)!.map((sum) => sum / batches)] : []));
}
