import { LatheError } from '../base/errors.ts';
import type { Node } from '../onnx/graph.ts';
import type { QuantizeSettings } from './step.ts';
import type { QuantizeRequest } from './types.ts';

/** The step's settings as they hold for one layer, or the reason why the layer stays in float. */
export type ForLayer = { readonly settings: QuantizeSettings } | { readonly reason: string };

/** `*` stands for any characters; nothing else is special (recipe.md, "Names"). */
function matcher(pattern: string): (text: string) => boolean {
  const source = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  const expression = new RegExp(`^${source.join('[^]*?')}$`);
  return (text) => expression.test(text);
}

/**
 * Looks up what the request says of a node: `include` and `exclude` by name, pattern or operator, then the layer's own overrides. A
 * node also answers to the names of those that were folded into it (`renamed`: old name to the layer that does its work).
 * Throws `quantize.pattern` when a pattern of `include` or `exclude` matches nothing in `nodes`.
 */
export function layerSettings(
  request: QuantizeRequest,
  nodes: readonly Node[],
  renamed: ReadonlyMap<string, string | undefined>,
): (node: Node) => ForLayer {
  const aliases = new Map<string, string[]>();
  for (const [old, now] of renamed) if (now !== undefined) aliases.set(now, [...(aliases.get(now) ?? []), old]);
  const namesOf = (node: Node): string[] => [...(aliases.get(node.label) ?? []), node.label];
  const listed = (patterns: readonly string[], key: string): ((node: Node) => boolean) => {
    const tests = patterns.map(matcher);
    const matches = (test: (text: string) => boolean, node: Node): boolean => test(node.op) || namesOf(node).some(test);
    patterns.forEach((pattern, i) => {
      const test = tests[i]!;
      if (nodes.some((node) => matches(test, node)) || [...renamed.keys()].some(test)) return;
      throw new LatheError('quantize.pattern', `${key}: ${JSON.stringify(pattern)} is neither a layer nor an operator of this model`, {
        hint: '`lathe inspect MODEL.onnx` lists the layers.',
      });
    });
    return (node) => tests.some((test) => matches(test, node));
  };
  const included = listed(request.settings.include, 'include');
  const excluded = listed(request.settings.exclude, 'exclude');
  return (node) => {
    const own: Record<string, unknown> = {};
    for (const name of namesOf(node)) if (Object.hasOwn(request.layers, name)) Object.assign(own, request.layers[name]);
    if (own['quantize'] === false) return { reason: 'left out by the recipe' };
    if (request.settings.include.length && !included(node)) return { reason: 'not among the layers to include' };
    if (excluded(node)) return { reason: 'excluded by the recipe' };
    const settings = { ...request.settings, ...own } as QuantizeSettings;
    return settings.weights === 'float' ? { reason: 'weights: float' } : { settings };
  };
}
