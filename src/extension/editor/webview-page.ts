import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { pageHtml } from './page-html.ts';

/** A page with one element and its bundle `dist/<name>.js`. */
export function webviewPage(webview: vscode.Webview, extensionUri: vscode.Uri, name: string, element: string, title: string): string {
  const at = (...parts: string[]): string => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, ...parts)).toString();
  return pageHtml({
    title,
    element,
    script: at('dist', `${name}.js`),
    style: at('media', 'webview.css'),
    source: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
  });
}

/** What a page may load from this extension. */
export const webviewOptions = (extensionUri: vscode.Uri): vscode.WebviewOptions => ({
  enableScripts: true,
  localResourceRoots: ['dist', 'media'].map((folder) => vscode.Uri.joinPath(extensionUri, folder)),
});
