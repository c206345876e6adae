import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findStep } from '../../../src/engine/recipe/steps.ts';
import { checkRecipe } from '../../../src/engine/recipe/load.ts';
import { findOperatorNames } from '../../support/operator-names.ts';
import { findTarget, targets } from '../../../src/engine/targets/index.ts';

const room = path.resolve(import.meta.dirname, '../../../src/engine/targets');

describe('targets', () => {
  it('lists every folder that has limits', () => {
    const folders = readdirSync(room, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && existsSync(path.join(room, entry.name, 'limits.ts')),
    );
    expect(targets.map((target) => target.name).sort()).toEqual(folders.map((folder) => folder.name).sort());
  });

  it('has cpu as the default', () => {
    expect(targets[0]?.name).toBe('cpu');
    expect(findTarget('zcu104')?.channelMultiple).toBe(16);
    expect(findTarget('nothing')).toBeUndefined();
  });

  it.each(targets.map((target) => [target.name, target] as const))('%s is plain data with sources', (_, target) => {
    expect(JSON.parse(JSON.stringify(target))).toEqual(target);
    expect(target.sources.length).toBeGreaterThan(0);
    expect(target.weightTypes.length * target.activationTypes.length).toBeGreaterThan(0);
    for (const operator of target.integerOperators) expect(findOperatorNames()).toContain(operator);
  });

  it.each(targets.map((target) => [target.name, target] as const))(
    '%s has defaults that its own limits and the steps allow',
    (_, target) => {
      for (const [step, keys] of Object.entries(target.settings)) {
        for (const [key, limit] of Object.entries(keys)) {
          if (limit.default !== undefined && limit.allowed) expect(limit.allowed).toContain(limit.default);
          if (!findStep(step)?.parameters.properties[key]) continue;
          for (const value of limit.allowed ?? [limit.default]) {
            expect(checkRecipe({ version: 1, model: 'm.onnx', steps: [{ [step]: { [key]: value } }] }).issues).toEqual([]);
          }
        }
      }
    },
  );
});
