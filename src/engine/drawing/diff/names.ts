import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';

/** Metadata key in which Lathe's models keep the names that layers had; see pipeline/metadata.ts. */
const namesKey = 'lathe.names';

/** ONNX Runtime's quantizer marks what it made so. */
const mark = /_quant(ized)?$/;

/** A name without what a quantizer put behind it. */
export const unmarked = (name: string): string => name.replace(mark, '');

/** From a layer's name in `model` to the one it had before it was compressed. Throws `model.metadata` for an entry that is no map. */
export function originalNames(model: Model): (label: string) => string {
  const text = model.metadata.get(namesKey);
  if (text === undefined) return unmarked;
  try {
    const names: unknown = JSON.parse(text);
    if (typeof names === 'object' && names !== null) {
      const old = new Map(Object.entries(names).flatMap(([before, now]) => (typeof now === 'string' ? [[now, before] as const] : [])));
      return (label) => old.get(label) ?? unmarked(label);
    }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw new LatheError('model.metadata', `the metadata entry ${namesKey} is no map of names`, { file: model.path });
}
