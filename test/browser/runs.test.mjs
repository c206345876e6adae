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

const deployed = (host, latency, more = {}) => ({
  target: 'zcu104',
  host,
  board: 'DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz',
  bytes: 300_000,
  macs: 40_600_000,
  acceleratorMacs: 40_500_000,
  subgraphs: { total: 3, accelerator: 1 },
  latencyMs: { median: latency, p90: latency * 1.1, runs: 100 },
  fps: [{ threads: 1, fps: 400 }, { threads: 2, fps: 790 }],
  power: { watts: 17.2, idleWatts: 13.8, joulesPerPicture: 0.0043, threads: 2, source: 'the whole board at 12 V' },
  metrics: { board: measured(90.1) },
  outputsMatch: { pictures: 1000, elements: 10_000, equal: 9_999, maxAbs: 0.25, maxSteps: 1 },
  ...more,
}); // prettier-ignore

test('runs on boards: simulated and measured in columns of their own, what was not measured says so, methods by boards', async () => {
  const simulated = { metrics: { before: measured(91.5), after: measured(90.1, { simulated: 'zcu104' }) }, target: 'zcu104' };
  const shown = [
    run('w8', 'quantize weights 8, activations 8', 90.1, 330_000, 330_000, { ...simulated, latencyMs: undefined, deployments: [deployed('board.local', 2.1), deployed('<img src=x onerror=alert(1)>\u202e', 2.4, { power: undefined, metrics: {} })] }),
    run('w4', 'quantize weights 4, activations 8', 89, 320_000, 160_000, { ...simulated, latencyMs: undefined, deployments: [deployed('board.local', 1.9)] }),
  ]; // prettier-ignore
  const { page, said, problems, shot } = await open('dark', { shown });
  await page.getByRole('heading', { name: 'On boards' }).waitFor();
  const table = page.getByRole('region', { name: 'On boards' });
  const texts = await table.locator('tbody tr').evaluateAll((all) => all.map((row) => row.innerText.replace(/\s+/g, ' ')));
  assert.equal(texts.length, 3);
  assert.match(texts[0], /^w8 quantize weights 8, activations 8 zcu104 at board\.local DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz 91\.5 % 1000 pictures, 95 % between 89\.5 and 93\.5 90\.1 % simulation of zcu104; 1000 pictures, .* 90\.1 % 1000 pictures, /); // prettier-ignore
  assert.match(texts[0], /99\.8 % 40\.5 M of 40\.6 M 1 on the accelerator, 3 in all 2\.1 ms median; .*790 FPS with 2 threads; 400 with 1 thread 17\.2 W idle 13\.8 W; the whole board at 12 V 4\.3 mJ above idle, 2 threads 99\.990 % equal/); // prettier-ignore
  assert.match(texts[1], /zcu104 at <img src=x onerror=alert\(1\)>\\u202e/);
  assert.match(texts[1], /not measured.*not measured not measured/);
  assert.match(await rows(page).first().innerText(), /1000 pictures, simulated/);
  const matrix = page.getByRole('region', { name: 'Methods by boards' });
  assert.equal(await matrix.locator('tbody tr').count(), 2);
  await matrix.getByRole('button', { name: '90.1 %, 1.9 ms, 790 FPS, 4.3 mJ' }).press('Enter');
  await table.getByRole('button', { name: 'w8' }).first().click();
  await page.getByRole('button', { name: 'Save as JSON…' }).press('Enter');
  assert.deepEqual(said, [['open', { folder: '/runs/w4' }], ['open', { folder: '/runs/w8' }], ['save', { as: 'json' }]]); // prettier-ignore
  await page.getByRole('combobox', { name: 'Against' }).selectOption('board-latency');
  await page.getByText('median of single pictures, zcu104 at board.local').waitFor();
  await marks(page).first().waitFor();
  assert.equal(await marks(page).count(), 2);
  await table.scrollIntoViewIfNeeded();
  await shot('runs-boards-dark');
  assert.deepEqual(problems, []);
});

for (const theme of ['light', 'high-contrast', 'high-contrast-light']) {
  test(`boards can be read in the theme ${theme}`, async () => {
    const shown = [
      run('w8', 'quantize weights 8', 90.1, 330_000, 330_000, { deployments: [deployed('board.local', 2.1), deployed('other', 2.2)] }),
    ];
    const { page, shot } = await open(theme, { shown });
    await page.getByRole('heading', { name: 'Methods by boards' }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.getByRole('region', { name: 'On boards' }).scrollIntoViewIfNeeded();
    await shot(`runs-boards-${theme}`);
  });
}
