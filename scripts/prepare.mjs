// What a fresh checkout lacks: packages and bundles. Uses Node's own modules only, since nothing else is there yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '..');

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Runs a command in the project's folder and returns whether it succeeded. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32' && command.endsWith('.cmd'),
    ...options,
  });
  if (result.error) throw result.error;
  return result.status === 0;
}

/** Installs the locked packages when node_modules is absent or older than the lock file. No package runs a script (.npmrc). */
export function installPackages() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 11)) fail(`Node ${process.versions.node} is too old: Lathe needs 20.11 or newer.`);
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = path.join(root, 'node_modules', '.lathe-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('Installing packages (once) …');
  if (!run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'])) fail('npm ci failed; its message is above.');
  writeFileSync(stamp, lock);
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}
