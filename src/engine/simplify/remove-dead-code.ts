import type { Node } from '../onnx/graph.ts';
import type { Pass, SimplifyNote } from './pass.ts';

/** Nodes whose results nobody reads, and constants left without a reader. */
export const removeDeadCode: Pass = {
  name: 'remove-dead-code',
  summary: 'removes nodes and constants that nothing depends on',
  apply({ graph }) {
    const notes: SimplifyNote[] = [];
    const isDead = (node: Node): boolean => node.outputs.every((output) => graph.users(output).length === 0 && !graph.isOutput(output));
    for (let dead = graph.nodes.filter(isDead); dead.length > 0; dead = graph.nodes.filter(isDead)) {
      graph.remove(...dead);
      notes.push(...dead.map((node) => ({ pass: this.name, layer: node.label, message: 'nothing reads its result' })));
    }
    graph.prune();
    return notes;
  },
};
