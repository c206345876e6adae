// Real VS Code without a desktop: its server on this machine, its workbench in a headless Chromium.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import { chromium } from 'playwright-core';
import { installHost } from './install.mjs';

/** User settings of every test window: nothing moves, nothing asks, nothing looks for a network. */
export const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'terminal.integrated.gpuAcceleration': 'off', // the terminal's text is then in the page, for tests to read
  'files.autoSave': 'off', // on by default in a browser, off on the desktop
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
};

/** What VS Code's own window says to itself while a suite runs, mostly of services that are not there. */
const chatter =
  /workbench\.js|^\[|connection token|Creating a socket|builtin extensions|open-vsx|authentication provider|No authentication|^Error: Timed out/;

const browserArguments = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts a VS Code server with an empty profile.
 * @param {object} options
 * @param {string} [options.vsix] a package to install first
 * @param {string} [options.link] an extension's folder, loaded as if it were installed (so notifications show, unlike with testDriver)
 * @param {Record<string, string>} [options.env] for the extension host
 * @param {object} [options.settings] user settings beside the quiet ones
 * @param {boolean} [options.trusted] false: folders open in restricted mode until the user trusts them
 * @param {boolean} [options.testDriver] lets a suite run inside the extension host, and hides notifications
 */
export async function startServer({ vsix, link, env = {}, settings = {}, trusted = true, testDriver = false } = {}) {
  const host = await installHost();
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-vscode-'));
  const at = (...parts) => path.join(home, ...parts);
  fs.mkdirSync(at('user/User'), { recursive: true });
  fs.mkdirSync(at('extensions'));
  fs.writeFileSync(at('user/User/settings.json'), JSON.stringify({ ...quietSettings, ...settings }));
  if (link) {
    const { publisher, name, version } = JSON.parse(fs.readFileSync(path.join(link, 'package.json'), 'utf8'));
    fs.symlinkSync(path.resolve(link), at('extensions', `${publisher}.${name}-${version}`));
  }
  const folders = ['--server-data-dir', at('server'), '--user-data-dir', at('user'), '--extensions-dir', at('extensions')];
  const base = [host.server, '--accept-server-license-terms', ...folders];
  const outer = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VSCODE_')));
  const inEnvironment = { env: { ...outer, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, ...env } };
  if (vsix) installPackage(host.node, base, path.resolve(vsix), inEnvironment);

  const address = ['--host', '127.0.0.1', '--port', '0', '--without-connection-token'];
  const quiet = ['--disable-telemetry', '--disable-experiments'];
  const trust = trusted ? ['--disable-workspace-trust'] : [];
  const driver = testDriver ? ['--enable-smoke-test-driver'] : [];
  const child = spawn(host.node, [...base, ...address, ...quiet, ...trust, ...driver], {
    ...inEnvironment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = ownProcessGroup(child, () => {
    if (!process.env.KEEP_HOST) fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  try {
    return { host, home, port: await listening(child, at('server.log')), pid: child.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function installPackage(node, base, vsix, options) {
  const { status, stdout, stderr } = spawnSync(node, [...base, '--install-extension', vsix], { ...options, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${vsix} did not install:\n${stdout}${stderr}`);
}

/** Ends the child's whole process group, when asked or when this process ends: a driver that dies must not leave VS Code behind. */
function ownProcessGroup(child, after) {
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error; // already gone
    }
  };
  const clean = () => {
    signal('SIGKILL'); // what is left of the group: a busy extension host
    after();
  };
  const interrupted = () => process.exit(1);
  process.once('exit', clean);
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return async () => {
    process.off('exit', clean).off('SIGINT', interrupted).off('SIGTERM', interrupted);
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      signal('SIGTERM');
      const timer = setTimeout(signal, 5000, 'SIGKILL');
      await gone;
      clearTimeout(timer);
    }
    clean();
  };
}

/** The port the server chose, once it accepts connections. */
function listening(child, logFile) {
  const log = fs.createWriteStream(logFile);
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`${reason}\n${output.slice(-4000)}`));
    const timer = setTimeout(fail, 120_000, 'the VS Code server did not start within two minutes');
    child.once('exit', (code) => fail(`the VS Code server exited with ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.pipe(log, { end: false });
      stream.on('data', (text) => {
        if (output.length > 100_000) return;
        output += text;
        const port = /bound to 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
        if (!port) return;
        clearTimeout(timer);
        resolve(Number(port));
      });
    }
  });
}

/** Opens a folder or a .code-workspace file in a browser window. `payload` and the two callbacks need the server's `testDriver`. */
export async function openWindow(server, { folder, workspace, payload = [], onLog, onExit, viewport = { width: 1280, height: 800 } } = {}) {
  const context = await chromium.launchPersistentContext(path.join(server.home, `chromium-${Date.now()}`), {
    executablePath: server.host.chromium,
    env: { ...process.env, ...server.host.browserEnv },
    args: browserArguments,
    headless: true,
    viewport,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(Number(process.env.LATHE_TEST_TIMEOUT ?? 60_000)); // a busy machine takes its time
  // Webview resources have made-up host names that a service worker answers. Everything else outside fails at once.
  const outside = (url) => url.hostname !== '127.0.0.1' && !url.hostname.endsWith('.vscode-cdn.net');
  await page.route(outside, (route) => route.abort());
  const refused = [];
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) refused.push(message.text());
  });
  if (onLog) await page.exposeFunction('codeAutomationLog', (_type, args) => onLog(format(...args)));
  if (onExit) await page.exposeFunction('codeAutomationExit', (code) => onExit(code));
  const query = new URLSearchParams(workspace ? { workspace } : folder ? { folder } : { ew: 'true' });
  if (payload.length) query.set('payload', JSON.stringify(payload));
  await page.goto(`http://127.0.0.1:${server.port}/?${query}`);
  return { page, refused, close: () => context.close() };
}

/**
 * Runs a suite inside the extension host: a module with `run()`, the same contract as @vscode/test-electron's `runTests`.
 * @returns the exit code. 0 does not prove that a test ran: a crashed extension host ends with 0 as well.
 */
export async function runTests({
  extensionDevelopmentPath,
  extensionTestsPath,
  extensionTestsEnv,
  folder,
  settings,
  vsix,
  timeoutMs = 600_000,
}) {
  const server = await startServer({ vsix, settings, env: extensionTestsEnv, testDriver: true });
  const uri = (file) => `vscode-remote://127.0.0.1:${server.port}${path.resolve(file)}`;
  const payload = [
    ['extensionDevelopmentPath', uri(extensionDevelopmentPath)],
    ['extensionTestsPath', uri(extensionTestsPath)],
  ];
  let window;
  try {
    return await new Promise((resolve, reject) => {
      setTimeout(reject, timeoutMs, new Error(`the suite did not end within ${timeoutMs} ms`)).unref();
      openWindow(server, { folder, payload, onLog: (line) => chatter.test(line) || console.log(line), onExit: resolve }).then((opened) => {
        window = opened;
      }, reject);
    });
  } finally {
    await window?.close();
    await server.stop();
  }
}
