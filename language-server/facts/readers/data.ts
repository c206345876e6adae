import path from 'node:path';
import { dataFacts } from '../../../src/engine/recipe/facts/data.ts';
import type { DataFacts } from '../../../src/engine/recipe/facts/types.ts';
import type { JobOf } from '../jobs.ts';
import type { Found } from '../perform.ts';

/** Class folders whose time of change is watched. */
const mostFolders = 200;

export async function readDataFacts({ place }: JobOf<'data'>): Promise<Found & { value: DataFacts }> {
  const value = await dataFacts(place);
  const folders = (value.classes ?? []).slice(0, mostFolders).map((name) => path.join(value.path, name));
  const { labels } = place;
  const files =
    labels === undefined || labels === 'folders' ? [] : [place.folder, place.path].map((folder) => path.resolve(folder, labels));
  return { value, files: [...(labels === 'folders' ? folders : []), ...files] };
}
