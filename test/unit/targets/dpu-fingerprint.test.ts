import { expect, it } from 'vitest';
import { fingerprintDifference, readFingerprint } from '../../../src/engine/targets/zcu104/fingerprint.ts';

const [v20, v25, v30, b512] = [0x1000020f6014407n, 0x101000016010407n, 0x101000056010407n, 0x101000056010200n];

it.each([
  [
    v25,
    v30,
    /Vitis AI 2\.5 \(0x101000016010407\), the board has the DPU of Vitis AI 3\.0 and 3\.5 \(0x101000056010407\): without ArgMax on save/,
  ],
  [v30, v25, /: with ArgMax on save$/],
  [v20, v30, /Vitis AI 1\.3 to 2\.0.*instruction set 0 instead of 1/],
  [v30, b512, /the board has 0x101000056010200: size B4096 instead of B512$/],
  [v30, v30 + (1n << 40n), /bits 0x10000000000 differ/],
  [v30, 0x201000056010407n, /another kind of DPU|differ/],
])('%s against %s is told in words', (file, board, words) => expect(fingerprintDifference(file, board)).toMatch(words));

it('equal ones do not differ', () => expect(fingerprintDifference(v30, v30)).toBeUndefined());

it.each([
  ['0x101000056010407', v30],
  ['0X101000056010407', v30],
  ['101000056010407', undefined],
  ['0x', undefined],
  ['0x1010000560104071234', undefined],
  ['DPUCZDX8G_ISA1_B4096', undefined],
])('%s is read', (text, value) => expect(readFingerprint(text)).toBe(value));
