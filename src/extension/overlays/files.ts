import path from 'node:path';
import * as vscode from 'vscode';
import { formatError, LatheError } from '../../engine/base/errors.ts';
import type { Annotations } from '../../engine/pipeline/index.ts';
import type { OverlayView } from '../../protocol/view.ts';
import { readJson, shortHash, storageOf } from './storage.ts';
import { fileOverlays, type LayerIndex } from './views.ts';

const extension = '.overlay.json';
/** Files beside a model that are looked into. */
const mostBeside = 50;
/** Files whose figures are kept in memory. */
const mostRead = 32;
/** Bytes; the reader counts characters. */
const largestFile = 64 * 2 ** 20;

/** What a person gave a model: files that were opened stay where they are, texts that were dropped are kept. */
interface Given {
  version: 1;
  /** Addresses of opened files. */
  opened: string[];
  dropped: { name: string; text: string }[];
}

/** One file of figures for a model. */
interface Source {
  /** Part of its overlays' ids. */
  readonly key: string;
  readonly name: string;
  readonly file?: vscode.Uri;
  readonly read: () => Promise<Annotations>;
  /** Shown though it names other models, and can be taken away. */
  readonly given: boolean;
  /** Lies beside the model and has its name. */
  readonly own: boolean;
}

/** Overlays from files: those beside a model, and those a person opened for it or dropped on it. */
export class OverlayFiles {
  /** What could be read last, of files that cannot be read any more. */
  readonly #last = new Map<string, Annotations>();
  /** What was read, by address and version: a running analysis asks for all figures again and again. */
  readonly #read = new Map<string, { version: string; annotations: Annotations }>();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  /** `files`: what was read and is worth watching. `hash` of the model is asked for only if there is a file. */
  async of(
    model: vscode.Uri,
    layers: LayerIndex,
    hash: () => Promise<string | undefined>,
  ): Promise<{ overlays: OverlayView[]; files: vscode.Uri[] }> {
    const sources = await this.#sources(model);
    const found: OverlayView[] = [];
    for (const source of sources) {
      const { annotations, stale } = await this.#readAgain(source);
      if (!annotations) continue;
      const own = annotations.models.length === 0 ? undefined : await hash();
      const fits = own === undefined ? undefined : annotations.models.includes(own);
      if (!source.given && fits !== true && !source.own) continue;
      const marks = {
        group: 'file' as const,
        ...(source.given ? { removable: true as const } : {}),
        ...(stale ? { stale } : fits === false ? { stale: 'The file names another version of the model.' } : {}),
      };
      const origin = `${source.name} (${annotations.format})`;
      found.push(...fileOverlays(annotations, { id: `file/${source.key}`, origin }, layers).map((overlay) => ({ ...overlay, ...marks })));
    }
    return { overlays: found, files: sources.flatMap(({ file }) => file ?? []) };
  }

  /** Opens a file for a model from now on. Answers the ids of its overlays. Throws LatheError `overlay.*`, `file.read`. */
  async open(model: vscode.Uri, file: vscode.Uri, layers: LayerIndex): Promise<string[]> {
    const address = file.toString();
    const ids = idsOf(await this.read(file), keyOf(address), path.posix.basename(file.path), layers);
    const given = await this.#given(model);
    await this.#keep(model, { ...given, opened: [...given.opened.filter((one) => one !== address), address] });
    return ids;
  }

  /** Keeps the text of a file that was dropped, in place of an earlier one of its name. Throws as `open`. */
  async drop(model: vscode.Uri, name: string, text: string, layers: LayerIndex): Promise<string[]> {
    const { readAnnotations } = await import('../../engine/pipeline/index.ts');
    const ids = idsOf(readAnnotations(text, name), keyOf(name), name, layers);
    const given = await this.#given(model);
    await this.#keep(model, { ...given, dropped: [...given.dropped.filter((one) => one.name !== name), { name, text }] });
    return ids;
  }

  /** Opens a file of which only the address was dropped, as VS Code's own explorer does. Throws as `open`. */
  async dropAddress(model: vscode.Uri, address: string, layers: LayerIndex): Promise<string[]> {
    let file: vscode.Uri;
    try {
      file = vscode.Uri.parse(address, true);
    } catch (cause) {
      throw new LatheError('file.read', 'it is no address of a file', { file: address, cause });
    }
    return this.open(model, file, layers);
  }

  /** Reads a file of figures, whichever it is; one that has not changed only once. Throws LatheError `overlay.*`, `file.read`. */
  async read(file: vscode.Uri): Promise<Annotations> {
    const name = path.posix.basename(file.path);
    const { readAnnotations } = await import('../../engine/pipeline/index.ts');
    try {
      const { size, mtime } = await vscode.workspace.fs.stat(file);
      const version = `${size} ${mtime}`;
      const known = this.#read.get(file.toString());
      if (known?.version === version) return known.annotations;
      if (size > largestFile)
        throw new LatheError('overlay.too-large', `files of figures may have ${largestFile / 2 ** 20} MB`, { file: name });
      const annotations = readAnnotations(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)), name);
      if (this.#read.size >= mostRead) this.#read.clear();
      this.#read.set(file.toString(), { version, annotations });
      return annotations;
    } catch (cause) {
      if (cause instanceof LatheError) throw cause;
      throw new LatheError('file.read', 'the file cannot be read', { file: name, cause });
    }
  }

  /** Takes the file of an overlay away from the model; the file itself stays. */
  async forget(model: vscode.Uri, id: string): Promise<void> {
    const { opened, dropped } = await this.#given(model);
    const others = (name: string): boolean => !id.startsWith(`file/${keyOf(name)}/`);
    await this.#keep(model, { version: 1, opened: opened.filter(others), dropped: dropped.filter(({ name }) => others(name)) });
  }

  async #sources(model: vscode.Uri): Promise<Source[]> {
    const { opened, dropped } = await this.#given(model);
    const beside = (await filesBeside(model)).filter((file) => !opened.includes(file.toString()));
    const stem = path.posix.parse(model.path).name;
    const ofFile = (file: vscode.Uri, given: boolean): Source => {
      const name = path.posix.basename(file.path);
      return { key: keyOf(file.toString()), name, file, given, own: name.startsWith(`${stem}.`), read: () => this.read(file) };
    };
    return [
      ...dropped.map(({ name, text }): Source => {
        const read = async (): Promise<Annotations> => (await import('../../engine/pipeline/index.ts')).readAnnotations(text, name);
        return { key: keyOf(name), name, given: true, own: false, read };
      }),
      ...opened.map((address) => ofFile(vscode.Uri.parse(address), true)),
      ...beside.map((file) => ofFile(file, false)),
    ];
  }

  /** A file that was written badly, or is just being written, keeps its last figures and says so. */
  async #readAgain({ key, read, given }: Source): Promise<{ annotations: Annotations | undefined; stale?: string }> {
    try {
      const annotations = await read();
      this.#last.set(key, annotations);
      return { annotations };
    } catch (error) {
      if (!(error instanceof LatheError)) throw error;
      if (given) this.output.warn(formatError(error));
      else this.output.debug(formatError(error));
      return { annotations: this.#last.get(key), stale: `The file cannot be read any more: ${error.message}.` };
    }
  }

  async #given(model: vscode.Uri): Promise<Given> {
    const stored = (await readJson(storageOf(this.context, 'overlay-files', model))) as Given | undefined;
    return stored?.version === 1 ? stored : { version: 1, opened: [], dropped: [] };
  }

  async #keep(model: vscode.Uri, given: Given): Promise<void> {
    await vscode.workspace.fs.writeFile(storageOf(this.context, 'overlay-files', model), new TextEncoder().encode(JSON.stringify(given)));
  }
}

const keyOf = (source: string): string => shortHash(source).slice(0, 12);

/** Throws `overlay.other-model` for a file that says nothing of this model. */
function idsOf(annotations: Annotations, key: string, file: string, layers: LayerIndex): string[] {
  const placed = fileOverlays(annotations, { id: `file/${key}`, origin: '' }, layers);
  if (placed.length > 0) return placed.map(({ id }) => id);
  const figures = annotations.overlays.reduce((sum, { values }) => sum + values.length, 0);
  const message = figures ? `none of its ${figures} figures is of a layer of this model` : 'it holds no figures of layers';
  throw new LatheError('overlay.other-model', message, {
    file,
    hint: 'Figures belong to layers by their names: was it made for another model?',
  });
}

async function filesBeside(model: vscode.Uri): Promise<vscode.Uri[]> {
  const folder = vscode.Uri.joinPath(model, '..');
  try {
    const names = (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name).filter((name) => name.endsWith(extension));
    return names
      .sort()
      .slice(0, mostBeside)
      .map((name) => vscode.Uri.joinPath(folder, name));
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return [];
    throw error;
  }
}
