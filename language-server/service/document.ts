import { fileURLToPath } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Path } from '../../src/engine/recipe/check.ts';
import { SyntaxReader } from '../../src/engine/recipe/syntax/reader.ts';
import { parseRecipeText, type RecipeText } from '../../src/engine/recipe/text.ts';

/** A recipe as it stands in an editor. A new one for each version of the text; what did not change is taken over from the last. */
export interface RecipeDocument {
  readonly uri: string;
  /** Absolute path; undefined for a text that is no file. */
  readonly file: string | undefined;
  readonly version: number;
  /** Offsets to positions and back; both count UTF-16 units. */
  readonly text: TextDocument;
  /** The nodes with their places, as far as the text can be read. */
  readonly tree: RecipeText;
}

/** What stands at a place of a text. */
export interface Place {
  /** Keys and list positions from the root, up to the node at the place. */
  readonly path: Path;
  /** The place is in the key that the path ends with, or in its value. */
  readonly at: 'key' | 'value';
  /** Offsets of that key or value. */
  readonly from: number;
  readonly to: number;
}

/** The language id of recipes in editors. */
export const languageId = 'compression-config';

/**
 * Never throws: what can't be read is in `tree.problems`. With the last version of the same text only what changed is parsed, and that only
 * when the tree is asked for; the last version's tree is not to be looked at any more then.
 */
export function recipeDocument(uri: string, version: number, content: string, last?: RecipeDocument): RecipeDocument {
  return new ParsedDocument(uri, version, content, last instanceof ParsedDocument ? last.handOver() : new SyntaxReader());
}

class ParsedDocument implements RecipeDocument {
  readonly uri: string;
  readonly file: string | undefined;
  readonly version: number;
  readonly text: TextDocument;
  #tree: RecipeText | undefined;
  #reader: SyntaxReader;

  constructor(uri: string, version: number, content: string, reader: SyntaxReader) {
    this.uri = uri;
    this.file = fileOf(uri);
    this.version = version;
    this.text = TextDocument.create(uri, languageId, version, content);
    this.#reader = reader;
  }

  get tree(): RecipeText {
    this.#tree ??= parseRecipeText(this.text.getText(), this.file ?? this.uri, {}, this.#reader);
    return this.#tree;
  }

  /** What reads the next version. If this one is read after all, it is read whole. */
  handOver(): SyntaxReader {
    const reader = this.#reader;
    this.#reader = new SyntaxReader();
    return reader;
  }
}

/** The path of a `file:` URI; undefined of every other, and of one that is no path here. */
export function fileOf(uri: string): string | undefined {
  if (!/^file:/i.test(uri)) return undefined;
  try {
    return fileURLToPath(uri);
  } catch (error) {
    if (error instanceof TypeError || error instanceof URIError) return undefined;
    throw error;
  }
}
