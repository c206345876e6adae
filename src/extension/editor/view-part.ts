import type * as vscode from 'vscode';
import type { Channel } from '../../protocol/transport.ts';
import type { ModelView } from '../../protocol/view.ts';
import type { Host } from '../host.ts';
import type { ModelDocument } from './model-document.ts';

/** One open view of a model, as its parts see it. */
export interface OpenView {
  readonly host: Host;
  readonly document: ModelDocument;
  readonly channel: Channel;
  readonly panel: vscode.WebviewPanel;
}

/** Something that the view of a model can do: answers its messages and tells it what is new. One file in `parts/`, one line in its list. */
export interface ViewPart {
  /** Called once for each view; what it returns ends with the view. */
  attach(view: OpenView): vscode.Disposable[];
  /** Called each time after the model was shown, also when its file has changed. Throws nothing. */
  shown?(view: OpenView, model: ModelView): Promise<void>;
}
