import { nodeCategories, type NodeCategory } from '../../src/protocol/drawable.ts';
import { between, colorOf, css, lightness, mix, type Rgb } from './colors.ts';
import type { NodeStatus } from './paint.ts';

/** Colours of a box. `block`: seen from afar, without text. */
export interface BoxColors {
  fill: string;
  border: string;
  accent: string;
  /** Of lesser texts on the fill. */
  soft: string;
  block: string;
}

/** Colours of the picture as CSS text, made from the window's theme. */
export interface Theme {
  family: string;
  highContrast: boolean;
  ground: string;
  text: string;
  soft: string;
  focus: string;
  edge: string;
  /** Edges seen from afar, where they are many. */
  farEdge: string;
  /** Frames around open groups, by depth; the last for all deeper ones. */
  frames: { fill: string; border: string }[];
  category: Record<NodeCategory, BoxColors>;
  /** While an overlay is shown: what it says nothing of. */
  plain: BoxColors;
  level(level: number): BoxColors;
  status: Record<NodeStatus, string>;
}

/** Hue and chroma: neighbours in a network lie apart; compute, which is most of it, is the calmest. */
const hues: Record<NodeCategory, [hue: number, chroma: number]> = {
  compute: [255, 0.13],
  activation: [35, 0.13],
  normalization: [150, 0.11],
  pool: [200, 0.1],
  elementwise: [85, 0.12],
  shape: [310, 0.09],
  quantize: [345, 0.13],
  control: [285, 0.14],
  constant: [255, 0.02],
  other: [255, 0.035],
  end: [165, 0.02],
};

const levelSteps = 64;

/** `property`: value of a CSS variable, '' where it is not set. `rgb`: its colour as numbers. */
export function makeTheme(
  property: (name: string) => string,
  rgb: (color: string) => Rgb,
  classes: { contains(name: string): boolean },
): Theme {
  const color = (names: string[], otherwise: string): Rgb =>
    rgb(names.map((name) => property(name)).find((value) => value !== '') ?? otherwise);
  const ground = color(['--vscode-editor-background'], '#ffffff');
  const dark = lightness(ground) < 0.5;
  const highContrast = classes.contains('vscode-high-contrast') || classes.contains('vscode-high-contrast-light');
  const text = color(['--vscode-foreground', '--vscode-editor-foreground'], dark ? '#cccccc' : '#333333');
  const contrast = color(['--vscode-contrastBorder'], css(text));
  const box = (accent: Rgb, tint: number): BoxColors => {
    const fill = highContrast ? ground : mix(ground, accent, tint);
    return {
      fill: css(fill),
      border: css(highContrast ? contrast : mix(ground, accent, dark ? 0.5 : 0.6)),
      accent: css(accent),
      soft: css(highContrast ? text : mix(fill, text, 0.86)),
      block: css(mix(ground, accent, dark ? 0.68 : 0.72)),
    };
  };
  const stops = [0, 1, 2, 3, 4].map((level) => color([`--lathe-level-${level}`], levelDefaults[level]!));
  const levels = Array.from({ length: levelSteps + 1 }, (_, step): BoxColors => {
    const accent = between(stops, (step * 4) / levelSteps);
    return { ...box(accent, dark ? 0.28 : 0.3), block: css(accent) };
  });
  const named = ([hue, chroma]: [number, number]): BoxColors => box(colorOf(dark ? 0.74 : 0.58, chroma, hue), dark ? 0.2 : 0.13);
  const frame = (depth: number): { fill: string; border: string } => ({
    fill: css(highContrast ? ground : mix(ground, text, 0.035 * (depth + 1))),
    border: css(highContrast ? contrast : mix(ground, text, 0.16 + 0.03 * depth)),
  });
  return {
    family: property('--vscode-font-family') || 'sans-serif',
    highContrast,
    ground: css(ground),
    text: css(text),
    soft: css(highContrast ? text : mix(ground, text, 0.8)),
    focus: css(color(['--vscode-focusBorder'], '#0078d4')),
    edge: css(mix(ground, text, highContrast ? 0.85 : 0.42)),
    farEdge: css(mix(ground, text, highContrast ? 0.6 : 0.26)),
    frames: [0, 1, 2, 3].map(frame),
    category: Object.fromEntries(nodeCategories.map((category) => [category, named(hues[category])])) as Record<NodeCategory, BoxColors>,
    plain: { ...box(mix(ground, text, 0.5), 0.1), block: css(mix(ground, text, highContrast ? 0.4 : 0.22)) },
    level: (level) => levels[Math.round((Math.min(4, Math.max(0, level)) * levelSteps) / 4)]!,
    status: {
      added: css(color(['--vscode-charts-green'], '#388a34')),
      removed: css(color(['--vscode-charts-red'], '#e51400')),
      changed: css(color(['--vscode-charts-orange'], '#d18616')),
      same: css(mix(ground, text, 0.3)),
    },
  };
}

/** As in media/webview.css, for pages without it. */
const levelDefaults = ['#b84300', '#d98a2b', '#b9b4a6', '#6aa5d1', '#1f6aa8'];
