import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** The Python tools that Lathe is measured against, pinned. */
export const peerVersions = { onnxruntime: '1.31.1', onnx: '1.23.2', numpy: '2.4.6', pillow: '13.0.0', sympy: '1.14.0' };

const run = (command: string, args: string[]): void => {
  const result = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${result.status}`);
};

/** Makes the peers' Python environment once, under the bench's own cache, and returns its interpreter. */
export async function preparePeers(folder: string): Promise<string> {
  const python = path.join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (existsSync(path.join(folder, 'ready'))) return python;
  mkdirSync(folder, { recursive: true });
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', ...Object.entries(peerVersions).map(([name, version]) => `${name}==${version}`)]);
  mkdirSync(path.join(folder, 'ready'));
  return python;
}
