import { describe, expect, it } from 'vitest';
import { nodeCategories } from '../../../src/protocol/drawable.ts';
import type { Rgb } from '../../../webview/graph/colors.ts';
import { makeTheme, type Theme } from '../../../webview/graph/theme.ts';

const hex = (color: string): Rgb => {
  const digits = Number.parseInt(color.slice(1), 16);
  return [digits >> 16, (digits >> 8) & 255, digits & 255];
};
const parsed = (color: string): Rgb => (color.startsWith('#') ? hex(color) : (color.match(/\d+/g)!.map(Number) as unknown as Rgb));

/** Contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio"). */
function contrast(one: string, other: string): number {
  const luminance = (color: string): number => {
    const [r, g, b] = parsed(color).map((channel) => {
      const c = channel / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

const light = ['#b84300', '#d98a2b', '#b9b4a6', '#6aa5d1', '#1f6aa8'];
const dark = ['#ff7a33', '#e0a458', '#8f8b80', '#4f86b3', '#56b4e9'];
function themeOf(ground: string, text: string, levels: string[], classes: string[], border = ''): Theme {
  const variables: Record<string, string> = {
    '--vscode-editor-background': ground,
    '--vscode-foreground': text,
    '--vscode-contrastBorder': border,
  };
  levels.forEach((color, level) => (variables[`--lathe-level-${level}`] = color));
  return makeTheme((name) => variables[name] ?? '', parsed, { contains: (name) => classes.includes(name) });
}

const themes: Record<string, Theme> = {
  'Dark Modern': themeOf('#1f1f1f', '#cccccc', dark, ['vscode-dark']),
  'Light Modern': themeOf('#ffffff', '#3b3b3b', light, ['vscode-light']),
  'Solarized Light': themeOf('#fdf6e3', '#333333', light, ['vscode-light']),
  Monokai: themeOf('#272822', '#f8f8f2', dark, ['vscode-dark']),
  'Dark High Contrast': themeOf('#000000', '#ffffff', dark, ['vscode-high-contrast'], '#6fc3df'),
  'Light High Contrast': themeOf('#ffffff', '#292929', light, ['vscode-high-contrast', 'vscode-high-contrast-light'], '#0f4a85'),
};

describe.each(Object.entries(themes))('colours in %s', (_, theme) => {
  const boxes = [...nodeCategories.map((category) => theme.category[category]), theme.plain, ...[0, 0.5, 1, 2, 3, 3.7, 4].map(theme.level)];

  it('leave every text readable: 4.5 to 1 at least', () => {
    for (const { fill, soft } of boxes) {
      expect(contrast(fill, theme.text), fill).toBeGreaterThanOrEqual(4.5);
      expect(contrast(fill, soft), fill).toBeGreaterThanOrEqual(4.5);
    }
    for (const { fill } of theme.frames) expect(contrast(fill, theme.soft)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme.ground, theme.soft)).toBeGreaterThanOrEqual(4.5);
  });

  it('set bars, patches and the steps of an overlay off from the ground: 1.8 to 1 at least, beside the figure that says it', () => {
    for (const { accent } of boxes) expect(contrast(theme.ground, accent), accent).toBeGreaterThanOrEqual(1.8);
  });

  it('tell categories and the ends of an overlay apart', () => {
    expect(new Set(nodeCategories.map((category) => theme.category[category].block)).size).toBe(nodeCategories.length);
    const [worst, best] = [theme.level(0).accent, theme.level(4).accent].map(parsed);
    expect(Math.hypot(...worst!.map((channel, at) => channel - best![at]!))).toBeGreaterThan(100);
    expect(theme.level(-3)).toEqual(theme.level(0));
    expect(theme.level(9)).toEqual(theme.level(4));
  });
});
