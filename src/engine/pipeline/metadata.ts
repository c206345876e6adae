import { latheVersion } from '../base/version.ts';
import type { Model } from '../onnx/graph.ts';
import type { LayerCost } from '../ops/cost.ts';

/** What every model that Lathe writes says of itself, beside its input settings (data/input-settings.ts). */
export interface Provenance {
  /** sha256 of recipe, model and data. */
  readonly recipeHash: string;
  /** How the numbers are stored, one entry for each step that changed them. */
  readonly schemes: readonly string[];
  /** Layers of the recipe's model that have another name now, or null where they are gone. */
  readonly names: Readonly<Record<string, string | null>>;
}

/** Keys in `metadata_props`. */
export const provenanceKeys = {
  version: 'lathe.version',
  recipeHash: 'lathe.recipe',
  scheme: 'lathe.scheme',
  names: 'lathe.names',
} as const;

export function writeProvenance(model: Model, { recipeHash, schemes, names }: Provenance): void {
  model.metadata.set(provenanceKeys.version, latheVersion);
  model.metadata.set(provenanceKeys.recipeHash, recipeHash);
  model.metadata.set(provenanceKeys.scheme, schemes.join('; '));
  model.metadata.set(provenanceKeys.names, JSON.stringify(names));
}

/** Layers that `after` does not have under their names: what makes their first output now, or null. */
export function nameMap(layers: readonly LayerCost[], after: Model): Record<string, string | null> {
  const labels = new Set(after.graph.nodes.map((node) => node.label));
  const map: Record<string, string | null> = {};
  for (const { label, node } of layers) {
    if (!labels.has(label)) map[label] = after.graph.producer(node.outputs[0] ?? '')?.label ?? null;
  }
  return map;
}
