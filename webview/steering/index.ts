import { JobStrip } from './job-strip.ts';
import { RecipeSetting } from './recipe-setting.ts';

export { SteeringController } from './controller.ts';

customElements.define('lathe-recipe-setting', RecipeSetting);
customElements.define('lathe-jobs', JobStrip);
