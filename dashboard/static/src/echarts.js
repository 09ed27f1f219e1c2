// The parts of ECharts that our charts use; assets.sh bundles them into
// static/vendor/echarts.js. A chart of another kind adds its part here.
import { use, init } from "echarts/core";
import { LineChart, BarChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([LineChart, BarChart, AriaComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

export { init };
