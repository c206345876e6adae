// Run by host.ts in a process of its own: loads the built extension and activates it with a stand-in for `vscode`, in which everything exists and
// does nothing. Prints the time and what was loaded.
import fs from 'node:fs';
import { Session } from 'node:inspector';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Can be called, constructed, extended, iterated and asked for any member. */
const anything = new Proxy(function () {}, {
  get(target, name) {
    if (name === 'prototype') return target.prototype;
    if (name === Symbol.toPrimitive) return () => '';
    if (name === Symbol.iterator) return () => [][Symbol.iterator]();
    return name === 'then' ? undefined : anything;
  },
  apply: () => anything,
  construct: (target, _, made) => (made === anything ? anything : Reflect.construct(target, [], made)),
  set: () => true,
});
// The bundle copies a module's own members and takes over its prototype: there the stand-in is found.
const vscode = Object.create(new Proxy({}, { get: (_, name) => (name === '__esModule' ? false : anything) }));
const load = Module._load;
Module._load = (request, ...rest) => (request === 'vscode' ? vscode : load(request, ...rest));

const file = path.resolve(process.argv[2]);
const require = createRequire(import.meta.url);
const begin = performance.now();
const extension = require(file);
await extension.activate({
  subscriptions: [],
  extension: { packageJSON: { version: '0' } },
  extensionUri: anything,
  extensionPath: path.dirname(path.dirname(file)),
  storageUri: anything,
  globalStorageUri: anything,
  logUri: anything,
  workspaceState: { get: () => undefined, update: async () => {}, keys: () => [] },
  globalState: { get: () => undefined, update: async () => {}, keys: () => [], setKeysForSync() {} },
  environmentVariableCollection: anything,
  secrets: anything,
  asAbsolutePath: (name) => path.resolve(name),
});
const milliseconds = performance.now() - begin;
const loaded = scripts().filter((name) => name.startsWith(path.dirname(file)) || name.includes('node_modules'));
const kibibytes = loaded.reduce((sum, name) => sum + fs.statSync(name).size, 0) / 1024;
console.log(JSON.stringify({ milliseconds, modules: loaded.map((name) => path.basename(name)), kibibytes }));
process.exit(0);

/** Files of all scripts of this process, CommonJS and ES modules: an inspector that comes late is told those that are there. */
function scripts() {
  const session = new Session();
  const urls = new Set();
  session.connect();
  session.on('Debugger.scriptParsed', ({ params: { url } }) => urls.add(url));
  session.post('Debugger.enable');
  session.disconnect();
  return [...urls].filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
}
