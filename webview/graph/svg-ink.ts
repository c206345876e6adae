import type { Ink, Pen, Stroke, TextStyle } from './ink.ts';

/** Writes an SVG. Texts stay texts: they can be searched, copied and edited in another program. */
export class SvgInk implements Ink {
  readonly #parts: string[] = [];
  readonly #family: string;
  #strength = 1;

  constructor(family: string) {
    this.#family = family;
  }

  fade(strength: number): void {
    this.#strength = strength;
  }

  box(x: number, y: number, width: number, height: number, radius: number, style: Stroke & { fill?: string }): void {
    const round = radius > 0 ? ` rx="${figure(Math.min(radius, width / 2, height / 2))}"` : '';
    this.#parts.push(
      `<rect x="${figure(x)}" y="${figure(y)}" width="${figure(width)}" height="${figure(height)}"${round}${this.#style(style)}/>`,
    );
  }

  path(trace: (pen: Pen) => void, style: Stroke & { fill?: string }): void {
    const steps: string[] = [];
    const step =
      (letter: string) =>
      (...numbers: number[]): void =>
        void steps.push(letter + numbers.map(figure).join(' '));
    trace({ moveTo: step('M'), lineTo: step('L'), quadraticCurveTo: step('Q'), bezierCurveTo: step('C'), closePath: step('Z') });
    if (steps.length > 0) this.#parts.push(`<path d="${steps.join('')}"${this.#style(style)}/>`);
  }

  #style({ fill, stroke, width = 1, dash }: Stroke & { fill?: string }): string {
    const line = stroke ? ` stroke="${stroke}" stroke-width="${figure(width)}"` : '';
    return ` fill="${fill ?? 'none'}"${line}${dash ? ` stroke-dasharray="${dash.join(' ')}"` : ''}${this.#opacity()}`;
  }

  #opacity(): string {
    return this.#strength < 1 ? ` opacity="${this.#strength}"` : '';
  }

  text(text: string, x: number, y: number, { size, weight, color, align = 'left', rim }: TextStyle): void {
    const anchor = { left: '', center: ' text-anchor="middle"', right: ' text-anchor="end"' }[align];
    const bold = weight === 400 ? '' : ` font-weight="${weight}"`;
    const around = rim ? ` stroke="${rim}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"` : '';
    this.#parts.push(
      `<text x="${figure(x)}" y="${figure(y)}" font-size="${figure(size)}"${bold}${anchor} fill="${color}"${around}${this.#opacity()}>${escaped(text)}</text>`,
    );
  }

  /** The whole file; lengths in CSS pixels. */
  file(title: string, width: number, height: number): string {
    const [wide, high] = [figure(width), figure(height)];
    return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}" font-family="${escaped(this.#family)}">
<title>${escaped(title)}</title>
${this.#parts.join('\n')}
</svg>
`;
  }
}

const figure = (value: number): string => String(Math.round(value * 100) / 100);

/** Text of a file between tags and in attributes: nothing in it is markup, and no sign that XML 1.0 forbids is left. */
const escaped = (text: string): string =>
  text
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
