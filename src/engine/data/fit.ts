import type { InputSettings, Picture } from './types.ts';

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

/** A part of a picture; what lies outside the picture is filled with `value`. The picture itself where the part is all of it. */
export function cutOut(picture: Picture, part: Rectangle, value: number): Picture {
  const { width, height, channels, data } = picture;
  if (part.left === 0 && part.top === 0 && part.width === width && part.height === height) return picture;
  const out = new (data.constructor as Uint8ArrayConstructor | Float32ArrayConstructor)(part.width * part.height * channels);
  if (value !== 0) out.fill(value);
  const from = Math.max(0, part.left);
  const to = Math.min(width, part.left + part.width);
  for (let y = Math.max(0, part.top); y < Math.min(height, part.top + part.height) && from < to; y++) {
    const row = data.subarray((y * width + from) * channels, (y * width + to) * channels);
    out.set(row, ((y - part.top) * part.width + from - part.left) * channels);
  }
  return { width: part.width, height: part.height, channels, data: out };
}
