import { ChannelChart } from './channel-chart.ts';
import { KernelMap } from './kernel-map.ts';
import { LayerDetailView } from './layer-detail.ts';
import { OriginElement } from './origin-view.ts';
import { WeightsElement } from './weights-view.ts';

customElements.define('lathe-channel-chart', ChannelChart);
customElements.define('lathe-kernel-map', KernelMap);
customElements.define('lathe-weights', WeightsElement);
customElements.define('lathe-origin', OriginElement);
customElements.define('lathe-layer-detail', LayerDetailView);
