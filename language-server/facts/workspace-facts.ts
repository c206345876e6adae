import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { composedFile, recipeName } from '../../src/engine/recipe/composed-file.ts';
import { valueOf, type DataFacts, type Known, type ModelFacts } from '../../src/engine/recipe/facts/types.ts';
import type { PruningProfile } from '../../src/protocol/pruning.ts';
import type { Facts, Figures, FoundWidths, LastRun } from '../service/facts.ts';
import type { RecipeSymbol } from '../service/workspace-symbols.ts';
import { listFolder } from './folder.ts';
import type { Answers, FoundRun, Job, JobOf, Reader, WorkspaceFiles } from './jobs.ts';
import { isNetworkPath, liesIn } from './own-files.ts';
import { Slots, type Reading } from './slots.ts';

/** What the client says of the workspace. Paths are absolute. */
export interface FactsSettings {
  readonly folders: readonly string[];
  /** Until then nothing outside of the folders is read, and no network path. */
  readonly trusted: boolean;
  /** Folder of run folders, from a workspace folder. */
  readonly runsFolder: string;
  /** Where facts of models are kept between sessions; absent: in memory only. */
  readonly cache?: string;
  /** Where the editor keeps the analyses of this workspace. */
  readonly analyses?: string;
}

/** Milliseconds between looks at the files that facts came from: not every editor watches files, and none those outside of its folders. */
const lookEvery = 5000;

/** So much is kept. Of 5,000 layers a model takes 2 MB and its channel groups 2 MB, of others a tenth. */
const most = { models: 24, pruning: 4, data: 48, folders: 64, figures: 24, runs: 64, outlines: 256 };

const recipeFileName = /\.compress\.(ya?ml|json)$/i;

/** The facts of a workspace: read through a `Reader`, kept in memory, read again when files change. */
export class WorkspaceFacts implements Facts {
  #settings: FactsSettings;
  readonly #listeners = new Set<(path: string) => void>();
  readonly #timer: NodeJS.Timeout;
  readonly #models: Slots<ModelFacts>;
  readonly #pruning: Slots<PruningProfile>;
  readonly #data: Slots<DataFacts>;
  readonly #folders: Slots<readonly string[]>;
  readonly #figures: Slots<readonly Figures[]>;
  readonly #runs: Slots<FoundRun>;
  readonly #outlines: Slots<readonly RecipeSymbol[]>;
  readonly #workspace: Slots<WorkspaceFiles>;

  constructor(
    settings: FactsSettings,
    private readonly reader: Reader,
    readonly memory?: number,
  ) {
    this.#settings = settings;
    const changed = (file: string): void => this.#tell(file);
    this.#models = new Slots({ read: (file, tell) => this.#readModel(file, tell), changed, most: most.models });
    this.#pruning = new Slots({ read: (file) => this.#readPruning(file), changed, most: most.pruning });
    this.#data = new Slots({ read: (key) => this.#readData(key), changed: (key) => changed(dataOf(key).path), most: most.data });
    this.#folders = new Slots({ read: (folder) => this.#readFolder(folder), changed, most: most.folders });
    this.#figures = new Slots({ read: (file) => this.#readFigures(file), changed, most: most.figures });
    this.#runs = new Slots({ read: (file) => this.#readLastRun(file), changed, most: most.runs });
    this.#outlines = new Slots({ read: (file) => this.#read<'outline'>({ kind: 'outline', file }, [file]), changed, most: most.outlines });
    this.#workspace = new Slots({ read: () => this.#readWorkspace(), changed, most: 1 });
    this.#timer = setInterval(() => void this.look(), lookEvery).unref();
  }

  model(file: string): Known<ModelFacts> {
    return this.#models.get(file);
  }

  pruning(modelFile: string): Known<PruningProfile> {
    return this.#pruning.get(modelFile);
  }

  data(file: string, labels?: string, folder = path.dirname(file)): Known<DataFacts> {
    return this.#data.get(JSON.stringify({ path: file, labels, folder }));
  }

  folder(file: string): Known<readonly string[]> {
    return this.#folders.get(file);
  }

  figures(modelFile: string): readonly Figures[] {
    return valueOf(this.#figures.get(modelFile)) ?? [];
  }

  lastRun(recipeFile: string): LastRun | undefined {
    return valueOf(this.#runs.get(recipeFile))?.run;
  }

  composed(recipeFile: string): string | undefined {
    const runs = valueOf(this.#runs.get(recipeFile))?.runs;
    if (runs === undefined) return undefined;
    const place = { file: recipeFile, folder: path.dirname(recipeFile), name: recipeName(recipeFile) };
    const file = composedFile({ ...place, output: { folder: runs } });
    // Figures are told from stale ones by the hash of the file.
    this.#models.get(file);
    return file;
  }

  foundWidths(recipeFile: string): FoundWidths | undefined {
    return valueOf(this.#runs.get(recipeFile))?.widths;
  }

  recipes(): readonly string[] {
    return valueOf(this.#workspace.get(''))?.recipes ?? [];
  }

  outline(recipeFile: string): Known<readonly RecipeSymbol[]> {
    return this.#outlines.get(recipeFile);
  }

  models(): readonly string[] {
    return valueOf(this.#workspace.get(''))?.models ?? [];
  }

  onDidChange(listener: (path: string) => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** Something else holds of the workspace: what is known is read again. */
  configure(settings: FactsSettings): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    for (const slots of this.#all) slots.reread(() => true);
  }

  /** Files were written, made or removed, as the editor saw it. */
  changed(files: readonly string[]): void {
    const names = new Set(files);
    const among = (stamps: Readonly<Record<string, string>>): boolean => Object.keys(stamps).some((file) => names.has(file));
    this.#models.reread((file, stamps) => among(stamps) || files.some((name) => isBeside(file, name)));
    this.#pruning.reread((_, stamps) => among(stamps));
    this.#data.reread((key, stamps) => among(stamps) || files.some((name) => isIn(dataOf(key).path, name)));
    this.#folders.reread((folder) => files.some((name) => path.dirname(name) === folder));
    const ofRuns = files.some((name) => /^(run|overlay)\.json$/.test(path.basename(name)));
    const { analyses } = this.#settings;
    const ofAnalyses = analyses !== undefined && files.some((name) => isIn(analyses, name));
    this.#figures.reread((_, stamps) => ofRuns || ofAnalyses || among(stamps));
    this.#runs.reread((file, stamps) => ofRuns || names.has(file) || among(stamps));
    this.#outlines.reread((file) => names.has(file));
    if (files.some((name) => recipeFileName.test(name) || name.toLowerCase().endsWith('.onnx'))) this.#workspace.reread(() => true);
  }

  /** Looks whether files have changed that nobody told of. */
  async look(): Promise<void> {
    for (const slots of this.#all) await slots.check();
  }

  async dispose(): Promise<void> {
    clearInterval(this.#timer);
    this.#listeners.clear();
    await this.reader.dispose();
  }

  get #all(): readonly Pick<Slots<unknown>, 'check' | 'reread'>[] {
    return [this.#models, this.#pruning, this.#data, this.#folders, this.#figures, this.#runs, this.#outlines, this.#workspace];
  }

  #tell(file: string): void {
    for (const listener of [...this.#listeners]) listener(file);
  }

  async #readModel(file: string, tell: (facts: ModelFacts) => void): Promise<Reading<ModelFacts>> {
    const job = { file, ...this.#cached, ...this.#caution };
    const reading = await this.#read<'model'>({ kind: 'model', ...job }, [file]);
    const facts = valueOf(reading.known);
    if (!facts || facts.sha256 !== undefined) return this.#withFigures(file, reading);
    const before = valueOf(this.#models.peek(file));
    if (!isDeepStrictEqual(before && { ...before, sha256: undefined }, { ...facts, sha256: undefined })) tell(facts);
    return this.#withFigures(file, await this.#read<'details'>({ kind: 'details', ...job }, [file]));
  }

  async #readPruning(file: string): Promise<Reading<PruningProfile>> {
    return this.#read<'pruning'>({ kind: 'pruning', file, ...this.#cached, ...this.#caution }, [file]);
  }

  /** Figures are of a certain hash: now it is known whether they are of this file. */
  #withFigures(file: string, reading: Reading<ModelFacts>): Reading<ModelFacts> {
    const before = valueOf(this.#models.peek(file))?.sha256;
    if (reading.known.state === 'known' && reading.known.value.sha256 !== before)
      setImmediate(() => this.#figures.reread((key) => key === file));
    return reading;
  }

  async #readData(key: string): Promise<Reading<DataFacts>> {
    const place = dataOf(key);
    const { labels, folder } = place;
    const tables = labels === undefined || labels === 'folders' ? [] : [path.resolve(folder, labels), path.resolve(place.path, labels)];
    return this.#read<'data'>({ kind: 'data', place: { ...place, ...this.#caution } }, [place.path, ...tables]);
  }

  async #readFolder(folder: string): Promise<Reading<readonly string[]>> {
    return this.#refused([folder]) ?? listFolder(folder, { followLinks: this.#settings.trusted });
  }

  async #readFigures(file: string): Promise<Reading<readonly Figures[]>> {
    const { analyses, folders } = this.#settings;
    const sha256 = valueOf(this.#models.peek(file))?.sha256;
    const runs = [...new Set([this.#runsFolder(file), ...folders.map((folder) => this.#runsFolder(folder)), ...this.#ownRuns()])];
    const own = runs.filter((folder) => !this.#refused([folder]));
    const job = {
      kind: 'figures',
      file,
      runs: own,
      ...(sha256 ? { sha256 } : {}),
      ...(analyses === undefined ? {} : { analyses }),
    } as const;
    return this.#read<'figures'>(job, [file]);
  }

  /** Folders of runs that recipes name themselves. */
  #ownRuns(): string[] {
    return this.#runs.keys().flatMap((file) => valueOf(this.#runs.peek(file))?.runs ?? []);
  }

  async #readLastRun(file: string): Promise<Reading<FoundRun>> {
    const runs = this.#runsFolder(file);
    return this.#read<'last-run'>({ kind: 'last-run', file, runs, ...this.#caution }, [file, runs]);
  }

  async #readWorkspace(): Promise<Reading<WorkspaceFiles>> {
    const { folders } = this.#settings;
    return this.#read<'workspace'>({ kind: 'workspace', folders, ...this.#caution }, folders);
  }

  /** Where runs of a recipe or model are, when nothing says otherwise. */
  #runsFolder(file: string): string {
    const folder = this.#settings.folders.find((one) => isIn(one, file)) ?? path.dirname(file);
    return path.resolve(folder, this.#settings.runsFolder);
  }

  /** Does a job, if what it looks at may be read. */
  async #read<Kind extends Job['kind']>(job: JobOf<Kind>, files: readonly string[]): Promise<Reading<Answers[Kind]>> {
    const refused = this.#refused(files);
    if (refused) return refused;
    const answer = await this.reader.read<Kind>(job);
    if ('value' in answer) return { known: { state: 'known', value: answer.value }, stamps: answer.stamps };
    return { known: { state: 'problem', ...answer.problem }, stamps: answer.stamps };
  }

  get #cached(): { cache?: string } {
    const { cache } = this.#settings;
    return cache === undefined ? {} : { cache };
  }

  /** Nothing behind links is looked at before the folders are trusted. */
  get #caution(): { ownFilesOnly?: true } {
    return this.#settings.trusted ? {} : { ownFilesOnly: true };
  }

  #refused(files: readonly string[]): Reading<never> | undefined {
    const { trusted, folders } = this.#settings;
    if (trusted || files.every((file) => !isNetworkPath(file) && liesIn(folders, file))) return undefined;
    const message = 'it is not read: it lies outside of the workspace, which is not trusted';
    return { known: { state: 'problem', code: 'facts.untrusted', message }, stamps: {} };
  }
}

interface DataKey {
  readonly path: string;
  readonly labels?: string;
  readonly folder: string;
}
const dataOf = (key: string): DataKey => JSON.parse(key) as DataKey;

const isIn = (folder: string, file: string): boolean =>
  file === folder || file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);

/** Weights of `model.onnx` may lie in `model.onnx.data` or `model.bin`. */
const isBeside = (model: string, file: string): boolean =>
  file !== model &&
  path.dirname(file) === path.dirname(model) &&
  path.basename(file).startsWith(`${path.parse(model).name}.`) &&
  !recipeFileName.test(file);
