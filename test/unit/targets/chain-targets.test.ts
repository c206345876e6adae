import { describe, expect, it } from 'vitest';
import { chainTargets, findChainTarget } from '../../../src/engine/targets/chain/index.ts';
import { targets } from '../../../src/engine/targets/index.ts';
import { dpuArchitectures } from '../../../src/engine/targets/zcu104/verdict/architecture.ts';

describe('several models on a target', () => {
  it('are known for every target, once', () => {
    expect(chainTargets.map(({ target }) => target).sort()).toEqual(targets.map(({ name }) => name).sort());
  });

  it.each(chainTargets)(
    '$target: says what runs when, from where that is known, and what memory must hold',
    ({ schedule, source, memory }) => {
      expect(schedule).toMatch(/\.$/);
      expect(source).not.toBe('');
      expect(memory.some(({ holds }) => holds === 'weights')).toBe(true);
      expect(memory.some(({ holds }) => holds !== 'weights')).toBe(true);
    },
  );

  // PG338: a B4096 does 4096 operations a cycle, two for each multiply-add.
  it.each(dpuArchitectures)('$name computes as many multiply-adds a second as its name says', ({ name }) => {
    const operations = Number(/_B(\d+)/.exec(name)![1]);
    expect(findChainTarget('zcu104')!.peak!(name)!.macsPerSecond).toBe((operations / 2) * 300e6);
  });
});
