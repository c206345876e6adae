import { statSync } from 'node:fs';
import type { ComparedXir, CompareDocument } from '../../../protocol/results/compare.ts';
import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import { scanModel } from '../../onnx/scan.ts';
import { scanXir } from '../../xir/scan.ts';
import { drawXir } from './draw.ts';
import { xirFigures } from './figures.ts';
import { matchXir, type NodeFate } from './match.ts';

export const isXmodel = (file: string): boolean => /\.xmodel$/i.test(file);

/** What became of each node, without running anything. Throws LatheError `compare.formats` for two of them, and as reading the files. */
export async function xirStructure({ a, b }: { readonly a: string; readonly b: string }): Promise<XirStructure> {
  if (isXmodel(a) && isXmodel(b)) {
    const hint = 'Compare each with its ONNX model.';
    throw new LatheError('compare.formats', 'two .xmodel files are not compared with each other', { file: b, hint });
  }
  const [onnx, xmodel] = isXmodel(a) ? [b, a] : [a, b];
  const scanned = await scanModel(onnx);
  const file = scanXir(xmodel);
  const drawing = drawXir(file.graph);
  const { nodes, added, differing } = matchXir(scanned, drawing);
  const bytes = fileBytes(onnx, scanned);
  const named = (became: NodeFate['became']): string[] => nodes.filter((node) => node.became === became).map(({ node }) => node);
  const document: XirStructure['document'] = {
    inputs: [a, b],
    structure: { added: added.map(({ name }) => name), removed: named('gone'), changed: named('fused') },
    layers: [],
    outputs: [],
    size: isXmodel(a) ? { a: file.bytes, b: bytes } : { a: bytes, b: file.bytes },
    samples: 0,
    warnings: [],
    xir: { kind: drawing.about.kind, nodes: [...nodes], added: [...added], differing },
  };
  return { document, onnx, xmodel, macs: xirFigures(drawing).macs ?? Infinity };
}

export interface XirStructure {
  readonly document: CompareDocument & { xir: ComparedXir };
  readonly onnx: string;
  readonly xmodel: string;
  /** Of one picture. */
  readonly macs: number;
}

/** Bytes of the file, and of the files its weights lie in. */
function fileBytes(path: string, model: Model): number {
  const files = new Set([path]);
  for (const { source } of model.graph.initializers.values()) if (source.kind === 'file' && source.external) files.add(source.path);
  return [...files].reduce((sum, file) => sum + statSync(file).size, 0);
}
