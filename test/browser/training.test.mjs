// Learning curves in a plain page: live, several trainings, the table, what can be done, kept state, hostile names, in four themes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityProblems } from '../ui/axe.mjs';
import { hostSide, openBrowser, openView } from './view-page.mjs';

/** `done` of 10 epochs of 40 steps: a loss that falls from 2.3 with a little noise, scores with the best at epoch 7. */
function curve(step, done, more = {}) {
  const points = Array.from({ length: done * 40 }, (_, i) => ({
    step: i + 1,
    epoch: (i + 1) / 40,
    loss: 0.2 + 2.1 * Math.exp(-i / 60) * (1 + 0.2 * Math.sin(i * 12.9)),
    rate: 0.001 * (1 + Math.cos((Math.PI * i) / 400)),
  }));
  const values = [10.2, 61.5, 74.8, 80.1, 84.4, 86.2, 88.9, 91.3, 90.8, 91.1, 90.9];
  const scores = values.slice(0, done + 1).map((value, epoch, all) => ({
    step: epoch * 40,
    epoch,
    value,
    best: value === Math.max(...all.slice(0, epoch + 1)),
  }));
  return { step, epochs: 10, steps: 400, points, validation: { metric: 'top1', unit: '%', better: 'high', scores }, ...more };
}

let browser;
let side;
before(async () => {
  [browser, side] = await Promise.all([openBrowser(), hostSide()]);
});
after(() => browser?.close());

const running = {
  title: 'Training resnet20.onnx',
  state: 'running',
  text: 'train: 160 of 400 steps · about 3 min left',
  fraction: 0.31,
  can: ['cancel'],
};

/** The page on a run; what it tells the host is in `said`. */
async function open({ curves = [curve('train', 4)], prunings = [], status = running, waiting = [], ...options } = {}) {
  const said = [];
  let shown = curves;
  const messages = side.trainingMessages;
  const body = (live) => ({
    trainings: shown.map((one, i) => ({ curve: one, rows: side.curveRows(one), live: live && i === shown.length - 1 })),
    waiting,
  });
  const view = await openView(browser, side, {
    bundle: 'training-view',
    element: 'lathe-training',
    size: [900, 760],
    ...options,
    connect(channel) {
      channel.onNotice(messages.ready, () => {
        channel.tell(messages.run, { folder: '/runs/one' });
        channel.tell(messages.status, status);
        channel.tell(messages.rounds, { prunings: prunings.map(side.shownPruning) });
        channel.tell(messages.curves, body(true));
      });
      channel.onQuestion(messages.roundsPicture, ({ pruning, width }) => side.layoutRounds(prunings[pruning], width));
      channel.onQuestion(messages.picture, ({ training, width }) => side.layoutCurve(shown[training], width));
      channel.onNotice(messages.act, (body) => said.push(body.action));
    },
  });
  const show = (next, state = running) => {
    shown = next;
    view.channel.tell(messages.curves, body(state.state === 'running'));
    view.channel.tell(messages.status, state);
  };
  return { ...view, said, show };
}

const picture = (page, at = 0) => page.locator('lathe-curve-picture').nth(at);
const corners = async (page, what) => (await picture(page).locator(`polyline.line.${what}`).getAttribute('points')).split(' ').length;

test('a curve that grows, its best epoch marked, figures where the pointer is', async () => {
  const { page, show, problems, shot } = await open();
  await picture(page).locator('svg').waitFor();
  assert.equal(await corners(page, 'loss'), 160);
  assert.equal(await corners(page, 'validation'), 5);
  await page.getByText('epoch 4 of 10 · loss', { exact: false }).waitFor();
  show([curve('train', 9)]);
  await page.waitForFunction(() => document.querySelector('lathe-training').shadowRoot.querySelector('lathe-curve-picture').shadowRoot.querySelectorAll('circle.mark').length === 9); // prettier-ignore
  assert.equal(await picture(page).locator('.best-text').textContent(), 'best 91.3 %, epoch 7');
  assert.equal(await picture(page).locator('path.mark.kept').count(), 1);
  const box = await picture(page).locator('svg').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 80);
  await picture(page).locator('.card', { hasText: 'top-1 86.2 %' }).waitFor();
  await shot('training-pointed');
  assert.deepEqual(problems, []);
});

test('the table says the same; cancel, resume and report by keyboard', async () => {
  const { page, said, show, kept, problems } = await open({ curves: [curve('train', 10)] });
  await page.getByText('Figures as a table').focus();
  await page.keyboard.press('Enter');
  const rows = page.locator('lathe-curve-table tbody tr');
  await rows.nth(10).waitFor();
  assert.match((await rows.nth(7).innerText()).replace(/\s+/g, ' '), /^7 280 0\.\d+ 0\.000\d+ 91\.3 % \(best\)$/);
  assert.match((await rows.nth(0).innerText()).replace(/\s+/g, ' '), /^0 0 10\.2 %$/);
  assert.equal((await kept()).tables, true);
  assert.equal((await kept()).folder, '/runs/one');
  await page.getByRole('button', { name: 'Cancel' }).press('Enter');
  show([curve('train', 10)], {
    ...running,
    state: 'cancelled',
    text: 'What was done is kept.',
    fraction: undefined,
    can: ['resume', 'output'],
  });
  await page.getByText('Cancelled', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Resume' }).press('Enter');
  show([curve('train', 10)], { ...running, state: 'finished', text: '', fraction: undefined, can: ['report', 'models'] });
  await page.getByRole('button', { name: 'Report' }).press('Enter');
  assert.deepEqual(said, ['cancel', 'resume', 'report']);
  assert.deepEqual(problems, []);
});

test('several trainings of one recipe, one that ended early, one to come', async () => {
  const stopped = curve('train', 3, { stopped: 'No better score for 2 epochs.' });
  const { page, shot } = await open({ curves: [stopped, curve('qat (step 3)', 2)], waiting: ['train (step 4)'] });
  await picture(page, 1).locator('svg').waitFor();
  await page.getByRole('heading', { name: 'train ended early' }).waitFor();
  await page.getByText('No better score for 2 epochs.').waitFor();
  await page.getByText('Has not begun.').waitFor();
  // What ended early is drawn to its end: the last tick is its last epoch.
  assert.equal(await picture(page, 0).locator('text', { hasText: /^3$/ }).count(), 1);
  assert.equal(await picture(page, 0).locator('text', { hasText: /^10$/ }).count(), 0);
  await shot('training-several');
});

/** Three rounds of pruning to a quarter of the multiply-adds, with training behind each. */
function rounds(step, trained = true, name = '/layer1/conv1') {
  const score = (cut, tuned) => ({ score: { metric: 'top1', unit: '%', better: 'high', cut, ...(trained && tuned ? { tuned } : {}) } });
  const round = (number, left, channels, more) => ({
    round: number,
    parameters: Math.round(268_346 * left),
    macs: Math.round(40_551_000 * left),
    bytes: Math.round(1_073_384 * left),
    channels: { [name]: channels, '/layer3/2/conv2': channels * 4 },
    milliseconds: 3.1 * left,
    seconds: 61,
    ...more,
  });
  return {
    step,
    rounds: [round(0, 1, 16, score(91.5)), round(1, 0.63, 12, score(84.1, 90.9)), round(2, 0.4, 8, score(70.2, 88.7)), round(3, 0.25, 6, score(52, 85.4))], // prettier-ignore
  };
}

test('rounds of pruning beside the curves of their training, and alone', async () => {
  const { page, shot, problems } = await open({ curves: [curve('prune, round 1', 10)], prunings: [rounds('prune')] });
  const drawn = page.locator('lathe-rounds-picture');
  await drawn.getByText('85.4 % after training').waitFor();
  await drawn.getByText('52.0 % after the cut').waitFor();
  await page.getByRole('heading', { name: 'prune 3 rounds' }).waitFor();
  const rows = page.locator('lathe-rounds-table').locator('table').first().locator('tbody tr');
  assert.match(
    (await rows.nth(3).innerText()).replace(/\s+/g, ' '),
    /^3 30 of 80 67\.1 k \(25\.0 %\) 10\.1 M \(25\.0 %\) 268 kB \(25\.0 %\) 52\.0 % 85\.4 % 0\.775 ms 1 min 1 s$/,
  );
  await page.getByText('Channels by group').press('Enter');
  await page.getByRole('rowheader', { name: '/layer1/conv1' }).waitFor();
  await shot('training-rounds');
  assert.deepEqual(problems, []);
  const alone = await open({ curves: [], prunings: [rounds('prune', false, '<img src=x onerror=alert(1)>')] });
  await alone.page.locator('lathe-rounds-picture').getByText('52.0 %').waitFor();
  await alone.page.getByText('Channels by group').press('Enter');
  assert.equal(await alone.page.locator('img').count(), 0);
  assert.deepEqual(alone.problems, []);
});

test('nothing yet, no validation, losses over decades, thousands of steps', async () => {
  const { page, show, problems } = await open({ curves: [] });
  await page.getByText('Pictures begin with the first step of training and the first round of pruning.').waitFor();
  const long = { ...curve('train', 10, { steps: 40_000, epochs: 1000 }), validation: undefined };
  long.points = long.points.map((point, i) => ({ ...point, step: (i + 1) * 100, epoch: (i + 1) * 2.5, loss: 50 * 0.98 ** i }));
  show([long]);
  await picture(page).locator('text', { hasText: 'Loss (logarithmic)' }).waitFor();
  assert.equal(await picture(page).locator('polyline.validation').count(), 0);
  show([{ step: 'train', epochs: 1, steps: 1, points: [{ step: 1, epoch: 1, loss: 0, rate: 0 }] }]);
  await page.getByText('epoch 1 of 1 · loss 0').waitFor();
  assert.deepEqual(problems, []);
});

test('names are text, and what was kept is there again', async () => {
  const name = '<img src=x onerror=alert(1)>\u202e';
  const { page, problems } = await open({
    curves: [curve(name, 2, { stopped: name })],
    status: { ...running, title: name, text: name },
    state: { folder: '/runs/one', tables: true },
  });
  await page.locator('lathe-curve-table tbody tr').nth(2).waitFor();
  assert.equal(await page.locator('img').count(), 0);
  await page.getByRole('heading', { level: 1, name: '<img src=x onerror=alert(1)>\\u202e' }).waitFor();
  assert.deepEqual(problems, []);
});

for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light']) {
  test(`axe finds nothing in ${theme}`, async () => {
    const view = await open({
      theme,
      curves: [curve('train', 10), curve('qat (step 3)', 4)],
      prunings: [rounds('prune (step 2)')],
      state: { folder: '', tables: true },
    });
    await picture(view.page, 1).locator('svg').waitFor();
    assert.deepEqual(await accessibilityProblems(view.page), []);
    await view.shot(`training-${theme}`);
    assert.deepEqual(view.problems, []);
    await view.close();
  });
}

test('a narrow page does not scroll sideways', async () => {
  const { page } = await open({ size: [420, 700], state: { folder: '', tables: true } });
  await picture(page).locator('svg').waitFor();
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= room, `${wide} > ${room}`);
});
