import { LatheError } from '../../base/errors.ts';
import { readModelExplorerData } from './read-model-explorer.ts';
import { readNetronAttachment } from './read-netron.ts';
import { readOverlayFile } from './read-overlay.ts';
import { isObject, type Annotations } from './named-overlay.ts';

export type { Annotations, NamedOverlay } from './named-overlay.ts';

/** Characters of a file; a figure for each of 100,000 nodes with long names takes a quarter of it. */
const largestText = 32 * 2 ** 20;
const mostOverlays = 64;
/** Figures of all overlays of a file together. */
const mostFigures = 1_000_000;

/** In the order in which a file is tried; each answers undefined for what is not its own, and throws for what is and is malformed. */
const readers: readonly ((value: Record<string, unknown>) => Annotations | undefined)[] = [
  readNetronAttachment,
  readOverlayFile,
  readModelExplorerData,
];

/**
 * Reads an overlay file, a Netron attachment or node data of Model Explorer, whichever it is. Throws `overlay.too-large`, `overlay.json`,
 * `overlay.format` for none of them, `overlay.malformed` for one with a mistake. `file`: what messages call it.
 */
export function readAnnotations(text: string, file: string): Annotations {
  if (text.length > largestText) {
    throw new LatheError('overlay.too-large', `files of figures may have ${largestText / 2 ** 20} MB, this one is larger`, { file });
  }
  const value = parse(text, file);
  for (const read of readers) {
    const found = inFile(file, () => read(value));
    if (found) return checkCounts(found, file);
  }
  throw new LatheError('overlay.format', 'the file holds no figures of layers', {
    file,
    hint: 'It should be a Lathe overlay (`lathe schema --overlay`), a Netron attachment or node data of Model Explorer.',
  });
}

function parse(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : '';
    throw new LatheError('overlay.json', `the file is no JSON: ${reason}`, { file, cause });
  }
  if (isObject(value)) return value;
  throw new LatheError('overlay.format', 'the file holds no figures of layers: its JSON is no object', { file });
}

function checkCounts(found: Annotations, file: string): Annotations {
  const figures = found.overlays.reduce((sum, { values }) => sum + values.length, 0);
  if (found.overlays.length > mostOverlays || figures > mostFigures) {
    const has = `this one has ${found.overlays.length} with ${figures} figures`;
    throw new LatheError('overlay.too-large', `a file may hold ${mostOverlays} overlays with ${mostFigures} figures, ${has}`, { file });
  }
  return found;
}

/** Says in which file a mistake was found. */
function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    throw new LatheError(error.code, error.message, { ...error.place, file });
  }
}
