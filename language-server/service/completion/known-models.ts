import type { ModelFacts } from '../../../src/engine/recipe/facts/types.ts';
import { newModelSettings, type NewModelSettings } from '../../../src/engine/architectures/settings.ts';
import { Checker } from '../../../src/engine/recipe/check.ts';
import { fillDefaults } from '../../../src/engine/recipe/defaults.ts';
import { networkFacts } from '../../../src/engine/recipe/networks.ts';
import { nodeAt, type WrittenModel } from '../written.ts';
import type { Situation } from './situation.ts';

/** A model of the recipe of which something is known. */
export interface KnownModel extends WrittenModel {
  readonly facts: ModelFacts;
}

/** Those of these models that have been read; new networks as they will be. */
export const knownModels = (models: readonly WrittenModel[], situation: Situation): KnownModel[] =>
  models.flatMap((model) => {
    const facts = model.file === undefined ? networkOf(model, situation) : situation.request.facts.model(model.file);
    return facts?.state === 'known' ? [{ ...model, facts: facts.value }] : [];
  });

function networkOf(
  { alias, architecture }: WrittenModel,
  { request: { document } }: Situation,
): ReturnType<typeof networkFacts>['facts'] | undefined {
  if (architecture === undefined || alias === undefined) return undefined;
  const checker = new Checker(document.tree.anchors);
  const settings = checker.check(nodeAt(document, ['models', alias]), newModelSettings, ['models', alias]);
  return checker.issues.length ? undefined : networkFacts(fillDefaults(newModelSettings, settings) as NewModelSettings).facts;
}
