// Packs the extension for one platform, or several, into .vsix files that hold only that platform's ONNX Runtime.
//   node scripts/package.mjs [--target linux-x64,… | --target all] [--out FILE]
// Everything is gathered in out/package/<target> first, so that what ships is what is named here and nothing else.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { thirdPartyNotices } from './notices.mjs';

const root = path.join(import.meta.dirname, '..');
const runtime = path.join(root, 'node_modules/onnxruntime-node');

/** Folder of the native library in onnxruntime-node, by VS Code's name of the platform. There is none for Intel Macs. */
const platforms = {
  'linux-x64': 'linux/x64',
  'linux-arm64': 'linux/arm64',
  'darwin-arm64': 'darwin/arm64',
  'win32-x64': 'win32/x64',
  'win32-arm64': 'win32/arm64',
};

const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const wanted = option('--target') ?? `${process.platform}-${process.arch}`;
const targets = wanted === 'all' ? Object.keys(platforms) : wanted.split(',');
const unknown = targets.find((target) => !(target in platforms));
if (unknown) {
  console.error(`package: ONNX Runtime has no library for ${unknown}; there is one for ${Object.keys(platforms).join(', ')}`);
  process.exit(2);
}

const bundles = path.join(root, 'out/package/dist');
const meta = path.join(root, 'out/package/inputs.json');
fs.rmSync(path.join(root, 'out/package'), { recursive: true, force: true });
fs.mkdirSync(bundles, { recursive: true });
execFileSync(process.execPath, ['esbuild.mjs', '--minify', `--outdir=${bundles}`, `--meta=${meta}`], { cwd: root, stdio: 'inherit' });
const notices = thirdPartyNotices(root, JSON.parse(fs.readFileSync(meta, 'utf8')), ['onnxruntime-node', 'onnxruntime-common']);

for (const target of targets) {
  const folder = gather(target);
  const packagePath = path.resolve(targets.length === 1 && option('--out') ? option('--out') : `out/lathe-${target}.vsix`);
  await createVSIX({ cwd: folder, target, packagePath, allowMissingRepository: true, rewriteRelativeLinks: false });
  const bytes = fs.statSync(packagePath).size;
  console.log(`${packagePath}: ${(bytes / 1e6).toFixed(1)} MB`);
  // The promise of the smallest platform; the libraries of the others are larger.
  if (target === 'linux-x64' && bytes > 25e6) throw new Error(`the package for ${target} is larger than 25 MB`);
}

function gather(target) {
  const folder = path.join(root, 'out/package', target);
  const copy = (from, to = from, filter = () => true) =>
    fs.cpSync(path.resolve(root, from), path.join(folder, to), { recursive: true, filter });
  copy(bundles, 'dist', (file) => !file.endsWith('.map'));
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE', 'bin', 'media', 'syntaxes', 'schemas']) copy(name);
  copy('docs/reference/problems.md');
  if (fs.existsSync(path.join(root, 'docs/pictures'))) copy('docs/pictures');
  fs.writeFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), notices);

  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const { version } = readPackage(runtime);
  // Everything but the native library is inside the bundles.
  writePackage(folder, { ...manifest, scripts: undefined, devDependencies: undefined, dependencies: { 'onnxruntime-node': version } });

  const native = `bin/napi-v6/${platforms[target]}`;
  copy(path.join(runtime, 'dist'), 'node_modules/onnxruntime-node/dist', scripts);
  copy(path.join(runtime, native), `node_modules/onnxruntime-node/${native}`);
  // The packages that it names beside this one serve its install script only.
  const { dependencies, ...runtimeManifest } = readPackage(runtime);
  const common = { 'onnxruntime-common': dependencies['onnxruntime-common'] };
  writePackage(path.join(folder, 'node_modules/onnxruntime-node'), { ...runtimeManifest, scripts: undefined, dependencies: common });
  // With the package.json inside dist/cjs, which says that these files are CommonJS.
  copy('node_modules/onnxruntime-common/dist/cjs', undefined, scripts);
  copy('node_modules/onnxruntime-common/package.json');
  return folder;
}

function scripts(file) {
  return fs.statSync(file).isDirectory() || /\.(js|json)$/.test(file);
}

function readPackage(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

function writePackage(folder, manifest) {
  fs.writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
