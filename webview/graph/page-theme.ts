import type { Rgb } from './colors.ts';
import { makeTheme, type Theme } from './theme.ts';

/** The theme of the page that an element lies in. */
export function themeOf(element: Element): Theme {
  const style = getComputedStyle(element);
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;
  const rgb = (color: string): Rgb => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = '#808080'; // stays where the theme's text is no colour
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return [red!, green!, blue!];
  };
  return makeTheme((name) => style.getPropertyValue(name).trim(), rgb, document.body.classList);
}
