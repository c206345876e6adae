import * as vscode from 'vscode';
import { LatheError } from '../../engine/base/errors.ts';
import type { DataChoice } from './datasets.ts';
import { ask, back } from './pick.ts';
import { findPictures, picturesBelow, type FoundPictures } from './pictures.ts';

interface PictureItem extends vscode.QuickPickItem {
  id: 'found' | 'browse' | 'none';
  found?: FoundPictures;
}

/** What going without pictures means; `needed`: that is no choice. */
export type WithoutPictures = 'weights-only' | 'not-repaired' | 'not-measured' | 'needed' | 'needed-with-labels';

/** Asks with which pictures; `none` when without. Throws `data.empty` for a folder that has none, `data.unlabelled`. */
export async function askPictures(
  model: vscode.Uri,
  without: WithoutPictures,
  place: { title: string; step: number; steps: number },
): Promise<FoundPictures | 'none' | typeof back | undefined> {
  const answer = await ask({ ...place, placeholder: 'With which pictures?', items: items(model, without) });
  if (answer === back || answer === undefined) return answer;
  if (answer.id === 'none') return 'none';
  const found = answer.found ?? (await browse());
  if (found && without === 'needed-with-labels' && !isLabelled(found)) throw unlabelled(found.folder);
  return found;
}

const noneItems: Readonly<Record<WithoutPictures, PictureItem[]>> = {
  'weights-only': [
    { id: 'none', label: '$(circle-slash) None: weights only', detail: 'Smaller file, arithmetic stays in float, nothing is measured.' },
  ],
  'not-repaired': [
    { id: 'none', label: '$(circle-slash) None', detail: 'Weights alone say what goes; nothing is repaired, nothing is measured.' },
  ],
  'not-measured': [{ id: 'none', label: '$(circle-slash) None', detail: 'Nothing is measured.' }],
  needed: [],
  'needed-with-labels': [],
};

async function items(model: vscode.Uri, without: WithoutPictures): Promise<PictureItem[]> {
  const all = await findPictures(model);
  const usable = without === 'needed-with-labels' ? all.filter(isLabelled) : all;
  const found = usable.map((one): PictureItem => ({ id: 'found', ...words(one.choice), found: one }));
  const browse: PictureItem = { id: 'browse', label: '$(folder-opened) Browse…', detail: 'Another folder on this machine.' };
  return [...found, browse, ...noneItems[without]];
}

const isLabelled = ({ choice }: FoundPictures): boolean => choice.calibration.labels !== undefined;

const unlabelled = (file: string): LatheError =>
  new LatheError('data.unlabelled', 'nothing says what these pictures show', {
    file,
    hint: 'One folder for each class, or a labels.csv beside the pictures. Quantize with training and Distill do without labels.',
  });

const words = ({ label, description, test }: DataChoice): Pick<PictureItem, 'label' | 'description' | 'detail'> => ({
  label: `$(folder) ${label}`,
  description,
  ...(test ? { detail: 'Ranges from one part, figures before and after from the other.' } : {}),
});

async function browse(): Promise<FoundPictures | undefined> {
  const options = { canSelectFiles: false, canSelectFolders: true, openLabel: 'Use These Pictures' };
  const [folder] = (await vscode.window.showOpenDialog(options)) ?? [];
  if (!folder) return undefined;
  const [found] = await picturesBelow(folder.fsPath);
  if (found) return found;
  const hint = 'PNG, JPEG, WebP, BMP and PPM are read.';
  throw new LatheError('data.empty', 'there are no pictures in this folder', { file: folder.fsPath, hint });
}
