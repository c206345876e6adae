/** Key of metadata_props under which a model made of several says how it came from them (`Composition`). */
export const chainMetadataKey = 'lathe.chain';

/** Where each model lies in the whole. Plain data. */
export interface Composition {
  readonly links: readonly ComposedLink[];
}

export interface ComposedLink {
  readonly alias: string;
  /** Of the model's inputs and outputs: its own name, and the value in the whole. */
  /** `source`: the value before the seam's last node, for when that node is gone. */
  readonly inputs: readonly { readonly name: string; readonly value: string; readonly source?: string }[];
  readonly outputs: readonly { readonly name: string; readonly value: string }[];
}

/** More models are no chain that anyone drew up. */
const mostModels = 256;
/** As recipes have them. */
const alias = /^[\p{L}_][\p{L}\p{N}_-]{0,63}$/u;

/** How a model came from others; undefined: it is none of a chain. A foreign entry of the same name is `unreadable`. */
export function readComposition(metadata: ReadonlyMap<string, string>): Composition | 'unreadable' | undefined {
  const text = metadata.get(chainMetadataKey);
  if (text === undefined) return undefined;
  try {
    const { links } = (JSON.parse(text) ?? {}) as { links?: unknown };
    return Array.isArray(links) && links.length <= mostModels && links.every(isLink) ? { links } : 'unreadable';
  } catch (error) {
    if (error instanceof SyntaxError) return 'unreadable';
    throw error;
  }
}

function isLink(link: unknown): link is ComposedLink {
  const { alias: name, inputs, outputs } = (link ?? {}) as Partial<Record<keyof ComposedLink, unknown>>;
  if (typeof name !== 'string' || !alias.test(name)) return false;
  return Array.isArray(inputs) && Array.isArray(outputs) && [...inputs, ...outputs].every(isEnd);
}

function isEnd(end: unknown): boolean {
  const { name, value, source } = (end ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && typeof value === 'string' && (source === undefined || typeof source === 'string');
}

/**
 * Names of the models that a model is made of, in their order, each of which has its layers under `ALIAS:`, and what leads to it under
 * `seam:ALIAS/`; empty for any other model, and for what cannot be read.
 */
export function modelsWithin(metadata: ReadonlyMap<string, string>): string[] {
  const found = readComposition(metadata);
  return typeof found === 'object' ? [...new Set(found.links.map((link) => link.alias))] : [];
}
