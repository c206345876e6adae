import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import { choose } from '../../prune/choose/index.ts';
import { localPath } from '../../prune/choose/local.ts';
import { groupRules, type LayerRule } from '../../prune/choose/rules.ts';
import { pruningProfile } from '../../prune/costs.ts';
import type { Coupling } from '../../prune/groups/types.ts';
import type { PruneSettings } from '../../prune/step.ts';
import type { StepRequest } from '../steps/step.ts';

/** What a recipe says of a layer. `ratio`: of a part that is to go in all rounds, what goes in one. */
export const layerRule = (
  { prune, channels }: Readonly<Record<string, unknown>>,
  ratio: (part: number) => number = (part) => part,
): LayerRule => ({
  ...(prune === false ? { leftOut: true } : {}),
  ...(typeof channels === 'number' ? { ratio: ratio(channels) } : {}),
});

/** Before the first of all rounds. Throws `prune.goal` where all of them cannot reach a cost, `prune.nothing` where no channel may go, and `prune.stages`. */
export function checkReachable({ model, step }: StepRequest, coupling: Coupling): void {
  const settings = step.settings as PruneSettings;
  const { channels, parameters, macs } = settings;
  const stages = typeof channels === 'object' ? { stages: channels } : {};
  const rules = groupRules(coupling, { ...settings, ...stages }, (name) => layerRule(step.layers[name] ?? {}));
  if (coupling.groups.every((group, at) => rules[at]!.minimum >= group.channels)) throw allLeftOut(model);
  const profile = pruningProfile(model, coupling);
  const request = { coupling, profile, importance: new Map(), path: localPath(profile, rules), file: model.path };
  choose(request, { ...(parameters === undefined ? {} : { parameters }), ...(macs === undefined ? {} : { macs }) });
}

const allLeftOut = ({ path }: Model): LatheError =>
  new LatheError('prune.nothing', 'every layer whose channels could go is left out', {
    file: path,
    hint: 'Leave fewer layers out (`prune: false`), or allow fewer channels (`min-channels`, `max-ratio`).',
  });
