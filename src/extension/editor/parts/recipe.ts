import { modelMessages } from '../../../protocol/webview.ts';
import { reporting } from '../../errors.ts';
import type { OpenView, ViewPart } from '../view-part.ts';

/** What the recipe in use says of the layers and what can be done with them, also while its text is being changed. */
export const recipe: ViewPart = {
  attach(view) {
    const { host, channel } = view;
    const doing = (what: string, work: () => Promise<void>): void => void reporting(host.output, what, work);
    channel.onNotice(modelMessages.recipeLine, ({ index }) =>
      doing('Go to recipe line', async () => (await import('../../steering/reveal.ts')).goToRecipeLine(view, index)),
    );
    channel.onNotice(modelMessages.chooseRecipe, () =>
      doing('Choose recipe', async () => (await import('../../steering/perform.ts')).chooseRecipe(view)),
    );
    channel.onNotice(modelMessages.undoRecipe, () =>
      doing('Undo in the recipe', async () => (await import('../../steering/write-recipe.ts')).undoChange(host)),
    );
    return [host.steering.onDidChange(() => void tell(view))];
  },
  shown: (view) => tell(view),
};

/** Says both at once: what can be done depends on the recipe's steps and settings. */
async function tell(view: OpenView): Promise<void> {
  const { host, document, channel } = view;
  try {
    const [{ currentOf }, { offered }] = await Promise.all([
      import('../../steering/current.ts'),
      import('../../steering/actions/index.ts'),
    ]);
    const { recipe, context } = await currentOf(view);
    channel.tell(modelMessages.recipe, { recipe });
    channel.tell(modelMessages.actions, { actions: document.uri.scheme === 'file' && document.isOnnx ? offered(context) : [] });
  } catch (error) {
    // The model is shown without: what is wrong with its file was said already.
    host.output.warn(`recipes of ${document.uri.toString()}: ${String(error)}`);
  }
}
