import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readFoundWidths } from '../../../../language-server/facts/readers/found-widths.ts';
import type { RunSummary } from '../../../../src/protocol/runs.ts';

it('reads what the newest finished search wrote', async () => {
  const place = mkdtempSync(path.join(tmpdir(), 'lathe-widths-'));
  const run = (name: string, status: RunSummary['status'], text?: string): RunSummary => {
    const folder = path.join(place, name);
    mkdirSync(folder);
    if (text !== undefined) writeFileSync(path.join(folder, 'net.mixed.compress.yaml'), text);
    return { folder, status, method: name } as RunSummary;
  };
  try {
    const runs = [
      run('running', 'running', 'layers: { x: { weights: 2 } }\n'),
      run('quantize', 'finished'),
      run('search', 'finished', 'layers:\n  "12": { weights: 4 }\n  "/a/*": { weights: float, quantize: false }\n'),
      run('older', 'finished', 'layers: { y: { weights: 3 } }\n'),
    ];
    expect(await readFoundWidths(runs)).toEqual({
      folder: path.join(place, 'search'),
      title: 'search',
      entries: [
        { pattern: '12', override: { weights: 4 } },
        { pattern: '/a/*', override: { weights: 'float', quantize: false } },
      ],
    });
    expect(await readFoundWidths(runs.slice(0, 2))).toBeUndefined();
  } finally {
    rmSync(place, { recursive: true });
  }
});
