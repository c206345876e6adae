import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { staticOverlays } from '../../../src/engine/overlays/index.ts';
import { weightOverlays } from '../../../src/engine/overlays/weights/index.ts';
import { readAnnotations } from '../../../src/engine/pipeline/annotations/read.ts';
import { root } from '../../support/lathe.ts';

const folder = path.join(root, 'docs/guide/overlays');
const pages = readdirSync(folder);
const text = (page: string): string => readFileSync(path.join(folder, page), 'utf8');

/** Where an overlay's id has another name than its page, or several have one page. */
const pageOf = (id: string): string => `${named[id] ?? named[id.split('/')[0]!] ?? id.split('/')[0]}.md`;
const named: Record<string, string> = {
  'weight-bits': 'bits',
  'activation-bits': 'bits',
  verdict: 'board-verdict',
};

describe.each(pages.filter((page) => page !== 'README.md'))('the page %s', (page) => {
  it('says what the overlay shows, how to read it, what it costs and where it comes from', () => {
    for (const heading of [/^# \S/m, /^## What it shows$/m, /^## How to read it$/m, /^## Cost$/m, /^## Source$/m]) {
      expect(text(page)).toMatch(heading);
    }
  });

  it('is in the index', () => expect(text('README.md')).toContain(`(${page})`));
});

it.each([...staticOverlays, ...weightOverlays, { id: 'latency' }].map(({ id }) => id))('the overlay %s has a page', (id) => {
  expect(pages).toContain(pageOf(id));
});

it.each(pages)('links and pictures of %s lead somewhere', (page) => {
  for (const [, link] of text(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (!/^https?:/.test(link!)) expect(existsSync(path.join(folder, link!)), link).toBe(true);
  }
});

it('the example of an overlay file can be read', () => {
  const [, example] = /```json\n([\s\S]*?)```/.exec(text('overlay-files.md'))!;
  expect(readAnnotations(example!, 'example').overlays[0]).toMatchObject({ label: 'Temperature of the chip', unit: '°C' });
});

it('the guide leads here', () => {
  expect(readFileSync(path.join(folder, '../README.md'), 'utf8')).toContain('(overlays/README.md)');
});
