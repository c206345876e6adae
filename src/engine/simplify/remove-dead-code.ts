import type { Node } from '../onnx/graph.ts';
import type { Pass } from './pass.ts';

/** Nodes whose results nobody reads, and constants left without a reader. */
export const removeDeadCode: Pass = {
  name: 'remove-dead-code',
  summary: 'removes nodes and constants that nothing depends on',
  apply({ graph }) {
    const dead = new Set<Node>();
    const isDead = (output: string): boolean => !graph.isOutput(output) && graph.users(output).every(({ node }) => dead.has(node));
    for (const node of graph.topologicalOrder().reverse()) if (node.outputs.every(isDead)) dead.add(node);
    graph.remove(...dead);
    graph.prune();
    return [...dead].map((node) => ({ pass: this.name, layer: node.label, message: 'nothing reads its result' }));
  },
};
