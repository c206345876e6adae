import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportFormats } from '../../../src/engine/pipeline/export/index.ts';
import { compilers } from '../../../src/engine/targets/boards.ts';
import type { CompileRequest } from '../../../src/engine/targets/compile-plan.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { root } from '../../support/lathe.ts';

const targets = path.join(root, 'src/engine/targets');

it('every compile.ts is in the list', () => {
  const folders = readdirSync(targets).filter((name) => existsSync(path.join(targets, name, 'compile.ts')));
  expect(compilers.map(({ target }) => target).sort()).toEqual(folders.sort());
});

describe.each(compilers.map((compiler) => [compiler.target, compiler] as const))('the compiler for %s', (target, compiler) => {
  const request: CompileRequest = {
    model: `net.${compiler.format === 'xmodel' ? 'xmodel' : 'onnx'}`,
    name: 'net',
    folder: '/work/.work',
    settings: {},
    tools: {},
    answers: {},
    id: '0123456789ab',
  };

  it('is for a target, and takes what can be exported', () => {
    expect(findTarget(target)).toBeDefined();
    expect(exportFormats.map(({ name }) => name)).toContain(compiler.format);
    for (const ending of compiler.takes) expect(ending).toMatch(/^\.[a-z0-9]+$/);
    for (const { advice } of compiler.programs) expect(advice).not.toBe('');
  });

  it('plans where nothing is installed, and says what is missing', () => {
    const { steps, output, beside = [], missing, files } = compiler.plan(request);
    expect(missing.length).toBeGreaterThan(0);
    for (const name of [output, ...beside, ...files.map((file) => file.name)])
      expect(name).toMatch(/^[A-Za-z][\w-]*(\/[A-Za-z][\w-]*)?(\.[a-z0-9]+)?$/);
    expect(steps.at(-1)!.makes).toBe(output);
    for (const { limitMs, command } of steps) {
      expect(limitMs).toBe(3_600_000);
      expect(command.program).not.toMatch(/sh$/);
    }
  });

  it('reads any log', () => expect(compiler.readLog(['', '\u0000\u001b[31m', 'x'.repeat(20_000)]).messages).toEqual([]));
});
