/** A picture of points on two axes, laid out: whoever draws it only draws. Lengths are pixels from the upper left corner. */
export interface ScatterLayout {
  readonly width: number;
  readonly height: number;
  /** Ends of the axes: the area of the points. */
  readonly area: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly xTicks: readonly ScatterTick[];
  readonly yTicks: readonly ScatterTick[];
  /** In the order of the points. */
  readonly marks: readonly ScatterMark[];
  /** Corners of the line that joins the front. */
  readonly front: readonly (readonly [x: number, y: number])[];
}

export interface ScatterTick {
  readonly at: number;
  readonly text: string;
}

export interface ScatterMark {
  /** Place of its point among those that were given. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly whisker?: { readonly from: number; readonly to: number };
  /** Where its name fits; absent where there is no room. */
  readonly label?: { readonly text: string; readonly x: number; readonly y: number; readonly anchor: 'start' | 'middle' | 'end' };
}
