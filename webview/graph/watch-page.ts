/** Tells when an element's size or the screen's fineness changes, and when the theme does. Until the signal aborts. */
export function watchPage(host: HTMLElement, signal: AbortSignal, on: { size(): void; theme(): void }): void {
  const sizes = new ResizeObserver(() => on.size());
  sizes.observe(host);
  // VS Code changes the theme by the body's classes and the variables in the root's style.
  const themes = new MutationObserver(() => on.theme());
  themes.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  signal.addEventListener('abort', () => {
    sizes.disconnect();
    themes.disconnect();
  });
  watchRatio(signal, () => on.theme());
}

/** The window was moved to another screen, or zoomed: each ratio has a query of its own. */
function watchRatio(signal: AbortSignal, changed: () => void): void {
  const next = (): void => {
    changed();
    watchRatio(signal, changed);
  };
  matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', next, { once: true, signal });
}
