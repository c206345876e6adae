import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inModelOrder } from '../../../webview/model/order.ts';
import { Outline, type Row } from '../../../webview/model/outline.ts';
import { modelOf } from './graphs.ts';

/** "  name" for each level; + and − for what can be folded. */
function drawn(rows: readonly Row[], { graph }: ReturnType<typeof modelOf>): string[] {
  return rows.map(({ node, group, depth, open }) => {
    const sign = group < 0 ? '' : open ? '−' : '+';
    return `${'  '.repeat(depth)}${sign}${node >= 0 ? graph.nodes[node]!.name : graph.groups[group]!.title}`;
  });
}

const nested = modelOf(
  [
    { name: 'a', group: 0 },
    { name: 'b', group: 1 },
    { name: 'c', group: 0 },
    { name: 'if', op: 'If' },
    { name: 'd' },
    { name: 'then', group: 3 },
    { name: 'x', kind: 'input' },
    { name: 'y', kind: 'output' },
  ],
  [],
  [
    { title: 'layer1' },
    { title: '0', parent: 0 },
    { title: 'If', kind: 'node', owner: 3 },
    { title: 'then_branch', kind: 'body', parent: 2 },
  ],
);
const outline = new Outline(nested.model, nested.graph);
const all = new Set([0, 1, 2, 3]);

describe('the tree of layers', () => {
  it('has groups where their first layer is, and the ends of the graph around all', () => {
    expect(drawn(outline.rows(all, undefined, inModelOrder), nested)).toEqual([
      'x',
      '−layer1',
      '  a',
      '  −0',
      '    b',
      '  c',
      '−if',
      '  −then_branch',
      '    then',
      'd',
      'y',
    ]);
    expect(drawn(outline.rows(new Set(), undefined, inModelOrder), nested)).toEqual(['x', '+layer1', '+if', 'd', 'y']);
  });

  it('shows what was found, and what leads there, whatever is folded', () => {
    expect(drawn(outline.rows(new Set(), new Set([1, 7]), inModelOrder), nested)).toEqual(['−layer1', '  −0', '    b', 'y']);
    expect(drawn(outline.rows(new Set(), new Set([3]), inModelOrder), nested)).toEqual(['+if']);
    expect(outline.rows(all, new Set(), inModelOrder)).toEqual([]);
  });

  it('is a list of layers in another order', () => {
    const rows = outline.rows(all, new Set([1, 4, 7]), { column: 'name', descending: true });
    expect(drawn(rows, nested)).toEqual(['d', 'b']);
  });

  it('knows what lies in a group', () => {
    expect(outline.members(0)).toEqual([0, 1, 2]);
    expect(outline.members(2)).toEqual([5]);
  });

  it('has every node once when all is open, and none twice when some is (any graph)', () => {
    const anyGroups = fc.array(fc.nat(), { maxLength: 8 }).map((parents) => parents.map((parent, id) => (parent % (id + 1)) - 1));
    fc.assert(
      fc.property(
        anyGroups,
        fc.array(fc.integer({ min: -1, max: 7 }), { maxLength: 30 }),
        fc.uniqueArray(fc.nat(7)),
        (parents, groups, open) => {
          const graph = modelOf(
            groups.map((group, i) => ({ name: `n${i}`, group: group < parents.length ? group : -1 })),
            [],
            parents.map((parent, i) => ({ title: `g${i}`, parent })),
          );
          const tree = new Outline(graph.model, graph.graph);
          const nodes = (rows: readonly Row[]): number[] => rows.map(({ node }) => node).filter((node) => node >= 0);
          const whole = nodes(tree.rows(new Set(parents.keys()), undefined, inModelOrder));
          expect(whole.toSorted((a, b) => a - b)).toEqual(groups.map((_, i) => i));
          const some = tree.rows(new Set(open), undefined, inModelOrder);
          expect(new Set(some.map(({ key }) => key)).size).toBe(some.length);
          expect(nodes(some).length).toBeLessThanOrEqual(whole.length);
        },
      ),
    );
  });
});
