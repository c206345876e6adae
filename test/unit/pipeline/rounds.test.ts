import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { checkedRounds, readRounds } from '../../../src/engine/pipeline/rounds/read-rounds.ts';
import { RoundsRecord } from '../../../src/engine/pipeline/rounds/rounds-record.ts';
import type { PruningRound } from '../../../src/protocol/pruning.ts';
import type { PruningHistory } from '../../../src/protocol/rounds-layout.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-rounds-'));
afterAll(() => rmSync(folder, { recursive: true }));

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const round = (number: number): PruningRound => ({
  round: number,
  parameters: 1000 - number,
  macs: 2000,
  bytes: 4000,
  channels: { '/conv1': 16 - number },
  score: { metric: 'top1', unit: '%', better: 'high', cut: 80 },
  seconds: 1,
});

describe('rounds of a run', () => {
  it('are told, kept in order and gone on with by the next process', async () => {
    const told: (readonly PruningHistory[])[] = [];
    const record = await RoundsRecord.open(folder, { logger }, (all) => told.push(all));
    await Promise.all([record.take('prune', [round(0)]), record.take('prune', [round(0), round(1)])]);
    const next = await RoundsRecord.open(folder, { logger }, undefined);
    expect(next.histories).toEqual([{ step: 'prune', rounds: [round(0), round(1)] }]);
    await next.take('prune (step 3)', [round(0)]);
    expect((await readRounds(folder)).map(({ step, rounds }) => [step, rounds.length])).toEqual([
      ['prune', 2],
      ['prune (step 3)', 1],
    ]);
    expect(told.map(([history]) => history!.rounds.length)).toEqual([1, 2]);
    expect(JSON.parse(readFileSync(path.join(folder, 'pruning.json'), 'utf8'))).toHaveProperty('prunings');
  });

  it('of a damaged file or none are none', async () => {
    expect(await readRounds(path.join(folder, 'nowhere'))).toEqual([]);
    const other = mkdtempSync(path.join(folder, 'damaged-'));
    writeFileSync(path.join(other, 'pruning.json'), '{"prunings": [{"step"');
    expect(await readRounds(other)).toEqual([]);
  });

  it('are taken from foreign data only where they are of the right kind', () => {
    const odd = {
      ...round(1),
      milliseconds: 'fast',
      score: { metric: 'top1', unit: '%', better: 'sideways' },
      channels: { a: -1, b: 2, c: '3' },
    };
    expect(checkedRounds({ prunings: [{ step: 'prune', rounds: [odd, { round: 2 }, null] }, 7, { rounds: [] }] })).toEqual([
      { step: 'prune', rounds: [{ round: 1, parameters: 999, macs: 2000, bytes: 4000, channels: { b: 2 }, seconds: 1 }] },
    ]);
    fc.assert(fc.property(fc.anything(), (value) => void expect(Array.isArray(checkedRounds(value))).toBe(true)));
  });
});
