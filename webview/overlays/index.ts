import { OverlayBar } from './overlay-bar.ts';
import { OverlayChooser } from './overlay-chooser.ts';
import { OverlayLegend } from './overlay-legend.ts';
import { OverlayRanking } from './overlay-ranking.ts';

customElements.define('lathe-overlay-chooser', OverlayChooser);
customElements.define('lathe-overlay-legend', OverlayLegend);
customElements.define('lathe-overlay-ranking', OverlayRanking);
customElements.define('lathe-overlay-bar', OverlayBar);
