import { layersOf, type LayersText } from '../../../engine/recipe/layer-entries.ts';
import { layerPattern } from '../../../engine/recipe/layers.ts';
import { splitPattern } from '../../../engine/recipe/models.ts';
import { parseRecipeText, type Range, type RecipeText } from '../../../engine/recipe/text.ts';
import { isMap, isSeq } from 'yaml';
import { pairsOf } from '../../../engine/recipe/layer-entries.ts';
import type { BoardFinding } from './findings.ts';

/** Where what was found stands in a recipe. */
export interface PlacedFinding {
  readonly finding: BoardFinding;
  /** 1-based; the end is exclusive. */
  readonly range: Range;
  /** Those of its layers that belong to this place. */
  readonly layers: readonly string[];
}

/**
 * Places findings in a recipe's text: at the entry of `layers:` that speaks of their layer last, else at the entry of `deploy:` they are about,
 * else at `target:`, else at the first line. A finding on layers of several entries stands at each. Never throws: the text may be half written.
 */
export function placeFindings(text: string, findings: readonly BoardFinding[]): PlacedFinding[] {
  const tree = parseRecipeText(text, '');
  const layers = layersOf(tree, text);
  const speaker = speakerOf(tree, layers);
  return findings.flatMap((finding) => {
    const byEntry = new Map<number | undefined, string[]>();
    for (const layer of finding.layers) {
      const entry = speaker(layer);
      byEntry.set(entry, [...(byEntry.get(entry) ?? []), layer]);
    }
    if (byEntry.size === 0) byEntry.set(undefined, []);
    return [...byEntry].map(([entry, named]) => ({
      finding,
      layers: named,
      range: entry === undefined ? boardRange(tree, finding) : tree.locate(['layers', layers.entries[entry]!.pattern], 'key'),
    }));
  });
}

/** Position of the last entry of `layers:` that matches a layer. */
function speakerOf(tree: RecipeText, { entries }: LayersText): (layer: string) => number | undefined {
  const models = rootOf(tree).get('models');
  const aliases = isMap(models) ? pairsOf(models, tree.anchors).map(({ key }) => key) : [];
  const matches = entries.map(({ pattern }) => layerPattern(splitPattern(pattern, aliases).pattern));
  return (layer) => {
    const found = matches.findLastIndex((fits) => fits(layer));
    return found < 0 ? undefined : found;
  };
}

/** The line that asked for the board. */
function boardRange(tree: RecipeText, { entry, target }: BoardFinding): Range {
  const root = rootOf(tree);
  const deploy = root.get('deploy');
  const path = isSeq(deploy) && entry !== undefined ? ['deploy', entry] : entry !== undefined && deploy ? ['deploy'] : undefined;
  if (path) {
    const at = isSeq(deploy) ? deploy.items[entry!] : deploy;
    const hasTarget = isMap(at) && pairsOf(at, tree.anchors).some(({ key }) => key === 'target');
    if (hasTarget) return tree.locate([...path, 'target'], 'value');
    if (isMap(at) && pairsOf(at, tree.anchors).length) return tree.locate([...path, pairsOf(at, tree.anchors)[0]!.key], 'key');
    return tree.locate(['deploy'], 'key');
  }
  const own = deployIndex(deploy, tree, target);
  if (!root.has('target') && own !== undefined) return tree.locate([...own, 'target'], 'value');
  if (root.has('target')) return tree.locate(['target'], 'value');
  const first = [...root.keys()][0];
  return first === undefined ? { line: 1, column: 1, endLine: 1, endColumn: 2 } : tree.locate([first], 'key');
}

const rootOf = ({ contents, anchors }: RecipeText): Map<string, unknown> =>
  new Map(isMap(contents) ? pairsOf(contents, anchors).map(({ key, value }) => [key, value]) : []);

/** The entry of `deploy:` with this target. */
function deployIndex(deploy: unknown, { anchors }: RecipeText, target: string): (string | number)[] | undefined {
  const names = (node: unknown): boolean =>
    isMap(node) && pairsOf(node, anchors).some(({ key, value }) => key === 'target' && String(value) === target);
  if (names(deploy)) return ['deploy'];
  const index = isSeq(deploy) ? deploy.items.findIndex(names) : -1;
  return index < 0 ? undefined : ['deploy', index];
}
