import type { View } from './camera.ts';
import { CanvasInk } from './canvas-ink.ts';
import { paintFrameTitles, paintGround } from './painter.ts';
import type { Painting } from './painting.ts';
import { noEmphasis } from './picture.ts';
import { SvgInk } from './svg-ink.ts';

/** Free around the graph, CSS pixels at life size. */
const margin = 24;
/** What browsers let a canvas be: pixels along a side (Chromium: 65,535; others: 32,767) and in all (Chromium: 2^28). */
const largest = { side: 32_767, area: 2 ** 28 };
/** Four bytes each, twice while the file is made: a picture takes half a gigabyte at most. */
const affordable = Math.min(largest.area, 2 ** 26);

/** The graph as it is found: unselected, nothing stepped back. */
const plain = (painting: Painting): Painting => ({ ...painting, emphasis: { ...noEmphasis, marked: painting.emphasis.marked } });

function wholeView({ arranged }: Painting, zoom: number): View {
  const [width, height] = arranged.layout.size;
  return { left: -margin, top: -margin, zoom, width: (width + 2 * margin) * zoom, height: (height + 2 * margin) * zoom, ratio: 1 };
}

/** The whole graph as an SVG in the theme's colours, at life size. */
export function svgOf(painting: Painting, title: string): string {
  const view = wholeView(painting, 1);
  const ink = new SvgInk(painting.theme.family);
  paintGround(ink, plain(painting), view);
  paintFrameTitles(ink, painting, view);
  return ink.file(title, view.width, view.height);
}

/** Largest scale at which the whole graph fits into a picture, at most the wanted one. */
export function pngScale([width, height]: readonly [number, number], wanted: number): number {
  const [wide, high] = [width + 2 * margin, height + 2 * margin];
  return Math.min(wanted, largest.side / Math.max(wide, high), Math.sqrt(affordable / (wide * high)));
}

/** The whole graph as a PNG: `scale` pixels for each CSS pixel at life size, or as many as a picture may have. */
export async function pngOf(painting: Painting, wanted: number): Promise<Blob> {
  const scale = pngScale(painting.arranged.layout.size, wanted);
  const view = wholeView(painting, scale);
  const canvas = new OffscreenCanvas(Math.max(1, Math.floor(view.width)), Math.max(1, Math.floor(view.height)));
  const ink = new CanvasInk(canvas.getContext('2d', { alpha: false })!, painting.theme.family);
  paintGround(ink, plain(painting), view);
  paintFrameTitles(ink, painting, view);
  return canvas.convertToBlob({ type: 'image/png' });
}
