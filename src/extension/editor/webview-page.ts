import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** A page with one element and its bundle `dist/<name>.js`. Scripts run only with this page's nonce; nothing comes from outside. */
export function webviewPage(webview: vscode.Webview, extensionUri: vscode.Uri, name: string, element: string, title: string): string {
  const at = (...parts: string[]): string => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, ...parts)).toString();
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="${at('media', 'webview.css')}">
    <title>${title}</title>
  </head>
  <body>
    <${element}></${element}>
    <script nonce="${nonce}" src="${at('dist', `${name}.js`)}"></script>
  </body>
</html>`;
}

/** What a page may load from this extension. */
export const webviewOptions = (extensionUri: vscode.Uri): vscode.WebviewOptions => ({
  enableScripts: true,
  localResourceRoots: ['dist', 'media'].map((folder) => vscode.Uri.joinPath(extensionUri, folder)),
});
