import path from 'node:path';
import type { DataSource, InputDeclaration } from '../../engine/data/source.ts';
import { fillDefaults } from '../../engine/recipe/defaults.ts';
import { dataSource } from '../../engine/data/source.ts';
import type { DataRequest } from '../../protocol/job.ts';
import { wrongCall } from '../failure.ts';
import type { GivenData } from './data.ts';

/** The one set of pictures that a command without a recipe works on; undefined when none is named. Paths begin at `cwd`. */
export function oneSource(data: GivenData, cwd: string): DataRequest | undefined {
  const uses = Object.keys(data.sources);
  if (uses.length > 1) throw wrongCall('two-sources', `only one of ${uses.map((use) => `--${use}`).join(' and ')} can be given here`);
  const [given] = Object.values(data.sources);
  if (!given) return undefined;
  const source = fillDefaults(dataSource, given) as DataSource;
  return {
    source: { ...source, path: path.resolve(cwd, source.path) },
    folder: cwd,
    ...(data.input ? { input: data.input as InputDeclaration } : {}),
  };
}
