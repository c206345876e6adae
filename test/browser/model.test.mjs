// The model view in a plain page, used by mouse and keyboard as a person would: search, tree and graph in step, menus, marks, state, themes.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { accessibilityProblems } from '../ui/axe.mjs';
import { hostSide, openBrowser, openModel } from './view-page.mjs';

const sample = path.join(import.meta.dirname, '../../samples/shapes/model.onnx');

let browser, side, view, page;
before(async () => {
  [browser, side] = await Promise.all([openBrowser(), hostSide()]);
});
after(() => browser?.close());
afterEach(async () => {
  const problems = view?.problems ?? [];
  await view?.close();
  view = undefined;
  assert.deepEqual(problems, []); // whatever a test does, the page stays without errors and within its policy
});

/** The sample, laid out and drawn. */
async function open(options = {}) {
  view = await openModel(browser, side, options.file ?? sample, options);
  page = view.page;
  await page.evaluate(helpers);
  await page.locator('lathe-toolbar').waitFor();
  if (options.state?.mode !== 'table') await drawn();
}
const drawn = () => page.waitForFunction(() => graphOf()?.svg(), undefined, { polling: 50 });
const rows = () => page.locator('lathe-layer-table .row');
const selectedRows = () => page.locator('lathe-layer-table .row.selected .name').allInnerTexts();
const search = () => page.locator('lathe-search input');
const count = () => page.locator('lathe-search #count');
/** What the graph was given, from its own properties. */
const inGraph = (property) => page.evaluate((name) => [...(graphOf()[name] ?? [])], property);
const says = (text) => page.locator('[aria-live=polite]', { hasText: text }).first().waitFor({ state: 'attached' });
const title = () => page.locator('lathe-layer-detail h2').innerText();

/** In the page: the graph, and what has the focus through shadow roots. */
const helpers = () => {
  globalThis.graphOf = () => document.querySelector('lathe-model').shadowRoot.querySelector('lathe-graph');
  globalThis.deepFocus = () => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  };
};

test('the graph stands in the middle, with facts around it and the model in the panel', async () => {
  await open();
  assert.match(await page.locator('footer').innerText(), /14 layers.*49\.5 k params.*5\.1 M MACs.*200 kB.*opset 13/s);
  assert.match(await page.locator('aside').innerText(), /model\.onnx[^]*Inputs\s+image\s+float32 N×3×32×32[^]*Outputs\s+scores/);
  assert.equal(await page.title(), 'Lathe');
});

test('search finds by name, figure and expression, steps through what it found and says how many', async () => {
  await open();
  await page.keyboard.press('/');
  await page.keyboard.type('conv with > 1 M MACs');
  await count().filter({ hasText: '2 found' }).waitFor();
  assert.deepEqual(await inGraph('marked'), [4, 8]);
  await page.keyboard.press('Enter');
  await count().filter({ hasText: '1 of 2' }).waitFor();
  assert.equal(await title(), '/block2/conv/Conv');
  await page.keyboard.press('F3');
  await says('Conv /block3/conv/Conv, 2 of 2');
  await page.keyboard.press('Shift+Enter');
  assert.deepEqual(await inGraph('selected'), [4]);
  await search().fill('/relu$/');
  await count().filter({ hasText: '3 found' }).waitFor();
  await search().fill('/relu[/');
  await page.getByRole('alert').filter({ hasText: 'The regular expression cannot be read' }).waitFor();
  await search().fill('attr:pads=1,1');
  await count().filter({ hasText: '2 of 3' }).waitFor(); // the second of them is still selected
  await search().fill('nonsense');
  await count().filter({ hasText: 'Nothing found' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await search().inputValue(), '');
  assert.deepEqual(await inGraph('marked'), []);
  await page.keyboard.press('Escape'); // back to the graph: its keys work at once
  await page.keyboard.press('t');
  await rows().first().waitFor();
});

test('tree and graph are one selection and one folding', async () => {
  await open({ state: kept({ mode: 'both' }) });
  await rows().filter({ hasText: 'relu/Relu' }).first().click();
  assert.deepEqual(await inGraph('selected'), [2]);
  assert.equal(await title(), '/block1/relu/Relu');
  const before = await rows().count();
  await rows().filter({ hasText: 'block2' }).first().locator('.twisty').click();
  assert.equal(await rows().count(), before - 4);
  assert.equal((await inGraph('open')).length, 2);
  // A group stands for all in it.
  await rows().filter({ hasText: 'block2' }).first().click();
  assert.deepEqual(await inGraph('selected'), [4, 5, 6, 7]);
  assert.match(await page.locator('aside').innerText(), /4 layers selected[^]*Parameters\s+10\.6 k/);
  // And the other way round: from the graph by its keys.
  await page.locator('lathe-layer-table .table').press('Enter');
  await page.locator('lathe-graph').evaluate((graph) => graph.dispatchEvent(new CustomEvent('select', { detail: [8] })));
  await page.waitForFunction(() => graphOf().selected[0] === 8);
  assert.deepEqual(await selectedRows(), ['conv/Conv']);
});

test('the tree is used by keyboard alone, with levels and expansion told', async () => {
  await open({ state: kept({ mode: 'table' }) });
  const grid = page.getByRole('treegrid', { name: 'Layers' });
  await grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await selectedRows(), ['block1', 'conv/Conv', 'bn/BatchNormalization', 'relu/Relu', 'pool/MaxPool']);
  const group = page.locator('lathe-layer-table .row.group').first();
  assert.deepEqual([await group.getAttribute('aria-level'), await group.getAttribute('aria-expanded')], ['1', 'true']);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await group.getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.deepEqual(await selectedRows(), ['conv/Conv']);
  await page.keyboard.press('Shift+ArrowDown');
  assert.deepEqual(await selectedRows(), ['conv/Conv', 'bn/BatchNormalization']);
  const active = await grid.getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`lathe-layer-table #${active} .name`).innerText(), 'bn/BatchNormalization');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('End');
  assert.deepEqual(await selectedRows(), ['scores']);
  assert.match(await page.locator('aside').innerText(), /scores[^]*Output of the model/);
});

test('columns sort, and the search filters the list', async () => {
  await open({ state: kept({ mode: 'table', query: 'conv' }) });
  await page.getByRole('button', { name: 'MACs' }).click();
  assert.equal(await page.getByRole('columnheader', { name: 'MACs' }).getAttribute('aria-sort'), 'descending');
  const names = () => page.locator('lathe-layer-table .row .name').allInnerTexts();
  assert.deepEqual(await names(), ['/block2/conv/Conv', '/block3/conv/Conv', '/block1/conv/Conv']);
  await search().fill('conv -block2');
  assert.deepEqual(await names(), ['/block3/conv/Conv', '/block1/conv/Conv']);
  await search().fill('nonsense');
  await page.getByText('No layer fits.').waitFor();
});

test('what a node depends on, what depends on it and ways between two stand out', async () => {
  await open();
  await select([4]);
  await page.keyboard.press('u');
  await page.getByText('5 nodes that /block2/conv/Conv depends on').first().waitFor();
  assert.deepEqual(
    (await inGraph('marked')).sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 14],
  );
  await page.keyboard.press('d');
  assert.equal((await inGraph('marked')).length, 11);
  await select([2, 6]);
  await page.keyboard.press('p');
  assert.deepEqual(
    (await inGraph('marked')).sort((a, b) => a - b),
    [2, 3, 4, 5, 6],
  );
  await page.getByRole('button', { name: 'Clear' }).click();
  assert.deepEqual(await inGraph('marked'), []);
});

test('menus open by mouse and keyboard, and give the focus back', async () => {
  const { modelMessages: messages } = side;
  const performed = [];
  const actions = [
    {
      id: 'weights',
      title: 'Set width',
      detail: 'Bits',
      on: 'layers',
      choices: ['8', '4'].map((value) => ({ label: `${value} bits`, value })),
    },
    { id: 'run', title: 'Quantize', detail: 'Runs', on: 'model' },
  ];
  await open({ connect: (channel) => channel.onNotice(messages.perform, (body) => performed.push(body)) });
  view.channel.tell(messages.actions, { actions });
  await select([0]);
  await page.locator('lathe-graph').evaluate((graph) => graph.focus());
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Set width' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('menuitem', { name: '8 bits' }).waitFor();
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.keyboard.press('Enter');
  assert.deepEqual(performed, [{ id: 'weights', layers: [0], choice: '4' }]);
  assert.equal(await page.getByRole('menu').count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.shadowRoot.activeElement.localName), 'lathe-graph');
  await page.keyboard.press('Shift+F10');
  await page.keyboard.press('c'); // by its letter
  assert.equal(await page.evaluate(() => deepFocus().textContent.trim().startsWith('Copy name')), true);
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('menu').count(), 0);
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('menuitem', { name: 'Quantize' }).click();
  assert.deepEqual(performed.at(-1), { id: 'run', layers: [] });
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Keys' }).click();
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('w'); // a key of the view: not while the help is open
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('dialog').count(), 0);
});

test('an overlay is chosen, told and walked through from the worst', async () => {
  await open();
  await page.getByLabel('Overlay').selectOption({ label: 'MACs' });
  await says('Overlay: MACs');
  await page.locator('lathe-overlay-legend').waitFor();
  await page.locator('lathe-graph').evaluate((graph) => graph.focus());
  await page.keyboard.press('w');
  await says('Conv /block2/conv/Conv, 2.65 M');
  await page.keyboard.press('w');
  assert.deepEqual(await inGraph('selected'), [8]);
  await page.keyboard.press('Shift+W');
  assert.deepEqual(await inGraph('selected'), [4]);
});

test('the view comes back as it was: selection, folding, search, overlay, camera, sizes', async () => {
  await open();
  await page.keyboard.press('t');
  await rows().filter({ hasText: 'block2' }).first().locator('.twisty').click();
  await rows().filter({ hasText: 'bn/Batch' }).first().click();
  await page.getByLabel('Overlay').selectOption({ label: 'Parameters' });
  await search().fill('block');
  const splitter = page.getByRole('separator', { name: 'Size of the side panel' });
  await splitter.focus();
  await page.keyboard.press('ArrowLeft');
  await page.locator('lathe-graph').evaluate((graph) => graph.fit());
  await page.waitForFunction(() => window.latheKept()?.camera !== undefined);
  const state = await view.kept();
  const camera = state.camera;
  await view.close();
  await open({ state });
  assert.equal(await search().inputValue(), 'block');
  assert.deepEqual(await selectedRows(), ['bn/BatchNormalization']);
  assert.deepEqual(await inGraph('open'), [0, 2]);
  assert.equal(await page.getByLabel('Overlay').inputValue(), state.overlay);
  assert.equal(await page.locator('aside').evaluate((aside) => Math.round(aside.getBoundingClientRect().width)), 364);
  assert.deepEqual(await page.evaluate(() => graphOf().camera), camera);
});

test('a file that is opened again is as it was, also where this tab is new', async () => {
  const { modelMessages: messages } = side;
  const told = [];
  const connect = (channel) => {
    channel.onQuestion(messages.kept, () => told.at(-1) ?? null);
    channel.onNotice(messages.keep, ({ state }) => told.push(state));
  };
  await open({ connect });
  await search().fill('relu');
  for (let i = 0; i < 50 && told.at(-1)?.query !== 'relu'; i++) await page.waitForTimeout(50);
  await view.close();
  await open({ connect });
  assert.equal(await search().inputValue(), 'relu');
});

test('pictures are taken of the whole graph, also from the table', async () => {
  const saved = [];
  await open({
    state: kept({ mode: 'table' }),
    connect: (channel) => channel.onNotice(side.modelMessages.save, (body) => saved.push(body)),
  });
  view.channel.tell(side.modelMessages.command, { id: 'save-svg' });
  for (let i = 0; i < 100 && saved.length === 0; i++) await page.waitForTimeout(50);
  assert.equal(saved[0].name, 'model.svg');
  assert.ok(saved[0].contents.includes('>/block1/conv/Conv</text>'));
});

test('a dropped file colours the layers, or says why it cannot', async () => {
  const { modelMessages: messages } = side;
  const overlay = {
    id: 'file/own', label: 'own.json', unit: 'dB', better: 'high', fold: 'worst', thresholds: [10, 20], group: 'file', origin: 'a file',
    values: [[0, 12], [4, 7]],
  }; // prettier-ignore
  const addresses = [];
  const connect = (channel, reader) =>
    channel.onQuestion(messages.drop, ({ name, text, uri }) => {
      if (uri) {
        addresses.push(uri);
        throw new Error('the file cannot be read');
      }
      if (name !== 'own.json') throw new Error(`it is ${text}`);
      setTimeout(
        async () => channel.tell(messages.overlays, { overlays: [...(await reader.overlays()), overlay], offers: [], canAnalyze: false }),
        50,
      );
      return [overlay.id];
    });
  await open({ connect });
  const drop = (name, text) =>
    page.evaluate(
      ([name, text]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([text], name));
        const app = document.querySelector('lathe-model');
        for (const type of ['dragenter', 'dragover', 'drop'])
          app.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      },
      [name, text],
    );
  await drop('photo.png', 'no overlay');
  await page.getByText('photo.png cannot be shown: it is no overlay').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await drop('own.json', '{}');
  await page.locator('lathe-overlay-legend').waitFor();
  assert.equal(await page.getByLabel('Overlay').inputValue(), 'file/own');
  assert.equal(await page.getByText('cannot be shown').count(), 0);
  // From VS Code's explorer come addresses alone.
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.setData('text/uri-list', '# a remark\r\nvscode-remote://wsl/home/me/a%20b.overlay.json\r\n');
    const app = document.querySelector('lathe-model');
    for (const type of ['dragenter', 'dragover', 'drop']) {
      const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
      app.dispatchEvent(event);
      if (type !== 'dragenter' && !event.defaultPrevented) throw new Error(`${type} was not taken`);
    }
  });
  await page.getByText('a b.overlay.json cannot be shown: the file cannot be read').waitFor();
  assert.deepEqual(addresses, ['vscode-remote://wsl/home/me/a%20b.overlay.json']);
});

test('where nothing may run the view says so, and what asks for more than is selected says what', async () => {
  const { modelMessages: messages } = side;
  const asked = [];
  await open({ connect: (channel) => channel.onNotice(messages.manageTrust, () => asked.push('trust')) });
  view.channel.tell(messages.limited, { sentence: 'Restricted Mode: models are shown here, and nothing is run on them.', trust: true });
  await page.locator('vscode-button', { hasText: 'Manage trust' }).click();
  assert.deepEqual(asked, ['trust']);
  view.channel.tell(messages.limited, null);
  await page.getByText('Restricted Mode').waitFor({ state: 'detached' });
  await page.locator('lathe-graph').evaluate((graph) => graph.focus());
  await page.keyboard.press('u');
  await page.getByText('Select a node first.').waitFor();
  await select([1]);
  await page.keyboard.press('p');
  await page.getByText('Select two nodes first').waitFor();
  await page.keyboard.press('w');
  await page.getByText('Choose an overlay first').waitFor();
});

test('a narrow window, a low one and large letters lose nothing', async () => {
  await open({ size: [480, 800] });
  assert.equal(await page.locator('aside').count(), 0);
  await select([0]);
  await page.locator('aside').waitFor();
  const box = await page.locator('lathe-graph').boundingBox();
  assert.ok(box.width >= 470 && box.height >= 100, JSON.stringify(box));
  await page.setViewportSize({ width: 640, height: 300 });
  assert.ok((await page.locator('lathe-graph').boundingBox()).height >= 60);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});

for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light'])
  test(`no problem that axe finds: ${theme}`, async () => {
    await open({ theme, state: kept({ mode: 'both' }) });
    await page.getByLabel('Overlay').selectOption({ label: 'MACs' });
    await select([0]);
    await page.locator('lathe-layer-detail h2').waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await view.shot(`model-view-${theme}`);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
  });

/** What a view keeps, with some of it changed. */
function kept(change) {
  const order = { column: 'index', descending: false };
  return { version: 1, mode: 'graph', query: '', order, selected: [], panel: true, panelSize: 340, tableSize: 420, top: 0, ...change };
}

/** As a click in the graph does. */
async function select(nodes) {
  await page.locator('lathe-graph').evaluate((graph, detail) => graph.dispatchEvent(new CustomEvent('select', { detail })), nodes);
  await page.waitForFunction((wanted) => String(graphOf().selected) === String(wanted), nodes);
}
