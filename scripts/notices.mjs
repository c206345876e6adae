import fs from 'node:fs';
import path from 'node:path';

const mit = (holder) => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/**
 * Name, version and licence text of every package that ships: those with a file among the bundles' inputs, and those copied whole.
 * Throws when a package has neither a licence file nor a licence whose text is known here.
 */
export function thirdPartyNotices(root, inputs, copied) {
  const folders = new Set(copied.map((name) => path.join(root, 'node_modules', name)));
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) folders.add(path.resolve(root, match[1]));
  }
  const packages = [...folders].map(describe).sort((a, b) => (a.title < b.title ? -1 : 1));
  const rule = '-'.repeat(80);
  const parts = packages.map(({ title, licence, text }) => `${rule}\n${title} (${licence})\n${rule}\n\n${text.trim()}\n`);
  return `Lathe contains the following packages. The list is made from what is really inside.\n\n${parts.join('\n')}`;
}

function describe(folder) {
  const { name, version, license, author } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = fs.readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry));
  const text = file ? fs.readFileSync(path.join(folder, file), 'utf8') : knownText(name, license, author);
  return { title: `${name} ${version}`, licence: license, text: `${text}${more[name] ?? ''}` };
}

function knownText(name, license, author) {
  if (license === 'MIT') return mit(holders[name] ?? (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`);
  if (license === 'Apache-2.0') return 'Apache License, Version 2.0: the text is in the file LICENSE beside this one.';
  throw new Error(`notices: ${name} (${license}) has no licence file; add its text to scripts/notices.mjs`);
}

const holders = { 'onnxruntime-node': 'Microsoft Corporation', 'onnxruntime-common': 'Microsoft Corporation' };
const more = {
  'onnxruntime-node':
    '\n\nThe native library contains further software; its notices: https://github.com/microsoft/onnxruntime/blob/main/ThirdPartyNotices.txt\n',
  '@jsquash/jpeg': '\n\nContains MozJPEG as WebAssembly: https://github.com/mozilla/mozjpeg/blob/master/LICENSE.md\n',
  '@jsquash/webp': '\n\nContains libwebp as WebAssembly: https://chromium.googlesource.com/webm/libwebp/+/main/COPYING\n',
};
