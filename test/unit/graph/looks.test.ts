import { describe, expect, it } from 'vitest';
import { Looks } from '../../../webview/graph/picture.ts';
import type { NodePaint } from '../../../webview/graph/paint.ts';
import { buildScene } from '../../../webview/graph/scene.ts';
import { makeTheme } from '../../../webview/graph/theme.ts';
import { graphOf, node } from './graphs.ts';

const theme = (kind: string): ReturnType<typeof makeTheme> =>
  makeTheme(
    () => '',
    () => [0, 0, 0],
    { contains: (name) => name === kind },
  );
const levels = [0, 2, 4, undefined, undefined];
const paint: NodePaint = {
  level: (id) => levels[id],
  text: () => undefined,
  groupLevel: () => undefined,
  groupText: () => undefined,
  status: (id) => (id === 4 ? 'added' : undefined),
};
const scene = buildScene(graphOf(levels.map(() => node()), []), new Set(), () => 10); // prettier-ignore
const shares = (kind: string, shown: NodePaint | undefined): number[] => {
  const looks = new Looks(scene, shown, theme(kind));
  return levels.map((_, box) => looks.share(box));
};

describe('how much of a block has its colour', () => {
  it('tells the level in high contrast: less for the better, none where nothing is known, all of what tells a status', () => {
    const expected = [1, 0.6, 0.2, 0, 1];
    shares('vscode-high-contrast', paint).forEach((share, box) => expect(share).toBeCloseTo(expected[box]!));
    expect(shares('vscode-high-contrast-light', paint)).toEqual(shares('vscode-high-contrast', paint));
  });

  it('is all of it elsewhere, and without an overlay', () => {
    expect(shares('vscode-dark', paint)).toEqual([1, 1, 1, 1, 1]);
    expect(shares('vscode-high-contrast', undefined)).toEqual([1, 1, 1, 1, 1]);
  });
});
