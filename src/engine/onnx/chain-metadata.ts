/** Key of metadata_props under which a model made of several says how it came from them (`Composition` of the room chain). */
export const chainMetadataKey = 'lathe.chain';

/** More models are no chain that anyone drew up. */
const mostModels = 256;
/** As recipes have them. */
const alias = /^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u;

/**
 * Names of the models that a model is made of, in their order, each of which has its layers under `ALIAS:`, and what leads to it under
 * `seam:ALIAS/`; empty for any other model, and for what cannot be read.
 */
export function modelsWithin(metadata: ReadonlyMap<string, string>): string[] {
  const text = metadata.get(chainMetadataKey);
  if (text === undefined) return [];
  try {
    const { links } = JSON.parse(text) as { links?: unknown };
    if (!Array.isArray(links) || links.length > mostModels) return [];
    const names = links.map((link: unknown) => (link as { alias?: unknown } | null)?.alias);
    const known = names.filter((name): name is string => typeof name === 'string' && alias.test(name));
    return known.length === names.length ? [...new Set(known)] : [];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return []; // a foreign entry
    throw error;
  }
}
