// The comparison of runs in a plain page: picture, table, keyboard, saving, hostile names, in four themes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityProblems } from '../ui/axe.mjs';
import { hostSide, openBrowser, openView } from './view-page.mjs';

const measured = (value, more = {}) => ({ metric: 'top1', unit: '%', better: 'high', value, samples: 1000, confidence: [value - 2, value + 2], ...more }); // prettier-ignore
const model = (role, bytes, packedBytes) => ({ path: `/${role}.onnx`, role, bytes, packedBytes, parameters: 270_000, macs: 40_600_000, weightBits: 8, activationBits: 8, sparsity: 0 }); // prettier-ignore
const run = (name, method, value, bytes, packed, more = {}) => ({
  folder: `/runs/${name}`,
  name,
  method,
  status: 'finished',
  started: '2026-03-02T10:00:00Z',
  model: '/net/resnet20.onnx',
  target: 'cpu',
  models: [model('input', 1_090_000, 1_090_000), model('output', bytes, packed)],
  metrics: { before: measured(91.5), after: measured(value) },
  test: { path: '/data/test', samples: 1000, fingerprint: 'f' },
  latencyMs: { before: { median: 3.1, p90: 4 }, after: { median: 1 + value / 100, p90: 2 }, threads: 4 },
  machine: 'AMD EPYC',
  warnings: 0,
  ...more,
});
const runs = [
  run('resnet20-w8', 'quantize weights 8, activations 8', 91.3, 324_000, 310_000),
  run('resnet20-w4', 'quantize weights 4, activations 8, round layer', 89.6, 320_000, 160_000, { gate: { drop: 1, measured: 1.9, met: false } }),
  run('resnet20-w2', 'quantize weights 2, activations 8', 61.2, 318_000, 85_000),
  run('resnet20-mixed', 'search bytes 50 % → quantize weights 4, activations 8', 90.9, 322_000, 190_000),
  run('resnet20-board', 'quantize weights 8, activations 8', 90.1, 330_000, 330_000, { target: 'zcu104' }),
  run('<img src=x onerror=alert(1)>\u202e', 'quantize <b>weights</b> 8', 88, 500_000, 500_000),
  run('stopped', 'quantize weights 8, activations 8', 0, 0, 0, { status: 'cancelled', models: [], metrics: undefined, latencyMs: undefined }),
]; // prettier-ignore

let browser;
let side;
before(async () => {
  [browser, side] = await Promise.all([openBrowser(), hostSide()]);
});
after(() => browser?.close());

/** The page on some runs; what it tells the host is in `said`. */
async function open(theme = 'dark', { shown = runs, trained = [], ...options } = {}) {
  const said = [];
  let comparison = side.compareRuns(shown, trained);
  const messages = side.runsMessages;
  const view = await openView(browser, side, {
    bundle: 'runs-view',
    element: 'lathe-runs',
    theme,
    size: [1180, 860],
    ...options,
    connect(channel) {
      channel.onNotice(messages.ready, () => channel.tell(messages.show, { comparison }));
      channel.onQuestion(messages.picture, ({ group, axis: chosen, width, height }) => {
        const axis = comparison.axes.find(({ id }) => id === chosen);
        return side.layoutPicture(comparison.groups[group], axis, width, height);
      });
      channel.onQuestion(messages.curves, ({ group, width }) => side.layoutScores(comparison.trainings[group], width));
      for (const name of ['open', 'remove', 'choose', 'save']) channel.onNotice(messages[name], (body) => said.push([name, body]));
    },
  });
  const show = (next) => view.channel.tell(messages.show, { comparison: (comparison = side.compareRuns(next)) });
  return { ...view, said, show };
}

const marks = (page) => page.locator('lathe-runs-scatter .after');
const rows = (page) => page.locator('lathe-runs-table tbody tr');
const names = (page) => page.locator('lathe-runs-table tbody th button').allInnerTexts();

test('a picture for each cost, the front drawn, a card on hover, a click opens the run', async () => {
  const { page, said, problems, shot, kept } = await open();
  await marks(page).first().waitFor();
  assert.equal(await marks(page).count(), 6);
  assert.equal(await page.locator('lathe-runs-scatter .before').count(), 1);
  await page.getByRole('combobox', { name: 'Against' }).selectOption('packed');
  await page.locator('lathe-runs-scatter text', { hasText: '100 kB' }).waitFor();
  const corners = await page.locator('lathe-runs-scatter .front').getAttribute('points');
  assert.equal(corners.split(' ').length, 5); // w2, w4, mixed, w8, before
  assert.equal(await page.locator('lathe-runs-table td.middle', { hasText: 'yes, by Packed size' }).count(), 4);
  await marks(page).nth(1).hover();
  await page.locator('lathe-runs-scatter .card', { hasText: '89.6 % (95 %: 87.6 to 91.6)' }).waitFor();
  assert.match(await page.locator('lathe-runs-table tr.pointed').innerText(), /resnet20-w4/);
  await shot('runs-dark');
  await marks(page).nth(1).locator('.shape').click();
  assert.deepEqual(said, [['open', { folder: '/runs/resnet20-w4' }]]);
  assert.equal((await kept()).axis, 'packed');
  assert.deepEqual(problems, []);
});

test('the table has the same figures, sorts, and can do what the mouse can by keyboard', async () => {
  const { page, said, kept, problems } = await open('light');
  await marks(page).first().waitFor();
  assert.match((await rows(page).nth(1).innerText()).replace(/\s+/g, ' '), /resnet20-w4 .*quantize weights 4, activations 8, round layer cpu 89\.6 % 95 %: 87\.6 to 91\.6 1000 pictures limit missed \+1\.9 yes, by File size 320 kB from 1\.09 MB 160 kB from 1\.09 MB 40\.6 M 270 k 1\.9 ms from 3\.1 ms/); // prettier-ignore
  await page.getByRole('button', { name: 'Metric' }).focus();
  await page.keyboard.press('Enter');
  assert.deepEqual((await names(page)).slice(0, 2), ['resnet20-w2', '<img src=x onerror=alert(1)>\\u202e']);
  await page.keyboard.press('Enter');
  assert.equal((await names(page))[0], 'resnet20-w8');
  assert.equal((await names(page)).at(-1), 'stopped', 'what has no figure stands last, whichever way');
  assert.equal(await page.getByRole('columnheader', { name: 'Metric' }).getAttribute('aria-sort'), 'descending');
  await page.getByRole('button', { name: 'resnet20-mixed', exact: true }).focus();
  await page.locator('lathe-runs-scatter .card', { hasText: 'resnet20-mixed' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Leave out resnet20-w2' }).press('Enter');
  await page.getByRole('button', { name: 'Choose Runs…' }).press('Enter');
  await page.getByRole('button', { name: 'Save as CSV…' }).press('Enter');
  await page.getByRole('button', { name: 'Save as HTML…' }).press('Enter');
  assert.deepEqual(said, [
    ['open', { folder: '/runs/resnet20-mixed' }],
    ['remove', { folder: '/runs/resnet20-w2' }],
    ['choose', null],
    ['save', { as: 'csv' }],
    ['save', { as: 'html' }],
  ]); // prettier-ignore
  assert.deepEqual((await kept()).order, { column: 'metric', descending: true });
  assert.deepEqual(problems, []);
});

test('methods by targets, notes, and the state of a run without figures', async () => {
  const { page } = await open('dark');
  await page.getByRole('heading', { name: 'Methods by targets' }).waitFor();
  assert.match(await page.locator('.scroll table').first().innerText(), /zcu104/);
  await page.getByText('1 run has not finished: no figures yet.').waitFor();
  assert.match(await rows(page).last().innerText(), /cancelled[\s\S]*not measured/);
});

test('runs that change or go are drawn anew; what was kept is there again', async () => {
  const state = { runs: ['/runs/resnet20-w8'], group: 0, axis: 'latency', order: { column: 'bytes', descending: false } };
  const { page, show, channel, problems } = await open('dark', { state });
  await page.locator('lathe-runs-scatter text', { hasText: /ms$/ }).first().waitFor();
  assert.equal((await names(page))[0], 'resnet20-w2');
  show(runs.slice(0, 2));
  await page.getByRole('heading', { name: '2 runs' }).waitFor();
  await page.waitForFunction(() => document.querySelector('lathe-runs').shadowRoot.querySelector('lathe-runs-scatter').shadowRoot.querySelectorAll('.after').length === 2); // prettier-ignore
  show([runs[6]]);
  await page.getByText('No run has been measured').waitFor();
  channel.tell(side.runsMessages.empty, { message: 'These runs are gone.' });
  await page.getByText('These runs are gone.').waitFor();
  assert.deepEqual(problems, []);
});

/** A training that came to `values` on validation pictures. */
const training = (step, values) => ({
  step,
  epochs: 5,
  steps: 50,
  points: [],
  validation: {
    metric: 'top1',
    unit: '%',
    better: 'high',
    scores: values.map((value, epoch, all) => ({ step: epoch * 10, epoch, value, best: value >= Math.max(...all.slice(0, epoch + 1)) })),
  },
});
const trained = [
  [training('qat', [88, 89.5, 91, 91.4, 91.2, 91.3])],
  [training('train', [10, 60, 75, 80, 83]), training('qat (step 2)', [79, 82, 82.5])],
];

test('learning curves of runs that train, named apart, with a table', async () => {
  const { page, said, problems, shot } = await open('light', { shown: runs.slice(0, 2), trained });
  const curves = page.locator('lathe-runs-curves');
  await curves.locator('svg').waitFor();
  assert.equal(await curves.locator('polyline.line').count(), 3);
  assert.equal(new Set(await curves.locator('polyline.line').evaluateAll((all) => all.map((one) => one.getAttribute('stroke-dasharray')))).size, 3); // prettier-ignore
  const rows = await curves.locator('tbody tr').allInnerTexts();
  assert.deepEqual(rows.map((row) => row.replace(/\s+/g, ' ')), ['resnet20-w8 5 of 5 88.0 % 91.4 % 3', 'resnet20-w4, train 4 of 5 10.0 % 83.0 % 4', 'resnet20-w4, qat (step 2) 2 of 5 79.0 % 82.5 % 2']); // prettier-ignore
  await curves.getByRole('button', { name: 'resnet20-w4, train' }).press('Enter');
  assert.deepEqual(said, [['open', { folder: '/runs/resnet20-w4' }]]);
  assert.deepEqual(await accessibilityProblems(page), []);
  await curves.scrollIntoViewIfNeeded();
  await shot('runs-curves');
  assert.deepEqual(problems, []);
});

for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light']) {
  test(`axe finds nothing in ${theme}`, async () => {
    const view = await open(theme);
    await marks(view.page).first().waitFor();
    await rows(view.page).nth(1).hover();
    assert.deepEqual(await accessibilityProblems(view.page), []);
    await view.shot(`runs-${theme}`);
    assert.deepEqual(view.problems, []);
    await view.close();
  });
}

test('a narrow page scrolls its table, not itself', async () => {
  const { page } = await open('dark', { size: [420, 700] });
  await marks(page).first().waitFor();
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= room, `${wide} > ${room}`);
});
