import type { InputSettings } from './types.ts';

/** A rectangle of pixels; may reach outside the picture it is cut from. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What happens to a picture of one size on its way into the model. */
export interface FitPlan {
  /** Size after the resize. */
  readonly width: number;
  readonly height: number;
  /** The part of the resized picture that is taken; what lies outside it is filled with `value`. */
  readonly window: Rectangle;
  readonly value: number;
}

/** Half goes to the even number, as Python's `round` has it (torchvision's CenterCrop). */
const roundHalfEven = (value: number): number => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

/**
 * Size and window for a picture of `width` x `height`. `shorter` truncates the other side as torchvision's Resize does; `longer`
 * and `pad` round it. The crop is torchvision's CenterCrop; it may be larger than the picture only where the caller lets it.
 */
export function planFit(width: number, height: number, settings: Pick<InputSettings, 'resize' | 'crop'>): FitPlan {
  const { resize, crop } = settings;
  let plan: FitPlan = { width, height, window: { left: 0, top: 0, width, height }, value: 0 };
  if (resize) {
    const [h, w] = resize.size;
    const [newWidth, newHeight] = fitted(width, height, w, h, resize.fit);
    const room = resize.fit === 'pad' ? { width: w, height: h } : { width: newWidth, height: newHeight };
    const middle = resize.align === 'center';
    const window = {
      left: middle ? 0 - Math.floor((room.width - newWidth) / 2) : 0,
      top: middle ? 0 - Math.floor((room.height - newHeight) / 2) : 0,
      ...room,
    };
    plan = { width: newWidth, height: newHeight, window, value: resize.value };
  }
  if (!crop) return plan;
  const [h, w] = crop;
  const { window } = plan;
  const left = window.left + roundHalfEven((window.width - w) / 2);
  const top = window.top + roundHalfEven((window.height - h) / 2);
  return { ...plan, window: { left, top, width: w, height: h } };
}

function fitted(width: number, height: number, w: number, h: number, fit: 'stretch' | 'shorter' | 'longer' | 'pad'): [number, number] {
  if (fit === 'stretch') return [w, h];
  const byWidth = fit === 'shorter' ? w / width >= h / height : w / width <= h / height;
  const side = (value: number): number => Math.max(1, fit === 'shorter' ? Math.trunc(value) : Math.round(value));
  return byWidth ? [w, side((w * height) / width)] : [side((h * width) / height), h];
}
