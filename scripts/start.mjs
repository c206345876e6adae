// `npm start`: from a fresh checkout to a compressed sample model, with the figures before and after.
import path from 'node:path';
import { fail, installPackages, root, run } from './prepare.mjs';

installPackages();
console.log('Building …');
if (!run(process.execPath, ['esbuild.mjs'])) fail('The build failed; its message is above.');

const sample = path.join('samples', 'shapes');
console.log(`\nCompressing the sample: ${path.join(sample, 'shapes.compress.yaml')}\n`);
if (!run(process.execPath, ['bin/lathe.mjs', 'run', path.join(sample, 'shapes.compress.yaml')])) process.exit(1);

console.log(`
To open the extension: start VS Code in ${root} and press F5 (Run > Start Debugging),
or package it with \`npm run package\` and install out/lathe-<platform>.vsix.
Then right-click ${path.join(sample, 'model.onnx')} and choose "Lathe: Compress…".
On the command line: node bin/lathe.mjs --help`);
