/** What a page is made of. Addresses are those that the page itself may load. */
export interface Page {
  readonly title: string;
  /** Name of the custom element that is the page. */
  readonly element: string;
  readonly script: string;
  readonly style: string;
  /** Source for styles and fonts in the content security policy. */
  readonly source: string;
  /** Fresh for each page. */
  readonly nonce: string;
}

/** A page with one element and its bundle. Scripts run only with this page's nonce, workers only from blobs; nothing comes from outside. */
export function pageHtml({ title, element, script, style, source, nonce }: Page): string {
  const policy = [
    "default-src 'none'",
    `style-src ${source}`,
    `font-src ${source}`,
    `script-src 'nonce-${nonce}'`,
    'worker-src blob:',
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="${style}">
    <title>${title}</title>
  </head>
  <body>
    <${element}></${element}>
    <script nonce="${nonce}" src="${script}"></script>
  </body>
</html>`;
}
