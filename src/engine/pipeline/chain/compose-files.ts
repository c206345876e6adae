import { composeChain } from '../../chain/compose.ts';
import type { Link } from '../../chain/link.ts';
import { seamOf } from '../../chain/settings.ts';
import { inputMetadataKey, readInputMetadata } from '../../data/input-settings.ts';
import { readModel } from '../../onnx/file.ts';
import type { Model } from '../../onnx/graph.ts';
import type { ResolvedLink } from '../../recipe/chain.ts';
import { isInputMap } from '../../recipe/input-map.ts';
import type { ResolvedRecipe } from '../../recipe/types.ts';
import { modelInputs } from '../run-data.ts';

type Input = ResolvedRecipe['data']['input'];

/** The models of a chain as one; `files` by alias. It carries how pictures become its input, as far as that is known. Throws `chain.*`, `model.*`. */
export async function composeFiles(links: readonly ResolvedLink[], files: ReadonlyMap<string, string>, input: Input): Promise<Model> {
  const models = new Map<string, Model>();
  for (const { alias } of links) models.set(alias, await readModel(files.get(alias)!));
  return composeModels(links, models, input);
}

/** The same of models that are read. Throws `chain.*`. */
export function composeModels(links: readonly ResolvedLink[], models: ReadonlyMap<string, Model>, input: Input): Model {
  const given = input && !isInputMap(input) ? input : undefined;
  const opened: Link[] = [];
  for (const { alias, seams, perChannel } of links) {
    const model = models.get(alias)!;
    const shapes = new Map(modelInputs(model).map(({ name, shape }) => [name, shape]));
    const entries = Object.entries(seams).map(([name, seam]) => [name, seamOf(name, seam, shapes.get(name) ?? [])]);
    const { color, layout } = given ?? {};
    opened.push({
      alias,
      model,
      seams: Object.fromEntries(entries) as Link['seams'],
      ...(color ? { color } : {}),
      ...(layout ? { layout } : {}),
      ...(perChannel ? { perChannel } : {}),
    });
  }
  const whole = composeChain(opened).model;
  const first = opened.find(({ seams }) => Object.keys(seams).length === 0);
  const carried = { ...(first ? readInputMetadata(first.model) : undefined), ...given };
  if (Object.keys(carried).length) whole.metadata.set(inputMetadataKey, JSON.stringify(carried));
  return whole;
}
