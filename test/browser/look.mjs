// A look at a model in the plain page: node test/browser/look.mjs MODEL [THEME] writes out/shots/look.png and says what the page complained of.
import { hostSide, openBrowser, openModel } from './view-page.mjs';

const [file, theme = 'dark'] = process.argv.slice(2);
const browser = await openBrowser();
const view = await openModel(browser, await hostSide(), file, { theme });
await view.page.locator('lathe-graph').waitFor();
await view.page.waitForTimeout(1000);
await view.shot('look');
console.log(view.problems.join('\n') || 'no problems');
await browser.close();
