// The preview of pruning in a plain page: sliders for all groups and for one, goals, what stays, kept state, hostile names, four themes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityProblems } from '../ui/axe.mjs';
import { chain, openPruning, question } from './pruning-page.mjs';
import { hostSide, openBrowser } from './view-page.mjs';

const kept = [{ name: '/fc/Gemm', channels: 10, reason: 'is an output of the model' }];
const small = chain([16, 32, 64], { importance: true, kept });

let browser;
let side;
before(async () => {
  [browser, side] = await Promise.all([openBrowser(), hostSide()]);
});
after(() => browser?.close());

const open = (options) => openPruning(browser, side, { profile: small, ...options });

const set = (slider, value) =>
  slider.evaluate((input, to) => {
    input.value = String(to);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, value);

test('figures follow the slider, a group takes a part of its own and gives it back, the answer has both', async () => {
  const { page, rows, totals, slider, said, problems, shot, kept: state } = await open();
  // 3·16·9 + 16·32·9 + 32·64·9 + 64·10·9 = 29,232 before; half of the channels each: 216 + 1,152 + 4,608 + 2,880.
  await totals.getByText('29.2 k → 8.86 k').waitFor();
  await rows.first().locator('.channels', { hasText: '16 → 8' }).waitFor();
  await shot('pruning-start');
  await set(slider, 25);
  await rows.nth(2).locator('.channels', { hasText: '64 → 48' }).waitFor();
  await rows.nth(1).getByRole('slider').focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
  await rows.nth(1).locator('.channels', { hasText: '32 → 22' }).waitFor();
  await set(slider, 50);
  await rows.nth(1).locator('.channels', { hasText: '32 → 22' }).waitFor();
  assert.deepEqual((await state()).choice, { goal: 'channels', amount: 0.5, roundTo: 1, groups: [['/layer1/conv/Conv', 0.3]] });
  await page.getByRole('button', { name: 'Prune' }).press('Enter');
  await page.getByRole('button', { name: 'Let /layer1/conv/Conv follow the goal' }).press('Enter');
  await rows.nth(1).locator('.channels', { hasText: '32 → 16' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual(said, [{ goal: 'channels', amount: 0.5, roundTo: 1, groups: [['/layer1/conv/Conv', 0.3]] }, 'cancel']);
  assert.deepEqual(problems, []);
});

test('a goal of multiply-adds: the same part of all groups that just reaches it; multiples; what cannot be reached', async () => {
  const { page, rows, totals, slider } = await open();
  await page.getByLabel('Multiply-adds to keep').check();
  await set(slider, 40);
  const share = async () => {
    const [before, after] = (await totals.locator('.change').nth(1).textContent()).split(' → ').map((text) => Number.parseFloat(text));
    return after / before;
  };
  assert.ok((await share()) <= 0.4 && (await share()) > 0.37, String(await share()));
  await page.getByLabel('Multiples of').selectOption('16');
  await rows.first().locator('.channels', { hasText: '16 → 16' }).waitFor();
  await page.getByLabel('Multiples of').selectOption('1');
  await set(slider, 0);
  await page.getByText('This cannot be reached', { exact: false }).waitFor();
});

test('goals take over from each other without a jump', async () => {
  const { page, rows, slider } = await open();
  await page.getByLabel('Parameters to keep').check();
  assert.equal(await slider.inputValue(), '30');
  await page.getByLabel('Channels to remove').check();
  await rows.nth(2).locator('.channels', { hasText: /64 → 3[0-3]/ }).waitFor(); // prettier-ignore
});

test('order, groups of selected layers first, reasons of what stays', async () => {
  const { page, rows } = await open({ asked: { ...question, layers: ['/layer2/conv/Conv'] } });
  await rows.first().locator('th', { hasText: '/layer2/conv/Conv' }).waitFor();
  assert.match(await rows.nth(1).innerText(), /layer1[^]*selected · with \/layer1\/shortcut\/Conv/);
  await page.getByRole('button', { name: 'Multiply-adds', exact: true }).press('Enter');
  await page.getByText('One group keeps all channels').press('Enter');
  await page.getByText('10 channels: is an output of the model').waitFor();
});

test('a thousand groups follow a slider, and what was chosen is there again', async () => {
  const profile = chain(Array.from({ length: 1000 }, (_, i) => 16 + (i % 5) * 16));
  const choice = { goal: 'macs', amount: 0.3, roundTo: 8, groups: [] };
  const { rows, slider, totals, problems } = await open({ profile, state: { choice, sort: 'macs' } });
  await rows.nth(149).waitFor();
  assert.equal(await slider.inputValue(), '30');
  const before = await totals.innerText();
  await set(slider, 60);
  await totals.filter({ hasNotText: before }).waitFor();
  assert.deepEqual(problems, []);
});

test('measured curves beside the groups, and the widths they suggest', async () => {
  const groups = small.groups.map((group, i) => ({ ...group, curve: [[0.25, 30 - 5 * i], [0.5, 20 - 5 * i], [0.75, i === 0 ? null : 4]], suggested: [0.75, 0.5, 0.25][i] })); // prettier-ignore
  const profile = { ...small, groups, measured: { title: 'SQNR, 64 pictures', unit: 'dB', better: 'high' } };
  const { page, rows, said, problems, shot } = await open({ profile });
  await page.getByRole('columnheader', { name: 'SQNR, 64 pictures' }).waitFor();
  await rows.nth(2).getByRole('img', { name: 'without 25 %: 20 dB, 50 %: 10 dB, 75 %: 4 dB' }).waitFor();
  await page.getByRole('button', { name: 'Take the widths that the measured sensitivity suggests' }).press('Enter');
  await rows.first().locator('.channels', { hasText: '16 → 4' }).waitFor();
  await rows.nth(2).locator('.channels', { hasText: '64 → 48' }).waitFor();
  await page.getByRole('button', { name: 'Prune' }).press('Enter');
  assert.deepEqual(said[0].groups.map(([, part]) => part), [0.75, 0.5, 0.25]); // prettier-ignore
  assert.deepEqual(await accessibilityProblems(page), []);
  await shot('pruning-curves');
  assert.deepEqual(problems, []);
});

test('nothing to prune, no preview, waiting', async () => {
  const none = await open({ profile: { groups: [], kept, layers: [], tensors: [] } });
  await none.page.getByText('No channel of this model can be removed.').waitFor();
  assert.ok(await none.page.getByRole('button', { name: 'Prune' }).evaluate((button) => button.disabled));
  const failed = await open({ failed: 'model.onnx: no graph' });
  await failed.page.getByRole('alert').getByText('model.onnx: no graph').waitFor();
  const waiting = await open({ profile: null });
  await waiting.page.getByText('Finding which channels belong together…').waitFor();
});

test('names are text', async () => {
  const name = '<img src=x onerror=alert(1)>\u202e';
  const profile = chain([8, 8], { name: (i) => `${name}${i}`, kept: [{ name, channels: 1, reason: name }] });
  const { page, rows, problems } = await open({ profile, asked: { ...question, model: name } });
  await rows.first().locator('th', { hasText: '<img src=x onerror=alert(1)>\\u202e0' }).waitFor();
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual(problems, []);
});

for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light']) {
  test(`axe finds nothing in ${theme}`, async () => {
    const asked = { ...question, layers: ['/layer0/conv/Conv'], choice: { ...question.choice, groups: [['/layer1/conv/Conv', 0.25]] } };
    const view = await open({ theme, asked });
    await view.rows.nth(2).waitFor();
    await view.page.getByText('One group keeps all channels').press('Enter');
    assert.deepEqual(await accessibilityProblems(view.page), []);
    await view.shot(`pruning-${theme}`);
    assert.deepEqual(view.problems, []);
    await view.close();
  });
}

test('a narrow page does not scroll sideways', async () => {
  const { page, rows, shot } = await open({ size: [420, 700] });
  await rows.first().waitFor();
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  await shot('pruning-narrow');
  assert.ok(wide <= room, `${wide} > ${room}`);
});
