import path from 'node:path';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { parseRecipeText } from '../../../src/engine/recipe/text.ts';
import { LanguageSession } from '../../support/language-session.ts';
import { root } from '../../support/lathe.ts';
import { randomChange, realRecipes } from '../../support/recipe-edits.ts';
import { fakeFacts, modelFacts } from '../../unit/language-server/support.ts';

const edits = 10_000;
/** Of one recipe, before the next one. */
const editsEach = 100;

const folder = path.join(root, 'samples/shapes');
const facts = fakeFacts({
  models: { [path.join(folder, 'model.onnx')]: modelFacts(['conv1', 'conv2', 'layer1.0.conv', 'layer1.1.conv', 'fc']) },
  folders: { [folder]: ['model.onnx', 'pictures/'] },
});

it(`answers everything after each of ${edits} random edits of real recipes`, () => {
  const recipes = realRecipes();
  const session = new LanguageSession(facts);
  const random = seededRandom(8);
  const names = ['diagnostics', ...session.handlers.keys()].filter((name) => !name.endsWith('Resolve'));
  const worst = { name: '', milliseconds: 0, text: '' };
  let [uri, version] = ['', 0];
  for (let i = 0; i < edits; i++) {
    if (i % editsEach === 0) {
      const text = recipes[(i / editsEach) % recipes.length]!;
      uri = `file://${folder}/fuzz${i}.compress.${text.startsWith('{') ? 'json' : 'yaml'}`;
      session.service.open(uri, (version = 1), text);
    }
    const { text } = session.service.document(uri)!;
    const before = text.getText();
    const took = (name: string, work: () => unknown): void => {
      const start = process.cpuUsage();
      try {
        work();
      } catch (error) {
        const now = session.service.document(uri)!.text.getText();
        throw new Error(`${name} of edit ${i}, of ${JSON.stringify(before)}, now ${JSON.stringify(now)}`, { cause: error });
      }
      const { user, system } = process.cpuUsage(start);
      const milliseconds = (user + system) / 1000;
      if (milliseconds > worst.milliseconds)
        Object.assign(worst, { name, milliseconds, text: session.service.document(uri)!.text.getText() });
    };
    took('change', () => session.change(uri, ++version, [randomChange(before, random, (offset) => text.positionAt(offset))]));
    const now = session.service.document(uri)!;
    const offset = random.integer(now.text.getText().length + 1);
    session.ask(uri, offset, took, ['diagnostics', names[i % names.length]!]);
    const { problems } = now.tree;
    // From a hundred mistakes on no more are looked for, and which ones those are depends on what was read before.
    if (i % 20 === 0 && problems.length < 50) expect(problems).toEqual(parseRecipeText(now.text.getText(), now.file!).problems);
    if (i % editsEach === editsEach - 1) session.service.close(uri);
  }
  process.stdout.write(
    `${edits} edits: the dearest answer was ${worst.name} with ${worst.milliseconds.toFixed(0)} ms of CPU time, of ${worst.text.length} characters\n`,
  );
});
