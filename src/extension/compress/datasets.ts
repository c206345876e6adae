import type { DataSource } from '../../engine/data/source.ts';

/** Pictures of a folder, without those of data sets further in. Paths have forward slashes and are relative to where the search began. */
export interface PictureSet {
  folder: string;
  pictures: number;
  /** Class folders, when the folder is organised so. */
  classes?: number;
}

/** Pictures for the parts of a job: what ranges are measured on, and what the figures at the end are measured on. */
export interface DataChoice {
  label: string;
  description: string;
  calibration: DataSource;
  test?: DataSource;
  /** Pictures that `calibration` takes some of; undefined where a label file parts them. */
  available?: number;
}

/** Pictures that calibration looks at; more rarely change a range. */
const calibrationCount = 100;

export const picturePattern = '**/*.{png,jpg,jpeg,webp,bmp,ppm,pgm,PNG,JPG,JPEG,WEBP,BMP,PPM,PGM}';

const calibrationNames = /^(calib|calibration|train|training)$/i;
const testNames = /^(test|testing|val|valid|validation|eval)$/i;
const splitName = (name: string): boolean => calibrationNames.test(name) || testNames.test(name);

/** Groups picture files into sets: a folder of class folders is one set. Sorted by path. */
export function findPictureSets(files: readonly string[]): PictureSet[] {
  const direct = new Map<string, number>();
  for (const file of files) direct.set(parentOf(file), (direct.get(parentOf(file)) ?? 0) + 1);
  const children = new Map<string, string[]>();
  for (const folder of direct.keys())
    if (folder !== '') children.set(parentOf(folder), [...(children.get(parentOf(folder)) ?? []), folder]);

  const sets: PictureSet[] = [];
  const taken = new Set<string>();
  for (const [parent, folders] of children) {
    const classes = folders.filter((folder) => !children.has(folder) && !splitName(nameOf(folder)));
    if (classes.length < 2 || classes.length < folders.length || direct.has(parent)) continue;
    for (const folder of classes) taken.add(folder);
    sets.push({ folder: parent, pictures: sum(classes.map((folder) => direct.get(folder) ?? 0)), classes: classes.length });
  }
  for (const [folder, pictures] of direct) if (!taken.has(folder)) sets.push({ folder, pictures });
  return sets.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** What to offer: sets that are parts of one (train beside test) as one choice, then every set by itself. */
export function dataChoices(sets: readonly PictureSet[]): DataChoice[] {
  const paired: DataChoice[] = [];
  for (const train of sets.filter(({ folder }) => calibrationNames.test(nameOf(folder)))) {
    const siblings = sets.filter(({ folder }) => parentOf(folder) === parentOf(train.folder) && testNames.test(nameOf(folder)));
    const test = siblings[0];
    if (!test) continue;
    paired.push({
      label: parentOf(train.folder) || '(the workspace folder)',
      description: `${nameOf(train.folder)} ${pictures(train)} · ${nameOf(test.folder)} ${pictures(test)}`,
      calibration: calibrationOn(train),
      available: train.pictures,
      test: source(test),
    });
  }
  const single = sets.map((set) => ({
    label: set.folder || '(the workspace folder)',
    description: pictures(set),
    calibration: calibrationOn(set),
    available: set.pictures,
  }));
  return [...paired, ...single];
}

/** A set with a label file that tells its parts: `splits` are the values of the column `split`. */
export function choiceFromLabelFile(set: PictureSet, labels: string, splits: readonly string[]): DataChoice {
  const calibration = splits.find((split) => calibrationNames.test(split));
  const test = splits.find((split) => testNames.test(split));
  const parts = calibration && test ? ` · ${calibration} and ${test} by ${labels}` : ` · ${labels}`;
  return {
    label: set.folder || '(the workspace folder)',
    description: `${pictures(set)}${parts}`,
    calibration: { path: set.folder || '.', labels, ...(calibration ? { split: calibration } : {}), count: calibrationCount },
    ...(calibration && test ? { test: { path: set.folder || '.', labels, split: test } } : {}),
  };
}

/** The different values of the column `split` in a label file's text, or none. */
export function splitsOf(csv: string): string[] {
  const [header = '', ...rows] = csv.split(/\r?\n/);
  const column = header.split(',').findIndex((name) => name.trim() === 'split');
  return column < 0 ? [] : [...new Set(rows.map((row) => row.split(',')[column]?.trim() ?? '').filter(Boolean))];
}

const source = (set: PictureSet): DataSource => ({ path: set.folder || '.', ...(set.classes ? { labels: 'folders' } : {}) });
const calibrationOn = (set: PictureSet): DataSource => ({ ...source(set), count: Math.min(calibrationCount, set.pictures) });

function pictures(set: PictureSet): string {
  const classes = set.classes ? ` in ${set.classes} classes` : '';
  return `${set.pictures.toLocaleString('en')} picture${set.pictures === 1 ? '' : 's'}${classes}`;
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
