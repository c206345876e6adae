// The recipe steered from the model view in a plain page: a host that keeps the recipe's text plays the extension.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityProblems } from '../ui/axe.mjs';
import { hostSide, openBrowser, openModel } from './view-page.mjs';

const model = path.join(import.meta.dirname, '../../samples/shapes/model.onnx');
const start = `version: 1
model: model.onnx
steps:
  - quantize: { weights: 8 }
layers:
  "/block1/*": { weights: 4 } # bears it
`;

let browser, side;
before(async () => {
  [browser, side] = await Promise.all([openBrowser(), hostSide()]);
});
after(() => browser?.close());

/** The view, and a host that does what the extension does, without an editor. */
async function open({ theme = 'dark', text = start, size } = {}) {
  const asked = [];
  const host = { text, asked, selection: [], view: undefined };
  const { modelMessages: messages } = side;
  const connect = (channel, reader) => {
    const { layers } = reader.view();
    const context = () => {
      const recipe = host.text === null ? undefined : side.readLayers(host.text);
      const shown = recipe && side.recipeView(recipe, layers, { file: 'shapes.compress.yaml', others: true, unsaved: false, ...host.undo });
      return { shown, layers, recipe, settings: shown?.settings ?? [], registered: side.steps, canRun: true };
    };
    host.tell = () => {
      const now = context();
      channel.tell(messages.recipe, { recipe: now.shown ?? null });
      channel.tell(messages.actions, { actions: side.offered(now) });
    };
    channel.onNotice(messages.selection, ({ layers: selected }) => (host.selection = selected));
    channel.onNotice(messages.perform, ({ id, layers: indices, choice }) => {
      asked.push([id, indices, choice]);
      const action = side.findAction(id);
      if (action.kind === 'run') return;
      const names = indices.map((index) => layers[index].name);
      const change = { layers: names, ...action.change(context(), choice) };
      host.text = side.applyEdits(host.text, side.editLayers(host.text, change, layers.map(({ name }) => name))); // prettier-ignore
      host.undo = { undo: `${id} for ${names.length} layers` };
      host.tell();
    });
    for (const name of ['recipeLine', 'chooseRecipe', 'undoRecipe', 'cancelJob', 'followOutcome'])
      channel.onNotice(messages[name], (body) => asked.push([name, body]));
  };
  const view = await openModel(browser, side, model, { theme, connect, ...(size ? { size } : {}) });
  await view.page.locator('lathe-model main').waitFor();
  host.tell();
  const tell = (descriptor, body) => view.channel.tell(messages[descriptor], body);
  return { ...view, host, tell, setting: view.page.locator('lathe-recipe-setting') };
}

const reveal = async ({ tell, setting }, layers) => {
  tell('reveal', { layers });
  await setting.locator('h3').waitFor();
};
const until = async (test) => {
  for (let tries = 0; !test(); tries++) {
    assert.ok(tries < 100, `never: ${String(test)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

test('shows what the recipe says of a layer, and where', async () => {
  const view = await open();
  await reveal(view, [4]);
  assert.match(await view.setting.locator('section').innerText(), /weights: 8, activations: 8 · as all layers/);
  const inBlock = 2;
  await reveal(view, [inBlock]);
  await view.setting.getByText('weights: 4').waitFor();
  await view.setting.getByRole('button', { name: '/block1/*, line 6' }).click();
  await until(() => view.host.asked.some(([name, body]) => name === 'recipeLine' && body.index === inBlock));
  assert.deepEqual(view.host.selection, [inBlock]);
  assert.deepEqual(await accessibilityProblems(view.page.locator('html')), []);
  await view.shot('steering-setting');
  assert.deepEqual(view.problems, []);
  await view.close();
});

test('a width is chosen from the menu, by keyboard, and stands in the recipe', async () => {
  const view = await open();
  await reveal(view, [0]);
  await view.setting.getByRole('button', { name: 'Change' }).focus();
  await view.page.keyboard.press('Enter');
  const menu = view.page.getByRole('menu', { name: 'Change the recipe' });
  await menu.waitFor();
  await view.page.keyboard.press('ArrowRight');
  await view.page.getByRole('menuitem', { name: '8 bits' }).first().waitFor();
  await view.shot('steering-menu');
  await view.page.keyboard.press('ArrowDown');
  await view.page.keyboard.press('ArrowDown');
  await view.page.keyboard.press('Enter');
  await until(() => view.host.text.includes('weights: 6'));
  assert.ok(view.host.text.startsWith(start.trimEnd()), 'what stood there is as it was');
  await view.setting.getByText('weights: 6').waitFor();
  await view.setting.getByRole('button', { name: /^Undo/ }).click();
  await until(() => view.host.asked.some(([name]) => name === 'undoRecipe'));
  assert.deepEqual(view.problems, []);
  await view.close();
});

test('several layers: how many have which setting, kept in float at one press', async () => {
  const view = await open({ theme: 'light' });
  await reveal(view, [0, 2, 4]);
  assert.match(
    (await view.setting.locator('section').innerText()).replace(/\s+/g, ' '),
    /weights: 4 · 2 layers · .*activations: 8 · 1 layer · as all layers/,
  );
  await view.setting.getByRole('button', { name: 'Keep in float' }).click();
  await until(() => view.host.text.includes('quantize: false'));
  await view.setting.getByText('quantize: false').first().waitFor();
  await view.shot('steering-several-light');
  await view.setting.getByRole('button', { name: 'Quantize again' }).click();
  await until(() => !view.host.text.includes('quantize: false'));
  assert.ok(view.host.text.includes('# bears it'));
  await view.close();
});

test('jobs run in place, are cancelled, and offer a comparison', async () => {
  for (const theme of ['dark', 'high-contrast']) {
    const view = await open({ theme });
    const strip = view.page.locator('lathe-jobs');
    view.tell('jobs', {
      jobs: [
        { id: 4, title: 'Compress model.onnx', fraction: 0.4, text: 'calibrate: 34 of 100 pictures · about 12 s left' },
        { id: 5, title: 'Analyze <b>model</b>\u202e.onnx', text: 'waiting for the job before it' },
      ],
    });
    const next = [{ id: 'compare', label: 'Compare' }, { id: 'report', label: 'Report' }]; // prettier-ignore
    view.tell('outcomes', {
      outcomes: [
        { id: 2, title: 'Compress model.onnx', text: '52.8 kB → 18.6 kB · top-1 96.0 → 95.5 % (±2.1)', failed: false, next },
        { id: 3, title: 'Analyze model.onnx', text: 'there are no pictures', failed: true, next: [{ id: 'output', label: 'Show output' }] },
      ],
    });
    await strip.getByText('40 %').waitFor();
    assert.equal(await strip.locator('b').count(), 0);
    assert.deepEqual(await accessibilityProblems(view.page.locator('html')), []);
    await view.shot(`steering-jobs-${theme}`);
    await strip.getByRole('button', { name: /Cancel: Compress/ }).click();
    await strip.getByRole('button', { name: 'Compare' }).click();
    const asked = (name) => view.host.asked.find(([one]) => one === name)?.[1];
    await until(() => asked('cancelJob') && asked('followOutcome'));
    assert.deepEqual([asked('cancelJob'), asked('followOutcome')], [{ id: 4 }, { id: 2, to: 'compare' }]);
    assert.deepEqual(view.problems, []);
    await view.close();
  }
});

test('without a recipe a change is offered, and with a broken one the reason is said', async () => {
  const none = await open({ text: null });
  await reveal(none, [0]);
  await none.setting.getByText('No recipe for this model yet').waitFor();
  await none.setting.getByRole('button', { name: 'Keep in float' }).waitFor();
  await none.close();
  const broken = await open({ text: 'version: [1', theme: 'high-contrast-light' });
  await reveal(broken, [0]);
  await broken.setting.getByText(/Line 1: /).waitFor();
  await broken.shot('steering-broken');
  await broken.close();
});

test('what is registered can be run from the toolbar', async () => {
  const view = await open();
  await view.page.getByRole('button', { name: 'Run' }).click();
  await view.page.getByRole('menuitem', { name: 'Run the recipe' }).waitFor();
  await view.page.getByRole('menuitem', { name: 'Compress' }).click();
  await view.page.getByRole('menuitem', { name: 'Quantize (PTQ)', exact: true }).waitFor();
  await view.shot('steering-run');
  await view.page.getByRole('menuitem', { name: 'Quantize (PTQ)', exact: true }).click();
  await until(() => view.host.asked.some(([id, , choice]) => id === 'compress' && choice === 'quantize'));
  assert.deepEqual(view.problems, []);
  await view.close();
});
