import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

interface Environment {
  /** Pinned packages. */
  readonly packages: Readonly<Record<string, string>>;
  /** Sees the packages of `torch` too: one copy of its 5 GB serves all. */
  readonly torch?: boolean;
}

const common = { numpy: '2.4.6', pillow: '13.0.0' };

/** The Python tools that Lathe is measured against, each in an environment of its own: they cap each other's dependencies. */
const environments = {
  torch: { packages: { torch: '2.15.0', numpy: '2.4.6', ninja: '1.13.0' } },
  onnxruntime: { packages: { ...common, onnxruntime: '1.31.1', onnx: '1.23.2', sympy: '1.14.0' } },
  nncf: { packages: { ...common, nncf: '3.4.0', onnxruntime: '1.31.1', onnx: '1.23.2' } },
  aimet: { packages: { ...common, 'aimet-onnx': '2.42.0', onnxruntime: '1.31.1', onnx: '1.23.2' }, torch: true },
  pruning: { packages: { ...common, 'torch-pruning': '1.6.1', onnx2torch: '1.5.15', onnx: '1.23.2', torchvision: '0.29.2' }, torch: true },
  quark: { packages: { ...common, 'amd-quark': '0.13', onnxruntime: '1.28.0', onnx: '1.22.0' }, torch: true },
} satisfies Record<string, Environment>;

export type PeerName = keyof typeof environments;

/** Tools that quantize. */
export type QuantizerName = Exclude<PeerName, 'torch' | 'pruning'>;

/** Name and version of each tool, as the tables say it. */
export const peers: Readonly<Record<QuantizerName, { readonly name: string; readonly version: string }>> = {
  onnxruntime: { name: 'onnxruntime.quantization', version: environments.onnxruntime.packages.onnxruntime },
  nncf: { name: 'NNCF', version: environments.nncf.packages.nncf },
  aimet: { name: 'AIMET', version: environments.aimet.packages['aimet-onnx'] },
  quark: { name: 'Quark', version: environments.quark.packages['amd-quark'] },
};

function run(command: string, args: readonly string[]): void {
  const result = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${result.status}: ${result.stderr.slice(-1000)}`);
}

const interpreter = (folder: string): string => path.join(folder, 'bin/python');
const sitePackages = (folder: string): string =>
  path.join(
    folder,
    'lib',
    readdirSync(path.join(folder, 'lib')).find((name) => name.startsWith('python'))!,
    'site-packages',
  );

/** What training is measured against. */
export const torchPeer = { name: 'PyTorch', version: environments.torch.packages.torch };

/** What pruning is measured against, on ONNX files by way of onnx2torch. */
export const pruningPeer = { name: 'Torch-Pruning', version: environments.pruning.packages['torch-pruning'] };

/** Makes one environment, once: a marker with its pinned versions says that it is whole. */
function prepare(root: string, name: keyof typeof environments): string {
  const { packages, torch }: Environment = environments[name];
  const folder = path.join(root, name);
  const wanted = Object.entries(packages).map(([key, version]) => `${key}==${version}`);
  const marker = path.join(folder, `ready-${wanted.join('-')}`);
  if (existsSync(marker)) return interpreter(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  run('python3', ['-m', 'venv', folder]);
  if (torch) {
    prepare(root, 'torch');
    writeFileSync(path.join(sitePackages(folder), 'torch-shared.pth'), `${sitePackages(path.join(root, 'torch'))}\n`);
  }
  run(interpreter(folder), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted]);
  writeFileSync(marker, '');
  return interpreter(folder);
}

export class Peers {
  readonly #root: string;
  readonly #made = new Map<PeerName, string | Error>();

  constructor(root: string) {
    this.#root = root;
  }

  /** The interpreter of a tool's environment, made on first use. Throws when it cannot be made; says the same on every call. */
  python(name: PeerName): string {
    let made = this.#made.get(name);
    if (made === undefined) {
      try {
        made = prepare(this.#root, name);
      } catch (error) {
        made = error as Error;
      }
      this.#made.set(name, made);
    }
    if (typeof made === 'string') return made;
    throw made;
  }
}
