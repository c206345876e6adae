import path from 'node:path';
import * as vscode from 'vscode';
import { baseFolder, dataFolders } from '../settings.ts';
import {
  choiceFromLabelFile,
  dataChoices,
  findPictureSets,
  picturePattern,
  splitsOf,
  type DataChoice,
  type PictureSet,
} from './datasets.ts';

/** Enough to count by; folders beyond show "20,000 +". */
const mostFiles = 20_000;
/** Of a label file, to see its columns and splits. */
const largestLabelFile = 8 * 1024 * 1024;

/** Pictures found below a folder. */
export interface FoundPictures {
  /** Absolute; paths in `choice` are relative to it. */
  folder: string;
  choice: DataChoice;
  /** Absolute paths of all pictures of the calibration part, sorted. */
  files: string[];
}

/** Data sets in the configured folders, in the model's workspace folder and in the other ones, in this order. */
export async function findPictures(model: vscode.Uri): Promise<FoundPictures[]> {
  const own = baseFolder(model);
  const others = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath).filter((folder) => folder !== own);
  const found = await Promise.all([...dataFolders(model), own, ...others].map(picturesBelow));
  return found.flat();
}

/** Data sets in one folder and below it. */
export async function picturesBelow(folder: string): Promise<FoundPictures[]> {
  const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), picturePattern);
  const uris = await vscode.workspace.findFiles(pattern, '**/{node_modules,lathe-runs,.git}/**', mostFiles);
  const files = uris.map(({ fsPath }) => path.relative(folder, fsPath).replaceAll(path.sep, '/')).sort();
  const sets = findPictureSets(files);
  const choices = (await Promise.all(sets.map((set) => labelled(folder, set)))).filter((choice) => choice !== undefined);
  return [...choices, ...dataChoices(sets)].map((choice) => {
    const prefix = choice.calibration.path === '.' ? '' : `${choice.calibration.path}/`;
    return { folder, choice, files: files.filter((file) => file.startsWith(prefix)).map((file) => path.join(folder, file)) };
  });
}

/** The choice that a labels.csv beside the pictures or above their folder describes. */
async function labelled(folder: string, set: PictureSet): Promise<DataChoice | undefined> {
  if (set.classes) return undefined;
  const file = vscode.Uri.file(path.join(folder, set.folder, 'labels.csv'));
  try {
    if ((await vscode.workspace.fs.stat(file)).size > largestLabelFile) return undefined;
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
    return choiceFromLabelFile(set, 'labels.csv', splitsOf(text));
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return undefined;
    throw error;
  }
}
