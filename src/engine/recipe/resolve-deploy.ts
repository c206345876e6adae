import os from 'node:os';
import path from 'node:path';
import { compileSettings, deployEntry, type DeployEntry } from '../targets/deploy-settings.ts';
import { fillDefaults } from './defaults.ts';

/** The entries of `deploy:` with every default, the recipe's target where they name none, and key files as absolute paths. */
export function resolveDeploy(deploy: DeployEntry | readonly DeployEntry[], target: string, folder: string): DeployEntry[] {
  const entries = Array.isArray(deploy) ? (deploy as readonly DeployEntry[]) : [deploy as DeployEntry];
  return entries.map((entry) => ({
    ...(fillDefaults(deployEntry, { target, ...entry }) as DeployEntry),
    ...(entry.identity === undefined ? {} : { identity: path.resolve(folder, entry.identity.replace(/^~(?=[/\\]|$)/, os.homedir())) }),
    compile: fillDefaults(compileSettings, entry.compile ?? {}) as DeployEntry['compile'],
  }));
}
