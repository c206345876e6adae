/** Milliseconds that the pointer rests on something before it is explained: who only passes by is not disturbed. */
const delay = 250;

/** Lines of text beside the pointer. */
export class Tooltip {
  readonly #element: HTMLElement;
  #shown = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /** `x`, `y`: the pointer, CSS pixels within the element's parent. What is shown already follows the pointer. */
  show(lines: readonly string[], x: number, y: number): void {
    const key = lines.join('\n');
    if (key === this.#shown && lines.length > 0) return this.#place(x, y);
    this.hide();
    if (lines.length === 0) return;
    this.#shown = key;
    this.#timer = setTimeout(() => {
      this.#element.hidden = false;
      this.#element.replaceChildren(...lines.map((line) => Object.assign(document.createElement('div'), { textContent: line })));
      this.#place(x, y);
    }, delay);
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.#shown = '';
    this.#element.hidden = true;
  }

  #place(x: number, y: number): void {
    const { offsetWidth, offsetHeight, offsetParent } = this.#element;
    const [width, height] = [offsetParent?.clientWidth ?? 0, offsetParent?.clientHeight ?? 0];
    const left = Math.min(x + 14, width - offsetWidth - 4);
    const top = y + 18 + offsetHeight > height ? y - offsetHeight - 10 : y + 18;
    this.#element.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }
}
