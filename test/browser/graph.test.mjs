// The graph view in a plain page, driven as a person would.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { accessibilityProblems } from '../ui/axe.mjs';
import { graphBundle, openGraph } from './graph-page.mjs';
import { themes, themeStyle } from './themes.mjs';
import { hostSide, openBrowser } from './view-page.mjs';

const hostile = '<img src=x onerror="window.hacked=1">\u202e"&\u0000';

/** input → conv → [block: relu, [inner: add]] → output, with a residual around the block's first node. */
const graph = () => ({
  nodes: [
    node('Conv', 'conv', 'compute', -1, ['3×3, stride 2']),
    node('Relu', hostile, 'activation', 0),
    node('Add', 'add', 'elementwise', 1),
    node('MaxPool', 'pool', 'pool', -1),
    { ...node('x', 'x', 'end', -1), kind: 'input' },
    { ...node('y', 'y', 'end', -1), kind: 'output' },
  ],
  edges: [[4, 0], [0, 1], [1, 2], [0, 2], [2, 3], [3, 5]].map(([from, to], value) => ({ from, to, value, output: 0, input: 0 })), // prettier-ignore
  values: Array.from({ length: 6 }, (_, at) => ({
    name: at === 1 ? hostile : `value${at}`,
    type: 'float32',
    shape: [1, 8 + at, null, 'w'],
  })),
  groups: [
    { kind: 'scope', title: 'block', lines: ['1 × Relu'], parent: -1 },
    { kind: 'scope', title: 'inner', lines: [], parent: 0 },
  ],
  notes: [],
});
const node = (title, name, category, group, lines = []) => ({ kind: 'operator', category, title, name, lines, group });
const [conv, relu, add, pool, input, output] = [0, 1, 2, 3, 4, 5];

/** A long row of boxes side by side and beneath. */
function large(count) {
  const nodes = Array.from({ length: count }, (_, at) => node('Conv', `n${at}`, 'compute', -1));
  const edges = nodes.slice(50).map((_, at) => ({ from: at, to: at + 50, value: 0, output: 0, input: 0 }));
  return { nodes, edges, values: [{ name: 'v', type: 'float32', shape: null }], groups: [], notes: [] };
}

let browser, side, bundle;
before(async () => {
  [browser, side, bundle] = await Promise.all([openBrowser(), hostSide(), graphBundle()]);
});
after(async () => {
  await browser?.close();
  fs.rmSync(path.join(import.meta.dirname, '../../dist', `${bundle}.js`), { force: true });
});

const open = (graph, options) => openGraph(browser, side, bundle, graph, options);
const last = (view, kind) => view.events.findLast((event) => event.kind === kind)?.detail;
const count = (view, kind) => view.events.filter((event) => event.kind === kind).length;
const element = (view, act, argument) => view.page.evaluate(`(${act})(document.querySelector('lathe-graph'), ${JSON.stringify(argument)})`);
const frame = (view) => view.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
const press = (view, key) => view.page.locator('#picture').press(key);
const said = (view) => view.page.locator('#said').textContent();

/** Waits for what is fired after an act, not for time. */
async function fires(view, kind, act) {
  const before = count(view, kind);
  await act();
  for (let tries = 0; count(view, kind) === before; tries++) {
    assert.ok(tries < 200, `${kind} is not fired`);
    await view.page.waitForTimeout(20);
  }
  return last(view, kind);
}

/** Middle of a node's box in the window: where its menu opens by the keyboard. */
async function placeOf(view, id) {
  const selected = await element(view, '(graph) => graph.selected');
  await element(view, '(graph, id) => ((graph.selected = [id]), graph.updateComplete)', id);
  const { x, y } = await fires(view, 'menu', () => press(view, 'ContextMenu'));
  await element(view, '(graph, selected) => ((graph.selected = selected), graph.updateComplete)', selected);
  return [x, y];
}

/** Red, green, blue of the picture at a point of the window. */
const pixel = (view, x, y) =>
  view.page.evaluate(
    ([x, y]) => [
      ...document
        .querySelector('lathe-graph')
        .renderRoot.querySelector('#picture')
        .getContext('2d')
        .getImageData(x, y, 1, 1)
        .data.slice(0, 3),
    ],
    [Math.round(x), Math.round(y)],
  );

describe('the graph view', () => {
  test('selects by click, adds with Ctrl, takes out again, clears on the ground, selects what a rectangle touches', async () => {
    const view = await open(graph());
    const [[convX, convY], [poolX, poolY]] = [await placeOf(view, conv), await placeOf(view, pool)];
    await fires(view, 'select', () => view.page.mouse.click(convX, convY));
    assert.deepEqual(last(view, 'select'), [conv]);
    await view.page.keyboard.down('Control');
    assert.deepEqual(await fires(view, 'select', () => view.page.mouse.click(poolX, poolY)), [conv, pool]);
    assert.deepEqual(await fires(view, 'select', () => view.page.mouse.click(convX, convY)), [pool]);
    await view.page.keyboard.up('Control');
    assert.deepEqual(await fires(view, 'select', () => view.page.mouse.click(20, 700)), []);
    await view.page.keyboard.down('Shift');
    await view.page.mouse.move(convX - 300, convY - 10);
    await view.page.mouse.down();
    await view.page.mouse.move(poolX + 300, poolY + 10, { steps: 3 });
    const banded = await fires(view, 'select', () => view.page.mouse.up());
    await view.page.keyboard.up('Shift');
    assert.deepEqual([...banded].sort(), [conv, relu, add, pool]);
    assert.deepEqual(view.problems, []);
    await view.close();
  });

  test('folds and unfolds where it stands, and selects all that lies in a folded group', async () => {
    const view = await open(graph(), { set: { open: null } });
    await element(view, '(graph) => (graph.open = new Set())', null);
    await fires(view, 'drawn', () => {});
    const [x, y] = await placeOf(view, relu);
    assert.deepEqual(await placeOf(view, add), [x, y], 'both are shown by the folded group');
    assert.deepEqual(await fires(view, 'select', () => view.page.mouse.click(x - 20, y)), [relu, add]);
    await fires(view, 'drawn', () => view.page.mouse.dblclick(x - 20, y));
    assert.deepEqual(last(view, 'fold'), { group: 0, open: true });
    const [reluX, reluY] = await placeOf(view, relu);
    assert.ok(Math.abs(reluX - x) < 120 && reluY - y > 0 && reluY - y < 120, 'what was inside opens where the group was');
    await fires(view, 'drawn', () => press(view, 'Shift+Enter'));
    assert.deepEqual(last(view, 'fold'), { group: 0, open: false });
    const [againX, againY] = await placeOf(view, relu);
    assert.ok(Math.abs(againX - x) < 2 && Math.abs(againY - y) < 2, 'the folded group is back in its place');
    assert.deepEqual(view.problems, []);
    await view.close();
  });

  test('is walked by the keyboard and says where it is', async () => {
    const view = await open(graph());
    const go = (key) => fires(view, 'select', () => press(view, key));
    assert.deepEqual(await go('Home'), [input]);
    assert.deepEqual(await go('ArrowDown'), [conv]);
    assert.match(await said(view), /^Conv, conv, 3×3, stride 2, gives float32 1×9×\?×w, from 1, to 2$/);
    assert.deepEqual(await go('End'), [output]);
    assert.deepEqual(await go('ArrowUp'), [pool]);
    assert.deepEqual(await go('Shift+ArrowUp'), [pool, add]);
    assert.deepEqual(await go('Escape'), []);
    await element(view, '(graph) => ((graph.open = new Set()), graph.updateComplete)');
    await fires(view, 'drawn', () => {});
    await go('Home');
    await go('ArrowDown');
    assert.deepEqual(await go('ArrowDown'), [relu, add]);
    assert.match(await said(view), /^folded group block/);
    await fires(view, 'drawn', () => press(view, 'Enter'));
    assert.deepEqual(last(view, 'fold'), { group: 0, open: true });
    assert.deepEqual(view.problems, []);
    await view.close();
  });

  test('zooms to the pointer, is dragged, fits, goes back and forward', async () => {
    const view = await open(large(2000));
    await fires(view, 'camera', () => element(view, '(graph) => graph.reveal(120)'));
    const [x, y] = await placeOf(view, 120);
    await view.page.mouse.move(x, y);
    const start = await fires(view, 'camera', () => element(view, '(graph) => graph.zoomBy(1.0001)'));
    const near = await fires(view, 'camera', () => view.page.mouse.wheel(0, -200));
    assert.ok(near.zoom > start.zoom * 1.3, 'the wheel zooms');
    const [stayedX, stayedY] = await placeOf(view, 120);
    assert.ok(Math.hypot(stayedX - x, stayedY - y) < 3, 'what is under the pointer stays there');
    await view.page.mouse.down();
    await view.page.mouse.move(x + 60, y + 40, { steps: 4 });
    const dragged = await fires(view, 'camera', () => view.page.mouse.up());
    assert.ok(Math.abs(near.x - dragged.x - 60 / near.zoom) < 1e-6 && Math.abs(near.y - dragged.y - 40 / near.zoom) < 1e-6);
    const whole = await fires(view, 'camera', () => press(view, '0'));
    assert.ok(whole.zoom < 0.3);
    assert.deepEqual(await fires(view, 'camera', () => press(view, 'Alt+ArrowLeft')), dragged);
    assert.deepEqual(await fires(view, 'camera', () => press(view, 'Alt+ArrowRight')), whole);
    await element(view, '(graph) => graph.reveal(1999)');
    const revealed = await fires(view, 'camera', () => {});
    assert.ok(revealed.zoom > 0.5, 'what is revealed can be read');
    const map = await view.page.locator('#minimap').boundingBox();
    const led = await fires(view, 'camera', () => view.page.mouse.click(map.x + 8, map.y + 8));
    assert.ok(led.x < revealed.x && led.y < revealed.y && led.zoom === revealed.zoom, 'the minimap leads there');
    assert.deepEqual(view.problems, []);
    await view.close();
  });

  test('is moved by a finger and zoomed by two', async () => {
    const view = await open(large(2000));
    await fires(view, 'camera', () => element(view, '(graph) => graph.reveal(120)'));
    const start = await fires(view, 'camera', () => element(view, '(graph) => graph.zoomBy(1.0001)'));
    const debug = await view.page.context().newCDPSession(view.page);
    const touch = (type, ...points) =>
      debug.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    await touch('touchStart', [600, 400]);
    await touch('touchMove', [620, 400]);
    await touch('touchMove', [650, 430]);
    const panned = await fires(view, 'camera', () => touch('touchEnd'));
    assert.ok(panned.x < start.x && panned.y < start.y && panned.zoom === start.zoom);
    await touch('touchStart', [600, 400], [700, 400]);
    await touch('touchMove', [550, 400], [750, 400]);
    const near = await fires(view, 'camera', () => touch('touchEnd'));
    assert.ok(Math.abs(near.zoom / panned.zoom - 2) < 0.05, `twice as near: ${near.zoom / panned.zoom}`);
    assert.deepEqual(view.problems, []);
    await view.close();
  });

  test('explains what the pointer is on: the value of an edge with its type and shape, hostile names as text', async () => {
    const view = await open(graph());
    const hover = view.page.locator('#hover');
    const [[fromX, fromY], [toX, toY]] = [await placeOf(view, input), await placeOf(view, conv)];
    await view.page.mouse.move((fromX + toX) / 2, (fromY * 2 + toY) / 3 + 4);
    await hover.waitFor();
    assert.deepEqual(await hover.locator('div').allTextContents(), ['value0', 'float32 1×8×?×w']);
    await view.page.mouse.move(...(await placeOf(view, relu)));
    await hover.getByText('Relu').waitFor();
    assert.deepEqual(await hover.locator('div').allTextContents(), ['Relu', '<img src=x onerror="window.hacked=1">\\u202e"&\\u0000']);
    assert.equal(await view.page.evaluate(() => window.hacked), undefined);
    await view.page.mouse.move(10, 700);
    await hover.waitFor({ state: 'hidden' });
    await view.close();
  });

  test('is recoloured by an overlay and by a theme without a new layout; what is not marked steps back', async () => {
    const view = await open(graph());
    const [x, y] = await placeOf(view, conv);
    const at = async () => (await frame(view), pixel(view, x + 20, y));
    const [drawn, plain] = [count(view, 'drawn'), await at()];
    const paint = `(graph, level) => (graph.paint = { level: () => level, text: () => '12 dB', groupLevel: () => level, groupText: () => '12 dB' })`;
    await view.page.evaluate(`(${paint})(document.querySelector('lathe-graph'), 0) && 0`);
    const worst = await at();
    await view.page.evaluate(`(${paint})(document.querySelector('lathe-graph'), 4) && 0`);
    const best = await at();
    assert.ok(worst[0] > worst[2] && best[2] > best[0], `orange ${worst}, blue ${best}`);
    await element(view, '(graph) => (graph.paint = undefined)');
    assert.deepEqual(await at(), plain);
    await element(view, '(graph, id) => void (graph.marked = new Set([id]))', pool);
    const faint = await at();
    const darkness = (color) => color[0] + color[1] + color[2];
    assert.ok(darkness(faint) < darkness(plain), 'nearer to the dark ground');
    await element(view, '(graph) => (graph.marked = undefined)');
    await view.page.evaluate((style) => {
      document.adoptedStyleSheets = [Object.assign(new CSSStyleSheet(), {})];
      document.adoptedStyleSheets[0].replaceSync(style);
      document.body.className = 'vscode-light';
    }, themeStyle(themes.light));
    assert.ok(darkness(await at()) > 600, 'light');
    assert.equal(count(view, 'drawn'), drawn);
    await view.close();
  });

  test('is saved whole as an SVG that is well-formed, with its texts, and as a PNG no larger than a canvas may be', async () => {
    const view = await open(graph());
    const svg = await view.page.evaluate(() => {
      const text = document.querySelector('lathe-graph').svg();
      const file = new DOMParser().parseFromString(text, 'image/svg+xml');
      const faults = [...file.querySelectorAll('parsererror')].map((fault) => fault.textContent);
      return {
        faults,
        names: [...new Set([...file.querySelectorAll('*')].map(({ localName }) => localName))],
        texts: [...file.querySelectorAll('text')].map((node) => node.textContent),
        root: file.documentElement.localName,
      };
    });
    assert.deepEqual(svg.faults, []);
    assert.equal(svg.root, 'svg');
    assert.deepEqual(svg.names.sort(), ['path', 'rect', 'svg', 'text', 'title']);
    for (const text of ['Conv', 'conv', '3×3, stride 2', 'block', 'inner', '1×8×?×w', 'x', 'y']) assert.ok(svg.texts.includes(text), text);
    assert.ok(
      svg.texts.some((text) => text.startsWith('<img') && text.includes('…')),
      'a hostile name is text, cut',
    );
    const png = await view.page.evaluate(async () => {
      const graph = document.querySelector('lathe-graph');
      const sizes = [];
      for (const scale of [1, 3, 1000]) {
        const bitmap = await createImageBitmap(await graph.png(scale));
        sizes.push([bitmap.width, bitmap.height, graph.pngScale(scale)]);
      }
      return sizes;
    });
    assert.ok(Math.abs(png[1][0] - 3 * png[0][0]) <= 3 && png[1][2] === 3);
    assert.ok(png[2][2] < 1000 && png[2][0] * png[2][1] <= 2 ** 26, `as large as it may be: ${png[2]}`);
    await view.close();
  });

  test('a long layout says so and can be cancelled; a broken one says why; both can be tried again', async () => {
    const view = await open(graph());
    await view.page.evaluate(() => {
      const Worker = window.Worker;
      window.workers = 'silent';
      window.Worker = class extends Worker {
        postMessage(message) {
          if (window.workers === 'real') super.postMessage(message);
          if (window.workers === 'broken') queueMicrotask(() => this.onerror(new ErrorEvent('error', { message: 'out of memory' })));
        }
      };
      const before = document.querySelector('lathe-graph');
      const element = document.createElement('lathe-graph');
      element.style.height = '100vh';
      element.graph = before.graph;
      before.replaceWith(element);
    });
    await view.page.getByText('Laying out 8 boxes…').waitFor();
    await view.page.getByRole('button', { name: 'Cancel' }).click();
    await view.page.getByText('The layout was cancelled.').waitFor();
    await view.page.evaluate(() => (window.workers = 'broken'));
    await view.page.getByRole('button', { name: 'Try again' }).click();
    await view.page.getByText('could not be laid out: out of memory').waitFor();
    await view.page.evaluate(() => (window.workers = 'real'));
    await view.page.getByRole('button', { name: 'Try again' }).click();
    await view.page.locator('.notice').waitFor({ state: 'detached' });
    await view.page.waitForFunction(() => document.querySelector('lathe-graph').svg().includes('<svg')); // the layout takes its moment
    await view.close();
  });

  test('asks to unfold what hides a node, and then shows it', async () => {
    const view = await open(graph(), { set: { open: null } });
    await element(view, '(graph) => ((graph.open = new Set()), graph.updateComplete)');
    await fires(view, 'drawn', () => {});
    await fires(view, 'drawn', () => element(view, '(graph, id) => graph.reveal(id, { open: true })', add));
    assert.deepEqual(view.events.filter(({ kind }) => kind === 'fold').map(({ detail }) => detail), [{ group: 0, open: true }, { group: 1, open: true }]); // prettier-ignore
    assert.notDeepEqual(await placeOf(view, add), await placeOf(view, relu));
    await view.close();
  });

  for (const theme of Object.keys(themes)) {
    test(`looks as it should in ${theme}, without what axe complains of, twice as fine on a fine screen`, async () => {
      const view = await open(graph(), { theme, scale: 2, size: [900, 700], set: { selected: [add] } });
      assert.equal(await view.page.locator('#picture').evaluate(({ width }) => width), 1800);
      await view.shot(`graph-${theme}`);
      assert.deepEqual(await accessibilityProblems(view.page), []);
      assert.deepEqual(view.problems, []);
      await view.close();
    });
  }
});
